"""The pages of a block, what both sides read where they can no longer reach each other, and the lists of both."""

import pytest
from django.test import Client

from accounts.models import Block, User
from cleanings.models import Bookmark, Cleaning
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, text_of

pytestmark = [pytest.mark.long, pytest.mark.django_db]

OWN = "You have blocked {}. Nothing can be sent between you until you unblock them."
STAYS = "The job stays agreed. If it can’t go ahead like this, you can cancel it."
MOVES = {"hourly_rate": "20", "estimated_hours": "5", "text": "Is there a lift?"}


@pytest.fixture
def cast():
    return create_cast()


def logged_in(username):
    client = Client()
    client.force_login(create_user(username))
    return client


def main_of(answer):
    """Without the form to log out, whose token differs each time."""
    return text_of(answer).split("<main", 1)[1]


def test_a_person_is_blocked_from_their_profile_and_unblocked_from_the_list(cast):
    carl = logged_in("carl")
    assert 'href="/people/olivia/block/"' in text_of(carl.get("/people/olivia/"))
    assert "We don’t tell olivia." in text_of(carl.get("/people/olivia/block/"))
    assert OWN.format("olivia") in text_of(carl.post("/people/olivia/block/", follow=True))
    assert 'action="/people/olivia/unblock/"' in text_of(carl.get("/accounts/blocks/"))
    assert "You haven’t blocked anyone." in text_of(carl.post("/people/olivia/unblock/", follow=True))
    assert not Block.objects.exists()


def test_a_page_that_comes_too_late_leads_to_the_profile(cast):
    create_user("carl").block(create_user("olivia"))
    assert logged_in("carl").get("/people/olivia/block/").url == "/people/olivia/"


def test_the_blocked_person_sees_an_ordinary_profile(cast):
    olivia = logged_in("olivia")
    before = main_of(olivia.get("/people/carl/"))
    create_user("carl").block(create_user("olivia"))
    assert main_of(olivia.get("/people/carl/")) == before


@pytest.mark.parametrize(("username", "status"), [("carl", 403), ("nobody-such", 404), ("cora", 404)])
def test_neither_oneself_nor_who_is_gone_is_blocked(cast, username, status):
    User.objects.filter(username="cora").update(is_active=False)
    carl = logged_in("carl")
    assert [ask(f"/people/{username}/block/").status_code for ask in (carl.get, carl.post)] == [status] * 2
    assert not Block.objects.exists()


def test_who_has_just_left_cannot_be_blocked_and_the_page_says_so(cast, monkeypatch):
    carl, block = logged_in("carl"), User.block

    def block_too_late(person, other):
        User.objects.filter(pk=other.pk).update(is_active=False)
        block(person, other)

    monkeypatch.setattr(User, "block", block_too_late)
    answer = carl.post("/people/olivia/block/")
    assert (answer.status_code, "This account is closed." in text_of(answer)) == (409, True)
    assert not Block.objects.exists()


def test_a_deactivated_account_can_be_unblocked_by_who_blocked_it_alone(cast):
    create_user("carl").block(create_user("cora"))
    create_user("olivia").block(create_user("cora"))
    User.objects.filter(username="cora").update(is_active=False)
    assert "Former member" in text_of(logged_in("carl").get("/accounts/blocks/"))
    answers = [logged_in(name).post("/people/cora/unblock/").status_code for name in ("carl", "stan")]
    assert (answers, Block.objects.get().blocker.username) == ([302, 404], "olivia")


# What both read


@pytest.fixture
def places(cast):
    """Addresses of Olivia's open cleaning and of Carl's job for her, by what is done there."""
    cleaning, job = create_cleaning(), create_offer(status="accepted")
    own = f"/cleanings/{cleaning.pk}/"
    return {
        "job": own, "offer": f"{own}offers/new/", "ask": f"{own}questions/", "agreed": job.cleaning.get_absolute_url(),
        "write": f"{job.get_absolute_url()}messages/", "change": f"{job.get_absolute_url()}change/",
        "own offer": job.get_absolute_url(),
    }  # fmt: skip


SENTENCES = [
    ("offer", 409, "You can’t make an offer on this job."),
    ("ask", 200, "You can’t ask a question about this job."),
    ("write", 200, "No messages can be sent between you."),
    ("change", 409, "You can’t suggest changes to each other."),
]


@pytest.mark.parametrize(("place", "status", "sentence"), SENTENCES)
def test_the_blocked_person_reads_of_no_block_and_the_blocker_of_their_own(places, place, status, sentence):
    carl, path = logged_in("carl"), places[place]
    assert carl.get(path).status_code == 200
    create_user("olivia").block(create_user("carl"))
    for answer, code in ((carl.get(path), status), (carl.post(path, MOVES), 409)):
        page = main_of(answer)
        assert (answer.status_code, sentence in page, "blocked" in page) == (code, True, False)
    create_user("carl").block(create_user("olivia"))
    assert OWN.format("olivia") in text_of(carl.get(path))


def test_the_page_of_a_job_shows_no_way_that_is_shut(places):
    carl = logged_in("carl")
    ways = [f'href="{places[name]}"' for name in ("offer", "ask")]
    assert all(way in text_of(carl.get(places["job"])) for way in ways)
    create_user("olivia").block(create_user("carl"))
    page = text_of(carl.get(places["job"]))
    assert [way in page for way in ways] + ["You can’t make an offer on this job." in page] == [False, False, True]


@pytest.mark.parametrize("place", ["agreed", "own offer", "write"])
@pytest.mark.parametrize(("reader", "move"), [("carl", "cancel"), ("olivia", "release")])
def test_an_agreed_job_says_why_nobody_can_write_and_can_be_ended(places, reader, move, place):
    reader_page = logged_in(reader)
    assert "No messages can be sent" not in text_of(reader_page.get(places[place]))
    create_user("olivia" if reader == "carl" else "carl").block(create_user(reader))
    page = text_of(reader_page.get(places[place]))
    assert "No messages can be sent between you." in page
    assert f'href="{places["own offer"]}{move}/"' in page
    assert STAYS in page or place == "write"


@pytest.mark.parametrize(("sender", "move", "reads"), [("carl", "cancel", "olivia"), ("olivia", "release", "carl")])
def test_a_job_ends_over_a_block_without_a_note(places, sender, move, reads):
    client, path = logged_in(sender), f"{places['own offer']}{move}/"
    pages = [text_of(client.get(path))]
    create_user(sender).block(create_user(reads))
    pages.append(text_of(client.get(path)))
    said = "your reason and your note"
    assert [(said in page, 'name="note"' in page) for page in pages] == [(True, True), (False, False)]
    answers = [client.post(path, {"reason": "other"} | more) for more in ({"note": "A word"}, {})]
    assert [answer.status_code for answer in answers] == [409, 302]


def test_an_offer_and_its_messages_lead_to_the_block_and_back(places):
    carl = logged_in("carl")
    for place in ("own offer", "write"):
        assert 'href="/people/olivia/block/"' in text_of(carl.get(places[place]))
    create_user("carl").block(create_user("olivia"))
    for place in ("own offer", "write"):
        assert 'action="/people/olivia/unblock/"' in text_of(carl.get(places[place]))


# Lists


def block(one, other):
    create_user(one).block(create_user(other))


@pytest.fixture
def attic(cast):
    """Olivia's, which Carl has saved, and a job of Stan's in the same city beside which it is shown."""
    attic = create_cleaning(name="Attic of Olivia")
    Bookmark.add(attic, by=create_user("carl"))
    create_offer(cleaning=create_cleaning(owner=create_user("stan")), cleaner=create_user("cora"), status="accepted")
    return attic


LISTS = [
    "/", "/cleanings/", "/cleanings/?q=attic", "/cleanings/?city=ghent&sort=soonest", "/feed/", "/feed/?q=attic",
    "/bookmarks/", "similar",
]  # fmt: skip


@pytest.mark.parametrize("blocker", ["olivia", "carl"])
@pytest.mark.parametrize("path", LISTS)
def test_a_block_takes_jobs_out_of_the_lists_of_both(attic, path, blocker):
    carl, anyone = logged_in("carl"), Client()
    path = Cleaning.objects.exclude(pk=attic.pk).get().get_absolute_url() if path == "similar" else path
    public = anyone.get(path).content
    assert attic.name in text_of(carl.get(path))
    block(blocker, "carl" if blocker == "olivia" else "olivia")
    assert attic.name not in text_of(carl.get(path))
    assert anyone.get(path).content == public
    assert carl.get(attic.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("blocker", ["olivia", "carl"])
def test_nobody_is_told_of_jobs_over_a_block(attic, blocker):
    carl, cora = create_user("carl"), create_user("cora")
    assert not Cleaning.objects.open().kept_from([carl.pk, cora.pk])
    block(blocker, "carl" if blocker == "olivia" else "olivia")
    assert Cleaning.objects.open().kept_from([carl.pk, cora.pk]) == {(carl.pk, attic.pk)}


@pytest.mark.parametrize("blocker", ["olivia", "carl"])
def test_nobody_over_a_block_is_proposed_for_an_invitation(cast, blocker):
    olivia, done = logged_in("olivia"), create_offer(status="completed").cleaning
    proposals = {"/cleanings/new/": "Only carl (carl)", "/people/carl/": "Invite carl again"}
    proposals[done.get_absolute_url()] = "Invite carl again"
    assert all(proposal in text_of(olivia.get(page)) for page, proposal in proposals.items())
    block(blocker, "carl" if blocker == "olivia" else "olivia")
    assert not any(proposal in text_of(olivia.get(page)) for page, proposal in proposals.items())


def test_the_dashboard_counts_the_saved_jobs_that_the_list_shows(attic):
    carl = logged_in("carl")
    saved = "<span>Jobs</span> <b>1</b>"
    assert saved in text_of(carl.get("/dashboard/"))
    block("olivia", "carl")
    assert saved not in text_of(carl.get("/dashboard/"))
    assert carl.post(f"/cleanings/{attic.pk}/save/").status_code == 403
