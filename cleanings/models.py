from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.hiding import HIDDEN_BY_STAFF, Hideable, hidden_by_someone
from accounts.impartiality import require_impartial
from accounts.models import Block, Deletion, User
from cleanings import constraints, sentences
from cleanings.bookmarks import Bookmark
from cleanings.constraints import MOST_CHARACTERS, Area, CleaningType, Pets, Supplies
from cleanings.events import INVITATION_CLOSED, INVITED, OPENED_TO_EVERYONE, STAFF_ACTED, invitation_over
from cleanings.photos import Photo
from cleanings.places import Place, Places
from cleanings.querysets import CleaningQuerySet
from cleanings.searches import SavedSearch
from cleanings.states import (
    COMPLETES_ITSELF_AFTER,
    INVITATION_DAYS,
    OFFERS_WHEN_CLOSING,
    OVER,
    WITH_WINNER,
    CleaningStatus,
    IllegalMove,
    Kind,
    OfferStatus,
)
from cleanings.terms import FIELDS, TERMS, TermChange, changes_since, stored
from cleanings.timeline import EDITS, Event, now
from cleanings.words import FoldedField
from core.addresses import address
from core.fields import CleanCharField, CleanTextField, NameField
from core.formatting import hours_label, rate_label, when_label
from core.inserts import insert
from core.limits import RowLimit, Written
from core.mixins import CheckedOnWritingMixin
from core.statements import Statement
from core.text import clean_line, isolate, quoted, truncate
from core.transactions import atomic
from notifications.models import Notification
from notifications.topics import Notice

if TYPE_CHECKING:
    from offers.models import Offer

__all__ = ["Bookmark", "Cleaning", "Event", "Photo", "Place", "SavedSearch"]


# The columns by which a list can be filtered and counted along the index of its order.
FILTERED = ("starts_at", "cleaning_type", "area", "hourly_rate")
# The columns that follow from a field.
DERIVED = {
    "name": ["folded_name"],
    "description": ["folded_description"],
    "city": ["city_key"],
    "postcode": ["postcode_key", "city_key"],
}
POSTED = Written("cleanings_cleaning", "owner_id", "created_at")
LIMITS = (
    RowLimit(50, timedelta(days=1), POSTED, "You’ve posted 50 jobs within a day, and that’s the most."),
    RowLimit(20, timedelta(hours=1), POSTED, "You’ve posted 20 jobs within an hour, and that’s the most."),
)
EDITS_AN_HOUR = RowLimit(
    60, timedelta(hours=1), EDITS, "You’ve changed jobs 60 times within an hour, and that’s the most."
)


@Statement
def locked(pk: int) -> QuerySet[Cleaning]:
    return Cleaning.objects.select_for_update().filter(pk=pk)


class Cleaning(CheckedOnWritingMixin, Hideable):
    """Each verb but the first locks the row, reads it again, checks, writes, and adds its Event and notifications.

    It raises PermissionDenied for anybody but owner and staff, IllegalMove when it is not possible, ValidationError for
    values out of range, and TypeError for what is no field of the form.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="cleanings")
    name = NameField(max_length=MOST_CHARACTERS["name"])
    description = CleanTextField(
        max_length=MOST_CHARACTERS["description"],
        blank=True,
        validators=[MaxLengthValidator(MOST_CHARACTERS["description"])],
    )
    area = models.CharField(max_length=12, choices=Area, default=Area.WHOLE_HOME, db_default=Area.WHOLE_HOME)
    cleaning_type = models.CharField("type", max_length=10, choices=CleaningType)
    supplies = models.CharField(max_length=7, choices=Supplies, blank=True, default="", db_default="")
    pets = models.CharField(max_length=3, choices=Pets, blank=True, default="", db_default="")
    hourly_rate = models.DecimalField(max_digits=6, decimal_places=2, validators=constraints.rate_validators)
    estimated_hours = models.DecimalField(max_digits=4, decimal_places=2, validators=constraints.hours_validators)
    starts_at = models.DateTimeField("start", null=True, blank=True)
    city = NameField(max_length=MOST_CHARACTERS["city"])
    city_key = models.CharField(max_length=MOST_CHARACTERS["city"], editable=False)
    postcode = CleanCharField(max_length=MOST_CHARACTERS["postcode"])
    # NULL in a row that a version without this field has written.
    postcode_key = models.CharField(max_length=MOST_CHARACTERS["postcode"], null=True, editable=False)  # noqa: DJ001
    street_address = CleanCharField("street and number", max_length=MOST_CHARACTERS["street_address"])
    status = models.CharField(
        max_length=10, choices=CleaningStatus, default=CleaningStatus.OPEN, editable=False, db_index=True
    )
    status_since = models.DateTimeField(default=now, editable=False)
    # Without a person the job is public. With both, it is reserved for the person until the moment. With a person and
    # no moment, the invitation has ended, and the owner alone sees the job.
    reserved_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="invitations", db_index=False
    )
    reserved_until = models.DateTimeField(null=True, editable=False)
    then_open = models.BooleanField(default=False, db_default=False, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    offers_count = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField("posted", default=now, editable=False)
    updated_at = models.DateTimeField("changed", default=now, editable=False)
    folded_name = FoldedField("name")
    folded_description = FoldedField("description")
    # A form that is sent twice posts one cleaning.
    post_token = models.UUIDField(null=True, editable=False)

    # Annotated by with_block.
    has_block: bool
    # Annotated by with_agreed_rate.
    agreed_rate: Decimal | None
    # Annotated by with_parts, and the last by with_offer_of.
    has_photos: bool
    has_questions: bool
    has_offer_of_reader: bool

    objects = CleaningQuerySet.as_manager()

    class Meta:
        verbose_name = "job"
        permissions = [("close_cleaning", "Can close a job")]
        constraints = [
            *constraints.CONSTRAINTS,
            hidden_by_someone("cleaning_hidden_by_someone"),
            models.UniqueConstraint(fields=["owner", "post_token"], name="cleaning_posted_once"),
        ]
        indexes = [
            # One for each order of the list, and for each order in one city; filters can count and find by the index
            # alone.
            *(
                models.Index(
                    fields=fields,
                    condition=Q(status=CleaningStatus.OPEN, reserved_for=None, hidden_at=None),
                    name=f"cleaning_listed_{name}",
                )
                for name, fields in {
                    "newest": ["-created_at", "-id", *FILTERED],
                    "since": ["-status_since", "-id", *FILTERED],
                    "soonest": ["starts_at", "id"],
                    "rate": ["hourly_rate", "id"],
                    "city_newest": ["city_key", "-created_at", "-id", *FILTERED],
                    "city_since": ["city_key", "-status_since", "-id", *FILTERED],
                    "city_soonest": ["city_key", "starts_at", "id"],
                    "city_rate": ["city_key", "hourly_rate", "id"],
                    "near_newest": ["postcode_key", "-created_at", "-id", *FILTERED],
                }.items()
            ),
            models.Index(
                fields=["city_key", "cleaning_type", "status_since"],
                condition=Q(status__in=(CleaningStatus.ASSIGNED, CleaningStatus.COMPLETED)),
                name="cleaning_agreed_in_city",
            ),
            models.Index(
                fields=["reserved_for"], condition=Q(reserved_for__isnull=False), name="cleaning_reserved_for"
            ),
            models.Index(fields=["owner", "-created_at", "-id"], name="cleaning_of_owner_newest"),
        ]

    def __str__(self) -> str:
        # Lists of the admin print it to staff who are a side of the job.
        return self.public_name

    def save(self, *args, update_fields=None, **kwargs) -> None:
        self._set_keys()
        if update_fields is not None:
            derived = [column for name in update_fields for column in DERIVED.get(name, ())]
            update_fields = [*update_fields, *derived]
        super().save(*args, update_fields=update_fields, **kwargs)

    def get_absolute_url(self) -> str:
        return address("cleanings:detail", self.pk)

    @property
    def author_pk(self) -> int:
        return self.owner_id

    @property
    def parties(self) -> set[int]:
        invited = {self.reserved_for_id} if self.reserved_for_id else set()
        return {self.owner_id, *invited, *self.offers.values_list("cleaner", flat=True)}

    @classmethod
    def of_party(cls, user: User) -> Q:
        return Q(owner=user) | Q(reserved_for=user) | Q(pk__in=user.offers.values("cleaning"))

    def lock_cleaning(self) -> None:
        self.lock()

    @property
    def public_name(self) -> str:
        """The name as everybody but the owner reads it."""
        return HIDDEN_BY_STAFF if self.is_hidden else self.name

    @property
    def quoted_name(self) -> str:
        return quoted(self.public_name)

    def name_for(self, reader: User | AnonymousUser) -> str:
        return HIDDEN_BY_STAFF if self.is_hidden_from(reader) else self.name

    def quoted_name_for(self, reader: User | AnonymousUser) -> str:
        return quoted(self.name_for(reader))

    @property
    def when_label(self) -> str:
        return when_label(self.starts_at)

    @property
    def rate_label(self) -> str:
        return rate_label(self.hourly_rate, self.estimated_hours)

    @property
    def hours_label(self) -> str:
        return hours_label(self.estimated_hours)

    @property
    def total(self) -> Decimal:
        return self.hourly_rate * self.estimated_hours

    @property
    def agreed_total(self) -> Decimal | None:
        return self.agreed_rate and self.agreed_rate * self.estimated_hours

    @property
    def drawing(self) -> str:
        return Area(self.area).drawing

    @property
    def place_label(self) -> str:
        return f"{self.postcode} {isolate(self.city)}"

    @property
    def type_sentence(self) -> str:
        return CleaningType(self.cleaning_type).sentence

    @property
    def kind_label(self) -> str:
        """Like "Full clean", or "Full clean, kitchen" where it is not the whole home."""
        kind = self.get_cleaning_type_display()
        return kind if self.area == Area.WHOLE_HOME else f"{kind}, {self.get_area_display().lower()}"

    @property
    def was_edited(self) -> bool:
        return self.updated_at > self.created_at + timedelta(seconds=1)

    @property
    def summary(self) -> str:
        sentence = f"{self.get_cleaning_type_display()} in {self.place_label}, {self.when_label}: {self.rate_label}."
        return truncate(sentence, 160)

    @property
    def is_open(self) -> bool:
        return self.status == CleaningStatus.OPEN

    @property
    def is_assigned(self) -> bool:
        return self.status == CleaningStatus.ASSIGNED

    @property
    def is_closed(self) -> bool:
        return self.status == CleaningStatus.CLOSED

    @property
    def start_has_passed(self) -> bool:
        return self.starts_at is not None and self.starts_at <= timezone.now()

    @property
    def ends_at(self) -> datetime | None:
        return self.starts_at and self.starts_at + timedelta(minutes=round(self.estimated_hours * 60))

    @property
    def is_open_before_start(self) -> bool:
        return self.is_open and not self.start_has_passed

    @property
    def takes_offers(self) -> bool:
        return self.is_open_before_start and not self.is_hidden

    @property
    def is_public(self) -> bool:
        return self.reserved_for_id is None

    @property
    def is_visible_to_all(self) -> bool:
        return self.is_public and not self.is_closed

    def is_visible_to(self, reader: User | AnonymousUser) -> bool:
        """`visible_to` for one row: what everyone sees costs no question about offers and invitations."""
        if self.is_visible_to_all or self.is_owned_by(reader):
            return True
        return Cleaning.objects.visible_to(reader).filter(pk=self.pk).exists()

    @property
    def is_listed(self) -> bool:
        return self.is_public and self.takes_offers

    @property
    def is_reserved(self) -> bool:
        """Whether the invitation of a cleaner still runs."""
        return self.reserved_until is not None and timezone.now() < self.reserved_until and self.is_open_before_start

    @property
    def is_undecided(self) -> bool:
        """Open, but to nobody, because an invitation has ended."""
        return self.is_open and not self.is_public and not self.is_reserved

    @property
    def readers_label(self) -> str:
        if self.is_hidden:
            return f"{HIDDEN_BY_STAFF}."
        if self.is_reserved:
            return "Only you and the invited cleaner see it."
        return "Only you see it." if self.is_undecided else ""

    @cached_property
    def has_rejected_invited(self) -> bool:
        """Whether the invitation runs, but the owner has rejected the offer it brought."""
        if not self.is_reserved or not self.offers_count:
            return False
        return self._offers_of_invited(OfferStatus.REJECTED).exists()

    @property
    def opens_again(self) -> bool:
        """Whether it opens to everyone if its job falls through."""
        return self.is_public or self.then_open

    @property
    def invitation_ends_at(self) -> datetime | None:
        return self.reserved_until and min(self.reserved_until, self.starts_at or self.reserved_until)

    @property
    def has_started(self) -> bool:
        """Without a start, a job starts when it is assigned."""
        if self.starts_at is None:
            return self.status in WITH_WINNER
        return self.start_has_passed

    @property
    def completes_itself_at(self) -> datetime:
        """14 days after the start, or after a later assignment."""
        return max(self.starts_at or self.status_since, self.status_since) + COMPLETES_ITSELF_AFTER

    @property
    def field_labels(self) -> dict[str, str]:
        return {field.name: str(field.verbose_name) for field in self._meta.fields}

    @property
    def terms(self) -> dict:
        """Without the street, which some readers of a timeline must not see."""
        return {
            "version": self.version,
            **{name: stored(name, getattr(self, name)) for name in TERMS if name != "street_address"},
        }

    @cached_property
    def chosen_offer(self) -> Offer | None:
        if self.status not in WITH_WINNER:
            return None
        return self.offers.winning().with_people().with_block().first()

    def offer_of(self, user: User | AnonymousUser) -> Offer | None:
        if not user.is_authenticated:
            return None
        if user.pk not in self.offers_by_cleaner:
            self.offers_by_cleaner[user.pk] = self.offers.with_people().with_block().filter(cleaner=user).first()
        return self.offers_by_cleaner[user.pk]

    @cached_property
    def offers_by_cleaner(self) -> dict[int, Offer | None]:
        return {}

    @cached_property
    def own_events(self) -> list[Event]:
        return list(self.events.about(None).order_by("-pk"))

    def changes_since(self, version: int) -> list[TermChange]:
        return changes_since(version, self.own_events, self.terms, self.field_labels)

    def is_owned_by(self, user: User | AnonymousUser) -> bool:
        return self.owner_id == user.pk

    def can_be_edited_by(self, user: User | AnonymousUser) -> bool:
        return self.is_owned_by(user) and self.is_open

    can_be_closed_by = can_be_edited_by

    def is_reserved_for(self, user: User | AnonymousUser) -> bool:
        return self.is_reserved and self.reserved_for_id == user.pk

    def is_open_to(self, cleaner: User | AnonymousUser) -> bool:
        return self.is_public or self.is_reserved_for(cleaner)

    def has_block_with(self, reader: User | AnonymousUser) -> bool:
        """Costs a query unless `with_block` has answered it."""
        if "has_block" in vars(self):
            return self.has_block
        return reader.is_authenticated and self.owner.has_block_with(reader)

    def has_invited(self, user: User | AnonymousUser) -> bool:
        return self.events.filter(kind=Kind.INVITE, terms__invited=user.pk).exists()

    def was_declined_by(self, user: User) -> bool:
        return self.events.filter(kind=Kind.PASS, actor=user).exists()

    @staticmethod
    def invitable_by(owner: User) -> QuerySet[User]:
        """Cleaners who have done a job for the owner, without a block between the two."""
        return owner.cleanings.cleaners().exclude(pk__in=Block.objects.others_of(owner))

    def invitable(self) -> QuerySet[User]:
        answered = self.events.filter(kind=Kind.PASS, actor__isnull=False).values("actor")
        return self.invitable_by(self.owner).exclude(
            Q(pk__in=answered) | Q(pk__in=self.offers.not_rescinded().values("cleaner"))
        )

    def why_not_invite(self) -> str:
        if not self.is_open:
            return sentences.NOT_OPEN[CleaningStatus(self.status)]
        if self.is_hidden:
            return sentences.HIDDEN_FROM_INVITED
        if self.is_public:
            return "This job is open to everyone, so nobody has to be invited."
        if self.is_reserved and not self.has_rejected_invited:
            return "Someone is already invited. Wait for the answer, or open the job to everyone."
        if self.start_has_passed:
            return "The start has passed. Move it before you invite someone."
        if self.offers.pending().exists():
            return "An offer is waiting for your answer. Accept it or turn it down before you invite someone else."
        return ""

    def can_be_deleted_by(self, user: User | AnonymousUser) -> bool:
        return self.is_owned_by(user) and not self.why_not_delete()

    def why_not_delete(self) -> str:
        if self.is_reserved:
            return sentences.IS_RESERVED
        return sentences.HAS_OFFERS if self.offers_count else ""

    def has_photos_of(self, user: User | AnonymousUser) -> bool:
        """Whether the person adds photos here, or has added them."""
        if self.is_owned_by(user):
            return True
        offer = self.offer_of(user)
        return offer is not None and offer.has_been_agreed

    def can_be_bookmarked_by(self, user: User | AnonymousUser) -> bool:
        return user.is_active and not self.is_owned_by(user) and not self.has_block_with(user)

    def require_open(self) -> None:
        if not self.is_open:
            raise IllegalMove(sentences.NOT_OPEN[CleaningStatus(self.status)])

    def require_deletable(self) -> None:
        if why_not := self.why_not_delete():
            raise IllegalMove(why_not)

    def require_reservation(self) -> None:
        self.require_open()
        if self.is_public:
            raise IllegalMove("This job is already open to everyone.")

    def require_invitation_of(self, user: User) -> None:
        if not self.has_invited(user):
            raise PermissionDenied("Only an invited cleaner declines.")
        if not self.is_reserved_for(user):
            raise IllegalMove("This invitation is over.")
        if self.offers.pending().filter(cleaner=user).exists():
            raise IllegalMove("You’ve made an offer. Withdraw it before you decline.")

    @classmethod
    @atomic
    def post(
        cls,
        *,
        by: User,
        token: UUID | None = None,
        reserved_for: User | None = None,
        reserved_days: int = 0,
        then_open: bool = False,
        **facts,
    ) -> Cleaning:
        """The same token again returns the cleaning that was posted with it; `reserved_for` is invited."""
        cleaning = cls(owner=by, post_token=token, **cls.cleaned(facts, exclude=()))
        cls._require_in_range(cleaning.starts_at)
        if reserved_for:
            User.objects.lock_active([by.pk, reserved_for.pk])
        by.lock()
        if not by.is_active:
            raise PermissionDenied("A closed account posts no job.")
        # Twice, because the second click is rare, and a whole row takes longer to ask for than to find.
        if token and by.cleanings.filter(post_token=token).exists():
            return by.cleanings.get(post_token=token)
        for limit in LIMITS:
            limit.require(by)
        if reserved_for:
            cleaning._set(**cleaning._reservation(reserved_for, reserved_days, then_open))
        cleaning._set_keys()
        insert([cleaning])
        insert([cleaning.new_event(Kind.POST, by, from_status="")])
        if reserved_for:
            cleaning._write_invitation(reserved_for, by)
        return cleaning

    @atomic
    def edit(self, *, by: User, **changes) -> None:
        """Other terms raise the version, and ask each pending cleaner to confirm."""
        self._lock_for(by)
        self.require_open()
        cleaned = self.cleaned(changes, exclude=set(FIELDS) - set(changes))
        changed = [field for field, value in cleaned.items() if getattr(self, field) != value]
        if not changed:
            return
        if "starts_at" in changed:
            self._require_in_range(cleaned["starts_at"])
        by.lock()
        EDITS_AN_HOUR.require(by)
        news = {"status_since": timezone.now()} if "starts_at" in changed and self._opened_too_late else {}
        self._set(**{field: cleaned[field] for field in changed}, **news)
        has_other_terms = not set(TERMS).isdisjoint(changed)
        if has_other_terms:
            self.version += 1
        self.updated_at = timezone.now()
        self.save(update_fields=[*changed, *news, "version", "updated_at"])
        event = self.new_event(Kind.EDIT, by, from_status=self.status, changed=changed)
        event.save()
        self._notify_owner(event)
        if has_other_terms:
            self.offers.notify((event, offer) for offer in self.offers.pending().with_people())

    @atomic
    def close(self, *, by: User | None) -> None:
        """Reject every pending offer; without `by` the site acts, for an owner whose account has ended."""
        self._lock_for(by, "cleanings.close_cleaning", by_the_site=True)
        if by and not self.is_owned_by(by):
            require_impartial(by, self)
        if self.status == CleaningStatus.CLOSED and self.was_done_by(by, Kind.CLOSE):
            return
        self.require_open()
        invited = self.invited
        event = self.set_status(CleaningStatus.CLOSED, Kind.CLOSE, by)
        rejected = self.offers.set_status_of_all(self, Kind.CLOSE, *OFFERS_WHEN_CLOSING, by)
        insert([event, *(event for event, _ in rejected)])
        self._notify_owner(event)
        self.offers.notify(rejected)
        if invited and not self.offers.not_rescinded().filter(cleaner=invited).exists():
            self._notify(event, INVITATION_CLOSED.notice(invited, event))

    @atomic
    def lapse(self) -> None:
        """Notify owner and pending cleaners, once, that the start has passed; the cleaning stays open."""
        self.lock()
        if not type(self).objects.lapsed().filter(pk=self.pk).exists():
            raise IllegalMove("There’s nobody to tell that the start has passed.")
        event = self.new_event(Kind.LAPSE, None, from_status=self.status)
        event.save()
        self.offers.pending().notify_of_lapse(event)

    @atomic
    def invite(self, cleaner: User, *, by: User, days: int, then_open: bool = False) -> None:
        """Reserve what the owner alone sees; the same cleaner again changes nothing."""
        self._lock_for(by)
        if self.is_reserved_for(cleaner):
            return
        if why_not := self.why_not_invite():
            raise IllegalMove(why_not)
        User.objects.lock_active([self.owner_id, cleaner.pk])
        self._require_among(self.invitable(), cleaner)
        self._update(**self._reservation(cleaner, days, then_open))
        self._write_invitation(cleaner, by)

    @atomic
    def decline(self, *, by: User) -> None:
        """Open it to everyone if the owner said so, else leave it to the owner, who is notified."""
        self.lock()
        if not self.was_declined_by(by):
            self.require_invitation_of(by)
            self._end_invitation(by)

    @atomic
    def end_invitation(self) -> None:
        """The site calls it after the time or the start, or when the account of the invited cleaner has ended."""
        self.lock()
        if not type(self).objects.with_ended_invitation().filter(pk=self.pk).exists():
            raise IllegalMove("No invitation has to be ended.")
        self._end_invitation(None)

    @atomic
    def unreserve(self, *, by: User) -> None:
        """Open it to everyone; an invited cleaner is notified."""
        self._lock_for(by)
        if self.is_public and self.events.filter(kind=Kind.UNRESERVE, actor=by).exists():
            return
        self.require_reservation()
        invited = self.invited
        event = self._open_to_everyone(by)
        self._notify_owner(event)
        if invited:
            self._notify(event, OPENED_TO_EVERYONE.notice(invited, event))

    @atomic
    def delete(self, *args: Any, by: User | None = None, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self._lock_for(by)
        self.require_deletable()
        self.questions.remove_notices(self)
        self._remember_deletions()
        return super().delete(*args, **kwargs)

    def _remember_deletions(self) -> None:
        """Remember all that is deleted with the cleaning and that limits count, other people's too."""
        Deletion.objects.remember(Cleaning.objects.filter(pk=self.pk), "owner", "created_at")
        Deletion.objects.remember(self.photos.all(), "by", "created_at")
        Deletion.objects.remember(self.questions.all(), "asker", "asked_at")
        Deletion.objects.remember(self.events.offering(), "actor", "at")
        Deletion.objects.remember(self.events.edits(), "actor", "at", EDITS.kind)

    def lock(self) -> None:
        """Lock the row until the transaction ends, and read it again."""
        row = locked.first(self.pk) if self.pk else None
        if row is None:
            raise IllegalMove(sentences.DELETED)
        self._set(**{field.attname: getattr(row, field.attname) for field in self._meta.concrete_fields})
        for cached in ("chosen_offer", "offers_by_cleaner", "own_events", "has_rejected_invited", "has_block"):
            self.__dict__.pop(cached, None)

    def set_status(self, status: CleaningStatus, kind: Kind, by: User | None) -> Event:
        """Ends an invitation in every case; a job that falls through opens to everyone if the owner said so."""
        before = self.status
        opens = status == CleaningStatus.OPEN and self.then_open
        reserved_for = None if opens else self.reserved_for_id
        self._update(status=status, status_since=timezone.now(), reserved_for_id=reserved_for, reserved_until=None)
        if status in OVER:
            self.questions.end(self)
        return self.new_event(kind, by, from_status=before)

    def write_agreed(self, terms: dict[str, Any], *, by: User) -> Event | None:
        """Return the unsaved event; without terms only the version rises, and it is None. The row is locked already."""
        self.version += 1
        if terms:
            self.updated_at = timezone.now()
        for name, value in terms.items():
            setattr(self, name, value)
        self.save(update_fields=["version", *terms, *(["updated_at"] if terms else [])])
        changed = [name for name in TERMS if name in terms]
        return self.new_event(Kind.AGREE, by, from_status=self.status, changed=changed) if terms else None

    def count_offer(self, change: int) -> None:
        self.offers_count += change
        Cleaning.objects.filter(pk=self.pk).update(offers_count=F("offers_count") + change)

    def new_event(self, kind: Kind, by: User | None, *, from_status: str, **more_terms) -> Event:
        terms = self.terms | more_terms
        return Event(cleaning=self, kind=kind, actor=by, from_status=from_status, to_status=self.status, terms=terms)

    def was_done_by(self, user: User | None, kind: Kind, cleaner: User | None = None) -> bool:
        last = self.events.about(cleaner).moves().order_by("-pk").first()
        return last is not None and last.kind == kind and last.actor_id == (user.pk if user else None)

    @property
    def invited(self) -> User | None:
        return self.reserved_for if self.is_reserved else None

    def _reservation(self, cleaner: User, days: int, then_open: bool) -> dict:
        if days not in INVITATION_DAYS:
            raise ValidationError({"reserved_days": constraints.DAYS_SENTENCE})
        self._require_among(self.invitable_by(self.owner), cleaner)
        until = timezone.now() + timedelta(days=days)
        return {"reserved_for": cleaner, "reserved_until": until, "then_open": then_open}

    def _require_among(self, invitable: QuerySet[User], cleaner: User) -> None:
        if not invitable.filter(pk=cleaner.pk).exists():
            sentence = constraints.CLEANER_SENTENCE
            over_block = Block.objects.why_no_contact(self.owner, cleaner, sentence)
            raise ValidationError({"reserved_for": over_block or sentence})

    def _write_invitation(self, cleaner: User, by: User) -> None:
        # The line itself names nobody, because other cleaners may read it later.
        event = self.new_event(Kind.INVITE, by, from_status=self.status, invited=cleaner.pk)
        event.save()
        names = {"owner": self.owner.isolated_name, "until": when_label(self.invitation_ends_at)}
        self._notify(event, INVITED.notice(cleaner, event, **names, summary=self.summary))

    def _end_invitation(self, by: User | None) -> None:
        self._update(reserved_until=None)
        event = self.new_event(Kind.PASS, by, from_status=self.status)
        event.save()
        if not self.start_has_passed:
            # Else the notice that the start has passed says all there is to say.
            has_offer = self._offers_of_invited(OfferStatus.PENDING).exists()
            over = invitation_over(event, opens=self.then_open, has_offer=has_offer and not self.then_open)
            self._notify(event, over.notice(self.owner, event))
        if self.then_open:
            self._open_to_everyone(None)

    def _open_to_everyone(self, by: User | None) -> Event:
        # From now on it is news, unless nobody can offer any more.
        news = {} if self.start_has_passed else {"status_since": timezone.now()}
        self._update(reserved_for_id=None, reserved_until=None, **news)
        event = self.new_event(Kind.UNRESERVE, by, from_status=self.status)
        event.save()
        return event

    def _offers_of_invited(self, status: OfferStatus) -> QuerySet[Offer]:
        return self.offers.filter(cleaner=self.reserved_for_id, status=status)

    @property
    def _opened_too_late(self) -> bool:
        """Whether it opened to everyone only after its start."""
        if not (self.is_public and self.start_has_passed):
            return False
        return self.events.filter(kind=Kind.UNRESERVE, at__gte=self.starts_at).exists()

    def _update(self, **fields) -> None:
        as_it_was = Cleaning.objects.filter(
            pk=self.pk, status=self.status, reserved_for=self.reserved_for_id, reserved_until=self.reserved_until
        )
        if not as_it_was.update(**fields):
            raise IllegalMove("Someone else changed this job at the same moment.")
        self._set(**fields)

    def _set_keys(self) -> None:
        self.city = clean_line(self.city)
        self.city_key, self.postcode_key = Places.get().keys_of(self.city, self.postcode)

    def _set(self, **fields) -> None:
        for name, value in fields.items():
            setattr(self, name, value)

    @classmethod
    def cleaned(cls, facts: dict, exclude: Collection[str]) -> dict:
        """Raises TypeError for a field that no owner writes."""
        if unknown := set(facts) - set(FIELDS):
            raise TypeError(f"No owner writes {', '.join(sorted(unknown))}.")
        typed = cls(**facts)
        typed.clean_fields(exclude={field.name for field in cls._meta.fields} - set(FIELDS) | set(exclude))
        return {name: getattr(typed, name) for name in facts}

    @staticmethod
    def _require_in_range(start: datetime | None) -> None:
        if not constraints.start_is_in_range(start):
            raise ValidationError({"starts_at": constraints.START_SENTENCE})

    def _lock_for(self, by: User | None, *permissions: str, by_the_site: bool = False) -> None:
        """Raises PermissionDenied for all but the owner, staff and, where it may act, the site."""
        self.lock()
        if by is None:
            self.owner.lock()
            if self.owner.is_active or not by_the_site:
                raise PermissionDenied("The site itself only closes cleanings, of owners whose account has ended.")
            return
        has_permission = any(by.has_perm(permission) for permission in ("cleanings.change_cleaning", *permissions))
        # Staff who are invited, or have an offer on it, do not act for the owner.
        if not by.is_active or not (self.is_owned_by(by) or (has_permission and by.pk not in self.parties)):
            raise PermissionDenied("Only its owner may change this job.")

    def _notify_owner(self, event: Event) -> None:
        self._notify(event, STAFF_ACTED.notice(self.owner, event))

    def _notify(self, event: Event, notice: Notice) -> None:
        Notification.objects.notify(Notification.for_event(event, [notice]))
