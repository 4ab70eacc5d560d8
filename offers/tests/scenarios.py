"""Every state that Carl's offer and its cleaning can be in together, each reached by the verbs that lead there."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import product

from cleanings.states import CleaningStatus, Condition, Move, OfferStatus
from marketplace.testing import create_cleaning, create_offer, create_user, move_start
from offers.models import Offer

PENDING, ACCEPTED, REJECTED, CANCELLED, RESCINDED, COMPLETED = OfferStatus
OPEN, ASSIGNED, DONE, CLOSED = CleaningStatus

# None is an offer that Carl has not made.
STATES = [
    (PENDING, OPEN),
    (ACCEPTED, ASSIGNED),
    (COMPLETED, DONE),
    *product([None, REJECTED, CANCELLED, RESCINDED], [OPEN, ASSIGNED, DONE, CLOSED]),
]
STARTS = {"ahead": timedelta(days=3), "passed": timedelta(hours=-1), "by agreement": None}


@dataclass
class Scenario:
    """A cleaning of Olivia's on which Cora has an offer too, and Carl's offer on it, if he made one."""

    offer_status: OfferStatus | None
    cleaning_status: CleaningStatus
    start: str
    is_outdated: bool = False

    def __str__(self) -> str:
        return f"{self.offer_status}-{self.cleaning_status}-{self.start}{'-outdated' if self.is_outdated else ''}"

    def build(self) -> "Scenario":
        self.olivia, self.carl, self.cora = (create_user(name) for name in ("olivia", "carl", "cora"))
        self.cleaning = create_cleaning(starts_in=STARTS["ahead"] if self.start == "passed" else STARTS[self.start])
        coras = create_offer(cleaning=self.cleaning, cleaner=self.cora)
        if self.offer_status:
            create_offer(cleaning=self.cleaning, cleaner=self.carl, status=self.offer_status)
        coras.refresh_from_db()
        self.cleaning.refresh_from_db()
        if self.cleaning_status in (ASSIGNED, DONE) and self.cleaning.status == OPEN:
            Offer.objects.get(pk=coras.pk).accept(by=self.olivia)
        if self.cleaning_status == DONE and self.offer_status != COMPLETED:
            move_start(self.cleaning, STARTS["passed"])
            Offer.objects.get(pk=coras.pk).complete(by=self.olivia)
        if self.cleaning_status == CLOSED:
            self.cleaning.close(by=self.olivia)
        if self.is_outdated:
            self.cleaning.edit(by=self.olivia, estimated_hours=5)
        move_start(self.cleaning, STARTS[self.start])
        assert (self.status, self.cleaning.status) == (self.offer_status, self.cleaning_status)
        return self

    @property
    def offer(self) -> Offer | None:
        return (
            Offer.objects.select_related("cleaning", "cleaner")
            .filter(cleaning=self.cleaning, cleaner=self.carl)
            .first()
        )

    @property
    def status(self) -> OfferStatus | None:
        return self.offer and OfferStatus(self.offer.status)

    def allows(self, move: Move, offer_status: OfferStatus | None) -> bool:
        """What the table of moves says, by the facts that the scenario was built with."""
        has_begun = self.start == "passed" or (
            self.start == "by agreement" and self.cleaning_status in (ASSIGNED, DONE)
        )
        facts = {
            Condition.NOT_HIDDEN: True,
            Condition.TAKES_OFFERS: self.cleaning_status == OPEN and self.start != "passed",
            Condition.STARTED: has_begun,
            Condition.CURRENT: not self.is_outdated,
            Condition.OUTDATED: self.is_outdated,
            Condition.CLEANER_ACTIVE: True,
            Condition.OPEN_TO_CLEANER: True,
            Condition.NO_BLOCK: True,
        }
        begins_here = offer_status in move.offer_from and self.cleaning_status == move.cleaning_from
        return begins_here and all(facts[needed] for needed in move.conditions)


SCENARIOS = [Scenario(*state, start) for state, start in product(STATES, STARTS)]
SCENARIOS += [Scenario(PENDING, OPEN, start, is_outdated=True) for start in STARTS]
