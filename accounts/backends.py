from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from allauth.account.models import EmailAddress
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from accounts.email_addresses import normalize_email
from accounts.models import User

# Of several unconfirmed accounts with one address, the last ones can log in by it.
UNCONFIRMED_TRIED = 2

_known_member: ContextVar[User | None] = ContextVar("known_member", default=None)


@contextmanager
def known_member(user: User | None) -> Iterator[None]:
    """Inside the block, `get_user` returns this user without a query."""
    token = _known_member.set(user)
    try:
        yield
    finally:
        _known_member.reset(token)


class AddressBackend(ModelBackend):
    """Finds accounts by username or address; the number of hashes, and so the time, reveals no account."""

    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, username: str = "", email: str = "", password: str = "", **kwargs
    ) -> User | None:
        login = email or username
        if not login or not password:
            return None
        for user in self._by_email(login) if "@" in login else self._by_username(login):
            is_correct = (user or _nobody()).check_password(password)
            if user and is_correct and self.user_can_authenticate(user):
                return user
        return None

    def get_user(self, user_id: int) -> User | None:
        """With the profile, because every page shows its reader's face."""
        user = _known_member.get()
        if not user or user.pk != user_id:
            user = User.objects.select_related("profile").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None

    def _by_username(self, username: str) -> Iterator[User | None]:
        yield User.objects.filter(username__iexact=username).first()

    def _by_email(self, email: str) -> Iterator[User | None]:
        """Always as many as can be tried, padded with None, so that the number of hashes reveals no account."""
        email = normalize_email(email)
        confirmed = EmailAddress.objects.filter(email=email, verified=True).select_related("user").first()
        unconfirmed = User.objects.unconfirmed().filter(emailaddress__email=email).order_by("-pk")
        tried = list(unconfirmed[:UNCONFIRMED_TRIED])
        yield confirmed.user if confirmed else None
        yield from tried
        yield from [None] * (UNCONFIRMED_TRIED - len(tried))


def _nobody() -> User:
    user = User()
    user.set_unusable_password()
    return user
