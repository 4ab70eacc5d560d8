from django.urls import path

from conversations import views

app_name = "conversations"
urlpatterns = [
    path(
        "cleanings/<id:pk>/offers/<username:username>/messages/",
        views.MessageListView.as_view(),
        name="messages",
    ),
]
