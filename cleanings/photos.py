"""Photos of a job: the owner shows what is to be done, and the chosen cleaner how it was before and after."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.urls import reverse
from django.utils import timezone

from accounts.hiding import Hideable, hidden_by_someone
from accounts.models import Deletion, User
from cleanings import sentences
from cleanings.states import OVER, CleaningStatus, IllegalMove
from cleanings.timeline import now
from core.batches import delete_in_batches
from core.fields import CleanCharField
from core.limits import RowLimit, Written
from core.photos import EncodedPhoto, PhotoStorage
from core.transactions import atomic

if TYPE_CHECKING:
    from cleanings.models import Cleaning

SMALL, LARGE = SIDES = 400, 1600
JOB_PHOTOS = PhotoStorage("private", SIDES)

MOST_PHOTOS = 6
MOST_CHARACTERS = 120
MOST_MEGABYTES = 40
KEPT_FOR = timedelta(days=90)
HOURLY = RowLimit(
    20, timedelta(hours=1), Written("cleanings_photo", "by_id", "created_at"), "You can add at most 20 photos an hour."
)


class PhotoKind(models.TextChoices):
    JOB = "job", "The job"
    BEFORE = "before", "Before cleaning"
    AFTER = "after", "After cleaning"


class Audience(models.TextChoices):
    MEMBERS = "members", "Members only, while the job is open"
    EVERYBODY = "everybody", "Everyone, even without an account"


class PhotoQuerySet(models.QuerySet["Photo"]):
    def visible_to(self, user: User | AnonymousUser) -> PhotoQuerySet:
        """Everybody sees their own photos. Staff see those of the job, never those for its two sides alone."""
        # Not imported: the module of cleanings imports this one.
        cleaning_model: Any = self.model._meta.get_field("cleaning").related_model
        # Asked for each photo: PostgreSQL would collect all cleanings for an `IN` that stands beside other conditions.
        sees_cleaning = Exists(cleaning_model.objects.visible_to(user).filter(pk=OuterRef("cleaning")))
        is_public = Q(audience=Audience.EVERYBODY, cleaning__status__in=(CleaningStatus.OPEN, CleaningStatus.ASSIGNED))
        if not user.is_authenticated:
            return self.filter(is_public, sees_cleaning)
        of_job = Q(kind=PhotoKind.JOB)
        while_open = of_job & Q(cleaning__status=CleaningStatus.OPEN)
        chosen = of_job & Q(cleaning__in=user.offers.winning().values("cleaning"))
        seen = Q(by=user) | Q(cleaning__owner=user) | (is_public | while_open) & Q(sees_cleaning) | chosen
        is_staff = user.is_staff and user.has_perm("cleanings.view_photo")
        return self.filter(seen | of_job if is_staff else seen)

    def with_file_for(self, user: User | AnonymousUser) -> PhotoQuerySet:
        """The file of a hidden photo, or of a photo of a hidden job, is for the person alone who added it."""
        is_shown = Q(hidden_at=None) & (~Q(kind=PhotoKind.JOB) | Q(cleaning__hidden_at=None))
        return self.visible_to(user).filter(is_shown | Q(by=user.pk))

    def in_order(self) -> PhotoQuerySet:
        # First the job, then before, then after.
        return self.order_by("cleaning", F("offer").asc(nulls_first=True), "-kind", "place", "pk")

    def with_people(self) -> PhotoQuerySet:
        return self.select_related("by__profile")

    def for_everybody(self) -> PhotoQuerySet:
        return self.filter(audience=Audience.EVERYBODY)

    def over(self) -> PhotoQuerySet:
        return self.filter(cleaning__status__in=OVER, cleaning__status_since__lte=timezone.now() - KEPT_FOR)

    def clear_over(self) -> int:
        return delete_in_batches(self.over())

    def clear_files(self) -> int:
        """Files without a row: their deletion failed, or the process ended before the row was written."""
        return JOB_PHOTOS.clear_unknown(lambda: self.values_list("file", flat=True))


class Photo(Hideable):
    """`offer` is empty for photos that the owner adds. Every verb locks the cleaning, then the person."""

    cleaning = models.ForeignKey("cleanings.Cleaning", models.CASCADE, verbose_name="job", related_name="photos")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="photos")
    offer = models.ForeignKey("offers.Offer", models.CASCADE, null=True, related_name="photos")
    kind = models.CharField(max_length=10, choices=PhotoKind)
    shows = CleanCharField("what it shows", max_length=MOST_CHARACTERS)
    place = models.PositiveSmallIntegerField()
    audience = models.CharField("who sees it", max_length=10, choices=Audience, default=Audience.MEMBERS)
    # The common part of the names of its files; see `core/photos.py`.
    file = models.CharField(max_length=32, unique=True, editable=False)
    # In bytes, of all its files.
    size = models.PositiveIntegerField(editable=False)
    # The same photo sent twice is one.
    digest = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField("added", default=now, editable=False)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cleaning", "by", "kind", "digest"], name="photo_added_once"),
            models.CheckConstraint(condition=Q(kind__in=PhotoKind.values), name="photo_kind_known"),
            models.CheckConstraint(condition=Q(audience__in=Audience.values), name="photo_audience_known"),
            models.CheckConstraint(
                condition=Q(kind=PhotoKind.JOB, offer=None) | (~Q(kind=PhotoKind.JOB) & Q(offer__isnull=False)),
                name="photo_of_an_offer",
            ),
            models.CheckConstraint(
                condition=Q(audience=Audience.MEMBERS) | Q(kind=PhotoKind.JOB), name="photo_of_two_is_theirs"
            ),
            models.CheckConstraint(
                condition=Q(GreaterThanOrEqual(Length("shows"), 1), LessThanOrEqual(Length("shows"), MOST_CHARACTERS)),
                name="photo_shows_length",
            ),
            models.CheckConstraint(condition=Q(place__range=(1, MOST_PHOTOS)), name="photo_place_in_range"),
            models.CheckConstraint(condition=Q(file__regex=r"\A[0-9a-f]{32}\Z"), name="photo_file_well_formed"),
            models.CheckConstraint(condition=Q(size__gte=1), name="photo_has_a_size"),
            hidden_by_someone("photo_hidden_by_someone"),
        ]
        indexes = [models.Index(fields=["by", "-created_at"], name="photo_of_person_newest")]

    def __str__(self) -> str:
        # The staff's log keeps this, so it holds no words.
        return f"Photo {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("cleanings:photo_large", args=[self.pk])

    @property
    def author_pk(self) -> int:
        return self.by_id

    def is_hidden_from(self, reader: User | AnonymousUser) -> bool:
        is_hidden = self.is_hidden or (self.is_of_the_job and self.cleaning.is_hidden)
        return is_hidden and reader.pk != self.by_id

    @property
    def parties(self) -> set[int]:
        cleaner = {self.offer.cleaner_id} if self.offer else set()
        return {self.by_id, self.cleaning.owner_id, *cleaner}

    @classmethod
    def of_party(cls, user: User) -> Q:
        return Q(by=user) | Q(cleaning__owner=user) | Q(offer__cleaner=user)

    def lock_cleaning(self) -> None:
        self.cleaning.lock()

    @property
    def small_url(self) -> str:
        return reverse("cleanings:photo_small", args=[self.pk])

    @property
    def is_of_the_job(self) -> bool:
        return self.kind == PhotoKind.JOB

    @property
    def heading(self) -> str:
        kind = self.get_kind_display()
        return kind if self.is_of_the_job else f"{kind}, by {self.by.isolated_name}"

    @property
    def audience_sentence(self) -> str:
        if not self.is_of_the_job:
            return f"{self.get_kind_display()}: only the two of you see it."
        if self.audience == Audience.EVERYBODY:
            return "Everyone sees it until the job is done."
        return "Members see it while the job is open."

    @property
    def siblings(self) -> PhotoQuerySet:
        """This photo and those with which it is put in order."""
        return type(self).objects.filter(cleaning=self.cleaning_id, by=self.by_id, kind=self.kind).in_order()

    def can_be_changed_by(self, user: User | AnonymousUser) -> bool:
        return self.by_id == user.pk

    def why_not_describe(self, user: User) -> str:
        """The reason why its words cannot be changed, as a sentence; the other side of an agreed job reads them."""
        offer = self.offer or self.cleaning.chosen_offer
        return offer.why_no_contact(user, sentences.PHOTO_OVER_BLOCK) if offer else ""

    def read(self, side: int) -> bytes:
        return JOB_PHOTOS.read(self.file, side)

    @classmethod
    def kinds_for(cls, cleaning: Cleaning, user: User | AnonymousUser) -> list[PhotoKind]:
        if cleaning.is_owned_by(user):
            return [PhotoKind.JOB] if cleaning.is_open else []
        offer = cleaning.offer_of(user)
        is_over = cleaning.status in OVER and cleaning.status_since + KEPT_FOR <= timezone.now()
        is_agreed = offer is not None and offer.is_winning and offer.has_no_block and not is_over
        return [PhotoKind.BEFORE, PhotoKind.AFTER] if is_agreed else []

    @classmethod
    def why_not_add(cls, cleaning: Cleaning, user: User | AnonymousUser) -> str:
        if cls.kinds_for(cleaning, user):
            return ""
        offer = None if cleaning.is_owned_by(user) else cleaning.offer_of(user)
        over_block = offer.why_no_contact(user, sentences.PHOTO_OVER_BLOCK) if offer else ""
        return over_block or sentences.NO_MORE_PHOTOS

    @classmethod
    def add(
        cls,
        cleaning: Cleaning,
        *,
        by: User,
        kind: str,
        photos: Iterable[EncodedPhoto],
        shows: str,
        audience: str = Audience.MEMBERS,
    ) -> None:
        """All or none; repeated photos stay. No transaction may surround it, because a failure removes the files."""
        by_digest = {digest_of(photo): photo for photo in photos}
        with ExitStack() as stack:
            files = {digest: stack.enter_context(JOB_PHOTOS.stored(photo)) for digest, photo in by_digest.items()}
            stored = [{"digest": key, "file": files[key], "size": photo.size} for key, photo in by_digest.items()]
            cls._add(cleaning, by, stored, kind=kind, shows=shows, audience=audience)

    @classmethod
    @partial(atomic, durable=True)
    def _add(cls, cleaning: Cleaning, by: User, stored: Collection[dict], *, kind: str, **facts) -> None:
        cleaning.lock()
        cls._require_open_accounts(by, cleaning)
        cls._require_kind(cleaning, by, kind)
        offer = None if kind == PhotoKind.JOB else cleaning.offer_of(by)
        rows = [cls(cleaning=cleaning, by=by, offer=offer, kind=kind, **facts, **files) for files in stored]
        cls._save_new(rows, cls(cleaning=cleaning, by=by, kind=kind).siblings)

    @classmethod
    def _save_new(cls, rows: list[Photo], siblings: PhotoQuerySet) -> None:
        there = set(siblings.values_list("digest", flat=True))
        spare = [row.file for row in rows if row.digest in there]
        rows = [row for row in rows if row.digest not in there]
        _require_room(rows, siblings)
        if rows:
            HOURLY.require(rows[0].by, more=len(rows))
        for row in rows:
            row.place = siblings.count() + 1
            row._clean()
            row.save(force_insert=True)
        transaction.on_commit(lambda: JOB_PHOTOS.delete(*spare), robust=True)

    @atomic
    def edit(self, *, by: User, shows: str, place: int, audience: str) -> None:
        self._lock_for(by)
        before = self.shows
        self.shows, self.audience = shows, audience
        self._clean()
        if self.shows != before and (why_not := self.why_not_describe(by)):
            raise IllegalMove(why_not)
        self.save(update_fields=["shows", "audience"])
        others = [photo for photo in self.siblings if photo != self]
        others.insert(max(place, 1) - 1, self)
        self._number(others)

    @atomic
    def remove(self, *, by: User) -> None:
        self._lock_for(by)
        Deletion.objects.remember(type(self).objects.filter(pk=self.pk), "by", "created_at")
        self.delete()
        self._number(self.siblings)

    def _lock_for(self, by: User) -> None:
        self.cleaning.lock()
        by.lock()
        if not (by.is_active and self.can_be_changed_by(by)):
            raise PermissionDenied("Only the person who added a photo changes it.")
        if not type(self).objects.filter(pk=self.pk).exists():
            raise IllegalMove("This photo has been removed.")
        self.refresh_from_db()

    def _clean(self) -> None:
        self.clean_fields(exclude=["cleaning", "by", "offer"])
        if self.audience == Audience.EVERYBODY and not self.is_of_the_job:
            raise ValidationError({"audience": "Only the two of you can see photos of before and after."})

    @staticmethod
    def _require_open_accounts(by: User, cleaning: Cleaning) -> None:
        open_accounts = User.objects.lock_active([by.pk, cleaning.owner_id])
        if by.pk not in open_accounts:
            raise PermissionDenied("A closed account adds no photo.")
        if cleaning.owner_id not in open_accounts:
            raise IllegalMove(sentences.NO_MORE_PHOTOS)

    @classmethod
    def _require_kind(cls, cleaning: Cleaning, by: User, kind: str) -> None:
        if not cleaning.has_photos_of(by):
            raise PermissionDenied("Only the owner and the chosen cleaner add photos to a job.")
        if why_not := cls.why_not_add(cleaning, by):
            raise IllegalMove(why_not)
        if kind not in cls.kinds_for(cleaning, by):
            raise ValidationError({"kind": "Choose what the photos are of."})

    @staticmethod
    def _number(photos: Iterable[Photo]) -> None:
        for place, photo in enumerate(photos, 1):
            if photo.place != place:
                photo.place = place
                photo.save(update_fields=["place"])


def _require_room(photos: list[Photo], siblings: PhotoQuerySet) -> None:
    room = MOST_PHOTOS - siblings.count()
    if len(photos) > room:
        raise ValidationError({"photo": no_room_sentence(room)})
    added = sum(photo.size for photo in photos)
    stored = photos[0].by.photos.aggregate(sum=Sum("size"))["sum"] if photos else 0
    if added + (stored or 0) > MOST_MEGABYTES * 1024 * 1024:
        raise ValidationError(
            {"photo": f"Your photos may take {MOST_MEGABYTES} MB in all. Remove some that you no longer need."}
        )


def no_room_sentence(room: int) -> str:
    if room <= 0:
        return f"There are already {MOST_PHOTOS} photos. Remove one before you add another."
    if room < MOST_PHOTOS:
        return f"Choose at most {room} more: there is room for {MOST_PHOTOS} photos."
    return f"Choose at most {MOST_PHOTOS} photos."


def digest_of(photo: EncodedPhoto) -> str:
    return sha256(photo.files[LARGE]).hexdigest()


@receiver(post_delete, sender=Photo)
def delete_files(instance: Photo, **kwargs) -> None:
    """A signal, because photos go with their cleaning too."""
    transaction.on_commit(lambda: JOB_PHOTOS.delete(instance.file), robust=True)
