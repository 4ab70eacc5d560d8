"""People: who they are, and what they let others know of themselves."""

import re

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models, transaction
from django.db.models.functions import Length, Upper
from django.db.models.lookups import LessThanOrEqual
from django.urls import reverse

# The words that stand in our addresses where a username could stand.
RESERVED_USERNAMES = ("new", "mine")

username_is_well_formed = RegexValidator(
    r"\A[A-Za-z0-9_-]{3,30}\Z", "Use 3 to 30 letters from a to z, digits, hyphens and underscores."
)


def username_is_not_reserved(value: str) -> None:
    """Raise ValidationError for a word that would make one of our addresses mean two things."""
    if value.lower() in RESERVED_USERNAMES:
        raise ValidationError(f"“{value}” is a word that the site itself uses. Choose another username.")


def phone_number_is_well_formed(value: str) -> None:
    """Raise ValidationError for what no telephone can dial; spaces, dots, hyphens, slashes, brackets are forgiven."""
    if not re.fullmatch(r"\+?[0-9]{6,15}", re.sub(r"[\s./()-]", "", value)):
        raise ValidationError("Enter a phone number of 6 to 15 digits, like +32 2 555 12 34.")


class MemberManager(UserManager):
    use_in_migrations = False

    def bulk_create(self, *args, **kwargs):
        """Refused: it would make people without a profile."""
        raise TypeError("Make people one by one: each comes with a profile.")


class User(AbstractUser):
    """A member, or one of the staff. Username and e-mail address are unique whatever the case."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    username = models.CharField(
        max_length=30,
        unique=True,
        validators=[username_is_well_formed, username_is_not_reserved],
        help_text="3 to 30 letters from a to z, digits, hyphens and underscores.",
        error_messages={"unique": "Somebody has this username already. Choose another one."},
    )
    email = models.EmailField("e-mail address", max_length=254)

    objects = MemberManager()

    class Meta(AbstractUser.Meta):
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
    def initial(self) -> str:
        return self.display_name[0].upper()

    def get_full_name(self) -> str:
        return self.display_name

    get_short_name = get_full_name

    def save(self, *args, **kwargs) -> None:
        """Write the row, and with a person's first one their profile: however they came to be, both or neither."""
        with transaction.atomic():
            is_new = self._state.adding
            super().save(*args, **kwargs)
            if is_new:
                Profile.objects.create(user=self)


class Profile(models.Model):
    """What a member tells of themselves. The phone number is shown to the other side of an accepted offer only."""

    user = models.OneToOneField(User, models.CASCADE, related_name="profile")
    full_name = models.CharField("name", max_length=80, blank=True)
    bio = models.TextField("about you", max_length=2000, blank=True, validators=[MaxLengthValidator(2000)])
    phone_number = models.CharField(max_length=30, blank=True, validators=[phone_number_is_well_formed])
    city = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=LessThanOrEqual(Length(field), limit), name=f"profile_{field}_at_most_{limit}"
            )
            for field, limit in {"full_name": 80, "bio": 2000, "phone_number": 30, "city": 80}.items()
        ]

    def __str__(self) -> str:
        return f"Profile of {self.user}"
