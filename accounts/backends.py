"""Whose password it is that was typed."""

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.models import EmailAddress

from accounts.addresses import normalize_email
from accounts.models import User


class ConfirmedAddressBackend(AuthenticationBackend):
    """allauth's, where an address stands for its owner alone, who confirmed it, and one password is hashed.

    Else whoever signs up with an address could tell by logging in with it whether somebody had it before.
    """

    def _authenticate_by_email(self, email: str, password: str) -> User | None:
        confirmed = EmailAddress.objects.filter(verified=True).select_related("user")
        address = confirmed.filter(email=normalize_email(email)).first()
        return self._check_password(address and address.user, password)

    def _mitigate_timing_attack(self, password: str) -> None:
        """Hash as often as for an account that is there."""
        user = User()
        user.set_unusable_password()
        user.check_password(password)
