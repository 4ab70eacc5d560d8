from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Case, Count, DateTimeField, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Least
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from cleanings import states
from cleanings.models import Cleaning
from cleanings.querysets import CleaningQuerySet
from cleanings.states import EVALUATED_WITHIN, CleaningStatus, OfferStatus
from conversations import notices
from conversations.models import Question
from core.formatting import day_label, when_label
from core.text import quoted
from evaluations.models import Evaluation
from offers import actions
from offers.actions import Action
from offers.changes import Change
from offers.clashes import Clash, clashes_of
from offers.events import evaluation_url
from offers.models import Offer
from offers.querysets import OfferQuerySet
from offers.views import TABS

MOST_TASKS = 30
MOST_ROWS = 5
DEADLINE = Case(
    When(status__in=(OfferStatus.COMPLETED, OfferStatus.CANCELLED), then=F("status_since") + EVALUATED_WITHIN),
    default=F("cleaning__starts_at"),
    output_field=DateTimeField(),
)


@dataclass(frozen=True)
class Task:
    sentence: str
    action: Action
    cleaning: Cleaning
    deadline: datetime | None


def tasks_for(user: User) -> list[Task]:
    """Most urgent first, those without a deadline last; one more than MOST_TASKS if there are more."""
    cleanings = undecided_cleanings(user).order_by(F("starts_at").asc(nulls_last=True), "pk")[: MOST_TASKS + 1]
    found = [task for cleaning in cleanings for task in cleaning_tasks(cleaning)]
    found += [invitation_task(cleaning) for cleaning in invitations_of(user)[: MOST_TASKS + 1]]
    found += [offer_task(offer, user) for offer in offers_waiting_for(user)[: MOST_TASKS + 1]]
    found += message_tasks(user)
    return sorted(found, key=lambda task: (task.deadline is None, task.deadline))[: MOST_TASKS + 1]


def undecided_cleanings(user: User) -> CleaningQuerySet:
    """Open ones with offers that can be accepted (`acceptable` counts those), with questions (`unanswered` counts
    those), a start that has passed, or an ended invitation.
    """
    acceptable, unanswered = map(count_by_cleaning, (Offer.objects.to_accept(), Question.objects.unanswered()))
    cleanings = user.cleanings.with_status(CleaningStatus.OPEN).annotate(acceptable=acceptable, unanswered=unanswered)
    is_private = Q(reserved_for__isnull=False, reserved_until=None)
    waits = Q(acceptable__gt=0) | Q(unanswered__gt=0)
    return cleanings.filter(waits | Q(starts_at__lte=timezone.now()) | is_private)


def count_by_cleaning(rows: QuerySet) -> Coalesce:
    of_cleaning = rows.filter(cleaning=OuterRef("pk")).order_by().values("cleaning")
    return Coalesce(Subquery(of_cleaning.annotate(count=Count("pk")).values("count")), 0)


def invitations_of(user: User) -> CleaningQuerySet:
    unanswered = user.invitations.reserved().not_offered_by(user).with_owner()
    return unanswered.order_by(Least("reserved_until", Coalesce("starts_at", "reserved_until")), "pk")


def offers_waiting_for(user: User) -> OfferQuerySet:
    """Where the user has something to do, on either side; `asked_until` where the other side suggested a change."""
    made, received = user.offers.all(), Offer.objects.received_by(user)
    changes = Change.objects.to_answer_by(user)
    first, *others = (
        Offer.objects.filter(pk__in=changes.values("offer")), made.to_confirm(), made.revived(), made.soon(),
        Evaluation.objects.to_evaluate_by(user, made), received.soon(), received.begun(),
        Evaluation.objects.to_evaluate_by(user, received),
    )  # fmt: skip
    pks = first.values("pk").union(*(offers.values("pk") for offers in others))
    asked = changes.filter(offer=OuterRef("pk")).values("expires_at")[:1]
    waiting = Offer.objects.filter(pk__in=pks).with_people().with_cleaning().annotate(asked_until=Subquery(asked))
    waiting = waiting.annotate(deadline=Coalesce("asked_until", DEADLINE))
    return waiting.order_by(F("deadline").asc(nulls_last=True), "pk")


def message_tasks(user: User) -> list[Task]:
    """A task for each job with unread messages; the longer they wait, the more urgent."""
    since = notices.unread_offers(user)
    offers = Offer.objects.filter(pk__in=since).with_people().with_cleaning().order_by("pk")
    return [message_task(offer, other, user, since[offer.pk]) for offer in offers if (other := offer.other_side(user))]


def message_task(offer: Offer, author: User, reader: User, since: datetime) -> Task:
    notice = notices.written(offer, author, reader)
    return Task(notice.sentence, Action(notice.button, notice.url), offer.cleaning, since)


def cleaning_tasks(cleaning: Cleaning) -> list[Task]:
    tasks = [question_task(cleaning)] if cleaning.unanswered and cleaning.takes_offers else []  # type: ignore[attr-defined]
    if cleaning.acceptable or cleaning.start_has_passed or cleaning.is_undecided:  # type: ignore[attr-defined]
        tasks.append(decision_task(cleaning))
    return tasks


def question_task(cleaning: Cleaning) -> Task:
    count, what = cleaning.unanswered, quoted(cleaning.name)  # type: ignore[attr-defined]
    url = f"{cleaning.get_absolute_url()}#questions"
    if count == 1:
        return Task(
            f"1 question about {what} waits for your answer.",
            Action("Answer the question", url),
            cleaning,
            cleaning.starts_at,
        )
    sentence = f"{count} questions about {what} wait for your answers."
    return Task(sentence, Action("Answer the questions", url), cleaning, cleaning.starts_at)


def decision_task(cleaning: Cleaning) -> Task:
    count, what, start = cleaning.acceptable, quoted(cleaning.name), when_label(cleaning.starts_at)  # type: ignore[attr-defined]
    offers, wait = ("offer", "waits") if count == 1 else ("offers", "wait")
    action = Action("Compare offers", reverse("offers:list", args=[cleaning.pk]))
    if not count and not cleaning.start_has_passed:
        action = Action("Decide who sees it", cleaning.get_absolute_url())
        sentence = f"Only you see {what}. Open it to everyone, invite someone else, or close it."
    elif not cleaning.start_has_passed:
        starts = f" It starts on {start}." if cleaning.starts_at else ""
        sentence = f"{count} {offers} for {what} {wait} for your answer.{starts}"
    elif count:
        sentence = f"{what} was to start on {start}. {count} {offers} still {wait} for your answer."
    else:
        action = Action("Move the start", reverse("cleanings:update", args=[cleaning.pk]))
        sentence = f"{what} was to start on {start}, and nobody is chosen. Move the start, or close the cleaning."
    return Task(sentence, action, cleaning, cleaning.starts_at)


def invitation_task(cleaning: Cleaning) -> Task:
    name, until = cleaning.owner.isolated_name, when_label(cleaning.invitation_ends_at)
    sentence = f"{name} invites you to {cleaning.quoted_name}. You have time to answer until {until}."
    action = Action("See the cleaning", cleaning.get_absolute_url())
    return Task(sentence, action, cleaning, cleaning.invitation_ends_at)


def offer_task(offer: Offer, user: User) -> Task:
    if offer.asked_until:  # type: ignore[attr-defined]
        sentence, action = answer_task(offer, user)
    elif offer.status == OfferStatus.PENDING:
        sentence, action = confirm_task(offer) if offer.is_outdated else revived_task(offer)
    elif offer.status != OfferStatus.ACCEPTED:
        sentence, action = evaluate_task(offer, user)
    elif offer.has_started and offer.cleaning.is_owned_by(user):
        sentence, action = complete_task(offer)
    else:
        sentence, action = job_task(offer, user)
    return Task(sentence, action, offer.cleaning, offer.deadline)  # type: ignore[attr-defined]


def answer_task(offer: Offer, user: User) -> tuple[str, Action]:
    until, other = when_label(offer.asked_until), offer.other_side(user)  # type: ignore[attr-defined]
    name = other.isolated_name if other else ""
    sentence = f"{name} suggests a change to {offer.cleaning.quoted_name_for(user)}. You can answer until {until}."
    return sentence, Action("See the suggested change", actions.change_url(offer))


def confirm_task(offer: Offer) -> tuple[str, Action]:
    sentence = f"{offer.cleaning.quoted_name} has changed. Confirm or revise your offer, or it cannot be accepted."
    return sentence, actions.move_action(states.CONFIRM, offer)


def revived_task(offer: Offer) -> tuple[str, Action]:
    sentence = f"{offer.cleaning.quoted_name} is open again, and your offer is back in play. Keep it or rescind it."
    return sentence, Action("See your offer", offer.get_absolute_url())


def evaluate_task(offer: Offer, user: User) -> tuple[str, Action]:
    other, what = offer.other_side(user), offer.cleaning.quoted_name_for(user)
    name = other.isolated_name if other else ""
    until = f"until {day_label(offer.evaluated_until)}"
    if offer.status == OfferStatus.CANCELLED:
        absence = f"{name} did not turn up" if offer.cleaning.is_owned_by(user) else "Nobody let you in"
        sentence = f"{absence} for {what}. You can put that on record {until}."
    else:
        sentence = f"{what} is completed. You can evaluate {name} {until}."
    return sentence, Action(f"Evaluate {name}", evaluation_url(offer))


def complete_task(offer: Offer) -> tuple[str, Action]:
    cleaning, name = offer.cleaning, offer.cleaner.isolated_name
    start = f"started on {when_label(cleaning.starts_at)}" if cleaning.starts_at else "is agreed, without a date"
    sentence = f"{quoted(cleaning.name)} with {name} {start}. Complete it once it is done, or release {name}."
    return sentence, Action("Mark as done", cleaning.get_absolute_url())


def job_task(offer: Offer, user: User) -> tuple[str, Action]:
    cleaning, start = offer.cleaning, timezone.localtime(offer.cleaning.starts_at)
    day = "today" if start.date() == timezone.localdate() else "tomorrow"
    at, what = f"{day} at {date_format(start, 'H:i')}", cleaning.quoted_name_for(user)
    sentence = f"{offer.cleaner.isolated_name} comes {at} for {what}."
    if not cleaning.is_owned_by(user):
        sentence = f"You clean {what} for {cleaning.owner.isolated_name} {at}."
    if role := offer.role_with_closed_account:
        sentence = f"{what} starts {at}, but the account of its {role} has ended."
    return sentence, Action("See the job", cleaning.get_absolute_url())


class ListCount(NamedTuple):
    label: str
    number: int
    url: str


def list_counts(user: User) -> tuple[list[ListCount], list[ListCount], list[ListCount]]:
    """Of the cleanings, of the offers, and of what is saved, where there is some."""
    found = count_by_status(user)
    mine, offered = reverse("cleanings:mine"), reverse("offers:mine")
    cleanings = [
        ListCount(str(status.label), found["cleanings", status], f"{mine}?status={status}")
        for status in (CleaningStatus.ASSIGNED, CleaningStatus.OPEN, CleaningStatus.COMPLETED, CleaningStatus.CLOSED)
    ]
    offers = [
        ListCount(label, sum(found["offers", status] for status in states.OFFER_LISTS[name]), f"{offered}?show={name}")
        for name, label in TABS.items()
    ]
    saved = [
        ListCount("Saved searches", found["searches", ""], reverse("cleanings:searches")),
        ListCount("Saved jobs", found["bookmarks", ""], reverse("cleanings:bookmarks")),
    ]
    return cleanings, offers, [count for count in saved if count.number]


def offers_with_next_action(user: User) -> list[tuple[Offer, Action | None, Collection[Clash]]]:
    offers = list(user.offers.unfinished().with_people().with_cleaning().with_block()[:MOST_ROWS])
    clashes = clashes_of(user, [offer.cleaning for offer in offers if offer.status == OfferStatus.ACCEPTED])
    return [(offer, next_action(offer, user), clashes.get(offer.cleaning_id, ())) for offer in offers]


def next_action(offer: Offer, user: User) -> Action | None:
    if offer.status == OfferStatus.ACCEPTED:
        return Action("See the job", offer.cleaning.get_absolute_url())
    return actions.next_offer_action(offer, user)


def count_by_status(user: User) -> dict[tuple[str, str], int]:
    """By `("cleanings", status)` and `("offers", status)`, `("searches", "")` and `("bookmarks", "")`, in one query."""
    cleanings, offers = (
        mine.order_by().annotate(what=Value(name)).values_list("what", "status").annotate(number=Count("pk"))
        for name, mine in (("cleanings", user.cleanings.all()), ("offers", user.offers.all()))
    )
    saved = (
        mine.annotate(what=Value(name), no_status=Value(""))
        .values_list("what", "no_status")
        .annotate(number=Count("pk"))
        for name, mine in (("searches", user.searches.all()), ("bookmarks", user.bookmarks.without_blocks(user)))
    )
    return Counter({(what, status): number for what, status, number in cleanings.union(offers, *saved, all=True)})
