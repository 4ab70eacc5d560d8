"""What a link to choose another password is bound to."""

from copy import copy
from datetime import UTC, datetime

from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from django.db.models import F
from django.utils.crypto import constant_time_compare
from django.utils.http import base36_to_int

# So many links before the last one are known as such; a mailbox gets five a day.
REPLACED_KNOWN = 5


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

    def why_refused(self, user, token: str) -> str:
        """Why one of our links no longer works: "replaced" by a newer one, "expired", or "" where that is not known."""
        was = copy(user)
        for links in range(user.reset_links, max(user.reset_links - REPLACED_KNOWN - 1, 0), -1):
            was.reset_links = links
            if self._is_ours(was, token):
                return "expired" if links == user.reset_links else "replaced"
        return ""

    def _is_ours(self, user, token: str) -> bool:
        """Whether this token was made for the person as they are, however long ago."""
        try:
            timestamp = base36_to_int(token.partition("-")[0])
        except ValueError:
            return False
        secrets = (self.secret, *self.secret_fallbacks)
        made = (self._make_token_with_timestamp(user, timestamp, secret) for secret in secrets)
        return any(constant_time_compare(candidate, token) for candidate in made)
