"""The face that a cleaning has for its reader: which actions are drawn for whom, and what stands there instead.

Only what can succeed now is drawn; the models' predicates decide, this page only puts words to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.urls import reverse

from cleanings import states
from cleanings.models import Cleaning
from cleanings.states import CleaningStatus, Kind, Move, OfferStatus
from core.formatting import when_label
from offers.models import Offer

URL_NAMES = {Kind.OFFER: "create", Kind.REVISE: "update"}

LABELS = {
    Kind.ACCEPT: "Accept {whose} offer",
    Kind.REJECT: "Reject {whose} offer",
    Kind.RELEASE: "Release {who}",
    Kind.COMPLETE: "Complete the job",
    Kind.OFFER: "Make an offer",
    Kind.REVISE: "Revise offer",
    Kind.CONFIRM: "Confirm offer",
    Kind.RESCIND: "Rescind offer",
    Kind.CANCEL: "Cancel the job",
}

# The moves after which something is over, drawn in brick.
ENDING = (Kind.REJECT, Kind.RELEASE, Kind.RESCIND, Kind.CANCEL)

# What an offer's status means, beside its tag.
MEANINGS = {
    OfferStatus.PENDING: "Not answered yet.",
    OfferStatus.ACCEPTED: "The job is agreed.",
    OfferStatus.REJECTED: "If an accepted offer falls through, this one is back in play.",
    OfferStatus.CANCELLED: "The job fell through.",
    OfferStatus.RESCINDED: "Taken back by its cleaner.",
    OfferStatus.COMPLETED: "This job is done.",
}
OVER = {
    CleaningStatus.COMPLETED: "Somebody else did the job.",
    CleaningStatus.CLOSED: "The owner closed this cleaning.",
}

TAG_COLOURS = {
    "open": "pine",
    "accepted": "pine",
    "pending": "straw",
    "assigned": "dusk",
    "cancelled": "brick",
}


# What stands in the place of actions, for everybody but the owner, where a cleaning takes no offers.
STANDS = {
    CleaningStatus.OPEN: "The start has passed: no more offers.",
    CleaningStatus.ASSIGNED: "Somebody has been chosen.",
    CleaningStatus.COMPLETED: "This job is done.",
    CleaningStatus.CLOSED: "The owner closed this cleaning.",
}


@dataclass(frozen=True)
class Action:
    """One link to where something can be done."""

    label: str
    url: str
    is_ending: bool = False


@dataclass
class Face:
    """What a reader can do: the first action leads on, unless it ends something; or a sentence why there is none."""

    actions: list[Action] = field(default_factory=list)
    sentence: str = ""
    offer: Offer | None = None
    staff_url: str = ""

    @property
    def main(self) -> Action | None:
        return next((action for action in self.actions[:1] if not action.is_ending), None)

    @property
    def others(self) -> list[Action]:
        return self.actions[1:] if self.main else self.actions


def meaning(offer: Offer) -> str:
    """What the status of an offer means as its cleaning stands, in a sentence."""
    if offer.status == OfferStatus.REJECTED and offer.cleaning.status in OVER:
        return OVER[CleaningStatus(offer.cleaning.status)]
    return MEANINGS[OfferStatus(offer.status)]


def action(move: Move, offer: Offer, query: str = "") -> Action:
    """The link to a move's page, labelled with its verb and object; `query` names the place of a list to return to."""
    name = offer.cleaner.isolated_name
    arguments = [offer.cleaning_id] if move is states.OFFER else [offer.cleaning_id, offer.cleaner.username]
    url = reverse(f"offers:{URL_NAMES.get(move.kind, move.kind)}", args=arguments)
    return Action(LABELS[move.kind].format(who=name, whose=f"{name}’s"), f"{url}{query}", move.kind in ENDING)


def moves(offer: Offer, user, query: str = "") -> list[Action]:
    """The links to every move that the person can make with the offer now."""
    return [action(move, offer, query) for move in offer.moves_for(user)]


def face(cleaning: Cleaning, user) -> Face:
    """What the person can do with the cleaning as it stands."""
    if cleaning.is_owned_by(user):
        return _owners_face(cleaning, user)
    offer = cleaning.offer_of(user)
    if offer is None:
        return _strangers_face(cleaning, user)
    return Face(moves(offer, user), _sentence_for_cleaner(cleaning, offer), offer)


def next_act(cleaning: Cleaning) -> Action | None:
    """What its owner can do next with a cleaning in a list, told from the cleaning alone."""
    if cleaning.status == CleaningStatus.OPEN and cleaning.offers_count:
        return Action("Compare offers", reverse("offers:list", args=[cleaning.pk]))
    if cleaning.status == CleaningStatus.OPEN and cleaning.start_has_passed:
        return Action("Move the start", reverse("cleanings:update", args=[cleaning.pk]))
    if cleaning.status == CleaningStatus.ASSIGNED:
        return Action("Complete the job" if cleaning.has_started else "See the job", cleaning.get_absolute_url())
    return None


def _owners_face(cleaning: Cleaning, user) -> Face:
    actions = []
    sentence = ""
    has_earlier = False
    if cleaning.chosen_offer:
        actions += moves(cleaning.chosen_offer, user)
    if cleaning.status == CleaningStatus.OPEN:
        count = cleaning.offers.pending().count()
        has_earlier = cleaning.offers_count > 0 and not count
        if count:
            actions.append(Action(f"Compare offers ({count})", reverse("offers:list", args=[cleaning.pk])))
        elif has_earlier:
            sentence = "No offer waits for your answer. We tell you when the next one comes."
        else:
            sentence = "No offers yet. We tell you when one comes."
        if cleaning.start_has_passed:
            choose = " choose among the offers," if count else ""
            sentence = f"The start has passed: no more offers. Move the start,{choose} or close it."
    if cleaning.status == CleaningStatus.COMPLETED:
        sentence = STANDS[CleaningStatus.COMPLETED]
    if cleaning.status == CleaningStatus.CLOSED:
        sentence = f"You closed it on {when_label(cleaning.status_since)}."
    if cleaning.can_be_edited_by(user):
        actions.append(Action("Edit cleaning", reverse("cleanings:update", args=[cleaning.pk])))
    if has_earlier:
        actions.append(Action("See earlier offers", reverse("offers:list", args=[cleaning.pk])))
    if cleaning.can_be_closed_by(user):
        actions.append(Action("Close cleaning", reverse("cleanings:close", args=[cleaning.pk]), is_ending=True))
    if cleaning.can_be_deleted_by(user):
        actions.append(Action("Delete cleaning", reverse("cleanings:delete", args=[cleaning.pk]), is_ending=True))
    return Face(actions, sentence)


def _strangers_face(cleaning: Cleaning, user) -> Face:
    if user.is_staff:
        return Face(staff_url=reverse("admin:cleanings_cleaning_change", args=[cleaning.pk]))
    if cleaning.takes_offers:
        return Face([Action(LABELS[Kind.OFFER], reverse("offers:create", args=[cleaning.pk]))])
    return Face(sentence=STANDS[CleaningStatus(cleaning.status)])


def _sentence_for_cleaner(cleaning: Cleaning, offer: Offer) -> str:
    """What stands in the place of actions, for somebody with an offer, accepted ones aside."""
    if cleaning.status in (CleaningStatus.COMPLETED, CleaningStatus.CLOSED):
        return STANDS[CleaningStatus(cleaning.status)]
    if offer.status == OfferStatus.CANCELLED:
        return "Your job here ended; you cannot offer on this cleaning again."
    if offer.status == OfferStatus.ACCEPTED:
        return ""
    if cleaning.takes_offers:
        return "The owner rejected your offer." if offer.status == OfferStatus.REJECTED else ""
    return STANDS[CleaningStatus(cleaning.status)]
