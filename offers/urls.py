from django.urls import path

from offers import list_views, no_show_views, views

app_name = "offers"
urlpatterns = [
    path("offers/", list_views.MyOffersView.as_view(), name="mine"),
    path("cleanings/<id:pk>/offers/", list_views.OfferListView.as_view(), name="list"),
    path("cleanings/<id:pk>/offers/new/", views.OfferCreateView.as_view(), name="create"),
    path("cleanings/<id:pk>/offers/<username:username>/", views.OfferDetailView.as_view(), name="detail"),
    path("cleanings/<id:pk>/offers/<username:username>/edit/", views.ReviseView.as_view(), name="update"),
    *(
        path(f"cleanings/<id:pk>/offers/<username:username>/{name}/", view.as_view(), name=name)
        for name, view in {
            "accept": views.AcceptView,
            "reject": views.RejectView,
            "release": views.ReleaseView,
            "complete": views.CompleteView,
            "confirm": views.ConfirmView,
            "rescind": views.RescindView,
            "cancel": views.CancelView,
            "answer-no-show": no_show_views.AnswerNoShowView,
        }.items()
    ),
]
