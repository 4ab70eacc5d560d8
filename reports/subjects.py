"""What can be reported: who sees it, whose words they are, and what the verbs about it need; a row for each kind."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.urls import reverse

from accounts.models import Profile, User
from cleanings.models import Cleaning, Photo
from cleanings.states import HideReason
from conversations.models import AGREED, Message, Question
from conversations.notices import messages_url
from evaluations.models import Evaluation
from offers.models import Offer
from reports.choices import Reason, SubjectKind

# How the reference to the answer of a question begins.
ANSWER = "answer"
REFERENCE = re.compile(rf"(?P<what>{'|'.join([*SubjectKind.values, ANSWER])})-(?P<key>[A-Za-z0-9_-]{{1,30}})")
ID = re.compile(r"[1-9][0-9]{0,17}")
Reader = User | AnonymousUser
# Of a review; any other rule is another reason.
HIDE_REASONS: dict[str, HideReason] = {
    Reason.HARASSMENT: HideReason.INSULTS,
    Reason.DISCRIMINATION: HideReason.INSULTS,
    Reason.PERSONAL_DATA: HideReason.PRIVATE,
    Reason.NOT_A_JOB: HideReason.UNRELATED,
}


def of_two(user: Reader) -> Q:
    return Q(offer__cleaner=user.pk) | Q(offer__cleaning__owner=user.pk)


def messages_seen_by(user: Reader) -> QuerySet[Message]:
    """`Message.can_be_read_by` as a query."""
    over = Message.objects.unreadable().values("pk")
    return Message.objects.filter(of_two(user), offer__status__in=AGREED, hidden_at=None).exclude(pk__in=over)


def offers_seen_by(user: Reader) -> QuerySet[Offer]:
    return Offer.objects.filter(Q(cleaner=user.pk) | Q(cleaning__owner=user.pk), hidden_at=None)


def questions_seen_by(user: Reader) -> QuerySet[Question]:
    return Question.objects.visible_to(user).filter(hidden_at=None)


def words_of_cleaning(cleaning: Cleaning) -> dict[str, str]:
    return {"Name": cleaning.name, "Description": cleaning.description, "Town": cleaning.city}


def words_of_evaluation(evaluation: Evaluation) -> dict[str, str]:
    rating = "No-show" if evaluation.no_show else f"{evaluation.overall_rating} of 5"
    cleaning = evaluation.offer.cleaning
    # What was reserved stays between the two.
    job = cleaning.public_name if cleaning.is_public else ""
    return {"Job": job, "Rating": rating, "Headline": evaluation.headline, "Comment": evaluation.comment}


def words_of_profile(profile: Profile) -> dict[str, str]:
    return {
        "Username": profile.user.username, "Name": profile.full_name, "About": profile.bio, "Town": profile.city
    }  # fmt: skip


@dataclass(frozen=True)
class SubjectType:
    kind: SubjectKind
    # With all that the other columns read.
    rows: Callable[[], QuerySet]
    seen_by: Callable[[Reader], QuerySet]
    accused: Callable[[Any], User]
    words: Callable[[Any], dict[str, str]]
    url: Callable[[Any], str]
    # The cleaning that the verbs lock.
    cleaning: Callable[[Any], Cleaning | None]
    # By what a query finds its cleaning; empty where it has none.
    cleaning_key: str = ""
    # By what a reference names it.
    key: str = "pk"
    # How a reference begins, where not with the kind.
    prefix: str = ""

    def concerning(self, user: User) -> QuerySet:
        """`Subject.people` as a query: the ids of those that the user is a side of."""
        rows = self.rows()
        found = rows.model.of_party(user)
        if self.cleaning_key:
            # One by one, because a list of jobs by any of them is read without an index.
            own = (user.cleanings.values("pk"), user.invitations.values("pk"), user.offers.values("cleaning"))
            for cleanings in own:
                found |= Q((f"{self.cleaning_key}__in", cleanings))
        return rows.filter(found).order_by().values("pk")


TYPES = {
    row.kind: row
    for row in (
        SubjectType(
            kind=SubjectKind.CLEANING,
            rows=lambda: Cleaning.objects.with_owner(),
            seen_by=lambda user: Cleaning.objects.visible_to(user).filter(hidden_at=None),
            accused=lambda cleaning: cleaning.owner,
            words=words_of_cleaning,
            url=lambda cleaning: cleaning.get_absolute_url(),
            cleaning=lambda cleaning: cleaning,
            cleaning_key="pk",
        ),
        SubjectType(
            kind=SubjectKind.PHOTO,
            rows=lambda: Photo.objects.select_related("by__profile", "cleaning", "offer"),
            seen_by=lambda user: Photo.objects.with_file_for(user).filter(hidden_at=None),
            accused=lambda photo: photo.by,
            words=lambda photo: {"Job": photo.cleaning.public_name, photo.get_kind_display(): photo.shows},
            url=lambda photo: photo.cleaning.get_absolute_url(),
            cleaning=lambda photo: photo.cleaning,
            cleaning_key="cleaning",
        ),
        SubjectType(
            kind=SubjectKind.OFFER,
            rows=lambda: Offer.objects.with_people().with_cleaning(),
            seen_by=offers_seen_by,
            accused=lambda offer: offer.cleaner,
            words=lambda offer: {"Job": offer.cleaning.public_name, "Rate": offer.rate_label, "Message": offer.message},
            url=lambda offer: offer.get_absolute_url(),
            cleaning=lambda offer: offer.cleaning,
            cleaning_key="cleaning",
        ),
        SubjectType(
            kind=SubjectKind.QUESTION,
            rows=lambda: Question.objects.with_people(),
            seen_by=questions_seen_by,
            accused=lambda question: question.asker,
            words=lambda question: {
                "Job": question.cleaning.public_name,
                "Question": question.text,
                "Answer": question.answer,
            },
            url=lambda question: question.get_absolute_url(),
            cleaning=lambda question: question.cleaning,
            cleaning_key="cleaning",
        ),
        SubjectType(
            kind=SubjectKind.MESSAGE,
            rows=lambda: Message.objects.with_author().select_related("offer__cleaner", "offer__cleaning"),
            seen_by=messages_seen_by,
            accused=lambda message: message.author,
            words=lambda message: {"Job": message.offer.cleaning.public_name, "Message": message.text},
            url=lambda message: messages_url(message.offer),
            cleaning=lambda message: message.offer.cleaning,
            cleaning_key="offer__cleaning",
        ),
        SubjectType(
            kind=SubjectKind.EVALUATION,
            rows=lambda: Evaluation.objects.with_job(),
            seen_by=lambda user: Evaluation.objects.counted(),
            accused=lambda evaluation: evaluation.author,
            words=words_of_evaluation,
            url=lambda evaluation: reverse("evaluations:list", args=[evaluation.subject.username]),
            cleaning=lambda evaluation: evaluation.offer.cleaning,
            cleaning_key="offer__cleaning",
        ),
        SubjectType(
            kind=SubjectKind.PROFILE,
            rows=lambda: Profile.objects.select_related("user").filter(user__closed_at=None),
            seen_by=lambda user: Profile.objects.filter(user__is_active=True, hidden_at=None),
            accused=lambda profile: profile.user,
            words=words_of_profile,
            url=lambda profile: profile.user.get_absolute_url(),
            cleaning=lambda profile: None,
            key="user__username",
        ),
    )
}
# Reported, hidden and brought back together with its question, but the words of another person.
ANSWERS = replace(
    TYPES[SubjectKind.QUESTION],
    prefix=ANSWER,
    seen_by=lambda user: questions_seen_by(user).filter(answered_at__isnull=False),
    accused=lambda question: question.cleaning.owner,
)
REFERENCED = {row.kind.value: row for row in TYPES.values()} | {ANSWER: ANSWERS}


@dataclass(frozen=True)
class Subject:
    """One thing as one reader, who may report it, sees it."""

    type: SubjectType
    row: Any
    accused: User

    @property
    def kind(self) -> SubjectKind:
        return self.type.kind

    @property
    def reference(self) -> str:
        key = self.row.user.username if self.kind == SubjectKind.PROFILE else self.row.pk
        return f"{self.type.prefix or self.kind}-{key}"

    @property
    def words(self) -> dict[str, str]:
        return {label: words for label, words in self.type.words(self.row).items() if words}

    @property
    def copy(self) -> str:
        """Without the name of the job, which can be hidden from the one whose words they are."""
        return "\n".join(f"{label}: {words}" for label, words in self.words.items() if label != "Job")

    @property
    def url(self) -> str:
        return self.type.url(self.row)

    @property
    def people(self) -> set[int]:
        """Whom it concerns, besides a reporter: the owner of a job too, and all who offer to do it."""
        return {self.accused.pk, *self.row.parties, *(self.cleaning.parties if self.cleaning else ())}

    @property
    def cleaning(self) -> Cleaning | None:
        return self.type.cleaning(self.row)

    @property
    def other_author(self) -> User | None:
        """Whose words are hidden together with those of the accused."""
        if self.kind != SubjectKind.QUESTION or not self.row.is_answered:
            return None
        asker, owner = self.row.asker, self.row.cleaning.owner
        return asker if self.accused == owner else owner

    @property
    def is_hidden(self) -> bool:
        return self.row.is_hidden

    def can_be_reported_by(self, user: Reader) -> bool:
        return self.accused.pk != user.pk

    def can_be_hidden_by(self, user: User) -> bool:
        return self.row.can_be_hidden_by(user)

    def can_be_closed_by(self, user: User) -> bool:
        is_open = self.kind == SubjectKind.CLEANING and self.row.is_open
        return is_open and any(map(user.has_perm, ("cleanings.close_cleaning", "cleanings.change_cleaning")))

    def hide(self, *, by: User, rule: str) -> None:
        self.row.hide(by=by, **self._more_of_review(rule))

    def _more_of_review(self, rule: str) -> dict[str, Any]:
        """The author reads the statement of reasons instead."""
        if self.kind != SubjectKind.EVALUATION:
            return {}
        return {"reason": HIDE_REASONS.get(rule, HideReason.OTHER), "tell_author": False}

    def read_again(self, user: Reader) -> Subject | None:
        return subject_of(self.type, user, pk=self.row.pk)


def subject_of(row_type: SubjectType, user: Reader, **key: Any) -> Subject | None:
    seen = row_type.seen_by(user).filter(**key).values("pk")
    found = row_type.rows().filter(pk__in=seen).first()
    return found and Subject(row_type, found, row_type.accused(found))


def find_subject(reference: str, user: Reader) -> Subject | None:
    """`cleaning-7`, `profile-maria`; None for all that the user may not see."""
    parts = REFERENCE.fullmatch(reference)
    if not parts:
        return None
    row_type, key = REFERENCED[parts["what"]], parts["key"]
    if row_type.key == "pk" and not ID.fullmatch(key):
        return None
    return subject_of(row_type, user, **{row_type.key: key})
