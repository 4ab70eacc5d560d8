"""People: who they are, and what they let others know of themselves."""

from collections.abc import Iterable

from allauth.account.models import EmailAddress
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models, transaction
from django.db.models.functions import Length, Upper
from django.db.models.lookups import LessThanOrEqual
from django.db.models.signals import post_delete, pre_save
from django.dispatch import receiver
from django.urls import reverse

from accounts import photos
from accounts.cache import CacheEntry as CacheEntry
from accounts.closing import Leaving
from accounts.email_addresses import email_is_one_plain_address, normalize_email
from accounts.fields import EmailField, PhoneNumberField
from accounts.managers import MemberManager
from accounts.password_validation import NormalizedPasswordMixin
from accounts.phone_numbers import phone_number_is_well_formed
from accounts.usernames import (
    KEPT_NAME,
    KEPT_USERNAME,
    RESERVED_USERNAMES,
    refuse_held,
    username_is_not_held,
    username_is_not_reserved,
    username_is_well_formed,
)
from core.fields import CleanCharField, CleanTextField, NameField
from core.names import is_kept_username, speaks_for_the_site
from core.text import isolate


class User(NormalizedPasswordMixin, Leaving, AbstractUser):
    """A member, or one of the staff. Username and e-mail address are unique whatever the case.

    How an account ends stands in `accounts/closing.py`.
    """

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    username = CleanCharField(
        max_length=30,
        unique=True,
        validators=[username_is_well_formed, username_is_not_reserved, username_is_not_held],
        help_text="3 to 30 letters from a to z, digits, hyphens and underscores.",
        error_messages={"unique": "Somebody has this username already. Choose another one."},
    )
    email = EmailField("e-mail address", max_length=254, validators=[email_is_one_plain_address])
    # How many links to reset the password were made: only the last of them works.
    reset_links = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    closed_at = models.DateTimeField("closed", null=True, editable=False)

    # The address as it stands in the database, where the row came from there.
    loaded_email: str | None = None

    objects = MemberManager()

    class Meta(AbstractUser.Meta):
        permissions = [("deactivate_user", "Can deactivate an account")]
        constraints = [
            # UPPER, because that is what `__iexact` compares with: the constraint's index serves the look-ups too.
            models.UniqueConstraint(
                Upper("username"),
                name="username_unique_whatever_the_case",
                violation_error_message="Somebody has this username already. Choose another one.",
            ),
            models.UniqueConstraint(
                Upper("email"),
                condition=~models.Q(email=""),
                name="email_unique_whatever_the_case",
                violation_error_message="Somebody has this e-mail address already.",
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
        return reverse("accounts:profile", args=[self.username])

    @property
    def display_name(self) -> str:
        """How others meet this person: by full name if they gave one, and without any once the account is closed."""
        if not self.is_active:
            return "Former member"
        return self.profile.full_name or self.username

    @property
    def isolated_name(self) -> str:
        """The name for the midst of a sentence, whose other words it does not turn round."""
        return isolate(self.display_name)

    @property
    def initial(self) -> str:
        return self.display_name[0].upper()

    def get_full_name(self) -> str:
        return self.display_name

    get_short_name = get_full_name

    @classmethod
    def from_db(cls, db, field_names, values) -> "User":
        user = super().from_db(db, field_names, values)
        user.loaded_email = user.__dict__.get("email")
        return user

    def clean(self) -> None:
        """Refuse a member's change to a username that is kept; who makes an account may choose, and staff too.

        Django would change the address here, which its field brings into its form.
        """
        super(AbstractUser, self).clean()
        is_kept = not self.is_staff and is_kept_username(self.username or "")
        if is_kept and User.objects.filter(pk=self.pk).exclude(username=self.username).exists():
            raise ValidationError({"username": KEPT_USERNAME})

    def save(self, *args, **kwargs) -> None:
        """Write the row, and with a person's first one their profile: however they came to be, both or neither."""
        with transaction.atomic():
            is_new = self._state.adding
            super().save(*args, **kwargs)
            if is_new or "username" in (kwargs.get("update_fields") or ["username"]):
                refuse_held(self.username)
            if is_new:
                Profile.objects.create(user=self)

    def confirm_email(self) -> None:
        """Take the address for this person's own without a mail: whoever makes the account vouches for it."""
        if self.email:
            EmailAddress.objects.update_or_create(
                user=self, email=self.email, defaults={"verified": True, "primary": True}
            )


@receiver(pre_save, sender=EmailAddress)
def normalize_email_address(instance: EmailAddress, **kwargs) -> None:
    """allauth's rows have the form that the person's own has, whoever makes them."""
    if instance._state.adding:
        instance.email = normalize_email(instance.email)


class Profile(models.Model):
    """What a member tells of themselves. The phone number is shown to the other side of an accepted offer only."""

    user = models.OneToOneField(User, models.CASCADE, related_name="profile")
    full_name = NameField("name", max_length=80, blank=True)
    bio = CleanTextField("about you", max_length=2000, blank=True, validators=[MaxLengthValidator(2000)])
    phone_number = PhoneNumberField(max_length=30, blank=True, validators=[phone_number_is_well_formed])
    city = NameField(max_length=80, blank=True)
    # What the names of its files have in common; `accounts/photos.py` knows the rest.
    photo = models.CharField(max_length=32, blank=True, default="", db_default="", editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(photo__regex=r"\A([0-9a-f]{32})?\Z"), name="profile_photo_well_formed"
            ),
            *(
                models.CheckConstraint(
                    condition=LessThanOrEqual(Length(field), limit), name=f"profile_{field}_at_most_{limit}"
                )
                for field, limit in {"full_name": 80, "bio": 2000, "phone_number": 30, "city": 80}.items()
            ),
        ]

    def __str__(self) -> str:
        # Without a name, because the staff's log keeps it.
        return f"Profile {self.pk}"

    def clean(self) -> None:
        """Refuse a change of the name to words of the site; its staff may be called so."""
        super().clean()
        is_kept = not self.user.is_staff and speaks_for_the_site(self.full_name)
        if is_kept and not Profile.objects.filter(pk=self.pk, full_name=self.full_name).exists():
            raise ValidationError({"full_name": KEPT_NAME})

    @property
    def small_photo(self) -> str:
        """The address of the square for a line of a list."""
        return photos.url_of(self.photo, photos.SMALL)

    @property
    def large_photo(self) -> str:
        """The address of the square for a page of one's own, and for sharp screens."""
        return photos.url_of(self.photo, photos.LARGE)

    def set_photo(self, photo: photos.Photo, *, also: Iterable[str] = ()) -> None:
        """Store the files of a cleaned picture, take it for the photo, and delete those of the one before it.

        `also` names other columns to write at the same time. Nothing of a picture that could not be taken is left; that
        is why no transaction may stand around it.
        """
        with photos.stored(photo) as name, transaction.atomic(durable=True):
            self._require_open_account()
            self._replace_photo(name, also)

    @transaction.atomic
    def remove_photo(self, *, also: Iterable[str] = ()) -> None:
        """Have no photo; the files go once the row is written for good."""
        self._require_open_account()
        self._replace_photo("", also)

    @transaction.atomic
    def tell(self, names: Iterable[str]) -> None:
        """Write these columns, as the person has changed them."""
        self._require_open_account()
        self.clean()
        self.save(update_fields=list(names))

    @transaction.atomic
    def forget(self) -> None:
        """Remove all that its person told of themselves."""
        self.full_name = self.bio = self.phone_number = self.city = ""
        self._replace_photo("", ("full_name", "bio", "phone_number", "city"))

    def _require_open_account(self) -> None:
        """Raise PermissionDenied if the account has ended, so that a form that was under way brings nothing back."""
        self.user.lock()
        if not self.user.is_active:
            raise PermissionDenied("The account was closed meanwhile.")

    def _replace_photo(self, name: str, also: Iterable[str]) -> None:
        before = Profile.objects.select_for_update().values_list("photo", flat=True).get(pk=self.pk)
        self.photo = name
        self.save(update_fields=["photo", *also])
        # A storage that is away must not undo what the person did.
        transaction.on_commit(lambda: photos.delete(before), robust=True)


@receiver(post_delete, sender=Profile)
def delete_photo(instance: Profile, **kwargs) -> None:
    """A profile that goes with its account, in bulk too, where no verb is asked, leaves no files behind."""
    transaction.on_commit(lambda: photos.delete(instance.photo), robust=True)
