from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Avg, Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Block, User
from cleanings.browse.search import HasWords
from cleanings.photos import Photo
from cleanings.places import Places
from cleanings.states import MISSED_AFTER, OVER, CleaningStatus, Kind, OfferStatus
from cleanings.timeline import Event
from core.batches import BATCH
from core.transactions import atomic

STREET_REMOVED = "Removed with the account"


def city_lookup(city: str) -> dict[str, str]:
    return {"city_key": Places.get().city_key(city)}


def postcodes_lookup(keys: Iterable[str]) -> dict[str, str]:
    return {"postcode_key__among": ",".join(keys)}


class CleaningQuerySet(models.QuerySet):
    def open(self, at: datetime | None = None) -> CleaningQuerySet:
        return self.public().taking_offers(at)

    def open_to(self, reader: User | AnonymousUser, at: datetime | None = None) -> CleaningQuerySet:
        return self.open(at).without_blocks(reader)

    def public(self) -> CleaningQuerySet:
        """Leaves out those that are or were reserved for an invited cleaner and never opened to everyone."""
        return self.filter(reserved_for=None)

    def open_before_start(self, at: datetime | None = None) -> CleaningQuerySet:
        return self.filter(Q(starts_at=None) | Q(starts_at__gt=at or timezone.now()), status=CleaningStatus.OPEN)

    def taking_offers(self, at: datetime | None = None) -> CleaningQuerySet:
        return self.open_before_start(at).not_hidden()

    def not_hidden(self) -> CleaningQuerySet:
        return self.filter(hidden_at=None)

    def reserved(self, at: datetime | None = None) -> CleaningQuerySet:
        now = at or timezone.now()
        return self.open_before_start(now).filter(reserved_until__gt=now)

    def with_ended_invitation(self) -> CleaningQuerySet:
        """Ended by time, start, block or closed account, and not yet handled."""
        now = timezone.now()
        ended = Q(reserved_until__lte=now) | Q(starts_at__lte=now) | Q(reserved_for__is_active=False)
        ended |= Q(Exists(Block.objects.between(OuterRef("owner"), OuterRef("reserved_for"))))
        running = self.filter(status=CleaningStatus.OPEN, reserved_for__isnull=False, reserved_until__isnull=False)
        return running.filter(ended)

    def with_invitation_between(self, one: User, other: User) -> CleaningQuerySet:
        sides = Q(owner=one, reserved_for=other) | Q(owner=other, reserved_for=one)
        return self.filter(sides, status=CleaningStatus.OPEN, reserved_until__isnull=False)

    def not_offered_by(self, user: User) -> CleaningQuerySet:
        return self.exclude(pk__in=user.offers.not_rescinded().values("cleaning"))

    def cleaners(self) -> models.QuerySet[User]:
        done = self.filter(offers__status=OfferStatus.COMPLETED).values("offers__cleaner")
        return User.objects.filter(pk__in=done, is_active=True)

    def visible_to(self, user: User | AnonymousUser) -> CleaningQuerySet:
        """Closed and reserved ones only to their owner, the invited and those with an offer on them.

        Staff see what is closed as well, but what is reserved in the admin alone.
        """
        seen = Q(reserved_for=None)
        if not user.is_staff:
            seen &= ~Q(status=CleaningStatus.CLOSED)
        if user.is_authenticated:
            # An offer that was rescinded, or rejected before somebody else was invited, shows its cleaner what is
            # closed, but not what is or was reserved.
            stands = ~Q(status__in=(OfferStatus.RESCINDED, OfferStatus.REJECTED))
            stands |= Q(status=OfferStatus.REJECTED, cleaning__reserved_for=user)
            offered = user.offers.filter(stands | Q(cleaning__reserved_for=None))
            seen |= Q(owner=user) | Q(pk__in=offered.values("cleaning"))
            seen |= Q(pk__in=user.invitations.reserved().values("pk"))
        return self.filter(seen)

    def with_words(self, words: Sequence[str], *, in_name: bool = False) -> CleaningQuerySet:
        """Every word has to match; the last may be the beginning of one."""
        return self.filter(HasWords(words, in_name=in_name))

    def in_city(self, city: str) -> CleaningQuerySet:
        return self.filter(**city_lookup(city))

    def in_postcodes(self, keys: Iterable[str]) -> CleaningQuerySet:
        return self.filter(**postcodes_lookup(keys))

    def refresh_places(self) -> int:
        """Rewrites the keys of cities and postcodes in batches; returns how many rows changed."""
        places, changed, last = Places.refresh(), 0, 0
        names = ("pk", "city", "postcode", "city_key", "postcode_key")
        while batch := list(self.filter(pk__gt=last).order_by("pk").values_list(*names)[:BATCH]):
            last = batch[-1][0]
            stale = [pk for pk, *facts in batch if places.keys_of(*facts[:2]) != tuple(facts[2:])]
            changed += self.filter(pk__in=stale)._set_keys(places) if stale else 0
        return changed

    @atomic
    def _set_keys(self, places: Places) -> int:
        """Lock the rows first, so that none is changed meanwhile."""
        by_keys: dict[tuple[str, str], list[int]] = defaultdict(list)
        for pk, city, postcode in self.select_for_update().order_by("pk").values_list("pk", "city", "postcode"):
            by_keys[places.keys_of(city, postcode)].append(pk)
        return sum(
            self.filter(pk__in=pks).update(city_key=city, postcode_key=postcode)
            for (city, postcode), pks in by_keys.items()
        )

    def with_start_ahead(self) -> CleaningQuerySet:
        return self.filter(starts_at__gt=timezone.now())

    def by_agreement(self) -> CleaningQuerySet:
        return self.filter(starts_at=None)

    def with_status(self, status: str) -> CleaningQuerySet:
        return self.filter(status=status)

    def over(self) -> CleaningQuerySet:
        return self.filter(status__in=OVER)

    def remove_streets(self) -> None:
        """No version holds the street, so no version changes."""
        self.update(street_address=STREET_REMOVED)

    def lapsed(self) -> CleaningQuerySet:
        """Leaves out those that opened again after their start: their people were notified then."""
        now = timezone.now()
        said = Event.objects.filter(kind=Kind.LAPSE, cleaning=OuterRef("pk"), at__gte=OuterRef("starts_at"))
        lately = self.filter(starts_at__lte=now, starts_at__gt=now - MISSED_AFTER, status_since__lt=F("starts_at"))
        return lately.with_status(CleaningStatus.OPEN).exclude(Exists(said))

    def marked_for(self, user: User | AnonymousUser) -> CleaningQuerySet:
        if not user.is_authenticated:
            return self
        return self.annotate(
            my_rate=Subquery(user.offers.not_rescinded().filter(cleaning=OuterRef("pk")).values("hourly_rate")[:1]),
            is_saved=Exists(user.bookmarks.filter(cleaning=OuterRef("pk"))),
        )

    def with_bookmark_of(self, reader: User) -> CleaningQuerySet:
        return self.annotate(is_saved=Exists(reader.bookmarks.filter(cleaning=OuterRef("pk"))))

    def without_blocks(self, reader: User | AnonymousUser) -> CleaningQuerySet:
        if not reader.is_authenticated:
            return self
        # By id, which the indexes of the list hold, unlike the owner.
        blocked = self.model._default_manager.filter(owner__in=Block.objects.others_of(reader))
        return self.exclude(pk__in=blocked.values("pk"))

    def with_block(self, reader: User | AnonymousUser) -> CleaningQuerySet:
        if not reader.is_authenticated:
            return self
        return self.annotate(has_block=Exists(Block.objects.between(OuterRef("owner"), reader)))

    def kept_from(self, people: Collection[int]) -> set[tuple[int, int]]:
        """Pairs of a person and a cleaning that no alert names: their own, one with their offer, one over a block."""
        own = self.filter(owner__in=people).values_list("owner", "pk")
        standing = [status for status in OfferStatus if status != OfferStatus.RESCINDED]
        offered = self.filter(offers__cleaner__in=people, offers__status__in=standing)
        blocked = self.filter(owner__blocks__blocked__in=people)
        blocking = self.filter(owner__blocks_by_others__blocker__in=people)
        return set(
            own.union(
                offered.values_list("offers__cleaner", "pk"),
                blocked.values_list("owner__blocks__blocked", "pk"),
                blocking.values_list("owner__blocks_by_others__blocker", "pk"),
            )
        )

    def with_offer_of(self, reader: User) -> CleaningQuerySet:
        return self.annotate(has_offer_of_reader=Exists(reader.offers.filter(cleaning=OuterRef("pk"))))

    def with_parts(self) -> CleaningQuerySet:
        """`has_photos` and so on: a page queries photos and questions only where there are some."""
        questions: Any = self.model._meta.get_field("questions").related_model
        of_cleaning = {"cleaning": OuterRef("pk")}
        return self.annotate(
            has_photos=Exists(Photo.objects.filter(**of_cleaning)),
            has_questions=Exists(questions.objects.filter(**of_cleaning)),
        )

    def with_photo(self) -> CleaningQuerySet:
        """`photo` is the id of the first photo for everybody, of cleanings that everybody sees."""
        photos = Photo.objects.for_everybody().filter(cleaning=OuterRef("pk"), hidden_at=None).order_by("place", "pk")
        return self.annotate(photo=Subquery(photos.values("pk")[:1]))

    def with_owner(self) -> CleaningQuerySet:
        return self.select_related("owner__profile")

    def with_owner_figures(self, at: datetime | None = None) -> CleaningQuerySet:
        """`owner_mean` and `owner_reviews` are of the reviews that count, `owner_done` of the owner's jobs."""
        evaluations: Any = User._meta.get_field("evaluations").related_model
        of_owner = evaluations.objects.counted(at).filter(subject=OuterRef("owner")).order_by().values("subject")
        done = self.model._default_manager.filter(owner=OuterRef("owner"), status=CleaningStatus.COMPLETED)
        return self.annotate(
            owner_mean=Subquery(of_owner.annotate(mean=Avg("overall_rating")).values("mean")),
            owner_reviews=Coalesce(Subquery(of_owner.annotate(count=Count("overall_rating")).values("count")), 0),
            owner_done=Coalesce(
                Subquery(done.order_by().values("owner").annotate(count=Count("pk")).values("count")), 0
            ),
        )

    def with_agreed_rate(self) -> CleaningQuerySet:
        offers: Any = self.model._meta.get_field("offers").related_model
        won = offers.objects.winning().filter(cleaning=OuterRef("pk"))
        return self.annotate(agreed_rate=Subquery(won.values("hourly_rate")[:1]))

    def newest_first(self) -> CleaningQuerySet:
        return self.order_by("-created_at", "-pk")

    def by_postcode(self) -> CleaningQuerySet:
        return self.order_by("postcode_key", "-created_at", "-pk")

    def delete(self):
        raise TypeError("Delete cleanings one by one, by their verb: cleaning.delete(by=owner).")
