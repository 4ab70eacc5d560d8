"""What can be reported by whom, and whose words it is."""

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from cleanings.states import OfferStatus
from conversations.models import Message
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user
from reports.choices import SubjectKind
from reports.subjects import TYPES, find_subject
from reports.tests.helpers import create_subjects

pytestmark = [pytest.mark.long, pytest.mark.django_db, pytest.mark.usefixtures("private")]

EVERYBODY = {"olivia", "carl", "stan", "anonymous"}
OF_TWO = {SubjectKind.OFFER, SubjectKind.MESSAGE}
HOSTILE = [
    "", "-", "cleaning", "cleaning-", "cleaning-0", "cleaning-01", "cleaning--1", "cleaning-+1", "cleaning-1 ",
    " cleaning-1", "cleaning-1\n", "cleaning-1\0", "cleaning-1.0", "cleaning-1e3", "cleaning-١", "cleaning-²",
    "Cleaning-1", "user-1", "report-1", "cleaning_1", "cleaning-1-1", "cleaning-9223372036854775808",
    f"cleaning-{'9' * 5000}", "cleaning-maria", "profile-", "profile-nobody", "profile-olivia\n", "profile-\ud800",
    "profile-olivia' or 1=1", "profile-../olivia", "x" * 100_000, "photo-18446744073709551616",
]  # fmt: skip


@pytest.fixture
def subjects():
    create_cast()
    return create_subjects()


def reader(username):
    return AnonymousUser() if username == "anonymous" else create_user(username)


def test_every_kind_has_a_row():
    assert set(TYPES) == set(SubjectKind)


def test_only_what_one_sees_can_be_reported(subjects):
    for kind, reference in subjects.items():
        assert {who for who in EVERYBODY if find_subject(reference, reader(who))} == (
            {"olivia", "carl"} if kind in OF_TWO else EVERYBODY
        ), kind


def test_each_says_whose_words_it_is_and_what_they_are(subjects):
    found = {kind: find_subject(reference, create_user("olivia")) for kind, reference in subjects.items()}
    assert [subject.reference for subject in found.values()] == list(subjects.values())
    assert {kind: subject.accused.username for kind, subject in found.items()} == dict.fromkeys(
        SubjectKind, "carl"
    ) | dict.fromkeys(("cleaning", "photo", "profile"), "olivia")
    assert {kind: subject.copy for kind, subject in found.items()} == {
        "cleaning": "Name: Spring clean of a flat\nDescription: Two rooms and a hall.\nTown: Ghent",
        "photo": "The job: The kitchen",
        "offer": "Rate: €22.50 an hour, about €67.50 in all\nMessage: Hello",
        "question": "Question: Is there a lift?\nAnswer: Yes, there is.",
        "message": "Message: Where is the key?",
        "evaluation": "Rating: 2 of 5\nComment: Too much work.",
        "profile": "Username: olivia",
    }


def test_only_the_reporter_reads_which_job_it_is_for(subjects):
    """It can be hidden later, also from the one whose words are kept."""
    for kind in set(SubjectKind) - {SubjectKind.CLEANING, SubjectKind.PROFILE}:
        subject = find_subject(subjects[kind], create_user("olivia"))
        assert subject.words["Job"] == "Spring clean of a flat"
        assert "Spring clean" not in subject.copy


def test_each_leads_to_a_page_that_its_reader_sees(subjects, client):
    client.force_login(create_user("olivia"))
    for kind, reference in subjects.items():
        assert client.get(find_subject(reference, create_user("olivia")).url).status_code == 200, kind


def test_a_question_is_its_askers_and_the_answer_is_the_owners_whoever_reports_it(subjects):
    answer = subjects[SubjectKind.QUESTION].replace("question", "answer")
    for who in ("carl", "olivia", "stan"):
        found = [find_subject(of, create_user(who)) for of in (subjects[SubjectKind.QUESTION], answer)]
        assert [each.accused.username for each in found] == ["carl", "olivia"]
        assert (found[1].reference, found[1].read_again(create_user(who)).accused.username) == (answer, "olivia")


def test_what_is_hidden_is_reported_no_more(subjects):
    olivia, ada = create_user("olivia"), create_user("ada")
    for kind, reference in subjects.items():
        find_subject(reference, olivia).hide(by=ada, rule="other")
        assert find_subject(reference, olivia) is None, kind


def test_messages_can_be_reported_as_long_as_they_can_be_read(subjects):
    message = Message.objects.get()
    for status in OfferStatus:
        type(message.offer).objects.filter(pk=message.offer_id).update(status=status)
        message.offer.refresh_from_db()
        for who in ("olivia", "carl", "stan"):
            can_read = Message.can_be_read_by(create_user(who), message.offer)
            assert bool(find_subject(f"message-{message.pk}", create_user(who))) == can_read, (status, who)


def test_of_an_ended_account_the_profile_is_not_found(subjects):
    User.objects.filter(username="olivia").update(is_active=False)
    assert find_subject("profile-olivia", create_user("stan")) is None


def test_a_closed_job_is_not_found_by_those_who_do_not_see_it(subjects):
    offer = create_offer(cleaning=create_cleaning())
    offer.cleaning.close(by=offer.cleaning.owner)
    found = [bool(find_subject(f"cleaning-{offer.cleaning_id}", reader(who))) for who in ("carl", "stan", "anonymous")]
    assert found == [True, False, False]


def test_what_cannot_be_read_is_nothing():
    stan = create_user("stan")
    assert find_subject("profile-stan", stan)
    assert [reference for reference in HOSTILE if find_subject(reference, stan)] == []
