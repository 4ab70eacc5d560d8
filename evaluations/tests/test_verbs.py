"""What writing an evaluation does, to whom it is open, and until when."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from cleanings.models import Event
from cleanings.states import HideReason, IllegalMove, Kind, OfferStatus, ReleaseReason
from core.formatting import day_label
from evaluations.models import PARTS, RATINGS, Evaluation
from evaluations.tests.helpers import cleaner_writes, owner_writes, support
from marketplace.testing import create_cast, create_offer, create_user
from notifications.models import Notification
from offers.models import Offer

pytestmark = pytest.mark.django_db


def counted():
    return Evaluation.objects.count(), Event.objects.count(), Notification.objects.count()


def test_each_side_evaluates_the_other(job):
    first, second = owner_writes(job, **dict.fromkeys(PARTS, 3)), cleaner_writes(job)
    assert (first.author, first.subject, first.ratings) == (job.cleaning.owner, job.cleaner, [4, 3, 3, 3])
    assert (second.author, second.subject, second.ratings) == (job.cleaner, job.cleaning.owner, [5])


@pytest.mark.parametrize("person", ["cora", "stan", "ada"])
def test_nobody_but_the_two_sides_evaluates(job, person):
    before = counted()
    with pytest.raises(PermissionDenied):
        Evaluation.write(job, by=create_user(person), overall_rating=4)
    assert counted() == before
    owner_writes(job)


@pytest.mark.parametrize(
    "status",
    [OfferStatus.PENDING, OfferStatus.ACCEPTED, OfferStatus.REJECTED, OfferStatus.CANCELLED, OfferStatus.RESCINDED],
)
def test_only_a_completed_job_is_evaluated(status):
    offer = create_offer(status=status)
    before = counted()
    for write in (owner_writes, cleaner_writes):
        with pytest.raises(IllegalMove, match="You can review each other once the job is done"):
            write(offer)
    assert counted() == before


def test_a_job_is_evaluated_by_one_side_once(job):
    owner_writes(job)
    before = counted()
    for rating in (4, 1):
        with pytest.raises(IllegalMove, match="You have reviewed carl for this job"):
            owner_writes(job, overall_rating=rating)
    assert (counted(), Evaluation.objects.get().overall_rating) == (before, 4)


def test_the_database_refuses_a_second_evaluation_of_one_author(job):
    first = owner_writes(job)
    with pytest.raises(IntegrityError), transaction.atomic():
        Evaluation.objects.bulk_create([copy_of(first)])
    Evaluation.objects.bulk_create([copy_of(first, author=job.cleaner, subject=job.cleaning.owner)])


def test_a_job_is_evaluated_within_14_days(job):
    done = timezone.now()
    with time_machine.travel(done + timedelta(days=13.99)):
        assert Evaluation.can_be_written_by(job.cleaner, job)
    with time_machine.travel(done + timedelta(days=14.01)):
        assert not Evaluation.can_be_written_by(job.cleaner, job)
        with pytest.raises(IllegalMove, match="14 days"):
            cleaner_writes(job)


def test_both_are_published_once_both_have_written(job):
    first = owner_writes(job)
    assert not Evaluation.objects.published().exists()
    cleaner_writes(job)
    assert Evaluation.objects.published().count() == 2
    first.refresh_from_db()
    assert first.is_published


@pytest.mark.parametrize(("days", "is_published"), [(13.99, False), (14.01, True)])
def test_one_alone_is_published_after_14_days(job, days, is_published):
    owner_writes(job)
    with time_machine.travel(timezone.now() + timedelta(days=days)):
        assert Evaluation.objects.published().exists() is is_published
        assert Evaluation.objects.get().is_published is is_published


def test_an_evaluation_is_never_edited(job):
    written = owner_writes(job)
    written.comment = "Another one"
    for change in (
        written.save,
        lambda: written.save(update_fields=["comment"]),
        lambda: Evaluation.objects.update(overall_rating=1),
        lambda: Evaluation.objects.bulk_update([written], ["comment"]),
        written.delete,
        Evaluation.objects.all().delete,
    ):
        with pytest.raises(TypeError), transaction.atomic():
            change()
    assert Evaluation.objects.get().comment == ""


def test_nothing_made_by_hand_takes_the_place_of_an_evaluation_or_an_event(job):
    written, event = owner_writes(job), Event.objects.latest("pk")
    for impostor in (copy_of(written, pk=written.pk), Event(pk=event.pk, cleaning=job.cleaning, kind=Kind.POST)):
        with pytest.raises(IntegrityError), transaction.atomic():
            impostor.save()
    event.refresh_from_db()
    assert event.kind == Kind.EVALUATE


@pytest.mark.parametrize("rating", RATINGS)
@pytest.mark.parametrize("stars", [0, 6, -1])
def test_ratings_outside_1_to_5_are_refused_by_verb_and_database(job, rating, stars):
    with pytest.raises(ValidationError, match="Choose a rating from 1 to 5"):
        owner_writes(job, **{rating: stars})
    within = owner_writes(job, **{rating: 5})
    with pytest.raises(IntegrityError), transaction.atomic():
        models.QuerySet(Evaluation).filter(pk=within.pk).update(**{rating: stars})


@pytest.mark.parametrize("part", PARTS)
def test_a_cleaner_rates_no_part_of_the_work(job, part):
    with pytest.raises(ValidationError) as refusal:
        cleaner_writes(job, **{part: 3})
    assert refusal.value.message_dict == {part: ["Only owners rate this."]}
    owner_writes(job, **{part: 3})


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"overall_rating": None}, "overall_rating"),
        ({"no_show": True}, "overall_rating"),
        ({"headline": "x" * 101}, "headline"),
        ({"comment": "x" * 2001}, "comment"),
    ],
)
def test_what_cannot_be_said_is_refused(job, said, field):
    with pytest.raises(ValidationError) as refusal:
        owner_writes(job, **said)
    assert list(refusal.value.message_dict) == [field]
    assert not Evaluation.objects.exists()


@pytest.mark.parametrize("fact", [{"created_at": timezone.now()}, {"hide_reason": "other"}, {"pk": 7}], ids=list)
def test_who_writes_sets_nothing_but_what_a_review_says(job, fact):
    with pytest.raises(TypeError):
        owner_writes(job, **fact)
    assert not Evaluation.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"overall_rating": None},
        {"no_show": True},
        {"headline": "x" * 101},
        {"comment": "x" * 2001},
        {"subject_id": models.F("author_id")},
        {"hidden_at": timezone.now()},
        {"hide_reason": "other"},
    ],
)
def test_the_database_refuses_what_the_verb_refuses(job, change):
    written = owner_writes(job)
    with pytest.raises(DatabaseError), transaction.atomic():
        models.QuerySet(Evaluation).filter(pk=written.pk).update(**change)


def test_after_a_release_for_a_no_show_the_owner_can_put_just_that_on_record(no_show):
    with pytest.raises(ValidationError):
        owner_writes(no_show)
    with pytest.raises(IllegalMove):
        cleaner_writes(no_show)
    written = owner_writes(no_show, no_show=True, overall_rating=None, comment="Waited for two hours.")
    assert (written.no_show, written.ratings, written.is_published) == (True, [], False)


def test_after_any_other_release_there_is_nothing_to_put_on_record():
    offer = create_offer(status=OfferStatus.ACCEPTED)
    offer.release(by=offer.cleaning.owner, reason=ReleaseReason.OTHER)
    with pytest.raises(IllegalMove):
        owner_writes(offer, no_show=True, overall_rating=None)


def test_the_other_side_is_notified_of_an_evaluation_without_what_it_says(job):
    owner_writes(job, headline="canary")
    notice = Notification.objects.get()
    url = f"/cleanings/{job.cleaning_id}/offers/carl/evaluate/"
    assert (notice.recipient, notice.url) == (job.cleaner, url)
    assert notice.sentence.startswith("olivia reviewed you for “Spring clean of a flat”. You can read it once you ")
    Notification.objects.all().delete()
    cleaner_writes(job)
    assert list(Notification.objects.values_list("recipient__username", "sentence", "url")) == [
        (
            "olivia",
            "carl reviewed you for “Spring clean of a flat”. You can read it on your profile.",
            "/people/olivia/evaluations/",
        )
    ]


def test_who_cannot_answer_is_notified_from_when_on_it_can_be_read(no_show):
    Notification.objects.all().delete()
    owner_writes(no_show, no_show=True, overall_rating=None)
    date = day_label(no_show.status_since + timedelta(days=14))
    sentence = f"olivia reviewed you for “Spring clean of a flat”. You can read it from {date} on."
    notice = Notification.objects.get()
    assert notice.recipient == no_show.cleaner
    assert notice.sentence == f"{sentence} It says that you didn’t turn up. You can answer that once."
    assert notice.url == f"{no_show.get_absolute_url()}answer-no-show/"


def test_who_has_answered_a_no_show_is_led_to_where_it_can_be_read(no_show):
    no_show.answer_no_show(by=no_show.cleaner, answer="The tram was on strike.")
    Notification.objects.all().delete()
    owner_writes(no_show, no_show=True, overall_rating=None)
    notice = Notification.objects.get()
    assert (notice.sentence.endswith("It says that you didn’t turn up."), notice.url) == (
        True,
        "/people/carl/evaluations/",
    )


def test_what_was_said_of_a_closed_account_leads_to_the_job(job):
    written = owner_writes(job)
    User.objects.filter(pk=job.cleaner.pk).update(is_active=False)
    Notification.objects.all().delete()
    written.hide(by=support(), reason=HideReason.OTHER)
    notice = Notification.objects.get()
    assert (notice.recipient, notice.url) == (job.cleaning.owner, job.cleaning.get_absolute_url())


def test_the_timeline_tells_its_two_people_that_something_was_said(job):
    create_cast()
    owner_writes(job, headline="canary")
    event = Event.objects.get(kind=Kind.EVALUATE)
    assert event.sentence_for(job.cleaner) == "olivia reviewed you."
    assert event.sentence_for(job.cleaning.owner) == "You reviewed carl."
    assert (event.from_status, event.to_status) == (OfferStatus.COMPLETED, OfferStatus.COMPLETED)


def test_evaluating_keeps_a_repeated_move_harmless(job):
    owner_writes(job)
    job.complete(by=job.cleaning.owner)
    assert Event.objects.filter(kind=Kind.COMPLETE, cleaner=job.cleaner).count() == 1


def test_nobody_is_evaluated_who_has_closed_the_account(job):
    job.cleaner.is_active = False
    job.cleaner.save(update_fields=["is_active"])
    with pytest.raises(IllegalMove, match="closed the account"):
        owner_writes(job)


def test_who_closed_the_account_meanwhile_evaluates_nobody_and_is_evaluated_by_nobody(job):
    User.objects.filter(pk=job.cleaner.pk).update(is_active=False)
    with pytest.raises(IllegalMove, match="closed the account"):
        owner_writes(job)
    job.cleaner.is_active = True
    with pytest.raises(PermissionDenied):
        cleaner_writes(job)
    User.objects.filter(pk=job.cleaner.pk).update(is_active=True)
    owner_writes(job)


def test_who_closed_the_account_is_notified_of_nothing_and_named_to_nobody(job):
    written = owner_writes(job)
    User.objects.filter(pk=job.cleaning.owner.pk).update(is_active=False)
    Notification.objects.all().delete()
    written.hide(by=support(), reason=HideReason.OTHER)
    notice = Notification.objects.get()
    assert notice.recipient == job.cleaner
    assert notice.sentence.startswith("The staff have hidden Former member’s review of you")


def test_how_the_job_stands_is_read_again(job):
    before = Offer.objects.get(pk=job.pk)
    before.status, before.status_since = OfferStatus.ACCEPTED, timezone.now() - timedelta(days=20)
    assert owner_writes(before).publishes_at == job.status_since + timedelta(days=14)


def test_the_cleaning_is_locked_before_its_people(job):
    with CaptureQueriesContext(connection) as queries:
        owner_writes(job)
    locked = [query["sql"].split('"')[1] for query in queries if " FOR " in query["sql"]]
    assert locked == (["cleanings_cleaning", "accounts_user"] if connection.vendor == "postgresql" else [])


def test_what_is_written_is_kept_tidy(job):
    written = owner_writes(job, headline=" Bright\r\nand\tclean ", comment="\n All of it.\n\nTwice. \n")
    assert (written.headline, written.comment) == ("Bright and clean", "All of it.\n\nTwice.")


def copy_of(evaluation, **changes):
    facts = {
        field.attname: getattr(evaluation, field.attname) for field in Evaluation._meta.fields if field.name != "id"
    }
    copy = Evaluation(**facts)
    for name, value in changes.items():
        setattr(copy, name, value)
    return copy
