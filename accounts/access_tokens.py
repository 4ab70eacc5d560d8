"""Tokens with which a member's programs call the API. Only a hash is stored, so a token is shown once."""

from __future__ import annotations

import hashlib
import secrets
import string
from datetime import timedelta
from typing import TYPE_CHECKING
from zlib import crc32

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import Error, models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.utils import timezone

from core.exceptions import IllegalMove
from core.fields import CleanCharField
from core.outages import is_outage
from core.statements import Statement
from core.transactions import atomic

if TYPE_CHECKING:
    from accounts.models import User

PREFIX = "swept_"
RANDOM_BYTES = 32
DIGITS = string.digits + string.ascii_letters
# The most digits that RANDOM_BYTES and a checksum can need.
RANDOM_DIGITS, CHECK_DIGITS = 43, 6
SHOWN_CHARACTERS = 12
MOST_CHARACTERS_OF_NAME = 60
MOST_DAYS = 365
MOST_TOKENS = 20
LOGGED_IN_FOR = timedelta(hours=24)
LOG_IN = "Log-in by a program"
# The same form sent again so soon is a double click.
REPEATED_WITHIN = timedelta(minutes=1)
USE_NOTED_EVERY = timedelta(minutes=1)


class Scope(models.TextChoices):
    READ = "read", "Read only"
    ACT = "act", "Read and act"


def in_digits(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, rest = divmod(number, len(DIGITS))
        digits.append(DIGITS[rest])
    return "".join(reversed(digits))


def check_digits(secret: str) -> str:
    return in_digits(crc32(secret.encode()), CHECK_DIGITS)


def new_token() -> str:
    secret = in_digits(int.from_bytes(secrets.token_bytes(RANDOM_BYTES)), RANDOM_DIGITS)
    return f"{PREFIX}{secret}{check_digits(secret)}"


def is_well_formed(token: str) -> bool:
    """So that a mistyped token, and anything else, costs no query."""
    secret, check = token[len(PREFIX) : -CHECK_DIGITS], token[-CHECK_DIGITS:]
    is_ours = token.startswith(PREFIX) and len(secret) == RANDOM_DIGITS and token.isascii()
    return is_ours and secrets.compare_digest(check, check_digits(secret))


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@Statement
def _of_open_account(digest: str) -> models.QuerySet[AccessToken]:
    return AccessToken.objects.filter(digest=digest, user__is_active=True).select_related("user__profile")


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    def valid(self) -> AccessTokenQuerySet:
        return self.filter(expires_at__gt=timezone.now())

    def made_by_log_in(self) -> AccessTokenQuerySet:
        return self.filter(is_log_in=True)

    def made_by_hand(self) -> AccessTokenQuerySet:
        return self.filter(is_log_in=False)

    def newest_first(self) -> AccessTokenQuerySet:
        return self.order_by("-pk")

    def find(self, token: str) -> AccessToken | None:
        """The row, expired or not, of an open account, with its person."""
        if not is_well_formed(token):
            return None
        return _of_open_account.first(digest_of(token))

    def clear_expired(self) -> int:
        return self.filter(expires_at__lte=timezone.now()).delete()[0]


class AccessToken(models.Model):
    """A program with the token reads what its person reads; with the scope `act` it also does what the person can."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="access_tokens")
    name = CleanCharField(max_length=MOST_CHARACTERS_OF_NAME)
    scope = models.CharField(max_length=4, choices=Scope, default=Scope.READ)
    # The beginning of the token, by which its person recognises it.
    prefix = models.CharField(max_length=SHOWN_CHARACTERS, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    is_log_in = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField("made", default=timezone.now, editable=False)
    # To the minute.
    used_at = models.DateTimeField("last used", null=True, editable=False)
    expires_at = models.DateTimeField("expires", db_index=True, editable=False)

    # Whether `make` gave an earlier row another token.
    is_repeated = False

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(scope__in=Scope.values), name="access_token_scope_known"),
            models.CheckConstraint(condition=Q(expires_at__gt=models.F("created_at")), name="access_token_expires"),
            models.CheckConstraint(
                condition=Q(
                    GreaterThanOrEqual(Length("name"), 1), LessThanOrEqual(Length("name"), MOST_CHARACTERS_OF_NAME)
                ),
                name="access_token_name_length",
            ),
        ]

    def __str__(self) -> str:
        # The staff's log keeps this, so it holds no name.
        return f"Access token {self.pk}"

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    @property
    def can_act(self) -> bool:
        return self.scope == Scope.ACT

    @classmethod
    @atomic
    def make(cls, *, by: User, name: str, scope: str, days: int) -> tuple[AccessToken, str]:
        """Returns the row and the token, which nobody can read again.

        The same token made twice within a minute is a double click: the second one replaces the first.
        """
        if not 1 <= days <= MOST_DAYS:
            raise ValidationError({"days": f"Choose from 1 to {MOST_DAYS} days."})
        cls._require_open_account(by)
        now = timezone.now()
        row = cls(user=by, name=name, scope=scope, created_at=now, expires_at=now + timedelta(days=days))
        row.clean_fields(exclude=["user", "prefix", "digest"])
        if twin := row._find_twin():
            twin.is_repeated = True
            return twin, twin._save_with_token()
        if by.access_tokens.valid().made_by_hand().count() >= MOST_TOKENS:
            raise IllegalMove(f"You have {MOST_TOKENS} access tokens, and that’s the most. End one first.")
        return row, row._save_with_token()

    @classmethod
    @atomic
    def log_in(cls, user: User) -> tuple[AccessToken, str]:
        """Make a token for a day. It ends the oldest of more than MOST_TOKENS."""
        cls._require_open_account(user)
        earlier = user.access_tokens.made_by_log_in().newest_first().values_list("pk", flat=True)
        user.access_tokens.filter(pk__in=list(earlier[MOST_TOKENS - 1 :])).delete()
        now = timezone.now()
        row = cls(user=user, name=LOG_IN, scope=Scope.ACT, created_at=now, expires_at=now + LOGGED_IN_FOR)
        row.is_log_in = True
        return row, row._save_with_token()

    def can_be_ended_by(self, user: User) -> bool:
        return user.pk == self.user_id or (user.is_active and user.has_perm("accounts.delete_accesstoken"))

    @atomic
    def end(self, *, by: User) -> None:
        if not self.can_be_ended_by(by):
            raise PermissionDenied("This access token is not yours to end.")
        AccessToken.objects.filter(pk=self.pk).delete()

    def _find_twin(self) -> AccessToken | None:
        made = self.user.access_tokens.valid().made_by_hand().filter(name=self.name, scope=self.scope, used_at=None)
        for twin in made.filter(created_at__gt=self.created_at - REPEATED_WITHIN):
            if twin.expires_at - twin.created_at == self.expires_at - self.created_at:
                return twin
        return None

    def _save_with_token(self) -> str:
        token = new_token()
        self.prefix, self.digest = token[:SHOWN_CHARACTERS], digest_of(token)
        self.save()
        return token

    @staticmethod
    def _require_open_account(user: User) -> None:
        user.lock()
        if not user.is_active:
            raise PermissionDenied("A closed account has no access tokens.")

    def note_use(self) -> None:
        """While the database cannot be written, the use is not noted and the request is answered all the same."""
        now = timezone.now()
        if self.used_at and now - self.used_at < USE_NOTED_EVERY:
            return
        self.used_at = now.replace(second=0, microsecond=0)
        try:
            AccessToken.objects.filter(pk=self.pk).update(used_at=self.used_at)
        except Error as error:
            if not is_outage(error):
                raise
