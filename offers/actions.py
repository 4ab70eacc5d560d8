"""Links to actions: only those that can succeed at this moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, QuerySet
from django.urls import reverse

from accounts.models import Block, User
from cleanings import sentences, states
from cleanings.contact import Contact
from cleanings.models import Cleaning
from cleanings.states import CleaningStatus, Condition, Kind, Move, OfferStatus, Role
from core.addresses import address
from core.formatting import when_label
from core.statements import Statement
from offers.models import Offer

URL_NAMES = {Kind.OFFER: "create", Kind.REVISE: "update"}

LABELS = {
    Kind.ACCEPT: "Accept {who}",
    Kind.REJECT: "Turn down",
    Kind.RELEASE: "Cancel the job",
    Kind.COMPLETE: "Mark as done",
    Kind.OFFER: "Make an offer",
    Kind.REVISE: "Change your offer",
    Kind.CONFIRM: "Keep your offer",
    Kind.RESCIND: "Withdraw your offer",
    Kind.CANCEL: "Cancel the job",
}

ENDING = (Kind.REJECT, Kind.RELEASE, Kind.RESCIND, Kind.CANCEL)

TAG_COLOURS = {
    "open": "pine",
    "accepted": "pine",
    "pending": "straw",
    "assigned": "dusk",
    "cancelled": "brick",
}


class Action(NamedTuple):
    label: str
    url: str
    is_ending: bool = False
    # An action that is possible, but not what the page is about.
    is_optional: bool = False

    @property
    def looks(self) -> str:
        """How its button looks in a row of its own: filled where the action leads on, else quiet."""
        return "link" if self.is_ending or self.is_optional else "primary"


@dataclass
class CleaningActions:
    """`sentence` says why there is no action, or what to expect."""

    actions: list[Action] = field(default_factory=list)
    sentence: str = ""
    offer: Offer | None = None
    staff_url: str = ""
    job_url: str = ""

    @property
    def main(self) -> Action | None:
        first = self.actions[0] if self.actions else None
        return None if first is None or first.is_ending or first.is_optional else first

    @property
    def others(self) -> list[Action]:
        return self.actions[1:] if self.main else self.actions


def status_colour(cleaning_or_offer: Cleaning | Offer) -> str:
    return TAG_COLOURS.get(cleaning_or_offer.status, "stone")


def offer_meaning(offer: Offer) -> str:
    if offer.status == OfferStatus.REJECTED and offer.cleaning.status in sentences.REJECTED_OFFER_MEANING:
        return sentences.REJECTED_OFFER_MEANING[CleaningStatus(offer.cleaning.status)]
    return sentences.OFFER_MEANING[OfferStatus(offer.status)]


def move_action(move: Move, offer: Offer, query: str = "") -> Action:
    """`query` names the place of a list to return to."""
    arguments = [offer.cleaning_id] if move is states.OFFER else [offer.cleaning_id, offer.cleaner.username]
    url = address(f"offers:{URL_NAMES.get(move.kind, move.kind)}", *arguments)
    return Action(LABELS[move.kind].format(who=offer.cleaner.short_name), f"{url}{query}", move.kind in ENDING)


def change_url(offer: Offer) -> str:
    return address("offers:change", offer.cleaning_id, offer.cleaner.username)


def evaluation_url(offer: Offer) -> str:
    return address("evaluations:create", offer.cleaning_id, offer.cleaner.username)


def no_show_answer_url(offer: Offer) -> str:
    return address("offers:answer-no-show", offer.cleaning_id, offer.cleaner.username)


def change_sentence(offer: Offer, user: User) -> str:
    change, other = offer.open_change, offer.other_side(user)
    if not (change and other):
        return ""
    if change.by_id == user.pk:
        return f"Your suggested change is waiting for {other.isolated_name}’s answer."
    until = when_label(change.expires_at)
    return f"{other.isolated_name} suggests a change to this job. You can answer until {until}."


def change_action(offer: Offer, user: User | AnonymousUser) -> Action | None:
    if change := offer.open_change:
        is_mine = change.by_id == user.pk
        label = "See your suggested change" if is_mine else "See the suggested change"
        return Action(label, change_url(offer), is_optional=is_mine)
    return Action("Suggest a change", change_url(offer), is_optional=True) if offer.can_suggest(user) else None


def offer_actions(offer: Offer, user: User | AnonymousUser, query: str = "") -> list[Action]:
    change = change_action(offer, user)
    moves = [move_action(move, offer, query) for move in offer.moves_for(user)]
    return sorted([change, *moves] if change else moves, key=lambda action: (action.is_ending, action.is_optional))


def next_offer_action(offer: Offer, user: User | AnonymousUser) -> Action | None:
    found = next((action for action in offer_actions(offer, user) if not action.is_ending), None)
    if offer.status == OfferStatus.ACCEPTED and (found is None or found.is_optional):
        return Action("See the job", offer.cleaning.get_absolute_url())
    return found


def next_offer_step(offer: Offer, user: User | AnonymousUser) -> str:
    """What comes next for a side of a pending or an agreed offer; empty where the page says it otherwise."""
    is_mine = user.pk == offer.cleaner_id
    if offer.status == OfferStatus.ACCEPTED:
        return "The page of the job has the street, the phone number and what comes next."
    if offer.status != OfferStatus.PENDING:
        return ""
    if is_mine and offer.is_revived:
        return _next_step_of_revived(offer)
    if offer.is_outdated:
        return ""
    if is_mine:
        return f"{offer.cleaning.owner.short_name} can accept it or turn it down. We’ll tell you either way."
    return f"Accept it, and {offer.cleaner.short_name} has the job. We’ll tell everyone who made an offer."


def _next_step_of_revived(offer: Offer) -> str:
    back = "Your offer is back in play, because the chosen cleaner is gone."
    if offer.is_current:
        return f"{back} Do nothing to keep it, or withdraw it."
    return f"{back} Keep it for the changed job, change it or withdraw it." if offer.takes_offers else back


def cleaning_actions(
    cleaning: Cleaning,
    user: User | AnonymousUser,
    *,
    leads_to_job: bool = False,
    contact: Contact | None = None,
) -> CleaningActions:
    """Where a contact is shown, its block has the link to a suggested change."""
    available = _actions_for(cleaning, user)
    if contact and contact.offer.open_change:
        url = change_url(contact.offer)
        available.actions = [action for action in available.actions if action.url != url]
    if leads_to_job:
        available.job_url = cleaning.get_absolute_url()
    return available


def next_cleaning_action(cleaning: Cleaning) -> Action | None:
    if cleaning.is_open and cleaning.offers_count:
        return Action("Compare offers", address("offers:list", cleaning.pk))
    if cleaning.is_undecided:
        return Action("Decide who sees it", cleaning.get_absolute_url())
    if cleaning.is_open and cleaning.start_has_passed:
        return Action("Move the start", address("cleanings:update", cleaning.pk))
    if cleaning.is_assigned:
        return Action("Mark as done" if cleaning.has_started else "See the job", cleaning.get_absolute_url())
    return None


def _actions_for(cleaning: Cleaning, user: User | AnonymousUser) -> CleaningActions:
    if cleaning.is_owned_by(user):
        return _actions_of_owner(cleaning, user)
    offer = cleaning.offer_of(user)
    if offer is None or (offer.status == OfferStatus.RESCINDED and cleaning.is_reserved_for(user)):
        return _actions_without_offer(cleaning, user)
    return CleaningActions(offer_actions(offer, user), _sentence_for_cleaner(cleaning, offer), offer)


@Statement
def counted_pending(cleaning: int) -> QuerySet:
    return Offer.objects.filter(cleaning=cleaning).pending().values_list("cleaning").annotate(Count("pk"))


def number_pending(cleaning: Cleaning) -> int:
    found = counted_pending.tuples(cleaning.pk) if cleaning.is_open and cleaning.offers_count else []
    return sum(count for _, count in found)


def _actions_of_owner(cleaning: Cleaning, user: User | AnonymousUser) -> CleaningActions:
    pending = number_pending(cleaning)
    compare_url = address("offers:list", cleaning.pk)
    actions = offer_actions(cleaning.chosen_offer, user) if cleaning.chosen_offer else []
    if pending:
        actions.append(Action(f"Compare offers ({pending})", compare_url))
    if cleaning.can_be_edited_by(user):
        actions.append(Action("Change the job", address("cleanings:update", cleaning.pk)))
    if cleaning.is_open and cleaning.offers_count and not pending:
        actions.append(Action("See earlier offers", compare_url))
    if cleaning.is_undecided:
        actions = [*_actions_to_decide(cleaning), *actions]
    elif cleaning.is_reserved:
        actions += _actions_to_decide(cleaning)
    actions += _actions_to_repeat(cleaning)
    if cleaning.can_be_closed_by(user):
        actions.append(Action("Close the job", address("cleanings:close", cleaning.pk), is_ending=True))
    if cleaning.can_be_deleted_by(user):
        actions.append(Action("Delete the job", address("cleanings:delete", cleaning.pk), is_ending=True))
    return CleaningActions(actions, _sentence_for_owner(cleaning, pending))


def _actions_to_decide(cleaning: Cleaning) -> list[Action]:
    actions = [Action("Open to everyone", reverse("cleanings:open", args=[cleaning.pk]))]
    if not cleaning.why_not_invite():
        actions.append(Action("Invite someone else", reverse("cleanings:invite", args=[cleaning.pk])))
    return actions


def _actions_to_repeat(cleaning: Cleaning) -> list[Action]:
    again = Action("Post again", f"{reverse('cleanings:create')}?like={cleaning.pk}")
    chosen = cleaning.chosen_offer
    if chosen and chosen.status == OfferStatus.COMPLETED and chosen.cleaner_is_active and chosen.has_no_block:
        return [_invite_again(cleaning.pk, chosen.cleaner), again]
    return [again]


def invite_action(owner: User | AnonymousUser, cleaner: User) -> Action | None:
    """Posts a cleaning like the last one that this cleaner did for the owner."""
    if not owner.is_authenticated:
        return None
    done = owner.cleanings.filter(offers__cleaner=cleaner, offers__status=OfferStatus.COMPLETED)
    done = done.exclude(Exists(Block.objects.between(owner, cleaner)))
    last = done.newest_first().values_list("pk", flat=True).first()
    return _invite_again(last, cleaner) if last else None


def _invite_again(last: int, cleaner: User) -> Action:
    url = f"{reverse('cleanings:create')}?like={last}&for={cleaner.username}"
    return Action(f"Invite {cleaner.isolated_name} again", url)


def _sentence_for_owner(cleaning: Cleaning, pending: int) -> str:
    if cleaning.status == CleaningStatus.COMPLETED:
        return sentences.CLEANING_STATUS[CleaningStatus.COMPLETED]
    if cleaning.is_closed:
        return f"You closed this job on {when_label(cleaning.status_since)}."
    if cleaning.is_assigned:
        return ""
    if cleaning.is_hidden:
        return sentences.UNMET_CONDITION[Condition.NOT_HIDDEN]
    if cleaning.has_rejected_invited:
        return "You turned down the offer that you got. Open the job to everyone, invite someone else, or close it."
    if cleaning.invited:
        name, until = cleaning.invited.isolated_name, when_label(cleaning.invitation_ends_at)
        return f"{name} is invited and can answer until {until}. Nobody else sees this job."
    if cleaning.is_undecided and not pending and not cleaning.start_has_passed:
        return "Only you see this job. Open it to everyone, invite someone else, or close it."
    if cleaning.start_has_passed and pending:
        return "The start has passed, so the job takes no more offers. Move the start, pick an offer, or close the job."
    if cleaning.start_has_passed:
        return "The start has passed, so the job takes no more offers. Move the start, or close the job."
    if pending:
        return ""
    if cleaning.offers_count:
        return "No offer is waiting. We’ll tell you when the next one comes."
    return "No offers yet. We’ll tell you when one comes."


def _actions_without_offer(cleaning: Cleaning, user: User | AnonymousUser) -> CleaningActions:
    if user.is_staff:
        return CleaningActions(staff_url=reverse("admin:cleanings_cleaning_change", args=[cleaning.pk]))
    if cleaning.takes_offers and cleaning.has_block_with(user):
        sentence = Block.objects.why_no_contact(user, cleaning.owner, sentences.OVER_BLOCK[Role.CLEANER])
        return CleaningActions(sentence=sentence)
    if cleaning.takes_offers:
        make = Action(LABELS[Kind.OFFER], address("offers:create", cleaning.pk))
        return CleaningActions([make, *_actions_of_invited(cleaning, user)], _sentence_for_invited(cleaning, user))
    return CleaningActions(sentence=_why_no_offers(cleaning))


def _actions_of_invited(cleaning: Cleaning, user: User | AnonymousUser) -> list[Action]:
    if not cleaning.is_reserved_for(user):
        return []
    return [Action("Decline", reverse("cleanings:decline", args=[cleaning.pk]), is_ending=True)]


def _sentence_for_invited(cleaning: Cleaning, user: User | AnonymousUser) -> str:
    if not cleaning.is_reserved_for(user):
        return ""
    name, until = cleaning.owner.isolated_name, when_label(cleaning.invitation_ends_at)
    return f"{name} invites you. You can answer until {until}. Only the two of you see this job."


def _sentence_for_cleaner(cleaning: Cleaning, offer: Offer) -> str:
    if cleaning.status in (CleaningStatus.COMPLETED, CleaningStatus.CLOSED):
        return sentences.CLEANING_STATUS[CleaningStatus(cleaning.status)]
    if offer.status == OfferStatus.CANCELLED:
        return sentences.OWN_OFFER_STATUS[OfferStatus.CANCELLED]
    if offer.status == OfferStatus.ACCEPTED:
        return ""
    if not cleaning.takes_offers:
        return _why_no_offers(cleaning)
    if offer.status == OfferStatus.RESCINDED:
        return offer.why_no_contact(offer.cleaner, sentences.OVER_BLOCK[Role.CLEANER])
    return sentences.OWN_OFFER_STATUS[OfferStatus.REJECTED] if offer.status == OfferStatus.REJECTED else ""


def _why_no_offers(cleaning: Cleaning) -> str:
    if cleaning.is_open:
        unmet = Condition.NOT_HIDDEN if cleaning.is_hidden else Condition.TAKES_OFFERS
        return sentences.UNMET_CONDITION[unmet]
    return sentences.CLEANING_STATUS[CleaningStatus(cleaning.status)]
