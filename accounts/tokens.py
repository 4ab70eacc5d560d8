"""What a link to choose another password is bound to."""

from datetime import UTC, datetime

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from django.db.models import F


class ResetTokenGenerator(EmailAwarePasswordResetTokenGenerator):
    """Links that die with a change of password or address, and when a newer one is made."""

    def make_token(self, user) -> str:
        type(user).objects.filter(pk=user.pk).update(reset_links=F("reset_links") + 1)
        user.refresh_from_db(fields=["reset_links"])
        return super().make_token(user)

    def _now(self) -> datetime:
        """The time of no zone: Django's own jumps with the clocks, and an hour is then two, or none."""
        return datetime.now(UTC).replace(tzinfo=None)

    def _make_hash_value(self, user, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.reset_links}"
