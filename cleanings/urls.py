from django.urls import path

from cleanings import photo_views, saved_views, views
from cleanings.calendar import CalendarView
from cleanings.feeds import feed
from cleanings.photos import LARGE, SMALL
from core.caching import cache_for_visitors

app_name = "cleanings"
urlpatterns = [
    path("cleanings/", cache_for_visitors(views.CleaningListView.as_view()), name="list"),
    path("cleanings/new/", views.CleaningCreateView.as_view(), name="create"),
    path("cleanings/mine/", views.MyCleaningsView.as_view(), name="mine"),
    path("cleanings/<id:pk>/", cache_for_visitors(views.CleaningDetailView.as_view()), name="detail"),
    path("cleanings/<id:pk>/calendar.ics", CalendarView.as_view(), name="calendar"),
    path("feed/", cache_for_visitors(feed), name="feed"),
    path("cleanings/<id:pk>/edit/", views.CleaningUpdateView.as_view(), name="update"),
    path("cleanings/<id:pk>/close/", views.CleaningCloseView.as_view(), name="close"),
    path("cleanings/<id:pk>/open/", views.CleaningOpenView.as_view(), name="open"),
    path("cleanings/<id:pk>/invite/", views.CleaningInviteView.as_view(), name="invite"),
    path("cleanings/<id:pk>/decline/", views.CleaningDeclineView.as_view(), name="decline"),
    path("cleanings/<id:pk>/delete/", views.CleaningDeleteView.as_view(), name="delete"),
    path("cleanings/<id:pk>/save/", saved_views.BookmarkAddView.as_view(), name="save"),
    path("cleanings/<id:pk>/unsave/", saved_views.BookmarkRemoveView.as_view(), name="unsave"),
    path("bookmarks/", saved_views.BookmarkListView.as_view(), name="bookmarks"),
    path("searches/", saved_views.SearchListView.as_view(), name="searches"),
    path("searches/<id:search>/edit/", saved_views.SearchUpdateView.as_view(), name="search_update"),
    path("searches/<id:search>/delete/", saved_views.SearchDeleteView.as_view(), name="search_delete"),
    path("searches/stop/<signed>/", saved_views.SearchStopView.as_view(), name="search_stop"),
    path("cleanings/<id:pk>/photos/", photo_views.CleaningPhotosView.as_view(), name="photos"),
    path("photos/<id:photo>/edit/", photo_views.PhotoUpdateView.as_view(), name="photo_update"),
    path("photos/<id:photo>/remove/", photo_views.PhotoRemoveView.as_view(), name="photo_remove"),
    path("photos/<id:photo>/400/", photo_views.PhotoFileView.as_view(side=SMALL), name="photo_small"),
    path("photos/<id:photo>/1600/", photo_views.PhotoFileView.as_view(side=LARGE), name="photo_large"),
]
