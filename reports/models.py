from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import MaxLengthValidator, MinLengthValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.urls import reverse
from django.utils import timezone

from accounts import closing
from accounts.email_addresses import email_is_one_plain_address
from accounts.fields import EmailField
from accounts.models import User
from cleanings.states import IllegalMove
from cleanings.timeline import now
from core.fields import CleanTextField, NameField
from core.keys import random_key
from core.limits import RowLimit, Written
from core.transactions import atomic
from reports import notices
from reports.anonymity import given_away
from reports.choices import (
    APPEALED_WITHIN,
    LEAST_CHARACTERS,
    MOST_CHARACTERS,
    OPEN,
    UNDECIDED,
    URGENT,
    Outcome,
    Reason,
    ReportStatus,
    Side,
    SubjectKind,
)
from reports.querysets import DecisionQuerySet, ReportQuerySet
from reports.sentences import SENTENCES, Sentences
from reports.subjects import ANSWER, TYPES, Subject, SubjectType

DAILY = RowLimit(
    10,
    timedelta(days=1),
    Written("reports_report", "reporter_id", "created_at"),
    "You have sent 10 reports within a day, and that is the most.",
)
NOT_YOURS = "Only staff decide about reports."
NO_PARTY = "Nobody decides where they are a party."
ANOTHER_REVIEWER = "An appeal is decided by someone who made no decision about this report."
ASK_A_SUPERUSER = "Only a superuser makes an account active again. Ask one of them to decide about this appeal."
DECIDED_ALREADY = "Someone has decided about this report already."


def text_length(field: str, name: str, *, least: int = LEAST_CHARACTERS) -> models.CheckConstraint:
    length = Length(field)
    condition = Q(GreaterThanOrEqual(length, least), LessThanOrEqual(length, MOST_CHARACTERS))
    return models.CheckConstraint(condition=condition, name=name)


class ReportedTextField(CleanTextField):
    default_validators = [MinLengthValidator(LEAST_CHARACTERS), MaxLengthValidator(MOST_CHARACTERS)]


class AddressField(EmailField):
    default_validators = [email_is_one_plain_address]


class Report(models.Model):
    """`subject_id` is no foreign key: the report outlives what it is about, and keeps its words in `copy`."""

    kind = models.CharField(max_length=10, choices=SubjectKind)
    subject_id = models.PositiveBigIntegerField()
    # Whose words or pictures they are.
    accused = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reports_about")
    copy = models.TextField(blank=True, editable=False)
    # Empty where there is no account; then there are a name and an address.
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="reports")
    name = NameField(max_length=80, blank=True)
    email = AddressField("e-mail address", max_length=254, blank=True)
    reason = models.CharField(max_length=15, choices=Reason)
    text = ReportedTextField("what is wrong", max_length=MOST_CHARACTERS)
    status = models.CharField(max_length=10, choices=ReportStatus, default=ReportStatus.NEW, editable=False)
    created_at = models.DateTimeField("reported", default=now, editable=False)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+", db_index=False
    )
    taken_at = models.DateTimeField("taken", null=True, editable=False)
    # Each opens what was said and decided: one for the reporter, one for the person it is about.
    reporter_key = models.UUIDField(unique=True, default=random_key, editable=False)
    accused_key = models.UUIDField(unique=True, default=random_key, editable=False)
    # None of them decides: the reporter, the accused, and the other side of the job, offer, messages or review.
    parties = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", editable=False)

    # Who looks at it in the admin, which sets this.
    reviewer: User

    objects = ReportQuerySet.as_manager()

    class Meta:
        permissions = [("decide_report", "Can decide about a report")]
        constraints = [
            models.UniqueConstraint(
                # A question and its answer are one row, and the words of two people.
                fields=["reporter", "kind", "subject_id", "accused"],
                condition=Q(status__in=UNDECIDED, reporter__isnull=False),
                name="one_open_report_per_person_and_words",
            ),
            models.CheckConstraint(
                condition=Q(reporter__isnull=False, name="", email="") | Q(reporter=None) & ~Q(name="") & ~Q(email=""),
                name="report_by_member_or_named",
            ),
            models.CheckConstraint(condition=~Q(reporter=F("accused")), name="nobody_reports_themselves"),
            models.CheckConstraint(condition=Q(kind__in=SubjectKind.values), name="report_kind_known"),
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="report_reason_known"),
            models.CheckConstraint(condition=Q(status__in=ReportStatus.values), name="report_status_known"),
            models.CheckConstraint(
                condition=Q(taken_by=None, taken_at=None) | Q(taken_by__isnull=False, taken_at__isnull=False),
                name="report_taken_by_someone",
            ),
            text_length("text", "report_text_length"),
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(status__in=OPEN), name="report_open_oldest"),
            models.Index(fields=["kind", "subject_id"], name="report_of_subject"),
            models.Index(fields=["reporter", "-created_at"], name="report_of_reporter"),
        ]

    def __str__(self) -> str:
        # The staff's log keeps this, so it holds no name and no words.
        return f"Report {self.pk} on {self.get_kind_display()} {self.subject_id}"

    @property
    def sender(self) -> User | None:
        """The reporter, or the person whose account has the typed address."""
        return self.reporter or User.objects.select_related("profile").filter(email__iexact=self.email).first()

    @property
    def is_undecided(self) -> bool:
        return self.status in UNDECIDED

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def is_appealed(self) -> bool:
        return self.status == ReportStatus.APPEALED

    @property
    def is_urgent(self) -> bool:
        return self.reason in URGENT

    @property
    def subject_type(self) -> SubjectType:
        return TYPES[SubjectKind(self.kind)]

    @property
    def sentences(self) -> Sentences:
        return SENTENCES[ANSWER if self.is_about_answer else self.kind]

    @property
    def is_about_answer(self) -> bool:
        subject = self.subject if self.kind == SubjectKind.QUESTION else None
        return subject is not None and subject.row.cleaning.owner_id == self.accused_id

    @property
    def subject(self) -> Subject | None:
        """As it is at this moment; None once it is gone."""
        row = self.subject_type.rows().filter(pk=self.subject_id).first()
        return row and Subject(self.subject_type, row, self.accused)

    @property
    def decision(self) -> Decision | None:
        """The first one."""
        return next(iter(self.decisions_in_turn), None)

    @property
    def last_decision(self) -> Decision | None:
        return next(reversed(self.decisions_in_turn), None)

    @property
    def decisions_in_turn(self) -> list[Decision]:
        return sorted(self.decisions.all(), key=lambda decision: decision.turn)

    @property
    def is_known_to_accused(self) -> bool:
        """They are not told of a decision that removes nothing."""
        return any(each.outcome != Outcome.NOTHING for each in self.decisions.all())

    @property
    def earlier_decisions(self) -> DecisionQuerySet:
        """About other reports on the same person."""
        others = Decision.objects.filter(report__accused=self.accused_id).exclude(report=self)
        return others.select_related("report", "by__profile").newest_first()

    @property
    def appealed_until(self) -> datetime | None:
        return self.last_decision.at + APPEALED_WITHIN if self.last_decision else None

    def key_of(self, side: Side) -> UUID:
        return self.reporter_key if side == Side.REPORTER else self.accused_key

    def side_of(self, key: UUID) -> Side:
        return next(side for side in Side if self.key_of(side) == key)

    def url_for(self, side: Side) -> str:
        return reverse("reports:detail", args=[self.key_of(side)])

    def appeal_of(self, side: Side) -> Appeal | None:
        return next((each for each in self.appeals.all() if each.by_reporter == (side == Side.REPORTER)), None)

    def decisions_told_to(self, side: Side) -> list[Decision]:
        return [each for each in self.decisions_in_turn if side == Side.REPORTER or each.is_told_to_accused]

    def is_party(self, user: User | AnonymousUser) -> bool:
        """Includes people who became a party after the report, or have reported the same."""
        subject = self.subject
        is_one = bool(subject and user.pk in subject.people) or self.parties.filter(pk=user.pk).exists()
        return is_one or Report.objects.about_same(self).filter(reporter__isnull=False, reporter=user.pk).exists()

    def why_not_review(self, user: User | AnonymousUser) -> str:
        if not (user.is_active and user.has_perm("reports.decide_report")):
            return NOT_YOURS
        return NO_PARTY if self.is_party(user) else ""

    def why_not_settle(self, user: User | AnonymousUser) -> str:
        has_decided = any(each.by_id == user.pk for each in self.decisions.all())
        return self.why_not_review(user) or (ANOTHER_REVIEWER if has_decided else "")

    def can_be_taken_by(self, user: User | AnonymousUser) -> bool:
        return self.status == ReportStatus.NEW and not self.why_not_review(user)

    def can_be_decided_by(self, user: User | AnonymousUser) -> bool:
        return self.is_undecided and not self.why_not_review(user)

    def can_be_settled_by(self, user: User | AnonymousUser) -> bool:
        return self.is_appealed and not self.why_not_settle(user)

    def outcomes_for(self, user: User) -> list[Outcome]:
        """What fits at this moment, and the user may do; an appeal may also leave the last decision as it is."""
        subject, last = self.subject, self.last_decision
        possible = {
            Outcome.NOTHING: True,
            Outcome.HIDE: subject is not None and subject.can_be_hidden_by(user),
            Outcome.CLOSE: subject is not None and subject.can_be_closed_by(user),
            Outcome.DEACTIVATE: self.accused.is_active and self.accused.can_be_deactivated_by(user),
        }
        return [each for each in Outcome if possible[each] or (last and each == last.outcome)]

    def why_not_appeal(self, side: Side) -> str:
        last = self.last_decision
        if self.status == ReportStatus.SETTLED and not self.can_appeal_again(side):
            return "This decision was made after an appeal, and you can’t appeal against it."
        if last is None or (side == Side.ACCUSED and not self.is_known_to_accused):
            return "There is no decision yet that you could appeal against."
        if self.appeal_of(side):
            return "You have appealed already. Someone else on our staff looks at it again."
        if timezone.now() >= last.at + APPEALED_WITHIN:
            return "The six months in which you could appeal are over."
        return ""

    def can_appeal_again(self, side: Side) -> bool:
        last = self.last_decision
        return last is not None and last.is_worse_for(side) and not self.appeal_of(side)

    def can_be_appealed(self, side: Side) -> bool:
        return not self.why_not_appeal(side)

    @classmethod
    @atomic
    def file(
        cls,
        subject: Subject,
        *,
        by: User | None,
        reason: str,
        text: str,
        name: str = "",
        email: str = "",
        count: Callable[[], None] | None = None,
    ) -> Report:
        """Copies the words and sends a receipt, or returns the same person's open report on the same words.

        `name` and `email` are for people without an account; `count` limits how often they report.
        """
        cls._lock_people([subject.accused.pk], by)
        seen = subject.read_again(by or AnonymousUser())
        if seen is None or not seen.can_be_reported_by(by or AnonymousUser()):
            raise PermissionDenied("Nobody reports what they cannot see, or their own words.")
        typed = {"name": "", "email": ""} if by else {"name": name, "email": email}
        report = cls(kind=seen.kind, subject_id=seen.row.pk, accused=seen.accused, reporter=by, reason=reason, **typed)
        report._clean_typed(text)
        if filed := report._filed_already():
            return filed
        if by:
            DAILY.require(by)
        elif count:
            count()
        report.copy = seen.copy
        report.save(force_insert=True)
        report.parties.set(seen.people | ({sender.pk} if (sender := report.sender) else set()))
        notices.send_receipt(report)
        return report

    @atomic
    def take(self, *, by: User) -> None:
        self._lock_people([], by)
        self._lock_row()
        self._require_none(self.why_not_review(by))
        if self.status == ReportStatus.TAKEN and self.taken_by_id == by.pk:
            return
        if self.status != ReportStatus.NEW:
            raise IllegalMove(DECIDED_ALREADY if not self.is_undecided else "Someone has taken this report already.")
        self._update(status=ReportStatus.TAKEN, taken_by=by, taken_at=timezone.now())

    @atomic
    def decide(self, *, by: User, outcome: str, facts: str, rule: str = "") -> Decision:
        """Carry out the outcome by its verb, tell the reporter, and send the accused a statement of reasons."""
        self._lock_for(by, outcome)
        self._require_none(self.why_not_review(by))
        decision = self._cleaned_decision(by=by, outcome=outcome, rule=rule, facts=facts)
        if self.decision and decision.repeats(self.decision):
            return self.decision
        if not self.is_undecided:
            raise IllegalMove(DECIDED_ALREADY)
        self._require_possible(decision)
        self._carry_out(decision)
        self._save_decision(decision, ReportStatus.DECIDED)
        return decision

    @atomic
    def appeal(self, side: Side, *, text: str) -> Appeal:
        """Once a side, within six months, also against a second decision that is worse for it. Repeats do nothing."""
        self._lock_row()
        appeal = Appeal(report=self, by_reporter=side == Side.REPORTER, text=text)
        appeal.clean_fields(exclude=["report"])
        if (made := self.appeal_of(side)) and made.text == appeal.text:
            return made
        if why_not := self.why_not_appeal(side):
            raise IllegalMove(why_not)
        self._update(status=ReportStatus.APPEALED)
        appeal.save(force_insert=True)
        return appeal

    @atomic
    def settle(self, *, by: User, outcome: str, facts: str, rule: str = "") -> Decision:
        """Decide about the appeals: take back what was done, and carry out another outcome by its verb."""
        self._lock_for(by, outcome)
        self._require_none(self.why_not_review(by))
        last = self.last_decision
        settlement = self._cleaned_decision(by=by, outcome=outcome, rule=rule, facts=facts, settles=True)
        if last and last.settles and settlement.repeats(last):
            return last
        if not self.is_appealed or last is None:
            raise IllegalMove("Nobody has appealed, or the appeal is decided already.")
        self._require_none(self.why_not_settle(by))
        settlement.settles_again = last.settles
        if settlement.outcome != last.outcome:
            for earlier in settlement.in_force_before:
                self._take_back(earlier, settlement)
            self._require_possible(settlement)
            self._carry_out(settlement)
        self._save_decision(settlement, ReportStatus.SETTLED)
        return settlement

    def _clean_typed(self, text: str) -> None:
        self.text = text
        self.clean_fields(exclude=["kind", "subject_id", "accused", "reporter"])
        if self.reporter is None:
            missing = {"name": "Write your name.", "email": "Write your e-mail address, so that we can answer you."}
            if errors := {field: sentence for field, sentence in missing.items() if not getattr(self, field)}:
                raise ValidationError(errors)

    def _filed_already(self) -> Report | None:
        """Without an account, only what was sent with the same words: its key is the reporter's alone."""
        same = Report.objects.open().about_same(self).filter(accused=self.accused)
        if self.reporter:
            return same.filter(reporter=self.reporter).first()
        typed = {field: getattr(self, field) for field in ("name", "email", "reason", "text")}
        return same.filter(reporter=None, **typed).first()

    @staticmethod
    def _lock_people(people: Any, by: User | None) -> None:
        active = User.objects.lock_active({*people, *([by.pk] if by else [])})
        if by:
            by.is_active = by.pk in active
            if not by.is_active:
                raise PermissionDenied("This account has ended.")

    def _lock_row(self) -> None:
        fields = ["status", "taken_by", "taken_at", "accused", "reporter"]
        try:
            self.refresh_from_db(fields=fields, from_queryset=Report.objects.select_for_update())
        except Report.DoesNotExist:
            raise IllegalMove("This report has been deleted.") from None
        self.__dict__.pop("_prefetched_objects_cache", None)

    def _lock_for(self, by: User, outcome: str) -> None:
        """In the order of the verbs that the outcome calls: cleanings, then people; the report comes last."""
        subject = self.subject
        if outcome == Outcome.DEACTIVATE:
            for handler in closing.handlers():
                handler.lock_cleanings(self.accused)
        elif subject and subject.cleaning:
            subject.cleaning.lock()
        people = {self.accused_id, *self.parties.values_list("pk", flat=True), *(subject.people if subject else ())}
        self._lock_people(people, by)
        self._lock_row()
        # Who became a party only after deciding was none.
        self.parties.add(*people.difference(decision.by_id for decision in self.decisions.all()))

    def _cleaned_decision(self, **facts: Any) -> Decision:
        decision = Decision(report=self, **facts)
        decision.clean_fields(exclude=["report", "by"])
        if decision.outcome == Outcome.NOTHING:
            decision.rule = ""
        elif not decision.rule:
            raise ValidationError({"rule": "Choose the rule that was broken."})
        if private := given_away(self, decision.facts):
            sentence = f"Leave out who reported it, and all contact details. This gives them away: “{private}”."
            raise ValidationError({"facts": sentence})
        return decision

    def _require_possible(self, decision: Decision) -> None:
        if decision.outcome not in self.outcomes_for(decision.by):
            raise ValidationError({"outcome": "This is not yours to do, or not possible any more. Choose another one."})

    def _carry_out(self, decision: Decision) -> None:
        began, subject, by = timezone.now(), self.subject, decision.by
        if decision.outcome == Outcome.HIDE and subject and not subject.is_hidden:
            subject.hide(by=by, rule=decision.rule)
            notices.notify_other_author(self, subject, by)
        if decision.outcome == Outcome.CLOSE and subject:
            subject.row.close(by=by)
        if decision.outcome == Outcome.DEACTIVATE:
            self.accused.deactivate(by=by)
        notices.mail_no_more(self, by, since=began)

    def _take_back(self, earlier: Decision, settlement: Decision) -> None:
        """A closed job stays closed, and so does an account that its person closed."""
        if not settlement.takes_back(earlier):
            return
        subject = self.subject
        if earlier.outcome == Outcome.HIDE and subject and subject.is_hidden:
            subject.row.unhide(by=settlement.by)
            notices.notify_other_author(self, subject, settlement.by)
        if earlier.outcome == Outcome.DEACTIVATE and not (self.accused.is_active or self.accused.is_closed):
            if not self.accused.can_be_reactivated_by(settlement.by):
                raise PermissionDenied(ASK_A_SUPERUSER)
            self.accused.reactivate(by=settlement.by)

    def _save_decision(self, decision: Decision, status: ReportStatus) -> None:
        self._update(status=status)
        decision.save(force_insert=True)
        notices.notify(decision)

    def _update(self, **fields: Any) -> None:
        if not Report.objects.filter(pk=self.pk, status=self.status).update(**fields):
            raise IllegalMove("Someone else changed this report at the same moment.")
        for name, value in fields.items():
            setattr(self, name, value)

    @staticmethod
    def _require_none(why_not: str) -> None:
        if why_not:
            raise PermissionDenied(why_not)


class Decision(models.Model):
    """What staff decided about a report, and the statement of reasons.

    The second one settles its appeals; the third one that of a side for which the second was worse than the first.
    """

    report = models.ForeignKey(Report, models.CASCADE, related_name="decisions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=10, choices=Outcome)
    # Which rule was broken, where one was.
    rule = models.CharField(max_length=15, choices=Reason, blank=True)
    facts = ReportedTextField(max_length=MOST_CHARACTERS)
    settles = models.BooleanField(default=False)
    settles_again = models.BooleanField(default=False, db_default=False)
    at = models.DateTimeField("decided", default=now, editable=False)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "settles", "settles_again"], name="decided_once_in_each_turn"),
            models.CheckConstraint(condition=Q(settles_again=False) | Q(settles=True), name="decision_settles_in_turn"),
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="decision_outcome_known"),
            models.CheckConstraint(
                condition=Q(outcome=Outcome.NOTHING) | Q(rule__in=Reason.values), name="decision_names_a_rule"
            ),
            text_length("facts", "decision_facts_length"),
        ]

    def __str__(self) -> str:
        return f"Decision {self.pk} on report {self.report_id}"

    @property
    def turn(self) -> int:
        """The first is 1."""
        return 3 if self.settles_again else 2 if self.settles else 1

    @property
    def earlier(self) -> list[Decision]:
        return [each for each in self.report.decisions_in_turn if each.turn < self.turn]

    @property
    def one_before(self) -> Decision | None:
        return next(reversed(self.earlier), None)

    @property
    def in_force_before(self) -> list[Decision]:
        """What a stricter decision left in force, and that decision."""
        found: list[Decision] = []
        for each in self.earlier:
            found = [*(before for before in found if not each.replaces(before)), each]
        return found

    @property
    def is_told_to_accused(self) -> bool:
        """They are told of what is done to them, and of later decisions about that."""
        return any(each.outcome != Outcome.NOTHING for each in (self, *self.earlier))

    def is_worse_for(self, side: Side) -> bool:
        """Than the decision before it: stricter for the accused, milder for the reporter."""
        before = self.one_before
        if before is None:
            return False
        return self.is_milder_than(before) if side == Side.REPORTER else before.is_milder_than(self)

    def is_milder_than(self, other: Decision) -> bool:
        order = list(Outcome)
        return order.index(Outcome(self.outcome)) < order.index(Outcome(other.outcome))

    def replaces(self, first: Decision) -> bool:
        """Words stay hidden when the account of their author is deactivated as well."""
        return self.is_milder_than(first) or (first.outcome == Outcome.HIDE and self.outcome == Outcome.CLOSE)

    def takes_back(self, first: Decision) -> bool:
        """Not what another decision asks for as well."""
        return self.replaces(first) and not first.is_ordered_elsewhere(at=self.at)

    def is_ordered_elsewhere(self, *, at: datetime) -> bool:
        """Whether another report on the same had a last word as strict as this one at that moment."""
        others = Decision.objects.last_words(at=at).exclude(report=self.report_id)
        return others.on_same(self).as_strict_as(self.outcome).exists()

    def repeats(self, other: Decision) -> bool:
        return all(getattr(self, name) == getattr(other, name) for name in ("by_id", "outcome", "rule", "facts"))

    def sentence_for(self, side: Side) -> str:
        return notices.sentence_for(self, side)

    def facts_for(self, side: Side) -> str:
        """They are for the person it is about, and for the reporter where nothing was removed."""
        return self.facts if side == Side.ACCUSED or self.outcome == Outcome.NOTHING else ""


class Appeal(models.Model):
    report = models.ForeignKey(Report, models.CASCADE, related_name="appeals")
    by_reporter = models.BooleanField()
    text = ReportedTextField("why you disagree", max_length=MOST_CHARACTERS)
    at = models.DateTimeField("appealed", default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "by_reporter"], name="one_appeal_per_report_and_side"),
            text_length("text", "appeal_text_length"),
        ]

    def __str__(self) -> str:
        return f"Appeal {self.pk} on report {self.report_id}"
