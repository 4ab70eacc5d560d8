from django.urls import path

from accounts import views
from core.caching import cache_for_visitors

app_name = "accounts"
urlpatterns = [
    path("people/<username:username>/", cache_for_visitors(views.ProfileView.as_view()), name="profile"),
    path("people/<username:username>/block/", views.BlockView.as_view(), name="block"),
    path("people/<username:username>/unblock/", views.UnblockView.as_view(), name="unblock"),
    path("accounts/blocks/", views.BlockListView.as_view(), name="blocks"),
    path("accounts/tokens/", views.AccessTokensView.as_view(), name="tokens"),
    path("accounts/profile/", views.ProfileUpdateView.as_view(), name="profile_update"),
]
