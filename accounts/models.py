from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import partial
from secrets import token_hex
from typing import Any, ClassVar, Self
from uuid import UUID
from zlib import crc32

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from asgiref.sync import sync_to_async
from django.contrib.auth.hashers import make_password, verify_password
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Length, Upper
from django.db.models.lookups import LessThanOrEqual
from django.db.models.signals import post_delete, pre_save
from django.dispatch import receiver
from django.utils import timezone

from accounts import blocking, closing
from accounts.access_tokens import AccessToken as AccessToken
from accounts.blocks import Block as Block
from accounts.blocks import is_block_between
from accounts.cache import CacheEntry as CacheEntry
from accounts.deletions import Deletion as Deletion
from accounts.email_addresses import email_is_one_plain_address, normalize_email
from accounts.fields import EmailField, PhoneNumberField
from accounts.hiding import Hideable, hidden_by_someone
from accounts.impartiality import require_impartial
from accounts.managers import MemberManager
from accounts.password_validation import normalize_password
from accounts.phone_numbers import phone_number_is_well_formed
from accounts.photos import LARGE, PROFILE_PHOTOS, SMALL
from accounts.usernames import (
    RESERVED_NAME_MESSAGE,
    RESERVED_USERNAME_MESSAGE,
    RESERVED_USERNAMES,
    HeldUsername,
    require_not_held,
    username_is_not_held,
    username_is_not_reserved,
    username_is_well_formed,
)
from core.addresses import address
from core.exceptions import IllegalMove
from core.fields import CleanCharField, CleanTextField, NameField
from core.keys import random_key
from core.names import impersonates_site, is_reserved_username
from core.photos import EncodedPhoto
from core.statements import Statement
from core.text import isolate
from core.transactions import atomic

# Another attempt is needed only where the other person begins something at the same moment.
MOST_ATTEMPTS = 5
# How many background colours `site.css` has for initials.
FACES = 8
BEGUN_MEANWHILE = "Something was offered, posted or accepted at the same moment. Try again."


@Statement
def locked(pk: int) -> models.QuerySet[User]:
    return User.objects.select_for_update(no_key=True).filter(pk=pk).only("is_active")


# The columns that `display_name` needs, and those that a face beside it needs, for lists that read no others.
NAME_COLUMNS = ("username", "is_active", "profile__full_name", "profile__hidden_at")
FACE_COLUMNS = (*NAME_COLUMNS, "profile__photo")


@Statement
def with_faces(ids: str) -> models.QuerySet[User]:
    return User.objects.filter(pk__among=ids).select_related("profile").only(*FACE_COLUMNS)


def faces(ids: Collection[int]) -> dict[int, User]:
    """People by id, with the columns that a name and a face need."""
    return {person.pk: person for person in with_faces.for_ids(ids)}


class User(AbstractUser):
    """Verbs that end an account first lock every cleaning concerned by ascending id, then the person, and no more."""

    first_name: Any = None
    last_name: Any = None
    username = CleanCharField(
        max_length=30,
        unique=True,
        validators=[username_is_well_formed, username_is_not_reserved, username_is_not_held],
        help_text="3 to 30 letters from a to z, digits, hyphens and underscores.",
        error_messages={"unique": "Someone has this username already. Choose another one."},
    )
    email = EmailField("e-mail address", max_length=254, validators=[email_is_one_plain_address])
    # Only the last reset link works.
    reset_links = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    closed_at = models.DateTimeField("closed", null=True, editable=False)

    loaded_email: str | None = None
    # The number of unread notifications, where it was counted with the row.
    unread_count: int | None = None

    objects: ClassVar[MemberManager] = MemberManager()

    class Meta(AbstractUser.Meta):
        permissions = [
            ("deactivate_user", "Can deactivate an account"),
            ("hide_content", "Can hide what people write or show"),
        ]
        constraints = [
            # UPPER, so that the index serves `__iexact` too.
            models.UniqueConstraint(
                Upper("username"),
                name="username_unique_whatever_the_case",
                violation_error_message="Someone has this username already. Choose another one.",
            ),
            models.UniqueConstraint(
                Upper("email"),
                condition=~models.Q(email=""),
                name="email_unique_whatever_the_case",
                violation_error_message="Someone has this e-mail address already.",
            ),
            models.CheckConstraint(
                condition=models.Q(username__regex=r"\A[A-Za-z0-9_-]{3,30}\Z"), name="username_well_formed"
            ),
            models.CheckConstraint(
                condition=~models.Q(username__iregex=rf"\A({'|'.join(RESERVED_USERNAMES)})\Z"),
                name="username_not_reserved",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at=None) | models.Q(is_active=False), name="closed_account_inactive"
            ),
        ]

    def get_absolute_url(self) -> str:
        return address("accounts:profile", self.username)

    @property
    def display_name(self) -> str:
        if not self.is_active:
            return "Former member"
        return self.profile.public_name or self.username

    @property
    def isolated_name(self) -> str:
        return isolate(self.display_name)

    @property
    def short_name(self) -> str:
        """The first word of the name, as friends say it; all of a name that begins with an initial or a title."""
        first = self.display_name.split()[0]
        return isolate(first) if self.is_active and len(first) > 2 and first[-1] != "." else self.isolated_name

    @property
    def initials(self) -> str:
        """Empty for a closed account."""
        names = self.display_name.split() if self.is_active else []
        return "".join(name[0].upper() for name in (names if len(names) < 3 else [names[0], names[-1]]))

    @property
    def face(self) -> str:
        """The number of the background colour behind the initials, the same on every page."""
        return f"face-{crc32(self.username.encode()) % FACES + 1}" if self.is_active else ""

    @property
    def shown_face(self) -> dict[str, Any]:
        """What `_face.html` prints, for a row that is kept by its values."""
        photos = {}
        if self.is_active and self.profile.public_photo:
            names = ("public_photo", "small_photo", "large_photo")
            photos = {name: getattr(self.profile, name) for name in names}
        return {"is_active": self.is_active, "face": self.face, "initials": self.initials, "profile": photos}

    def get_full_name(self) -> str:
        return self.display_name

    get_short_name = get_full_name

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    @property
    def has_jobs(self) -> bool:
        return any(handler.has_jobs(self) for handler in closing.handlers())

    @property
    def has_unanswered(self) -> bool:
        return any(handler.has_unanswered(self) for handler in closing.handlers())

    def can_be_deactivated_by(self, user: User) -> bool:
        is_within_reach = user.is_superuser or not (self.is_staff or self.is_superuser)
        return user.is_active and user.has_perm("accounts.deactivate_user") and is_within_reach and user.pk != self.pk

    def can_be_reactivated_by(self, user: User) -> bool:
        return user.is_active and user.is_superuser

    def can_be_logged_out_by(self, user: User) -> bool:
        return user.is_active and user.is_superuser

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        user = super().from_db(*args, **kwargs)
        user.loaded_email = user.__dict__.get("email")
        return user

    def clean(self) -> None:
        """Members cannot change to a reserved username; staff can."""
        super(AbstractUser, self).clean()
        is_kept = not self.is_staff and is_reserved_username(self.username or "")
        if is_kept and User.objects.filter(pk=self.pk).exclude(username=self.username).exists():
            raise ValidationError({"username": RESERVED_USERNAME_MESSAGE})

    @atomic
    def save(self, *args, **kwargs) -> None:
        is_new = self._state.adding
        has_new_password = self._password is not None and not is_new  # type: ignore[attr-defined]
        super().save(*args, **kwargs)
        if has_new_password:
            # They were made with the earlier password, like sessions, and end with it.
            self.access_tokens.made_by_log_in().delete()
        if is_new or "username" in (kwargs.get("update_fields") or ["username"]):
            require_not_held(self.username)
        if is_new:
            Profile.objects.create(user=self)

    def confirm_email(self) -> None:
        if self.email:
            EmailAddress.objects.update_or_create(
                user=self, email=self.email, defaults={"verified": True, "primary": True}
            )

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password if raw_password is None else normalize_password(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        """Accept the typed and the normalized form; replace a hash of any other form.

        A check costs two hashes at most: their number depends on the input, not on the account.
        """
        if raw_password is None:
            return verify_password(None, self.password)[0]
        normalized = normalize_password(raw_password)
        is_correct, must_update = verify_password(raw_password, self.password)
        if is_correct and (must_update or raw_password != normalized):
            self._replace_hash(make_password(normalized))
        return is_correct or (raw_password != normalized and verify_password(normalized, self.password)[0])

    async def acheck_password(self, raw_password: str | None) -> bool:
        return await sync_to_async(self.check_password)(raw_password)

    def lock(self) -> None:
        """Locks the row, and reads again whether the account is active.

        Verbs lock the cleaning, then the person, so that they come before the end of the account or see it.
        """
        self.is_active = any(person.is_active for person in locked(self.pk))

    @atomic
    def close(self, *, by: User) -> None:
        """Rescind offers, close open cleanings and remove personal data. Raises IllegalMove while a job is assigned."""
        if by.pk != self.pk:
            raise PermissionDenied("An account is closed by the person whose it is.")
        locked = self._lock_cleanings()
        self.refresh_from_db(fields=["username", "is_active", "closed_at"])
        if self.is_closed:
            return
        if self.has_jobs:
            raise IllegalMove("Something is assigned. Complete, release or cancel it first.")
        self._end_open(locked, by)
        username = self.username
        self._end(Q(closed_at=None), closed_at=timezone.now(), **_anonymous_fields())
        if self.has_jobs or self.has_unanswered:
            raise IllegalMove(BEGUN_MEANWHILE)
        self._remove_personal_data(username)

    @atomic
    def deactivate(self, *, by: User) -> None:
        """End sessions, pending offers and open cleanings; jobs stay assigned, and personal data stays."""
        if not self.can_be_deactivated_by(by):
            raise PermissionDenied("This account is not yours to deactivate.")
        require_impartial(by, self)
        locked = self._lock_cleanings()
        self._end(Q(is_active=True))
        self._end_open(locked, None)
        if self.has_unanswered:
            raise IllegalMove(BEGUN_MEANWHILE)
        self._end_sessions()

    @atomic
    def reactivate(self, *, by: User) -> None:
        if not self.can_be_reactivated_by(by):
            raise PermissionDenied("Only a superuser reactivates an account.")
        if not User.objects.filter(pk=self.pk, is_active=False, closed_at=None).update(is_active=True):
            raise IllegalMove("Only an account that the staff deactivated can be reactivated.")
        self.is_active = True

    @atomic
    def log_out_everywhere(self, *, by: User) -> None:
        if not self.can_be_logged_out_by(by):
            raise PermissionDenied("Only a superuser logs somebody out everywhere.")
        self._end_sessions()

    def has_blocked(self, person: User) -> bool:
        return self.blocks.filter(blocked=person).exists()

    def has_block_with(self, person: User) -> bool:
        return is_block_between(self.pk, person.pk)

    def block(self, person: User) -> None:
        """Ends what is pending or open between the two; the other is notified of that, but not of the block.

        Raises PermissionDenied for oneself and from an ended account, IllegalMove towards one.
        """
        if person.pk == self.pk:
            raise PermissionDenied("Nobody blocks themselves.")
        if not any(self._block(person) for _ in range(MOST_ATTEMPTS)):
            raise IllegalMove(BEGUN_MEANWHILE)

    @atomic
    def unblock(self, person: User) -> None:
        self.blocks.filter(blocked=person).delete()

    @atomic
    def _block(self, person: User) -> bool:
        """Change nothing and return False if something began on another cleaning before both people were locked."""
        cleanings = blocking.concerned(self, person)
        blocking.lock(cleanings)
        self._require_open_accounts(person)
        if not blocking.concerned(self, person) <= cleanings:
            transaction.set_rollback(True)
            return False
        Block.objects.get_or_create(blocker=self, blocked=person, defaults={"at": timezone.now()})
        blocking.end(self, person)
        return True

    def _require_open_accounts(self, person: User) -> None:
        active = User.objects.lock_active([self.pk, person.pk])
        if self.pk not in active:
            raise PermissionDenied("A closed account blocks nobody.")
        if person.pk not in active:
            raise IllegalMove("This account is closed.")

    def _replace_hash(self, encoded: str) -> None:
        """Does nothing if the password has changed meanwhile."""
        if User.objects.filter(pk=self.pk, password=self.password).update(password=encoded):
            self.password = encoded

    def _lock_cleanings(self) -> list[int]:
        return [pk for handler in closing.handlers() for pk in handler.lock_cleanings(self)]

    def _end_open(self, locked: list[int], by: User | None) -> None:
        for handler in closing.handlers():
            handler.end_open(self, locked, by)

    def _end(self, as_it_was: Q, **fields) -> None:
        fields["is_active"] = False
        if not User.objects.filter(as_it_was, pk=self.pk).update(**fields):
            raise IllegalMove("This account is closed or deactivated already.")
        for name, value in fields.items():
            setattr(self, name, value)

    def _end_sessions(self) -> None:
        self.access_tokens.all().delete()
        for session in UserSession.objects.filter(user=self):
            session.end()

    def _remove_personal_data(self, username: str) -> None:
        HeldUsername.objects.hold(username)
        self._end_sessions()
        self._delete_placeholders()
        for relation in self._meta.related_objects:
            if relation.related_model._meta.app_config.name.startswith("allauth."):
                relation.related_model._default_manager.filter(**{relation.field.name: self}).delete()
        self.profile.clear_personal_data()
        Block.objects.filter(Q(blocker=self) | Q(blocked=self)).delete()
        self.groups.clear()
        self.user_permissions.clear()
        closing.rename_in_log(User.objects.filter(pk=self.pk))
        for handler in closing.handlers():
            handler.remove_personal_data(self, username)
            for rows in handler.renamed(self):
                closing.rename_in_log(rows)

    def _delete_placeholders(self) -> None:
        people, addresses = User.objects, EmailAddress.objects.filter(user=self).values("email")
        people.delete_unreferenced(people.unconfirmed().filter(email="", emailaddress__email__in=addresses))


def _anonymous_fields() -> dict:
    names = {"username": f"former-{token_hex(8)}", "email": "", "password": make_password(None), "last_login": None}
    return names | {"is_staff": False, "is_superuser": False}


@receiver(pre_save, sender=EmailAddress)
def normalize_email_address(instance: EmailAddress, **kwargs) -> None:
    if instance._state.adding:
        instance.email = normalize_email(instance.email)


class Profile(Hideable):
    """Only the other side of an accepted offer sees the phone number."""

    user = models.OneToOneField(User, models.CASCADE, related_name="profile")
    full_name = NameField("name", max_length=80, blank=True)
    bio = CleanTextField("about you", max_length=2000, blank=True, validators=[MaxLengthValidator(2000)])
    phone_number = PhoneNumberField(max_length=30, blank=True, validators=[phone_number_is_well_formed])
    city = NameField(max_length=80, blank=True)
    postcode = CleanCharField(max_length=12, blank=True, default="", db_default="")
    # The part that the names of its files have in common; see `core/photos.py`.
    photo = models.CharField(max_length=32, blank=True, default="", db_default="", editable=False)
    # The same of a picture that has still to move to another name, or whose files have still to be deleted.
    known_photo = models.CharField(max_length=32, blank=True, default="", db_default="", editable=False)

    # Anyone who knows this key can read the person's calendar.
    calendar_key = models.UUIDField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["calendar_key"],
                condition=models.Q(calendar_key__isnull=False),
                name="one_person_per_calendar_key",
            ),
            hidden_by_someone("profile_hidden_by_someone"),
            *(
                models.CheckConstraint(
                    condition=models.Q((f"{field}__regex", r"\A([0-9a-f]{32})?\Z")), name=f"profile_{field}_well_formed"
                )
                for field in ("photo", "known_photo")
            ),
            *(
                models.CheckConstraint(
                    condition=LessThanOrEqual(Length(field), limit), name=f"profile_{field}_at_most_{limit}"
                )
                for field, limit in {
                    "full_name": 80,
                    "bio": 2000,
                    "phone_number": 30,
                    "city": 80,
                    "postcode": 12,
                }.items()
            ),
        ]

    def __str__(self) -> str:
        # The staff's log keeps this, so it holds no name.
        return f"Profile {self.pk}"

    def clean(self) -> None:
        super().clean()
        is_kept = not self.user.is_staff and impersonates_site(self.full_name)
        if is_kept and not Profile.objects.filter(pk=self.pk, full_name=self.full_name).exists():
            raise ValidationError({"full_name": RESERVED_NAME_MESSAGE})

    @property
    def author_pk(self) -> int:
        return self.user_id

    @classmethod
    def of_party(cls, user: User) -> Q:
        return Q(user=user)

    @property
    def public_name(self) -> str:
        return "" if self.is_hidden else self.full_name

    @property
    def public_photo(self) -> str:
        return "" if self.is_hidden else self.photo

    @property
    def small_photo(self) -> str:
        return PROFILE_PHOTOS.url_of(self.photo, SMALL)

    @property
    def large_photo(self) -> str:
        return PROFILE_PHOTOS.url_of(self.photo, LARGE)

    def set_photo(self, photo: EncodedPhoto, *, also: Collection[str] = ()) -> None:
        """No transaction may surround it, because a failure removes the files; `also` names other columns to save."""
        with PROFILE_PHOTOS.stored(photo) as name:
            self._set_photo(name, also)

    @partial(atomic, durable=True)
    def _set_photo(self, name: str, also: Collection[str]) -> None:
        self._require_open_account()
        self._replace_photo(name, also)

    @atomic
    def remove_photo(self, *, also: Collection[str] = ()) -> None:
        self._require_open_account()
        self._replace_photo("", also)

    @atomic
    def save_changes(self, names: Collection[str]) -> None:
        self._require_open_account()
        self.clean()
        self.save(update_fields=list(names))

    def renew_calendar(self) -> None:
        """Gives the calendar a new address; the old one stops working."""
        self._set_calendar_key(random_key())

    def stop_calendar(self) -> None:
        self._set_calendar_key(None)

    @atomic
    def clear_personal_data(self) -> None:
        self.full_name = self.bio = self.phone_number = self.city = self.postcode = ""
        self.calendar_key = None
        self._replace_photo("", ("full_name", "bio", "phone_number", "city", "postcode", "calendar_key"))

    @atomic
    def _set_calendar_key(self, key: UUID | None) -> None:
        self._require_open_account()
        self.calendar_key = key
        self.save(update_fields=["calendar_key"])

    def _set_hidden(self, at: datetime | None, by: User | None) -> None:
        super()._set_hidden(at, by)
        if Profile.objects.filter(pk=self.pk).exclude(photo="").update(known_photo=F("photo")):
            # A storage that is down must not undo the hiding.
            transaction.on_commit(self.move_photo, robust=True)

    def move_photo(self) -> None:
        """Moves the picture, so that its old address leads nowhere. `run_due` finishes what failed."""
        self.refresh_from_db(fields=["photo", "known_photo"])
        known = self.known_photo
        if not known:
            return
        if self.photo == known:
            self._copy_photo()
        PROFILE_PHOTOS.delete(known)
        Profile.objects.filter(pk=self.pk, known_photo=known).update(known_photo="")

    def _copy_photo(self) -> None:
        before, self.photo = self.photo, PROFILE_PHOTOS.copy(self.photo)
        if not Profile.objects.filter(pk=self.pk, photo=before).update(photo=self.photo):
            # Another run was faster, or the person has another picture.
            PROFILE_PHOTOS.delete(self.photo)
            self.refresh_from_db(fields=["photo"])

    @classmethod
    def clear_files(cls) -> int:
        """Files without a row: their deletion failed, or the process ended before the row was written."""
        return PROFILE_PHOTOS.clear_unknown(lambda: cls.objects.exclude(photo="").values_list("photo", flat=True))

    def _require_open_account(self) -> None:
        """A form that was open when the account ended restores nothing."""
        self.user.lock()
        if not self.user.is_active:
            raise PermissionDenied("The account was closed meanwhile.")

    def _replace_photo(self, name: str, also: Collection[str]) -> None:
        before = Profile.objects.select_for_update().values_list("photo", flat=True).get(pk=self.pk)
        self.photo = name
        self.save(update_fields=["photo", *also])
        # A storage that is down must not undo the change.
        transaction.on_commit(lambda: PROFILE_PHOTOS.delete(before), robust=True)


@receiver(post_delete, sender=Profile)
def delete_photo(instance: Profile, **kwargs) -> None:
    """A signal, because profiles are deleted in bulk too."""
    transaction.on_commit(lambda: PROFILE_PHOTOS.delete(instance.photo), robust=True)
