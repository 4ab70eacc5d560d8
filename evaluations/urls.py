from django.urls import path

from accounts.strangers import for_everybody
from evaluations import views

app_name = "evaluations"
urlpatterns = [
    path(
        "cleanings/<id:pk>/offers/<username:username>/evaluate/",
        views.EvaluationCreateView.as_view(),
        name="create",
    ),
    path("people/<username:username>/evaluations/", for_everybody(views.EvaluationListView.as_view()), name="list"),
]
