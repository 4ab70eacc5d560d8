from django.urls import path

from offers import views

app_name = "offers"
urlpatterns = [
    path("calendar/", views.CalendarAddressView.as_view(), name="calendar"),
    path("calendar/renew/", views.renew_calendar, name="calendar_renew"),
    path("calendar/stop/", views.stop_calendar, name="calendar_stop"),
    path("calendar/<uuid:calendar_key>.ics", views.calendar_file, name="calendar_file"),
    path("offers/", views.MyOffersView.as_view(), name="mine"),
    path("cleanings/<id:pk>/offers/", views.OfferListView.as_view(), name="list"),
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
            "answer-no-show": views.AnswerNoShowView,
            "change": views.ChangeView,
        }.items()
    ),
    *(
        path(f"cleanings/<id:pk>/offers/<username:username>/change/{name}/", view.as_view(), name=name)
        for name, view in {
            "agree": views.AgreeView,
            "decline": views.DeclineView,
            "withdraw": views.WithdrawView,
        }.items()
    ),
]
