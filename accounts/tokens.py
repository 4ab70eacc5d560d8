from copy import copy
from datetime import UTC, datetime

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36

from accounts.models import User

KEY_SALT = "django.contrib.auth.tokens.PasswordResetTokenGenerator"
EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
# The number of older links that are recognized; a mailbox gets five a day.
REPLACED_KNOWN = 5


class ResetTokenGenerator:
    """Tokens that a change of address and a newer link end too. They count in UTC, because local time can jump."""

    def make_token(self, user: User) -> str:
        User.objects.filter(pk=user.pk).update(reset_links=F("reset_links") + 1)
        user.refresh_from_db(fields=["reset_links"])
        return _token(user, _now(), settings.SECRET_KEY)

    def check_token(self, user: User | None, token: str | None) -> bool:
        if not user or not token or not _is_token_of(user, token):
            return False
        return _now() - _timestamp(token) <= settings.PASSWORD_RESET_TIMEOUT

    def refusal_reason(self, user: User, token: str) -> str:
        """ "replaced" by a newer link, "expired", or empty where the reason is unknown."""
        earlier = copy(user)
        for links in range(user.reset_links, max(user.reset_links - REPLACED_KNOWN - 1, 0), -1):
            earlier.reset_links = links
            if _is_token_of(earlier, token):
                return "expired" if links == user.reset_links else "replaced"
        return ""


def _is_token_of(user: User, token: str) -> bool:
    try:
        timestamp = _timestamp(token)
    except ValueError:
        return False
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(constant_time_compare(_token(user, timestamp, secret), token) for secret in secrets)


def _timestamp(token: str) -> int:
    return base36_to_int(token.partition("-")[0])


def _token(user: User, timestamp: int, secret: str) -> str:
    last_login = "" if user.last_login is None else user.last_login.replace(microsecond=0, tzinfo=None)
    addresses = {user.email, *EmailAddress.objects.filter(user_id=user.pk).values_list("email", flat=True)}
    value = f"{user.pk}{user.password}{last_login}{timestamp}{user.email}{'|'.join(sorted(addresses))}"
    digest = salted_hmac(KEY_SALT, f"{value}{user.reset_links}", secret=secret, algorithm="sha256").hexdigest()
    return f"{int_to_base36(timestamp)}-{digest[::2]}"


def _now() -> int:
    return int((datetime.now(UTC) - EPOCH).total_seconds())
