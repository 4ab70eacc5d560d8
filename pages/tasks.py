from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, DateTimeField, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce, Least
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from cleanings import states
from cleanings.models import Cleaning
from cleanings.querysets import CleaningQuerySet
from cleanings.states import EVALUATED_WITHIN, CleaningStatus, OfferStatus, Role
from conversations import notices
from conversations.models import Question
from conversations.notices import Unread
from core.addresses import address
from core.formatting import day_label, short_when_label
from core.statements import Statement
from core.text import quoted
from evaluations.models import Evaluation
from offers import actions
from offers.actions import Action
from offers.changes import Change, ChangeQuerySet
from offers.models import Offer
from offers.querysets import OfferQuerySet

MOST_TASKS = 30
DEADLINE = Case(
    When(status__in=(OfferStatus.COMPLETED, OfferStatus.CANCELLED), then=F("status_since") + EVALUATED_WITHIN),
    default=F("cleaning__starts_at"),
    output_field=DateTimeField(),
)


@dataclass(frozen=True)
class Task:
    """`person` is the other side; None where there is no single one."""

    sentence: str
    action: Action
    cleaning: Cleaning
    deadline: datetime | None
    person: User | None = None
    # Says what is coming, and asks for nothing.
    is_reminder: bool = False

    def reminds_of(self, cleaning: Cleaning | None) -> bool:
        return self.is_reminder and self.cleaning == cleaning


def tasks_for(user: User, unread: Unread | None = None, *, no_reminder_of: Cleaning | None = None) -> list[Task]:
    """Most urgent first, those without a deadline last; one more than MOST_TASKS if there are more."""
    now = timezone.now()
    found = [task for cleaning in first_undecided(user.pk, now) for task in cleaning_tasks(cleaning)]
    found += [invitation_task(cleaning) for cleaning in first_invitations(user.pk, now)]
    asked = first_changes_asked(user.pk, now)
    found += [change_task(change, user) for change in asked]
    offers_asked = {change.offer_id for change in asked}
    found += [offer_task(offer, user) for offer in first_offers_waiting(user.pk, now) if offer.pk not in offers_asked]
    found += message_tasks(user, unread or notices.unread_of(user))
    found = [task for task in found if not task.reminds_of(no_reminder_of)]
    return sorted(found, key=lambda task: (task.deadline is None, task.deadline))[: MOST_TASKS + 1]


@Statement
def first_undecided(person: int, at: datetime) -> CleaningQuerySet:
    undecided = undecided_cleanings(User(pk=person), at)
    return undecided.order_by(F("starts_at").asc(nulls_last=True), "pk")[: MOST_TASKS + 1]


@Statement
def first_invitations(person: int, at: datetime) -> CleaningQuerySet:
    return invitations_of(User(pk=person), at)[: MOST_TASKS + 1]


@Statement
def first_changes_asked(person: int, at: datetime) -> ChangeQuerySet:
    asked = Change.objects.to_answer_by(User(pk=person), at).order_by("expires_at", "pk")
    return asked.select_related("offer__cleaning__owner__profile", "offer__cleaner__profile")[: MOST_TASKS + 1]


@Statement
def first_offers_waiting(person: int, at: datetime) -> OfferQuerySet:
    # Twice as many, because each change to answer takes the place of one.
    return offers_waiting_for(User(pk=person), at)[: 2 * (MOST_TASKS + 1)]


def undecided_cleanings(user: User, at: datetime) -> CleaningQuerySet:
    """Open cleanings with something to accept or to answer, a start that has passed, or an invitation that ended.

    `acceptable` and `unanswered` count their offers and questions.
    """
    acceptable, unanswered = map(count_by_cleaning, (Offer.objects.to_accept(), Question.objects.unanswered()))
    cleanings = user.cleanings.with_status(CleaningStatus.OPEN).annotate(acceptable=acceptable, unanswered=unanswered)
    is_private = Q(reserved_for__isnull=False, reserved_until=None)
    waits = Q(acceptable__gt=0) | Q(unanswered__gt=0)
    return cleanings.filter(waits | Q(starts_at__lte=at) | is_private)


def count_by_cleaning(rows: QuerySet) -> Coalesce:
    of_cleaning = rows.filter(cleaning=OuterRef("pk")).order_by().values("cleaning")
    return Coalesce(Subquery(of_cleaning.annotate(count=Count("pk")).values("count")), 0)


def invitations_of(user: User, at: datetime) -> CleaningQuerySet:
    unanswered = user.invitations.reserved(at).not_offered_by(user).with_owner()
    return unanswered.order_by(Least("reserved_until", Coalesce("starts_at", "reserved_until")), "pk")


def offers_waiting_for(user: User, at: datetime) -> OfferQuerySet:
    """Offers with which the user has something to do, on either side."""
    made, received = user.offers.all(), Offer.objects.received_by(user)
    first, *others = (
        made.to_confirm(at), made.revived(at), made.soon(at), received.soon(at), received.begun(at),
        Evaluation.objects.to_evaluate_by(user, made, Role.CLEANER, at),
        Evaluation.objects.to_evaluate_by(user, received, Role.OWNER, at),
    )  # fmt: skip
    pks = first.values("pk").union(*(offers.values("pk") for offers in others))
    waiting = Offer.objects.filter(pk__in=pks).with_people().with_cleaning().annotate(deadline=DEADLINE)
    return waiting.order_by(F("deadline").asc(nulls_last=True), "pk")


def message_tasks(user: User, unread: Unread) -> list[Task]:
    """A task for each job with unread messages; the longer they wait, the more urgent."""
    since = unread.offers
    if not since:
        return []
    offers = Offer.objects.filter(pk__in=since).with_people().with_cleaning().order_by("pk")
    return [message_task(offer, other, user, since[offer.pk]) for offer in offers if (other := offer.other_side(user))]


def message_task(offer: Offer, author: User, reader: User, since: datetime) -> Task:
    notice = notices.written(offer, author, reader)
    return Task(notice.sentence, Action(notice.button, notice.url), offer.cleaning, since, author)


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
    count = cleaning.acceptable  # type: ignore[attr-defined]
    if count:
        action = Action("Compare offers", address("offers:list", cleaning.pk))
    elif cleaning.start_has_passed:
        action = Action("Move the start", address("cleanings:update", cleaning.pk))
    else:
        action = Action("Decide who sees it", cleaning.get_absolute_url())
    return Task(decision_sentence(cleaning, count), action, cleaning, cleaning.starts_at)


def decision_sentence(cleaning: Cleaning, count: int) -> str:
    what, start = quoted(cleaning.name), short_when_label(cleaning.starts_at)
    if cleaning.start_has_passed and count == 1:
        return f"{what} was to start on {start}. 1 offer still waits for your answer."
    if cleaning.start_has_passed and count:
        return f"{what} was to start on {start}. {count} offers still wait for your answer."
    if cleaning.start_has_passed:
        return f"{what} was to start on {start}, and nobody is chosen. Move the start, or close the job."
    if not count:
        return f"Only you see {what}. Open it to everyone, invite someone else, or close it."
    sentence = f"{count} offers for {what} wait for your answer."
    if count == 1:
        sentence = f"1 offer for {what} waits for your answer."
    return f"{sentence} The job starts on {start}." if cleaning.starts_at else sentence


def invitation_task(cleaning: Cleaning) -> Task:
    name, until = cleaning.owner.isolated_name, short_when_label(cleaning.invitation_ends_at)
    sentence = f"{name} invites you to {cleaning.quoted_name}. You have time to answer until {until}."
    action = Action("See the job", cleaning.get_absolute_url())
    return Task(sentence, action, cleaning, cleaning.invitation_ends_at, cleaning.owner)


def offer_task(offer: Offer, user: User) -> Task:
    is_reminder = False
    if offer.status == OfferStatus.PENDING:
        sentence, action = confirm_task(offer) if offer.is_outdated else revived_task(offer)
    elif offer.status != OfferStatus.ACCEPTED:
        sentence, action = evaluate_task(offer, user)
    elif offer.has_started and offer.cleaning.is_owned_by(user):
        sentence, action = complete_task(offer)
    else:
        sentence, action = job_task(offer, user)
        is_reminder = offer.role_with_closed_account is None
    deadline = offer.deadline  # type: ignore[attr-defined]
    return Task(sentence, action, offer.cleaning, deadline, offer.other_side(user), is_reminder)


def change_task(change: Change, user: User) -> Task:
    offer, until, other = change.offer, short_when_label(change.expires_at), change.offer.other_side(user)
    name = other.isolated_name if other else ""
    sentence = f"{name} suggests a change to {offer.cleaning.quoted_name_for(user)}. You can answer until {until}."
    action = Action(f"Answer {other.short_name}" if other else "See the change", actions.change_url(offer))
    return Task(sentence, action, offer.cleaning, change.expires_at, other)


def confirm_task(offer: Offer) -> tuple[str, Action]:
    sentence = f"{offer.cleaning.quoted_name} has changed. Keep or change your offer, or nobody can accept it."
    return sentence, actions.move_action(states.CONFIRM, offer)


def revived_task(offer: Offer) -> tuple[str, Action]:
    sentence = f"{offer.cleaning.quoted_name} is open again, and your offer is back in play. Keep it or withdraw it."
    return sentence, Action("See your offer", offer.get_absolute_url())


def evaluate_task(offer: Offer, user: User) -> tuple[str, Action]:
    other, what = offer.other_side(user), offer.cleaning.quoted_name_for(user)
    name = other.isolated_name if other else ""
    until = f"until {day_label(offer.evaluated_until)}"
    if offer.status == OfferStatus.CANCELLED:
        absence = f"{name} didn’t turn up" if offer.cleaning.is_owned_by(user) else "Nobody let you in"
        sentence = f"{absence} for {what}. You can put that on record {until}."
    else:
        sentence = f"{what} is done. You can review {name} {until}."
    return sentence, Action(f"Review {other.short_name}" if other else "Write a review", actions.evaluation_url(offer))


def complete_task(offer: Offer) -> tuple[str, Action]:
    cleaning, name = offer.cleaning, offer.cleaner.isolated_name
    start = f"started on {short_when_label(cleaning.starts_at)}" if cleaning.starts_at else "is agreed, without a date"
    sentence = f"{quoted(cleaning.name)} with {name} {start}. Mark it as done once it is, or cancel it."
    return sentence, Action("Mark as done", cleaning.get_absolute_url())


def job_task(offer: Offer, user: User) -> tuple[str, Action]:
    cleaning, start = offer.cleaning, timezone.localtime(offer.cleaning.starts_at)
    day = "today" if start.date() == timezone.localdate() else "tomorrow"
    at, what = f"{day} at {date_format(start, 'H:i')}", cleaning.quoted_name_for(user)
    sentence = f"{offer.cleaner.isolated_name} is coming {at} for {what}."
    if not cleaning.is_owned_by(user):
        sentence = f"You’re cleaning {what} for {cleaning.owner.isolated_name} {at}."
    if role := offer.role_with_closed_account:
        sentence = f"{what} starts {at}, but the account of its {role} has ended."
    return sentence, Action("See the job", cleaning.get_absolute_url())
