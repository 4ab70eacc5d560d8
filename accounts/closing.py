"""How an account ends: its person closes it for good, or the staff deactivate it until further notice."""

from __future__ import annotations

from secrets import token_hex

from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.usernames import HeldUsername
from cleanings.states import CleaningStatus, IllegalMove


class Leaving:
    """The verbs with which an account ends.

    Each is one transaction, all or nothing. It locks every cleaning concerned by ascending id, then the person's row,
    and after that no other cleaning or person; what the person began meanwhile makes it IllegalMove. It raises
    PermissionDenied where it is not for the one who asks. What people do is met through what refers to a person
    (`offers`, `cleanings`, `notifications`), because imports point the other way.
    """

    @property
    def is_closed(self) -> bool:
        """Whether the account is closed for good; one that the staff deactivated is not."""
        return self.closed_at is not None

    @property
    def has_jobs(self) -> bool:
        """Whether something is assigned, for this person or to them."""
        return self.cleanings.with_status(CleaningStatus.ASSIGNED).exists() or self.offers.ahead().exists()

    @property
    def has_unanswered(self) -> bool:
        """Whether something waits for an answer: an open cleaning of theirs, or a pending offer."""
        return self.cleanings.with_status(CleaningStatus.OPEN).exists() or self.offers.pending().exists()

    def can_be_deactivated_by(self, user) -> bool:
        """Whether the user may deactivate it: nobody their own, and only a superuser one of the staff's."""
        is_within_reach = user.is_superuser or not (self.is_staff or self.is_superuser)
        return user.is_active and user.has_perm("accounts.deactivate_user") and is_within_reach and user.pk != self.pk

    def can_be_reactivated_by(self, user) -> bool:
        return user.is_active and user.is_superuser

    def lock(self) -> None:
        """Lock the row until the transaction ends, and read again whether the account is open.

        Whatever begins something in a person's name does so after locking the cleaning: either it stands before the
        account ends, or it finds the account ended.
        """
        row = type(self).objects.select_for_update(no_key=True).filter(pk=self.pk)
        self.is_active = bool(row.values_list("is_active", flat=True).first())

    @transaction.atomic
    def close(self, *, by) -> None:
        """Close one's own account for good; IllegalMove while something is assigned.

        Pending offers are rescinded and open cleanings closed, by their verbs. Then what is personal is removed: names,
        addresses, profile and photo, password, sessions and second factors, notifications, the streets of cleanings
        that are over, and the name in what others were told. What was written stays, under "Former member".
        """
        if by.pk != self.pk:
            raise PermissionDenied("An account is closed by the person whose it is.")
        locked = self.cleanings.model.objects.lock_all_of(self)
        self.refresh_from_db(fields=["username", "is_active", "closed_at"])
        if self.is_closed:
            return
        if self.has_jobs:
            raise IllegalMove("Something is assigned. Complete, release or cancel it first.")
        self._take_back(locked, by)
        self.cleanings.over().remove_streets()
        username = self.username
        self._end(Q(closed_at=None), closed_at=timezone.now(), **_nobody())
        if self.has_jobs or self.has_unanswered:
            raise IllegalMove(BEGUN_MEANWHILE)
        self._forget(username)

    @transaction.atomic
    def deactivate(self, *, by) -> None:
        """End the account until it is reactivated. What is personal stays, because the staff may need it.

        The sessions end. The site itself rescinds pending offers and closes open cleanings. What is assigned stays: the
        other side can cancel, release or complete it.
        """
        if not self.can_be_deactivated_by(by):
            raise PermissionDenied("This account is not yours to deactivate.")
        locked = self.cleanings.model.objects.lock_all_of(self)
        self._end(Q(is_active=True))
        self._take_back(locked, None)
        if self.has_unanswered:
            raise IllegalMove(BEGUN_MEANWHILE)
        self._end_sessions()

    @transaction.atomic
    def reactivate(self, *, by) -> None:
        """Let the person log in again after the staff deactivated the account; what was taken back stays so."""
        if not self.can_be_reactivated_by(by):
            raise PermissionDenied("Only a superuser reactivates an account.")
        if not type(self).objects.filter(pk=self.pk, is_active=False, closed_at=None).update(is_active=True):
            raise IllegalMove("Only an account that the staff deactivated can be reactivated.")
        self.is_active = True

    # What the verbs are made of

    def _take_back(self, cleanings: list[int], by) -> None:
        """Rescind what is pending and close what is open on these locked cleanings; without `by` the site does."""
        for offer in self.offers.pending().filter(cleaning__in=cleanings).with_cleaning().order_by("cleaning"):
            offer.rescind(by=by)
        for cleaning in self.cleanings.with_status(CleaningStatus.OPEN).filter(pk__in=cleanings).order_by("pk"):
            cleaning.close(by=by)

    def _end(self, as_it_was: Q, **fields) -> None:
        """Make the row inactive and write these fields, provided that it still is as it was."""
        fields["is_active"] = False
        if not type(self).objects.filter(as_it_was, pk=self.pk).update(**fields):
            raise IllegalMove("This account is closed or deactivated already.")
        for name, value in fields.items():
            setattr(self, name, value)

    def _end_sessions(self) -> None:
        """Log the person out everywhere."""
        for session in self.usersession_set.all():
            session.end()

    def _forget(self, username: str) -> None:
        """Remove what is personal beyond the row itself; `username` is the one that the person had."""
        HeldUsername.objects.hold(username)
        self._end_sessions()
        self._forget_stand_ins()
        for relation in self._meta.related_objects:
            # E-mail addresses and second factors.
            if relation.related_model._meta.app_config.name.startswith("allauth."):
                relation.related_model.objects.filter(**{relation.field.name: self}).delete()
        self.profile.forget()
        self.groups.clear()
        self.user_permissions.clear()
        self.notifications.all().delete()
        self.site_only.all().delete()
        self.notifications.model.objects.retell_without_name(self, username)
        for things in (type(self).objects.filter(pk=self.pk), self.offers, self.evaluations, self.evaluations_written):
            _rename_in_log(things)

    def _forget_stand_ins(self) -> None:
        """Delete the accounts that were signed up with an address of this person's; see `SignupForm`."""
        people, addresses = type(self).objects, self.emailaddress_set.values("email")
        people.forget(people.unconfirmed().filter(email="", emailaddress__email__in=addresses))


BEGUN_MEANWHILE = "Something was offered, posted or accepted at the same moment. Try again."


def _nobody() -> dict:
    """The fields of somebody who cannot be told from others, and can do nothing."""
    names = {"username": f"former-{token_hex(8)}", "email": "", "password": make_password(None), "last_login": None}
    return names | {"is_staff": False, "is_superuser": False}


def _rename_in_log(things) -> None:
    """Let the staff's log call these things as they are called now."""
    keys = [str(pk) for pk in things.values_list("pk", flat=True)]
    kind = ContentType.objects.get_for_model(things.model)
    for entry in LogEntry.objects.filter(content_type=kind, object_id__in=keys):
        entry.object_repr = str(entry.get_edited_object())[:200]
        entry.save(update_fields=["object_repr"])
