"""What each operation does when all is well; who may not, and what is refused, is in the modules beside this one."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import AccessToken
from api.representations import change_data
from api.tests.programs import JOB, Program, program_of
from cleanings.models import Cleaning, Event
from cleanings.states import Kind
from conversations.models import Message, Question
from evaluations.models import Evaluation
from marketplace.testing import create_cast, create_cleaning, create_no_show, create_offer, create_user, move_start
from notifications.models import Notification
from offers.models import Offer

pytestmark = [pytest.mark.long, pytest.mark.django_db]


@pytest.fixture
def olivia():
    create_cast()
    return program_of("olivia")


@pytest.fixture
def carl(olivia):
    return program_of("carl")


def path_of(offer, verb=""):
    return f"cleanings/{offer.cleaning_id}/offers/{offer.cleaner.username}/{verb}"


def test_me(olivia):
    assert olivia.get("me/").json()["email"] == "olivia@example.org"
    found = olivia.patch("me/", {"full_name": "Olivia  Peeters", "phone_number": "0470 12 34 56"})
    assert (found.status_code, found.json()["name"]) == (200, "Olivia Peeters")
    assert create_user("olivia").profile.phone_number
    assert olivia.patch("me/", {"phone_number": "12"}).json()["fields"]["phone_number"]


def test_a_person_shows_no_contact_data(olivia):
    olivia.patch("me/", {"phone_number": "0470 12 34 56", "bio": "Two cats."})
    found = Program().get("people/olivia/").json()
    assert found["bio"] == "Two cats."
    assert "phone_number" not in found
    assert "email" not in found


def test_evaluations_and_what_they_add_up_to(olivia):
    offer = create_offer(status="completed")
    Evaluation.write(offer, by=create_user("olivia"), overall_rating=5, professionalism=4, headline="Spotless")
    Evaluation.write(offer, by=create_user("carl"), overall_rating=3)
    (found,) = Program().get("people/carl/evaluations/").json()["results"]
    assert (found["headline"], found["author"]["username"], found["cleaning"]) == (
        "Spotless",
        "olivia",
        offer.cleaning_id,
    )
    stats = Program().get("people/carl/evaluations/stats/").json()
    assert (stats["evaluations"], stats["stars"]["5"], stats["no_shows"]) == (1, 1, 0)
    assert stats["professionalism"] == {"average": 4.0, "lowest": 4, "highest": 4}


def test_a_job_is_posted_once_and_listed(olivia):
    token = f"{uuid4()}"
    first, second = (olivia.post("cleanings/", JOB | {"post_token": token}) for _ in range(2))
    assert (first.status_code, first.json()["id"]) == (201, second.json()["id"])
    assert first.headers["Location"] == first.json()["url"]
    listed = Program().get("cleanings/?type=spot_clean&q=kitch").json()["results"]
    assert [job["id"] for job in listed] == [first.json()["id"]]
    assert listed[0]["hourly_rate"] == "21.50"
    assert "street_address" not in listed[0]
    assert [job["id"] for job in olivia.get("cleanings/mine/?status=open").json()["results"]] == [first.json()["id"]]


def test_a_job_for_an_invited_cleaner(olivia, carl):
    create_offer(status="completed")
    job = olivia.post("cleanings/", JOB | {"reserved_for": "carl", "reserved_days": 2}).json()
    assert job["reservation"]["reserved_for"]["username"] == "carl"
    assert carl.get(f"cleanings/{job['id']}/").status_code == 200
    assert program_of("stan").get(f"cleanings/{job['id']}/").status_code == 404
    answer = carl.post(f"cleanings/{job['id']}/decline/")
    assert (answer.status_code, answer.content, "Content-Type" in answer.headers) == (204, b"", False)
    assert olivia.post(f"cleanings/{job['id']}/open/").json()["reservation"] is None
    assert Program().get(f"cleanings/{job['id']}/").status_code == 200


def test_an_invitation_to_another(olivia, carl):
    for name in ("carl", "cora"):
        create_offer(cleaner=create_user(name), status="completed")
    job = olivia.post("cleanings/", JOB | {"reserved_for": "carl"}).json()
    carl.post(f"cleanings/{job['id']}/decline/")
    invited = olivia.post(f"cleanings/{job['id']}/invite/", {"reserved_for": "cora", "reserved_days": 1})
    assert invited.json()["reservation"]["reserved_for"]["username"] == "cora"


def test_a_job_is_changed_closed_and_deleted(olivia):
    job, other = create_cleaning(), create_cleaning()
    changed = olivia.patch(f"cleanings/{job.pk}/", {"estimated_hours": "4", "starts_at": None}).json()
    assert (changed["estimated_hours"], changed["starts_at"], changed["version"]) == ("4.00", None, 2)
    assert olivia.post(f"cleanings/{job.pk}/close/").json()["status"] == "closed"
    assert olivia.post(f"cleanings/{job.pk}/close/").status_code == 200
    assert olivia.delete(f"cleanings/{other.pk}/").status_code == 204
    assert not Cleaning.objects.filter(pk=other.pk).exists()


def test_a_change_of_what_somebody_else_has_changed_is_refused(olivia):
    job = create_cleaning()
    seen = olivia.get(f"cleanings/{job.pk}/").headers["ETag"]
    assert olivia.patch(f"cleanings/{job.pk}/", {"name": "Attic"}, if_match=seen).status_code == 200
    assert olivia.patch(f"cleanings/{job.pk}/", {"name": "Cellar"}, if_match=seen).status_code == 412
    assert Cleaning.objects.get(pk=job.pk).name == "Attic"


def test_what_has_not_changed_is_not_sent_again(olivia):
    path = f"cleanings/{create_cleaning().pk}/"
    seen = olivia.get(path).headers["ETag"]
    assert olivia.get(path, if_none_match=seen).status_code == 304
    assert Program().get(path).status_code == 200


def test_the_two_of_an_agreed_job_see_each_other_and_that_is_recorded(olivia, carl):
    olivia.patch("me/", {"phone_number": "0470 12 34 56"})
    offer = create_offer(status="accepted")
    seen = Event.objects.filter(kind=Kind.SEE)
    assert carl.ask("HEAD", f"cleanings/{offer.cleaning_id}/").status_code == 200
    assert not seen.exists()
    job = carl.get(f"cleanings/{offer.cleaning_id}/").json()
    assert (job["street_address"], job["contact"]["person"]["username"]) == ("Hidden Lane 12", "olivia")
    assert job["contact"]["phone_number"]
    assert seen.get().actor.username == "carl"


def test_the_feed_tells_of_created_and_updated_jobs(olivia):
    job, closed = create_cleaning(), create_cleaning()
    job.edit(by=job.owner, name="Attic")
    closed.close(by=closed.owner)
    found = Program().get("feed/").json()["results"]
    assert [(news["event"], news["cleaning"]["name"]) for news in found] == [("updated", "Attic"), ("created", "Attic")]


@pytest.mark.parametrize(
    ("path", "username", "queries"),
    [
        # One counts the search.
        ("cleanings/?type=full_clean", "stan", 3),
        ("feed/", "stan", 2),
        ("cleanings/mine/", "olivia", 2),
        ("cleanings/mine/?status=open", "olivia", 2),
        ("offers/", "carl", 2),
    ],
)
def test_pages_lead_on_and_back_with_few_queries(olivia, django_assert_num_queries, path, username, queries):
    create_offer()
    program = program_of(username)
    # So that no request notes the use, which it does once a minute.
    AccessToken.objects.update(used_at=timezone.now() + timedelta(days=1))
    assert len(program.get(path).json()["results"]) == 1
    for _ in range(21):
        create_offer(cleaning=create_cleaning())
    with django_assert_num_queries(queries):
        first = program.get(path).json()
    assert (len(first["results"]), first["previous"]) == (20, None)
    with django_assert_num_queries(queries):
        second = program.get(first["next"]).json()
    assert (len(second["results"]), second["next"]) == (2, None)
    assert not [row for row in second["results"] if row in first["results"]]
    assert program.get(second["previous"]).json() == first


def test_an_offer_is_made_changed_and_withdrawn(olivia, carl):
    job = create_cleaning()
    made = carl.post(f"cleanings/{job.pk}/offers/", {"hourly_rate": "22.50", "message": "Hello", "version": 1})
    assert (made.status_code, made.json()["status"], made.json()["total"]) == (201, "pending", "67.50")
    path = made.json()["url"]
    assert olivia.get(path).json() == made.json()
    changed = carl.patch(path, {"hourly_rate": "21.00", "version": 1}).json()
    assert (changed["hourly_rate"], changed["message"], changed["revision"]) == ("21.00", "Hello", 2)
    assert [offer["url"] for offer in olivia.get(f"cleanings/{job.pk}/offers/").json()["results"]] == [changed["url"]]
    assert [offer["url"] for offer in carl.get("offers/").json()["results"]] == [changed["url"]]
    assert carl.post(f"{path}rescind/").json()["status"] == "rescinded"


def test_an_offer_for_an_older_version_is_confirmed(olivia, carl):
    offer = create_offer()
    offer.cleaning.edit(by=create_user("olivia"), estimated_hours=Decimal(5))
    assert carl.get(path_of(offer)).json()["is_current"] is False
    assert carl.post(path_of(offer, "confirm/"), {"version": 1}).status_code == 409
    assert carl.post(path_of(offer, "confirm/"), {"version": 2}).json()["is_current"] is True


def test_one_is_accepted_and_the_others_are_rejected(olivia):
    offer = create_offer()
    other = create_offer(cleaning=offer.cleaning, cleaner=create_user("cora"))
    assert olivia.post(path_of(offer, "accept/"), {}).json()["fields"] == {"revision": ["This is needed."]}
    assert olivia.post(path_of(offer, "accept/"), {"revision": 2}).status_code == 409
    for _ in range(2):
        assert olivia.post(path_of(offer, "accept/"), {"revision": 1, "version": 1}).json()["status"] == "accepted"
    other.refresh_from_db()
    assert other.status == "rejected"


ENDS = {
    "reject": ("pending", "olivia", {}, "rejected"),
    "cancel": ("accepted", "carl", {"reason": "cannot_come", "note": "Sorry"}, "cancelled"),
    "release": ("accepted", "olivia", {"reason": "not_needed"}, "cancelled"),
    "complete": ("accepted", "olivia", {}, "completed"),
}


@pytest.mark.parametrize("verb", ENDS)
def test_a_move_answers_with_its_result_twice(olivia, verb):
    status, username, body, after = ENDS[verb]
    offer = create_offer(status=status)
    if verb == "complete":
        move_start(offer.cleaning, timedelta(hours=-1))
    program = program_of(username)
    answers = [program.post(path_of(offer, f"{verb}/"), body) for _ in range(2)]
    assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [(200, after)] * 2
    assert Offer.objects.get(pk=offer.pk).status == after


def test_both_evaluate(olivia, carl):
    offer = create_offer(status="completed")
    assert carl.post(path_of(offer, "evaluation/"), {"overall_rating": 4, "efficiency": 4}).status_code == 422
    assert carl.post(path_of(offer, "evaluation/"), {"overall_rating": 4}).json()["is_published"] is False
    written = olivia.post(path_of(offer, "evaluation/"), {"overall_rating": 5, "efficiency": 4, "comment": "Good"})
    assert (written.status_code, written.json()["is_published"]) == (201, True)
    assert olivia.post(path_of(offer, "evaluation/"), {"overall_rating": 1}).status_code == 409


def test_a_no_show_is_answered(olivia, carl):
    offer = create_no_show()
    assert carl.post(path_of(offer, "answer-no-show/"), {"answer": "I was there."}).status_code == 200
    assert Event.objects.get(kind=Kind.ANSWER).note == "I was there."


def test_a_change_is_suggested_and_agreed_to(olivia, carl):
    offer = create_offer(status="accepted")
    start = (timezone.now() + timedelta(days=9)).replace(microsecond=0)
    suggested = carl.post(path_of(offer, "change/"), {"starts_at": start.isoformat(), "note": "Later?"})
    assert (suggested.status_code, list(suggested.json()["terms"])) == (201, ["starts_at"])
    assert olivia.get(path_of(offer, "change/")).json()["note"] == "Later?"
    answer = {"change": suggested.json()["id"]}
    assert olivia.post(path_of(offer, "change/agree/"), answer).json()["status"] == "agreed"
    assert Cleaning.objects.get(pk=offer.cleaning_id).starts_at == start
    assert olivia.get(path_of(offer, "change/")).status_code == 404


@pytest.mark.parametrize(
    ("verb", "username", "after"), [("decline", "olivia", "declined"), ("withdraw", "carl", "withdrawn")]
)
def test_a_change_is_declined_or_withdrawn(olivia, carl, verb, username, after):
    offer = create_offer(status="accepted")
    change = carl.post(path_of(offer, "change/"), {"hourly_rate": "25"}).json()["id"]
    answer = program_of(username).post(path_of(offer, f"change/{verb}/"), {"change": change})
    assert answer.json()["status"] == after


def test_a_street_in_a_change_is_shown_to_the_two_and_the_look_is_recorded(olivia, carl):
    offer = create_offer(status="accepted")
    olivia.post(path_of(offer, "change/"), {"street_address": "Other Lane 1"})
    assert carl.ask("HEAD", path_of(offer, "change/")).status_code == 200
    assert not Event.objects.filter(kind=Kind.SEE).exists()
    assert carl.get(path_of(offer, "change/")).json()["terms"] == {"street_address": "Other Lane 1"}
    assert Event.objects.get(kind=Kind.SEE).terms["seen"] == ["street_address"]


def test_a_street_in_a_change_is_written_for_nobody_else(olivia):
    offer = create_offer(status="accepted")
    change = offer.suggest(by=create_user("olivia"), street_address="Other Lane 1", city="Bruges")
    shown = {name: change_data(change, create_user(name))["terms"] for name in ("carl", "stan", "ada")}
    hidden = {"street_address": None, "city": "Bruges"}
    assert shown == {"carl": hidden | {"street_address": "Other Lane 1"}, "stan": hidden, "ada": hidden}


def test_a_question_is_asked_answered_and_corrected(olivia, carl):
    job = create_cleaning()
    asked = carl.post(f"cleanings/{job.pk}/questions/", {"text": "Is there a lift?"})
    path = asked.json()["url"]
    assert asked.status_code == 201
    assert Program().get(path).status_code == 404
    assert olivia.post(f"{path}answer/", {"answer": "No"}).json()["answer"] == "No"
    assert olivia.post(f"{path}correct/", {"answer": "Yes"}).json()["answer"] == "Yes"
    assert Program().get(path).json()["answer"] == "Yes"
    assert [found["answer"] for found in Program().get(f"cleanings/{job.pk}/questions/").json()["results"]] == ["Yes"]


def test_a_question_is_withdrawn(olivia, carl):
    job = create_cleaning()
    path = carl.post(f"cleanings/{job.pk}/questions/", {"text": "A lift?"}).json()["url"]
    assert carl.post(f"{path}withdraw/").json()["withdrawn_at"]
    assert Question.objects.get().is_withdrawn


def test_messages_are_sent_and_read(olivia, carl):
    offer = create_offer(status="accepted")
    assert carl.post(path_of(offer, "messages/"), {"text": "On my way"}).status_code == 201
    told = Notification.objects.filter(recipient__username="olivia", thread__startswith="conversation")
    assert olivia.ask("HEAD", path_of(offer, "messages/")).status_code == 200
    assert told.unread().exists()
    assert [said["text"] for said in olivia.get(path_of(offer, "messages/")).json()["results"]] == ["On my way"]
    assert not told.unread().exists()
    assert Message.objects.get().author.username == "carl"


def test_notifications(olivia):
    create_offer()
    (told,) = olivia.get("notifications/").json()["results"]
    assert told["sentence"]
    assert told["read_at"] is None
    assert told["page"].startswith(f"{settings.SITE_URL}/cleanings/")
