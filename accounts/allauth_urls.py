from django.urls import path, re_path

from accounts import allauth_views

urlpatterns = [
    path("signup/", allauth_views.SignupView.as_view(), name="account_signup"),
    path("confirm-email/", allauth_views.EmailSentView.as_view(), name="account_email_verification_sent"),
    path("confirm-email/<str:key>/", allauth_views.ConfirmEmailView.as_view(), name="account_confirm_email"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth_views.ResetPasswordView.as_view(),
        name="account_reset_password_from_key",
    ),
    path("reauthenticate/", allauth_views.PasswordAgainView.as_view(), name="account_reauthenticate"),
    path("password/set/", allauth_views.FirstPasswordView.as_view(), name="account_set_password"),
    path("second-factor/webauthn/add/", allauth_views.AddPasskeyView.as_view(), name="mfa_add_webauthn"),
    path("second-factor/webauthn/login/", allauth_views.PasskeyLoginView.as_view(), name="mfa_login_webauthn"),
    path(
        "second-factor/webauthn/reauthenticate/",
        allauth_views.PasskeyAgainView.as_view(),
        name="mfa_reauthenticate_webauthn",
    ),
    path("sessions/", allauth_views.SessionsView.as_view(), name="usersessions_list"),
]
