from django.urls import path

from conversations import views
from core.caching import cache_for_visitors

app_name = "conversations"
urlpatterns = [
    path(
        "cleanings/<id:pk>/offers/<username:username>/messages/",
        views.MessageListView.as_view(),
        name="messages",
    ),
    path("cleanings/<id:pk>/questions/", cache_for_visitors(views.QuestionListView.as_view()), name="questions"),
    path("questions/<id:question>/answer/", views.AnswerView.as_view(), name="answer"),
    path("questions/<id:question>/withdraw/", views.WithdrawView.as_view(), name="withdraw"),
]
