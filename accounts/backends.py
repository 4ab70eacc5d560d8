"""Whose password it is that was typed."""

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.models import EmailAddress

from accounts.email_addresses import normalize_email
from accounts.models import User

# Whoever signs up with an address that others signed up with too is among the last of them, or logs in by username.
UNCONFIRMED_TRIED = 2


class AddressBackend(AuthenticationBackend):
    """allauth's, where an address stands for its owner, who confirmed it, and for those who last signed up with it.

    Whether anybody has the address decides neither who gets on to confirming it nor how often a password is hashed.
    """

    def _authenticate_by_email(self, email: str, password: str) -> User | None:
        if "@" not in email:
            # allauth tries usernames here too.
            return None
        email = normalize_email(email)
        confirmed = EmailAddress.objects.filter(email=email, verified=True).select_related("user").first()
        waiting = User.objects.unconfirmed().filter(emailaddress__email=email).order_by("-pk")[:UNCONFIRMED_TRIED]
        missing = [None] * (UNCONFIRMED_TRIED - len(waiting))
        for user in (confirmed and confirmed.user, *waiting, *missing):
            if self._check_password(user, password):
                return user
            if not user:
                self._mitigate_timing_attack(password)
        self._did_check_password = True
        return None

    def _mitigate_timing_attack(self, password: str) -> None:
        """Hash as often as for an account that is there."""
        user = User()
        user.set_unusable_password()
        user.check_password(password)
