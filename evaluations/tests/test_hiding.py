"""What hiding an evaluation does, and who may: behind the admin's page, and in the shell."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import User
from cleanings.models import Cleaning, Event
from cleanings.states import HideReason, IllegalMove, Kind
from evaluations.models import Evaluation
from evaluations.tests.helpers import cleaner_writes, owner_writes, support
from marketplace.testing import create_cleaning, create_offer, create_user
from notifications.models import Notification

pytestmark = pytest.mark.django_db


def test_staff_hide_an_evaluation_and_both_hear_why(job):
    written = owner_writes(job)
    cleaner_writes(job)
    Notification.objects.all().delete()
    written.hide(by=support(), reason=HideReason.INSULTS, note="See the terms.")
    written.refresh_from_db()
    assert (written.is_hidden, written.hide_reason) == (True, HideReason.INSULTS)
    assert list(job.cleaner.evaluations.counted()) == []
    assert list(job.cleaner.evaluations.published()) == [written]
    why = "for “Spring clean of a flat”. Reason: It insulted somebody."
    assert sorted(Notification.objects.values_list("recipient__username", "sentence")) == [
        ("carl", f"The staff have hidden olivia’s review of you {why}"),
        ("olivia", f"The staff have hidden your review of carl {why}"),
    ]
    event = Event.objects.get(kind=Kind.HIDE)
    assert event.sentence_for(job.cleaning.owner) == "The staff hid your review."
    assert event.sentence_for(job.cleaner) == "The staff hid olivia’s review."


def test_hiding_needs_the_permission_a_reason_and_something_to_hide(job):
    written = owner_writes(job)
    with pytest.raises(PermissionDenied):
        written.hide(by=job.cleaner, reason=HideReason.OTHER)
    with pytest.raises(ValidationError):
        written.hide(by=support(), reason="because")
    assert not Evaluation.objects.get().is_hidden
    written.hide(by=support(), reason=HideReason.OTHER)
    with pytest.raises(IllegalMove):
        written.hide(by=support(), reason=HideReason.OTHER)


def test_hidden_in_two_tabs_an_evaluation_keeps_its_first_reason(job):
    tabs = owner_writes(job), Evaluation.objects.get()
    tabs[0].hide(by=support(), reason=HideReason.PRIVATE)
    with pytest.raises(IllegalMove):
        tabs[1].hide(by=support(), reason=HideReason.OTHER)
    assert Evaluation.objects.get().hide_reason == HideReason.PRIVATE


def test_staff_hide_nothing_of_jobs_that_they_have_to_do_with(db):
    rival = create_offer(cleaning=create_cleaning(), cleaner=create_user("cora")).cleaner
    job = create_offer(cleaning=Cleaning.objects.get(), status="completed")
    written = owner_writes(job)
    for person in (job.cleaner, job.cleaning.owner, rival):
        User.objects.filter(pk=person.pk).update(is_staff=True, is_superuser=True)
        with pytest.raises(PermissionDenied):
            written.hide(by=User.objects.get(pk=person.pk), reason=HideReason.OTHER)
    written.hide(by=support(), reason=HideReason.OTHER)


def test_a_deactivated_member_of_the_staff_hides_nothing(job):
    written, ada = owner_writes(job), create_user("ada")
    ada.is_active = False
    assert not written.can_be_hidden_by(ada)
    ada.is_active = True
    assert written.can_be_hidden_by(ada)


def test_a_note_of_the_staff_stands_in_the_timeline_of_the_two_and_has_a_bound(job):
    written = owner_writes(job)
    with pytest.raises(ValidationError):
        written.hide(by=support(), reason=HideReason.OTHER, note="x" * 501)
    written.hide(by=support(), reason=HideReason.OTHER, note="See the terms.")
    event = Event.objects.get(kind=Kind.HIDE)
    assert (event.reason_label, event.note, event.cleaner) == ("Another reason", "See the terms.", job.cleaner)


def test_staff_bring_an_evaluation_back_and_it_counts_again(job):
    written = owner_writes(job)
    cleaner_writes(job)
    written.hide(by=support(), reason=HideReason.OTHER)
    assert list(job.cleaner.evaluations.counted()) == []
    written.unhide(by=support())
    assert list(job.cleaner.evaluations.counted()) == [Evaluation.objects.get(pk=written.pk, hide_reason="")]


def test_only_staff_bring_back_what_is_hidden(job):
    written = owner_writes(job)
    with pytest.raises(IllegalMove):
        written.unhide(by=support())
    written.hide(by=support(), reason=HideReason.OTHER)
    with pytest.raises(PermissionDenied):
        written.unhide(by=job.cleaning.owner)
    assert Evaluation.objects.get(pk=written.pk).is_hidden
