"""Each rule of a cleaning twice: as a validator with its sentence, and as a constraint of the database."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.utils import timezone

from cleanings.states import CleaningStatus

LEAST_RATE, MOST_RATE = Decimal("1.00"), Decimal("1000.00")
LEAST_HOURS, MOST_HOURS = Decimal("0.5"), Decimal("24")
FURTHEST_START = timedelta(days=366)
MOST_CHARACTERS = {"name": 120, "description": 4000, "city": 80, "postcode": 12, "street_address": 120}

RATE_SENTENCE = "Enter a rate between 1.00 and 1,000.00."
HOURS_SENTENCE = "Enter between half an hour (0.5) and 24 hours."
CLEANER_SENTENCE = "Choose someone who has done a job for you."
DAYS_SENTENCE = "Choose a time from 1 to 7 days."
START_SENTENCE = "Enter a start between now and a year from now, or leave it empty."
NEW_START_SENTENCE = "Enter a start between now and a year from now."

rate_validators = [MinValueValidator(LEAST_RATE, RATE_SENTENCE), MaxValueValidator(MOST_RATE, RATE_SENTENCE)]
hours_validators = [MinValueValidator(LEAST_HOURS, HOURS_SENTENCE), MaxValueValidator(MOST_HOURS, HOURS_SENTENCE)]


class CleaningType(models.TextChoices):
    DUST_UP = "dust_up", "Dusting"
    SPOT_CLEAN = "spot_clean", "Spot clean"
    FULL_CLEAN = "full_clean", "Full clean"

    @property
    def sentence(self) -> str:
        return TYPE_SENTENCES[self]

    @property
    def plural(self) -> str:
        return "Dusting jobs" if self == CleaningType.DUST_UP else f"{self.label}s"


TYPE_SENTENCES = {
    CleaningType.DUST_UP: "Surfaces dusted, floors swept.",
    CleaningType.SPOT_CLEAN: "One room or one problem.",
    CleaningType.FULL_CLEAN: "Every room, kitchen and bathroom included.",
}


class Area(models.TextChoices):
    WHOLE_HOME = "whole_home", "Whole home"
    KITCHEN = "kitchen", "Kitchen"
    BATHROOM = "bathroom", "Bathroom"
    LIVING_ROOM = "living_room", "Living room"
    BEDROOM = "bedroom", "Bedroom"
    WINDOWS = "windows", "Windows"
    STAIRS = "stairs", "Stairs"
    OFFICE = "office", "Office"
    OUTSIDE = "outside", "Outside"
    MOVING_OUT = "moving_out", "Moving out"

    @property
    def drawing(self) -> str:
        return f"img/drawings/{self}.svg"


class Supplies(models.TextChoices):
    OWNER = "owner", "The owner has them"
    CLEANER = "cleaner", "The cleaner brings them"


class Pets(models.TextChoices):
    YES = "yes", "Yes"
    NO = "no", "No"


def start_is_in_range(value: datetime | None) -> bool:
    now = timezone.now()
    return value is None or now <= value <= now + FURTHEST_START


rate_in_range = Q(hourly_rate__range=(LEAST_RATE, MOST_RATE))
hours_in_range = Q(estimated_hours__range=(LEAST_HOURS, MOST_HOURS))
# When it was set: not before the posting, and at most a year after the last edit.
start_in_range = Q(starts_at=None) | Q(starts_at__gte=F("created_at"), starts_at__lte=F("updated_at") + FURTHEST_START)

area_known = models.CheckConstraint(condition=Q(area__in=Area.values), name="cleaning_area_known")
supplies_known = models.CheckConstraint(
    condition=Q(supplies__in=["", *Supplies.values]), name="cleaning_supplies_known"
)
pets_known = models.CheckConstraint(condition=Q(pets__in=["", *Pets.values]), name="cleaning_pets_known")
# Kept behind its end, when the cleaning is the owner's alone until it opens to all.
reservation_has_a_person = models.CheckConstraint(
    condition=Q(reserved_until=None) | Q(reserved_for__isnull=False), name="cleaning_reserved_for_somebody"
)

CONSTRAINTS = [
    area_known,
    supplies_known,
    pets_known,
    reservation_has_a_person,
    models.CheckConstraint(condition=rate_in_range, name="cleaning_rate_in_range"),
    models.CheckConstraint(condition=hours_in_range, name="cleaning_hours_in_range"),
    models.CheckConstraint(condition=Q(cleaning_type__in=CleaningType.values), name="cleaning_type_known"),
    models.CheckConstraint(condition=Q(status__in=CleaningStatus.values), name="cleaning_status_known"),
    models.CheckConstraint(condition=Q(version__gte=1), name="cleaning_version_from_1"),
    models.CheckConstraint(
        condition=start_in_range, name="cleaning_start_in_range", violation_error_message=START_SENTENCE
    ),
    *(
        models.CheckConstraint(
            condition=Q(
                GreaterThanOrEqual(Length(field), 0 if field == "description" else 1),
                LessThanOrEqual(Length(field), most),
            ),
            name=f"cleaning_{field}_length",
        )
        for field, most in MOST_CHARACTERS.items()
    ),
]
