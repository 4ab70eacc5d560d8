"""The demo town keeps the rules of the site, and the command that makes it keeps its hands off other people's data."""

import re
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from tempfile import TemporaryDirectory

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command
from django.db import models
from django.test import TestCase, override_settings
from django.utils import timezone

from accounts.models import Block, Profile, User
from accounts.photos import PROFILE_PHOTOS, SMALL
from cleanings import contact
from cleanings.constraints import FURTHEST_START
from cleanings.models import Cleaning, Event
from cleanings.photos import Photo
from cleanings.states import (
    ChangeStatus,
    CleaningStatus,
    Kind,
    OfferStatus,
)
from conversations.models import Message, Question
from demo.loader import PASSWORD, clock_at
from demo.reports import COMPLAINTS, file
from evaluations.models import Evaluation
from evaluations.ratings import job_history
from marketplace.testing import create_offer
from notifications.models import Notification, SiteOnly
from offers.changes import Change
from offers.models import Offer
from pages import integrity
from reports.choices import ReportStatus
from reports.models import Report

pytestmark = pytest.mark.long

BACK_OUT = (Kind.CANCEL, Kind.RELEASE)


def seed(*options: str) -> str:
    """Run the command as a newcomer does and return what it printed."""
    out = StringIO()
    with override_settings(DEBUG=True):
        call_command("seed_demo", *options, stdout=out)
    return out.getvalue()


def everything() -> dict:
    """Every row of the tables that the town fills."""
    kinds = (User, Profile, EmailAddress, Cleaning, Event, Offer, Evaluation, Notification)
    return {model: list(model.objects.order_by("pk").values()) for model in kinds}


def without_times() -> list:
    """What everybody did and said, whenever that was."""
    offers = Offer.objects.order_by("pk").values_list("cleaner__username", "status", "message", "hourly_rate")
    return [list(offers), list(chains().values())]


def chains() -> dict:
    """The lines of each cleaning's own timeline, under (its id, None), and of each offer's, under (its id, cleaner)."""
    found = defaultdict(list)
    for event in Event.objects.moves().oldest_first():
        found[event.cleaning_id, event.cleaner_id].append((event.kind, event.from_status, event.to_status))
    return found


def test_nobody_of_the_town_reports_what_they_cannot_see():
    complaint = replace(COMPLAINTS[0], by="jules", of=lambda: "x-1")
    with pytest.raises(LookupError, match="jules cannot see"):
        file(complaint, None)


class TestTown(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        folder = cls.enterClassContext(TemporaryDirectory())
        cls.enterClassContext(override_settings(MEDIA_ROOT=folder))
        cls.printed = seed()

    # The rules of the site

    def test_every_status_occurs(self):
        assert set(Cleaning.objects.values_list("status", flat=True)) == set(CleaningStatus)
        assert set(Offer.objects.values_list("status", flat=True)) == set(OfferStatus)
        assert sorted(Report.objects.values_list("status", flat=True)) == sorted(ReportStatus)
        assert set(Event.objects.values_list("kind", flat=True)) == set(Kind) - {Kind.SEE}

    def test_no_rule_of_the_site_is_broken(self):
        assert integrity.findings() == []
        backed_out = Event.objects.filter(kind__in=BACK_OUT).values_list("kind", flat=True)
        assert set(backed_out) == set(BACK_OUT)

    # Times

    def test_starts_are_within_bounds(self):
        starts = Cleaning.objects.exclude(starts_at=None)
        assert not starts.filter(starts_at__lt=models.F("created_at")).exists()
        assert not starts.filter(starts_at__gt=models.F("updated_at") + FURTHEST_START).exists()
        assert starts.latest("starts_at").starts_at < timezone.now() + timedelta(weeks=4)

    def test_each_move_has_the_time_of_its_moment(self):
        moments = list(Event.objects.oldest_first().values_list("at", flat=True))
        assert moments == sorted(moments)
        assert timezone.now() - timedelta(weeks=10, days=1) < moments[0] < moments[-1] < timezone.now()
        assert all(7 <= timezone.localtime(at).hour < 24 and at.second == at.microsecond == 0 for at in moments)
        assert not Event.objects.filter(actor__date_joined__gte=models.F("at")).exists()

    def test_rows_agree_with_the_timeline_about_their_times(self):
        for cleaning in Cleaning.objects.all():
            own = cleaning.events.filter(cleaner=None)
            assert cleaning.created_at == own.get(kind=Kind.POST).at
            begins_status = own.moves().exclude(kind__in=(Kind.EDIT, Kind.AGREE)) | own.filter(kind=Kind.UNRESERVE)
            assert cleaning.status_since == begins_status.latest("pk").at
        for offer in Offer.objects.select_related("cleaning"):
            lines = offer.cleaning.events.filter(cleaner=offer.cleaner)
            assert offer.created_at == lines.filter(kind=Kind.OFFER).latest("pk").at
        of_events = Notification.objects.filter(event__isnull=False)
        assert not of_events.exclude(created_at=models.F("event__at")).exists()
        assert not Notification.objects.filter(read_at__lt=models.F("created_at")).exists()

    # What there is to look at

    def test_open_cleanings_fill_more_than_a_page_and_come_in_all_kinds(self):
        ahead = Cleaning.objects.open()
        assert ahead.count() > 20
        assert ahead.filter(offers_count=0).exists()
        assert ahead.filter(starts_at=None, offers_count__gt=0).exists()
        assert ahead.filter(offers__status="pending", offers__cleaning_version__lt=models.F("version")).exists()
        assert Cleaning.objects.filter(status="open", starts_at__lt=timezone.now()).exists()

    def test_assigned_and_completed_cleanings_come_in_all_kinds(self):
        chosen, done = Cleaning.objects.filter(status="assigned"), Cleaning.objects.filter(status="completed")
        assert {cleaning.has_started for cleaning in chosen.exclude(starts_at=None)} == {True, False}
        assert chosen.filter(starts_at=None).exists()
        assert {contact.is_shown(cleaning) for cleaning in done} == {True, False}
        assert not [cleaning for cleaning in chosen if cleaning.completes_itself_at < timezone.now()]

    def test_evaluations_come_in_all_kinds(self):
        assert {evaluation.is_published for evaluation in Evaluation.objects.all()} == {True, False}
        assert {evaluation.is_hidden for evaluation in Evaluation.objects.all()} == {True, False}
        no_shows = Evaluation.objects.published().filter(no_show=True).with_answers()
        assert [bool(evaluation.answer) for evaluation in no_shows] == [True]
        assert job_history(User.objects.get(username="carl")).sides[0].shows_cancellations

    def test_changes_questions_messages_invitations_and_photos_come_in_all_kinds(self):
        assert set(Change.objects.values_list("status", flat=True)) == set(ChangeStatus)
        assert {question.is_answered for question in Question.objects.all()} == {True, False}
        assert Message.objects.values("author").distinct().count() >= 3
        invitations = {
            (cleaning.is_public, cleaning.is_reserved) for cleaning in Cleaning.objects.filter(events__kind=Kind.INVITE)
        }
        assert invitations == {(True, False), (False, True), (False, False)}
        assert Photo.objects.visible_to(AnonymousUser()).count() == 3

    def test_a_saved_search_has_found_something_and_a_saved_job_is_gone(self):
        carl = User.objects.get(username="carl")
        assert {search.still_works for search in carl.searches.all()} == {True}
        assert carl.notifications.filter(topic="alert").count() == 1
        assert {saved.cleaning.is_open for saved in carl.bookmarks.all()} == {True, False}

    def test_one_has_blocked_another(self):
        assert [(str(block.blocker), str(block.blocked)) for block in Block.objects.all()] == [("elif", "tomas")]

    def test_the_best_known_people_have_read_some_and_not_all(self):
        for username in ("olivia", "carl", "cora"):
            notifications = User.objects.get(username=username).notifications
            assert 0 < notifications.unread().count() < notifications.count()

    def test_nothing_private_stands_in_public(self):
        streets = {
            re.sub(r"\s*\d+$", "", street).lower()
            for street in Cleaning.objects.values_list("street_address", flat=True)
        }
        phones = {re.sub(r"\D", "", phone)[2:] for phone in Profile.objects.values_list("phone_number", flat=True)}
        assert len(streets) > 15
        assert len(phones) == User.objects.count()
        public = [
            *Cleaning.objects.values_list("name", "description", "city", "postcode"),
            *Profile.objects.values_list("full_name", "bio", "city", "user__username"),
            *Offer.objects.values_list("message"),
            *Evaluation.objects.values_list("headline", "comment"),
            *Event.objects.values_list("note"),
            *Notification.objects.values_list("sentence"),
        ]
        text = "\n".join(value for row in public for value in row).lower()
        assert not [street for street in streets if street in text]
        assert not [phone for phone in phones if phone in re.sub(r"[^\d\n]", "", text)]
        assert not [street for street in streets if street in str(list(Event.objects.values_list("terms"))).lower()]

    # People

    def test_most_people_have_a_face_and_some_have_initials(self):
        faces = {profile.user.username: bool(profile.photo) for profile in Profile.objects.select_related("user")}
        assert [faces["olivia"], faces["carl"], faces["bram"]] == [True, True, False]
        assert (sum(faces.values()), len(faces)) == (12, 17)
        assert PROFILE_PHOTOS.read(Profile.objects.get(user__username="carl").photo, SMALL).startswith(b"RIFF")

    def test_everybody_can_log_in_and_no_form_would_refuse_them(self):
        for user in User.objects.select_related("profile"):
            user.full_clean()
            user.profile.full_clean()
            validate_password(PASSWORD, user)
            assert user.check_password(PASSWORD)
            assert EmailAddress.objects.filter(user=user, email=user.email, verified=True, primary=True).count() == 1
        assert authenticate(username="olivia", password=PASSWORD).profile.full_name == "Olivia Janssens"
        assert [user.username for user in User.objects.filter(is_staff=True, is_superuser=True)] == ["ada"]

    def test_it_says_what_it_made(self):
        count = Cleaning.objects.filter(status="completed").count()
        assert f"{Cleaning.objects.count()} jobs: " in self.printed
        assert f" {count} done" in self.printed
        assert PASSWORD in self.printed

    # The command

    def test_a_second_run_changes_nothing(self):
        before = everything()
        assert "nothing was changed" in seed()
        assert everything() == before

    def test_reset_removes_everybody_and_makes_the_same_town(self):
        before = without_times()
        extra = create_offer(cleaner=User.objects.create_user("stan"), cleaning=Cleaning.objects.open()[0])
        SiteOnly.objects.choose(extra.cleaner, ["chosen"])
        count = Notification.objects.count()
        # Another day, a minute past midnight, with a change of the clocks a week ago. The files are of another town.
        with (
            TemporaryDirectory() as folder,
            self.settings(MEDIA_ROOT=folder),
            clock_at(datetime(2027, 4, 4, 22, 1, tzinfo=UTC)),
        ):
            assert f"Removed {count} notifications, " in seed("--reset")
            assert Event.objects.latest("pk").at < timezone.now()
        assert not User.objects.filter(pk__lte=extra.cleaner_id).exists()
        assert not SiteOnly.objects.exists()
        assert without_times() == before

    def test_production_is_refused(self):
        before = everything()
        for options in ([], ["--reset"]):
            with pytest.raises(CommandError, match="DEBUG"):
                call_command("seed_demo", *options)
        assert everything() == before
