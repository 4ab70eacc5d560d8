"""The addresses of allauth's whose pages do something more here; they stand before allauth's own of the same name."""

from django.urls import path, re_path

from accounts import entrance

urlpatterns = [
    path("signup/", entrance.SignupView.as_view(), name="account_signup"),
    path("confirm-email/", entrance.EmailSentView.as_view(), name="account_email_verification_sent"),
    path("confirm-email/<str:key>/", entrance.ConfirmEmailView.as_view(), name="account_confirm_email"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        entrance.ResetPasswordView.as_view(),
        name="account_reset_password_from_key",
    ),
    path("second-factor/webauthn/login/", entrance.PasskeyLoginView.as_view(), name="mfa_login_webauthn"),
    path(
        "second-factor/webauthn/reauthenticate/",
        entrance.PasskeyAgainView.as_view(),
        name="mfa_reauthenticate_webauthn",
    ),
    path("sessions/", entrance.SessionsView.as_view(), name="usersessions_list"),
]
