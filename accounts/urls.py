from django.urls import path

from accounts import views
from accounts.strangers import for_everybody

app_name = "accounts"
urlpatterns = [
    path("people/<username:username>/", for_everybody(views.ProfileView.as_view()), name="profile"),
    path("accounts/profile/", views.ProfileUpdateView.as_view(), name="profile_update"),
    path("accounts/close/", views.AccountCloseView.as_view(), name="close"),
]
