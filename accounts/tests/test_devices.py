"""A browser in which an account was logged in before has an allowance there that nobody else can use up."""

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.devices import MAX_DEVICES
from accounts.models import User
from accounts.tests.helpers import is_logged_in, link_in, log_in
from accounts.tests.test_mfa import ENTER, code_for, set_up
from marketplace.testing import PASSWORD, create_user

pytestmark = [pytest.mark.long, pytest.mark.django_db]

ANOTHER = "another-broom-42"


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as moment:
        yield moment


@pytest.fixture
def maria(clock):
    return create_user("maria")


@pytest.fixture
def known(maria):
    """A browser in which Maria was logged in, and is not any more."""
    return known_to("maria")


def known_to(username, password=PASSWORD):
    browser = Client()
    assert log_in(browser, username, password, REMOTE_ADDR="10.9.9.9").status_code == 302
    browser.post("/accounts/logout/")
    assert not is_logged_in(browser)
    return browser


def use_up(login="maria", address="10.0.0.1"):
    """Guess from elsewhere until nobody else may."""
    for _ in range(6):
        answer = log_in(Client(), login, "wrong", REMOTE_ADDR=address)
    assert answer.status_code == 429
    assert log_in(Client(), login, REMOTE_ADDR="10.0.0.2").status_code == 429


@pytest.mark.parametrize("login", ["maria", "MARIA", "maria@example.org", " Maria ", "Maria@Example.org"])
def test_guesses_of_others_keep_nobody_out_of_a_browser_that_was_logged_in(known, login):
    use_up(login)
    assert log_in(known, login).status_code == 302
    assert is_logged_in(known)


def test_steady_guesses_keep_nobody_out_of_a_browser_that_was_logged_in(known, clock):
    log_ins = []
    for _ in range(32):
        for number in range(3):
            log_in(Client(), "maria", "wrong", REMOTE_ADDR=f"10.0.0.{number}")
        log_ins.append(log_in(known).status_code)
        known.post("/accounts/logout/")
        clock.shift(20)
    assert log_ins == [302] * 32


def test_guesses_at_unknown_names_from_the_same_address_keep_nobody_out_of_such_a_browser(known):
    answers = [log_in(Client(), f"nobody{number}", "wrong").status_code for number in range(30)]
    assert answers == [200] * 10 + [429] * 20
    assert log_in(Client()).status_code == 429
    assert log_in(known).status_code == 302


def test_guesses_in_such_a_browser_are_as_many_as_elsewhere_and_no_failure_of_others(known, clock):
    assert [log_in(known, password="wrong").status_code for _ in range(6)] == [200] * 5 + [429]
    refused = log_in(known)
    assert (refused.status_code, refused["Retry-After"]) == (429, "300")
    assert log_in(Client()).status_code == 302
    clock.shift(300)
    assert log_in(known).status_code == 302


def test_a_cookie_that_the_site_did_not_sign_is_none(known):
    use_up()
    signed = known.cookies["device"].value
    for spoilt in (
        "",
        signed[:-1] + ("A" if signed[-1] != "A" else "B"),
        signed.rpartition(":")[0],
        signed.replace(":", "1:", 1),
        signed.swapcase(),
        f"{'.' * 9000}{signed}",
        f"é\x7f{signed}",
    ):
        known.cookies["device"] = spoilt
        assert log_in(known).status_code == 429, spoilt
    known.cookies["device"] = signed
    assert log_in(known).status_code == 302


def test_the_cookie_of_one_account_is_none_for_another(known):
    create_user("carl")
    use_up("carl", "10.0.0.3")
    assert log_in(known, "carl").status_code == 429


def test_a_browser_is_known_to_all_who_log_in_with_it(known):
    create_user("carl")
    log_in(known, "carl")
    known.post("/accounts/logout/")
    for login, address in (("maria", "10.0.0.1"), ("carl", "10.0.0.3")):
        use_up(login, address)
        assert log_in(known, login).status_code == 302
        known.post("/accounts/logout/")


def test_a_browser_is_known_to_the_last_few_and_its_cookie_stays_small(known):
    for number in range(MAX_DEVICES):
        create_user(f"person{number}")
        log_in(known, f"person{number}")
        known.post("/accounts/logout/")
    assert len(known.cookies["device"].value) < 500
    use_up("person0")
    assert log_in(known, "person0").status_code == 302
    known.post("/accounts/logout/")
    use_up("maria", "10.0.0.3")
    assert log_in(known, "maria").status_code == 429


def test_another_password_ends_the_cookies_of_all_browsers_but_of_the_one_that_chose_it(known):
    chooses = Client()
    log_in(chooses)
    chooses.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": ANOTHER})
    chooses.post("/accounts/logout/")
    use_up()
    assert log_in(known, password=ANOTHER).status_code == 429
    assert log_in(chooses, password=ANOTHER).status_code == 302


def test_a_mailed_link_lets_the_owner_in_whatever_others_guess(maria):
    use_up()
    browser = Client()
    browser.post("/accounts/password/reset/", {"email": "maria@example.org"})
    form = browser.get(link_in(mail.outbox[-1])).url
    browser.post(form, {"password1": ANOTHER})
    assert not is_logged_in(browser)
    assert log_in(Client(), password=ANOTHER).status_code == 429
    assert log_in(browser, password=ANOTHER).status_code == 302


def test_links_that_others_ask_for_use_up_none_of_such_a_browser(known):
    reset = {"path": "/accounts/password/reset/", "data": {"email": "maria@example.org"}}
    others = [Client().post(**reset, REMOTE_ADDR=f"10.0.0.{number}").status_code for number in range(6)]
    assert others == [302] * 5 + [429]
    for number in range(20):
        Client().post("/accounts/password/reset/", {"email": f"nobody{number}@example.org"})
    assert Client().post("/accounts/password/reset/", {"email": "nobody@example.org"}).status_code == 429
    assert [known.post(**reset).status_code for _ in range(6)] == [302] * 5 + [429]


def test_guesses_at_the_password_do_not_keep_its_owner_from_entering_it_again(maria):
    browser = Client()
    log_in(browser)
    use_up()
    again = {"path": "/accounts/reauthenticate/", "data": {"password": PASSWORD}}
    assert browser.post(**again).status_code == 302


def test_guesses_at_the_code_do_not_keep_its_owner_out(maria, clock):
    browser = Client()
    log_in(browser)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    secret, _ = set_up(browser)
    browser.post("/accounts/logout/")
    thief = Client()
    log_in(thief)
    assert [thief.post(ENTER, {"code": "000000"}).status_code for _ in range(6)] == [200] * 5 + [429]
    clock.shift(90)
    log_in(browser)
    assert browser.post(ENTER, {"code": code_for(secret)}).url == "/dashboard/"


def test_a_password_alone_makes_no_browser_known_where_a_code_is_asked_for(maria, clock):
    browser = Client()
    log_in(browser)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    set_up(browser)
    thief = Client()
    assert log_in(thief).url == ENTER
    thief.get(ENTER)
    assert "device" not in thief.cookies


def test_a_session_gives_one_name_however_often_it_is_asked(known):
    log_in(known)
    names = set()
    for _ in range(5):
        del known.cookies["device"]
        known.get("/dashboard/")
        names.add(known.cookies["device"].value.split(":")[1])
    assert len(names) == 1


def test_the_cookie_is_for_this_host_and_no_script(maria, settings):
    settings.SESSION_COOKIE_SECURE, settings.DEVICE_COOKIE_NAME = True, "__Host-device"
    browser = Client()
    log_in(browser, secure=True)
    cookie = browser.cookies["__Host-device"]
    facts = [cookie[name] for name in ("secure", "httponly", "samesite", "path", "domain", "max-age")]
    assert facts == [True, True, "Lax", "/", "", 31_536_000]
    assert "maria" not in cookie.value


def test_strangers_get_no_cookie_and_members_one_once(maria):
    browser = Client()
    for path in ("/", "/help/", "/accounts/login/"):
        assert "device" not in browser.get(path).cookies
    assert "device" not in log_in(browser, password="wrong").cookies
    assert "device" in log_in(browser).cookies
    assert "device" not in browser.get("/dashboard/").cookies


def test_the_cookie_tells_nothing_of_whom_else_there_is(known):
    """A known and an unknown name are answered alike in a browser that is known to somebody else."""
    create_user("carl")
    seen = []
    for login in ("carl", "nobody"):
        answers = [log_in(known, login, "wrong", REMOTE_ADDR=f"10.1.{len(seen)}.1") for _ in range(6)]
        seen.append([(answer.status_code, answer.get("Retry-After"), sorted(answer.cookies)) for answer in answers])
    assert seen[0] == seen[1]
    assert User.objects.count() == 2
