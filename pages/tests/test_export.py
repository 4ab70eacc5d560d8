"""The file with everything that is one's own: all of it, and nothing of anybody else's."""

import json
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AccessToken, Block, Profile, User
from cleanings.models import Bookmark, Cleaning, Event, Photo, SavedSearch
from cleanings.states import KINDS_WITHOUT_MOVE
from conversations.models import Message, Question
from evaluations.models import Evaluation
from marketplace.testing import create_cast, create_cleaning, create_offer, create_photo, create_user
from notifications.models import Notification, SiteOnly
from offers.changes import Change
from offers.models import Offer
from pages import export
from reports.choices import Outcome, Side
from reports.models import Report
from reports.tests.helpers import create_report, decided

pytestmark = [pytest.mark.long, pytest.mark.django_db]

MEMBERS = ("olivia", "carl", "cora", "stan")


def canary(kind, username):
    """A text that stands in one private field of one person."""
    return f"{kind}-of-{username}-77"


@pytest.fixture(scope="module")
def town(module_db):
    """Each owns an assigned cleaning of a street of its own, on which two others made offers of their own words."""
    create_cast()
    for number, username in enumerate(MEMBERS):
        owner = create_user(username)
        chosen, other = (create_user(MEMBERS[(number + step) % 4]) for step in (1, 2))
        Profile.objects.filter(user=owner).update(phone_number=f"047{number} 55 66 77", bio=canary("bio", username))
        cleaning = create_cleaning(owner=owner, street_address=canary("street", username), name=f"{username}'s flat")
        question = Question.ask(cleaning, by=other, text=canary("asked", other))
        question.give_answer(by=owner, answer=canary("answered", username))
        photo = create_photo(cleaning=cleaning, shows=canary("photo", username))
        report = create_report(f"photo-{photo.pk}", by=other.username, text=canary("reported", other) + " is wrong.")
        decided(report, Outcome.HIDE, facts=canary("facts", username) + " explains it.")
        report.appeal(Side.ACCUSED, text=canary("appealed", username) + " explains it.")
        # Sixty, because a time never has so many seconds.
        create_offer(cleaning=cleaning, cleaner=other, hourly_rate=f"6{number}.77", message=canary("offer", other))
        offer = create_offer(cleaning=cleaning, cleaner=chosen, status="completed", message=canary("offer", chosen))
        Evaluation.write(offer, by=owner, overall_rating=5, comment=canary("words", username))
        Message.say(offer, by=owner, text=canary("said", username))
        SavedSearch.add(by=owner, query="city=Ghent", name=canary("search", username), cadence="daily")
        Bookmark.add(cleaning, by=chosen)
        Authenticator.objects.create(user=owner, type="totp", data={"secret": canary("secret", username)})
        AccessToken.make(by=owner, name=canary("token", username), scope="act", days=30)
        UserSession.objects.create(user=owner, ip="::1", session_key=username, user_agent=canary("browser", username))
    for username in MEMBERS:
        Block.objects.create(blocker=create_user(username), blocked=create_user("ada"))


def exported(username):
    """The file as text, and what it says."""
    client = Client()
    client.force_login(create_user(username))
    text = client.get("/accounts/export/").content.decode()
    return text, json.loads(text)


@pytest.mark.parametrize("username", MEMBERS)
def test_the_file_holds_every_row_of_its_person_and_nobody_elses(town, username):
    _, found = exported(username)
    user = User.objects.get(username=username)
    rows = {
        "cleanings": Cleaning.objects.filter(owner=user),
        "offers": Offer.objects.filter(cleaner=user),
        "photos": Photo.objects.filter(by=user),
        "evaluations_written": Evaluation.objects.filter(author=user),
        "questions": Question.objects.filter(asker=user),
        "answers": Question.objects.filter(cleaning__owner=user).exclude(answer=""),
        "messages_written": Message.objects.filter(author=user),
        "searches": SavedSearch.objects.filter(person=user),
        "blocks": Block.objects.filter(blocker=user),
        "bookmarks": Bookmark.objects.filter(person=user),
        "reports": Report.objects.filter(reporter=user),
        "statements": Report.objects.filter(accused=user),
        "notifications": Notification.objects.filter(recipient=user),
        "access_tokens": AccessToken.objects.filter(user=user),
    }
    for part, theirs in rows.items():
        assert theirs.exists(), part
        assert [row["id"] for row in found[part]] == list(theirs.order_by("pk").values_list("pk", flat=True))
    lines = {line["id"] for line in found["events"]}
    theirs = Q(actor=user) | Q(cleaner=user)
    theirs |= Q(cleaning__owner=user, cleaner=None) | Q(cleaning__owner=user, kind__in=KINDS_WITHOUT_MOVE)
    assert lines == set(Event.objects.filter(theirs).values_list("pk", flat=True))
    assert lines < set(Event.objects.filter(theirs | Q(cleaning__owner=user)).values_list("pk", flat=True))


@pytest.mark.parametrize("username", MEMBERS)
def test_the_file_holds_ones_own_private_words_and_nobody_elses(town, username):
    text, _ = exported(username)
    kinds = (
        "bio", "street", "photo", "words", "offer", "said", "asked", "answered", "search", "reported", "facts",
        "appealed", "token",
    )  # fmt: skip
    own = [canary(kind, username) for kind in kinds] + [f"{username}@example.org", canary("browser", username)]
    others = [canary(kind, other) for other in MEMBERS if other != username for kind in (*kinds, "secret", "browser")]
    others += [f"{other}@example.org" for other in MEMBERS if other != username]
    phones = dict(Profile.objects.values_list("user__username", "phone_number"))
    assert [word for word in own if word not in text] == []
    others += [number for name, number in phones.items() if number and name != username]
    assert [word for word in others if word in text] == []
    assert canary("secret", username) not in text
    assert [digest for digest in AccessToken.objects.values_list("digest", flat=True) if digest in text] == []
    assert phones[username] in text


def test_a_competing_offer_stays_between_its_two_sides(town):
    rate = str(Offer.objects.get(cleaning__owner__username="olivia", cleaner__username="cora").hourly_rate)
    assert rate == "60.77"
    assert {username for username in MEMBERS if rate in exported(username)[0]} == {"olivia", "cora"}
    terms = {line["id"]: line["terms"] for line in exported("olivia")[1]["events"]}
    of_others = Event.objects.filter(actor__username="olivia", cleaner__isnull=False).exclude(
        cleaner__username="olivia"
    )
    assert {terms[event.pk] for event in of_others} == {None}


def test_an_evaluation_about_oneself_is_there_once_it_is_published(town):
    word = canary("words", "olivia")
    assert word not in exported("carl")[0]
    with time_machine.travel(timezone.now() + timedelta(days=15)):
        assert [said["comment"] for said in exported("carl")[1]["evaluations_received"]] == [word]
        about = Evaluation.objects.get(subject__username="carl")
        about.hide(by=create_user("ada"), reason="insults")
        assert word not in exported("carl")[0]
        assert word in exported("olivia")[0]


def test_times_are_utc_and_money_is_text(town):
    _, found = exported("olivia")
    cleaning = Cleaning.objects.get(owner__username="olivia")
    assert (found["cleanings"][0]["hourly_rate"], found["account"]["photo"]) == ("20.00", "")
    assert found["cleanings"][0]["created_at"] == f"{cleaning.created_at:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
    assert found["second_factors"][0].keys() == {"type", "created_at", "last_used_at"}


def test_what_is_not_mailed_stands_in_the_file_of_whoever_chose_so(town):
    SiteOnly.objects.choose(create_user("olivia"), ["offered", "cancelled"])
    found = {username: exported(username)[1]["site_only"] for username in ("olivia", "carl")}
    assert found == {"olivia": ["cancelled", "offered"], "carl": []}


def test_it_is_a_file_to_keep_that_no_cache_keeps(client):
    client.force_login(create_user("olivia"))
    answer = client.get("/accounts/export/")
    assert answer["Content-Disposition"] == 'attachment; filename="swept-olivia.json"'
    assert answer["Content-Type"] == "application/json; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]


# What of each row is no fact of its person's: keys of others, and what the site needs to find the row again.
LEFT_OUT = {
    Cleaning: {
        "owner",
        "reserved_for",
        "post_token",
        "city_key",
        "postcode_key",
        "folded_name",
        "folded_description",
        "hidden_by",
    },
    Offer: {"cleaner", "cleaning", "hidden_by"},
    Notification: {"recipient", "event", "thread", "facts"},
    Change: {"offer", "by"},
    Message: {"offer", "author", "hidden_by"},
    SavedSearch: {"person"},
    Bookmark: {"person", "cleaning"},
    Block: {"blocker", "blocked"},
    AccessToken: {"user", "digest"},
    # The keys of its two sides, what stands in `statements`, what is for staff, and what only others fill in.
    Report: {
        "accused",
        "reporter",
        "copy",
        "name",
        "email",
        "taken_by",
        "taken_at",
        "reporter_key",
        "accused_key",
        "parties",
    },
    Evaluation: {"offer", "author", "subject", "hidden_at", "hidden_by", "hide_reason"},
    Profile: {"id", "user", "calendar_key", "known_photo", "hidden_by"},
    User: {"id", "password", "is_superuser", "is_active", "closed_at", "reset_links", "groups", "user_permissions"},
}


@pytest.mark.parametrize("model", LEFT_OUT, ids=lambda model: model.__name__)
def test_no_column_is_forgotten(model):
    account = export.export_data(create_user("olivia"))["account"]
    exported = {
        Cleaning: export.CLEANING, Offer: export.OFFER, Notification: export.NOTIFICATION,
        Change: export.CHANGE, Evaluation: export.EVALUATION, Message: export.MESSAGE,
        AccessToken: export.ACCESS_TOKEN, SavedSearch: export.SEARCH, Bookmark: export.BOOKMARK, Block: export.BLOCK,
        Report: export.REPORT, Profile: account, User: account,
    }[model]  # fmt: skip
    fields = {field.name for field in [*model._meta.fields, *model._meta.many_to_many]}
    assert fields - set(exported) == LEFT_OUT[model]


def test_the_file_takes_as_many_queries_with_one_row_of_each_as_with_thirty(client):
    olivia, carl, counts = create_user("olivia"), create_user("carl"), []
    client.force_login(olivia)
    for rows in (1, 29):
        for _ in range(rows):
            create_offer(cleaning=create_cleaning(owner=carl), cleaner=olivia)
            offer = create_offer(cleaning=create_cleaning(owner=olivia), cleaner=carl, status="accepted")
            Message.say(offer, by=olivia, text="Hello")
            for cleaning, by in ((offer.cleaning, carl), (olivia.offers.last().cleaning, olivia)):
                decided(create_report(f"cleaning-{cleaning.pk}", by=by.username), Outcome.HIDE)
            # More than a person may report within a day.
            Report.objects.update(created_at=timezone.now() - timedelta(days=2))
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/accounts/export/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_who_looked_at_ones_street_stands_in_the_file(town):
    cleaning = Cleaning.objects.get(owner__username="olivia")
    looker = Client()
    looker.force_login(create_user("carl"))
    looker.get(cleaning.get_absolute_url())
    assert "carl saw your street and phone number." in [line["sentence"] for line in exported("olivia")[1]["events"]]
