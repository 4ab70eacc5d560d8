from django.urls import path

from core.caching import cache_for_visitors
from evaluations import views

app_name = "evaluations"
urlpatterns = [
    path(
        "cleanings/<id:pk>/offers/<username:username>/evaluate/",
        views.EvaluationCreateView.as_view(),
        name="create",
    ),
    path(
        "people/<username:username>/evaluations/", cache_for_visitors(views.EvaluationListView.as_view()), name="list"
    ),
]
