"""What the site tells a stranger of who has an account: nothing, by its words, its headers or its work."""

import re

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.core import mail
from django.test import Client
from django.utils import timezone
from django.utils.html import escape
from django_tasks_db.models import DBTaskResult

from accounts.forms import ERROR_MESSAGES
from accounts.models import User
from accounts.password_validation import normalize_password
from accounts.tests.helpers import (
    WAITING,
    CountingHasher,
    create_unconfirmed,
    is_logged_in,
    link_in,
    log_in,
    sign_up,
    subjects,
)
from marketplace.testing import PASSWORD, create_user

pytestmark = [pytest.mark.long, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def clock():
    """Stands still: an answer says when it was given."""
    with time_machine.travel(timezone.now(), tick=False) as moment:
        yield moment


def shown(answer, typed=""):
    """Status, headers and page without the token, and without what was typed and the length that it makes."""
    page = re.sub(r'value="[A-Za-z0-9]{64}"', "", answer.content.decode())
    headers = {name: value for name, value in answer.items() if name != "Content-Length"}
    return answer.status_code, headers, page.replace(typed, "*") if typed else page


@pytest.fixture
def hashes(settings):
    """Counts the hashes of what is done in it."""
    settings.PASSWORD_HASHERS = ["accounts.tests.helpers.CountingHasher"]

    def count(act, *args, **kwargs):
        CountingHasher.count = 0
        answer = act(*args, **kwargs)
        return answer, CountingHasher.count

    return count


def test_sign_up_looks_and_works_the_same_for_a_known_address(hashes):
    create_user("carl")
    seen = []
    for email in ("carl@example.org", "nova@example.org"):
        client = Client()
        answer, count = hashes(sign_up, client, username="nova", email=email)
        page = client.get(answer.url)
        again = client.post(WAITING, follow=True)
        seen.append((shown(answer, email), shown(page, email), shown(again, email), count, sorted(client.cookies)))
        User.objects.filter(username="nova").delete()
    assert seen[0] == seen[1]
    assert subjects() == [
        (["carl@example.org"], "You have an account already"),
        (["nova@example.org"], "Confirm your e-mail address"),
    ]


def test_what_was_signed_up_with_a_known_address_looks_and_works_the_same(hashes, clock):
    create_user("carl")
    began, seen = timezone.now(), []
    for email in ("carl@example.org", "nova@example.org"):
        clock.move_to(began)
        for username in ("nova", "novo"):
            sign_up(Client(), username=username, email=email, password1="another-broom-42")
        clock.shift(200)
        acts = [
            lambda: log_in(Client(), "nova", "another-broom-42"),
            lambda: log_in(Client(), "nova", "wrong"),
            lambda: log_in(Client(), email, "another-broom-42"),  # noqa: B023
            lambda: log_in(Client(), email, "wrong"),  # noqa: B023
            lambda: sign_up(Client(), username="nova", email="other@example.org"),
            lambda: Client().get("/people/nova/"),
        ]
        answers = [hashes(act) for act in acts]
        seen.append([(shown(answer, email), count) for answer, count in answers])
        User.objects.filter(username__in=("nova", "novo")).delete()
    assert seen[0] == seen[1]
    assert [answer[0] for answer, _ in seen[0]] == [302, 200, 302, 200, 200, 200]
    assert [count for _, count in seen[0][:4]] == [1, 1, 2, 3]
    carls = [subject for to, subject in subjects() if to == ["carl@example.org"]]
    assert set(carls) == {"You have an account already"}


def test_a_placeholder_account_can_never_be_used(client):
    carl = create_user("carl")
    sign_up(client, email="carl@example.org")
    assert log_in(client).url == WAITING
    assert not is_logged_in(client)
    assert log_in(Client(), "carl@example.org").url == "/dashboard/"
    assert carl.emailaddress_set.get().verified
    assert User.objects.get(username="maria").email == ""
    carl.close(by=carl)
    assert not User.objects.filter(username="maria").exists()


def test_a_taken_username_is_said_because_profiles_are_public(client):
    create_user("maria")
    assert ERROR_MESSAGES["username_taken"] in sign_up(client, email="other@example.org").content.decode()


@pytest.mark.parametrize(("wrong", "hashed"), [("wrong", 1), ("wro\u0308ng", 2), ("ｗｒｏｎｇ", 2)])
def test_every_refused_log_in_looks_and_works_the_same(hashes, wrong, hashed):
    create_user("maria")
    create_user("former")
    # Closed, and tried with the right one.
    User.objects.filter(username="former").update(is_active=False, password=make_password(normalize_password(wrong)))
    create_unconfirmed("waiting")
    assert is_logged_in(Client()) is False
    seen = set()
    for name in ("maria", "nobody", "former", "waiting"):
        for login in (name, f"{name}@example.org"):
            client = Client()
            answer, count = hashes(log_in, client, login, wrong)
            seen.add((str(shown(answer, f'value="{login}"')), "@" in login, count))
            assert not is_logged_in(client)
    assert len({page for page, *_ in seen}) == 1
    assert escape(ERROR_MESSAGES["username_password_mismatch"]) in seen.copy().pop()[0]
    # An address is tried with three passwords: its owner's, and those of the last two who signed up with it.
    assert {(by_address, count) for _, by_address, count in seen} == {(False, hashed), (True, 3 * hashed)}
    assert User.objects.get(username="waiting").last_login is None


@pytest.mark.parametrize("others", [(), ("a@example.org",), ("waiting@example.org",), ("waiting@example.org",) * 3])
def test_how_many_signed_up_with_an_address_is_not_shown_by_a_wrong_password(hashes, others):
    create_unconfirmed("waiting")
    for number, email in enumerate(others):
        sign_up(Client(), username=f"other{number}", email=email, password1="another-broom-42")
    answer, count = hashes(log_in, Client(), "waiting@example.org", "wrong")
    assert (answer.status_code, count) == (200, 3)


def test_only_the_right_password_tells_that_an_address_waits_to_be_confirmed(client):
    create_unconfirmed()
    assert log_in(client, password="wrong").status_code == 200
    assert mail.outbox == []
    page = client.post("/accounts/login/", {"login": "maria", "password": PASSWORD}, follow=True)
    assert "confirm your address" in page.content.decode()
    assert "Send the mail again" in page.content.decode()
    client.post(link_in(mail.outbox[0]))
    assert log_in(client).url == "/dashboard/"


def test_a_reset_answers_everybody_the_same_and_mails_only_whose_address_it_is():
    create_user("maria")
    create_user("former")
    User.objects.filter(username="former").update(is_active=False)
    create_unconfirmed("waiting")
    seen = set()
    for name in ("maria", "former", "waiting", "nobody"):
        client = Client()
        email = f"{name}@example.org"
        answer = client.post("/accounts/password/reset/", {"email": email})
        # One mail is written each time, whether or not it is sent.
        written = [template.name for template in answer.templates if template.name.endswith("_message.html")]
        assert len([name for name in written if "base" not in name]) == 1
        page = shown(client.get(answer.url))
        # Nor does a sign-up tell it that follows.
        sign_up(client, username=f"new-{name}", email=email)
        seen.add(str((shown(answer), page, shown(client.get(WAITING), email))))
    assert len(seen) == 1
    first = dict(reversed([(to[0].partition("@")[0], subject) for to, subject in subjects()]))
    assert (first["maria"], first["waiting"]) == ("Reset your password", "Confirm your e-mail address")


def test_mails_wait_in_the_queue_while_the_page_is_answered(client, settings):
    settings.EMAIL_BACKEND = "mailqueue.backends.QueueBackend"
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    create_user("maria")
    for email in ("maria@example.org", "nobody@example.org"):
        assert client.post("/accounts/password/reset/", {"email": email}).status_code == 302
    sign_up(Client(), username="nova")
    queued = [(row.args_kwargs["kwargs"]["to"], row.status) for row in DBTaskResult.objects.order_by("enqueued_at")]
    assert queued == [(["maria@example.org"], "READY")] * 2
    assert mail.outbox == []
