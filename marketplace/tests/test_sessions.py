"""What a request of a member begins with: one statement, and the checks that it must not go round."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.models import AccessToken, User
from accounts.tests.helpers import is_logged_in, log_in
from conversations.models import Message
from conversations.notices import messages_url
from marketplace.sessions import SessionStore
from marketplace.testing import create_cleaning, create_offer, create_user
from notifications.models import Notification

pytestmark = pytest.mark.django_db


@pytest.fixture
def maria(client):
    """She is logged in, is shown what she has not read, and has something in each column that SQLite stores as text."""
    maria = create_user("maria")
    log_in(client)
    create_offer(cleaning=create_cleaning(owner=maria))
    maria.profile.renew_calendar()
    return User.objects.select_related("profile").get(pk=maria.pk)


def without_caches(row):
    return {name: value for name, value in vars(row).items() if name not in ("_state", "unread_count")}


def test_a_page_of_a_member_is_begun_by_one_statement(client, maria, django_assert_num_queries):
    client.get("/help/")
    with django_assert_num_queries(1):
        page = client.get("/help/").content.decode()
    assert page.count('<span class="count">1<span class="visually-hidden"> new</span></span>') == 2


def test_the_member_is_as_a_queryset_reads_them(client, maria):
    session = SessionStore(client.session.session_key)
    session.load()
    assert without_caches(session.member) == without_caches(maria)
    assert without_caches(session.member.profile) == without_caches(maria.profile)
    assert session.member.unread_count == 1


def test_a_session_that_is_not_listed_works_too(client, maria, django_assert_num_queries):
    UserSession.objects.all().delete()
    assert is_logged_in(client)
    with django_assert_num_queries(3):
        assert is_logged_in(client)


def test_whose_a_session_is_the_session_says_and_not_the_list(client, maria):
    UserSession.objects.update(user=create_user("carl"))
    assert client.get("/dashboard/").context["user"] == maria


@pytest.mark.parametrize(
    "end",
    [
        lambda: Session.objects.all().delete(),
        lambda: Session.objects.update(expire_date=timezone.now()),
        lambda: Session.objects.update(session_data="e30:1x:forged"),
        lambda: User.objects.update(is_active=False),
        lambda: User.objects.update(password="another"),
    ],
)
def test_what_ends_a_session_ends_it_at_the_next_request(client, maria, end):
    assert is_logged_in(client)
    end()
    assert not is_logged_in(client)


def test_nobody_finds_on_the_next_request_who_was_there_on_the_last(client, maria):
    assert is_logged_in(client)
    client.post("/accounts/logout/")
    log_in(client, create_user("carl").username)
    assert client.get("/dashboard/").context["user"].username == "carl"


def test_what_a_page_marks_as_read_is_not_counted_on_it(client, maria):
    offer = create_offer(cleaning=create_cleaning(owner=maria), cleaner=create_user("cora"), status="accepted")
    Notification.objects.all().delete()
    Message.say(offer, by=offer.cleaner, text="Hello")
    assert [client.get(path).context["unread_count"] for path in ("/help/", messages_url(offer))] == [1, 0]


def test_a_program_is_known_by_one_statement(maria, django_assert_num_queries):
    token = AccessToken.make(by=maria, name="A script", scope="act", days=30)[1]
    with django_assert_num_queries(1):
        found = AccessToken.objects.find(token)
        assert found.user.profile.user == maria
    assert without_caches(found.user) == without_caches(maria)
    assert without_caches(found.user.profile) == without_caches(maria.profile)
    assert without_caches(found) == without_caches(AccessToken.objects.get())
