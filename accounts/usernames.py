from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import IntegrityError, models
from django.utils import timezone
from django.utils.crypto import salted_hmac

from core.batches import delete_in_batches

RESERVED_USERNAMES = ("new", "mine")

RESERVED_USERNAME_MESSAGE = "That username is kept for the site itself. Choose another one."
RESERVED_NAME_MESSAGE = "That is what the site or someone here is called. Enter your own name."

username_is_well_formed = RegexValidator(
    r"\A[A-Za-z0-9_-]{3,30}\Z", "Use 3 to 30 letters from a to z, digits, hyphens and underscores."
)


def username_is_not_reserved(value: str) -> None:
    if value.lower() in RESERVED_USERNAMES:
        raise ValidationError(f"“{value}” is a word that the site itself uses. Choose another username.")


HELD_FOR = timedelta(days=365)


def digests(username: str) -> Iterator[str]:
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield salted_hmac("accounts.HeldUsername", username.lower(), key, algorithm="sha256").hexdigest()


class HeldUsernameQuerySet(models.QuerySet):
    def hold(self, username: str) -> None:
        self.update_or_create(digest=next(digests(username)), defaults={"held_until": timezone.now() + HELD_FOR})

    def holds(self, username: str) -> bool:
        return self.filter(digest__in=list(digests(username)), held_until__gt=timezone.now()).exists()

    def clear_expired(self) -> int:
        return delete_in_batches(self.filter(held_until__lte=timezone.now()).order_by("held_until"))


class HeldUsername(models.Model):
    """The username of a closed account, as a keyed hash, for a year."""

    digest = models.CharField(max_length=64, primary_key=True)
    held_until = models.DateTimeField(db_index=True)

    objects = HeldUsernameQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Username held until {self.held_until:%Y-%m-%d}"


def username_is_not_held(value: str) -> None:
    if HeldUsername.objects.holds(value):
        raise ValidationError("Someone has this username already. Choose another one.", code="username_taken")


def require_not_held(username: str) -> None:
    """Raise IntegrityError; called after the insert, which may have waited for an account that is closing."""
    if HeldUsername.objects.holds(username):
        raise IntegrityError("The username is held for a closed account.")
