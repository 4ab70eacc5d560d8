"""The second factor: set up, asked for, lost, and needed by whoever looks after the site."""

import base64
import hashlib
import json
import re

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet
from django import forms
from django.core import mail
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from fido2.cose import ES256

from accounts.forms import ERROR_MESSAGES
from accounts.mfa import SecondFactorAdapter, same_error_for_all, unseal
from accounts.models import User
from accounts.rate_limits import FACTORS_PER_PERSON
from accounts.tests.helpers import is_logged_in, link_in, log_in, subjects
from accounts.tests.passkey import Phone, challenge_in
from marketplace.testing import PASSWORD, create_user

pytestmark = [pytest.mark.long, pytest.mark.django_db]

HERE = "/accounts/second-factor/"
ACTIVATE = f"{HERE}totp/activate/"
CODES = f"{HERE}recovery-codes/"
ENTER = f"{HERE}authenticate/"


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as moment:
        yield moment


@pytest.fixture
def client(clock):
    """Maria's browser, in which she has just entered her password again."""
    create_user("maria")
    browser = Client()
    log_in(browser)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser


def code_for(secret, steps=0):
    """What an app shows that was given this key, some half minutes from now."""
    return format_hotp_value(hotp_value(secret, int(timezone.now().timestamp()) // 30 + steps))


def set_up(client):
    """Set up an app; its key, and the recovery codes that were shown."""
    secret = re.search(r'class="typed-key[^"]*">(\w+)<', client.get(ACTIVATE).content.decode())[1]
    assert client.post(ACTIVATE, {"code": code_for(secret)}).url == CODES
    return secret, re.findall(r"<li><code>(\d{8})</code></li>", client.get(CODES).content.decode())


def enter(code, browser=None):
    """Log in by password and then by this code; the answer to the code."""
    browser = browser or Client()
    assert log_in(browser).url == ENTER
    assert not is_logged_in(browser)
    return browser.post(ENTER, {"code": code})


def test_setting_up_takes_the_password_again():
    create_user("maria")
    browser = Client()
    log_in(browser)
    assert browser.get(ACTIVATE).url == f"/accounts/reauthenticate/?next={ACTIVATE.replace('/', '%2F')}"


def test_the_key_is_shown_as_a_picture_and_as_text_and_names_the_site(client):
    page = client.get(ACTIVATE).content.decode()
    assert re.search(r'<img class="qr-code[^"]*" src="data:image/svg\+xml;base64,\w', page)
    assert re.search(r'class="typed-key[^"]*">[A-Z2-7]{32}<', page)
    assert "issuer=Swept" in client.get(ACTIVATE).context["totp_url"]


def test_a_code_of_the_app_is_asked_for_behind_the_password(client, clock):
    secret, _ = set_up(client)
    assert enter("000000").status_code == 200
    clock.shift(60)
    assert enter(code_for(secret)).url == "/dashboard/"


def test_the_page_that_was_asked_for_is_reached_behind_the_code(client, clock):
    secret, _ = set_up(client)
    clock.shift(60)
    browser = Client()
    browser.post("/accounts/login/", {"login": "maria", "password": PASSWORD, "next": "/offers/"})
    assert browser.post(ENTER, {"code": code_for(secret)}).url == "/offers/"


def test_a_wrong_code_at_setting_up_keeps_the_key(client):
    secret = client.get(ACTIVATE).context["form"].secret
    page = client.post(ACTIVATE, {"code": "000000"}).content.decode()
    assert ERROR_MESSAGES["incorrect_code"] in page
    assert secret in page


@pytest.mark.parametrize(("steps", "passes"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_counts_half_a_minute_early_and_late(client, clock, steps, passes):
    secret, _ = set_up(client)
    clock.shift(300)
    assert (enter(code_for(secret, steps)).status_code == 302) == passes


@pytest.mark.parametrize("later", [0, 35, 59])
def test_a_code_works_once_however_it_is_written(client, clock, later):
    secret, _ = set_up(client)
    clock.shift(300 - timezone.now().timestamp() % 30)
    code = code_for(secret, 1)
    assert enter(f"{code[:3]}-{code[3:]}").status_code == 302
    clock.shift(later)
    assert {enter(again).status_code for again in (code, f"{code[:3]} {code[3:]}", f".{code}")} == {200}


def test_the_code_that_set_an_app_up_logs_nobody_in(client):
    secret, _ = set_up(client)
    assert [enter(code_for(secret, steps)).status_code for steps in (0, 1)] == [200, 302]


def test_a_code_that_logged_somebody_in_is_not_taken_again_for_a_second_look(client, clock):
    secret, _ = set_up(client)
    clock.shift(300 - timezone.now().timestamp() % 30)
    browser, code = Client(), code_for(secret, 1)
    assert enter(code, browser).status_code == 302
    clock.shift(35)
    again = f"{HERE}reauthenticate/"
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert [browser.post(again, {"code": typed}).status_code for typed in (code, code_for(secret, 1))] == [200, 302]


def test_apps_and_recovery_codes_are_set_up_twenty_times_an_hour(client):
    set_up(client)
    assert [client.post(f"{CODES}generate/").status_code for _ in range(20)] == [302] * 19 + [429]
    client.post(f"{HERE}totp/deactivate/")
    assert client.post(ACTIVATE, {"code": "000000"}).status_code == 200
    assert client.post(ACTIVATE, {"code": code_for(client.get(ACTIVATE).context["form"].secret)}).status_code == 429
    assert not Authenticator.objects.exists()


def test_a_reset_leaves_the_second_factor(client):
    set_up(client)
    browser, new = Client(), "another-broom-42"
    browser.post("/accounts/password/reset/", {"email": "maria@example.org"})
    form = browser.get(link_in(mail.outbox[-1]), follow=True).redirect_chain[-1][0]
    browser.post(form, {"password1": new})
    assert log_in(browser, password=new).url == ENTER


def test_recovery_codes_are_shown_once_and_work_once(client, clock):
    _, codes = set_up(client)
    assert len(codes) == len(set(codes)) == 10
    assert not [code for code in codes if code in client.get(CODES).content.decode()]
    clock.shift(60)
    assert enter(codes[3]).status_code == 302
    assert enter(codes[3]).status_code == 200
    assert "You have 9 left" in client.get(HERE).content.decode()


@pytest.mark.django_db(transaction=True)
def test_new_recovery_codes_end_the_old_ones(client, clock):
    _, codes = set_up(client)
    client.post(f"{CODES}generate/")
    assert enter(codes[0]).status_code == 200
    assert mail.outbox[-1].subject == "New recovery codes were made"


def test_codes_can_be_tried_five_times(client, clock):
    _, codes = set_up(client)
    browser = Client()
    log_in(browser)
    answers = [browser.post(ENTER, {"code": "000000"}).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]
    refused = browser.post(ENTER, {"code": codes[0]})
    assert (refused.status_code, refused["Retry-After"]) == (429, "300")
    clock.shift(300)
    assert enter(codes[0]).status_code == 302


def test_the_step_is_forgotten_after_a_quarter_of_an_hour(client, clock):
    _, codes = set_up(client)
    browser = Client()
    log_in(browser)
    clock.shift(16 * 60)
    assert browser.post(ENTER, {"code": codes[0]}).url == "/accounts/login/"
    assert not is_logged_in(browser)


@pytest.mark.django_db(transaction=True)
def test_mails_tell_of_what_is_added_and_removed(client, clock):
    secret, _ = set_up(client)
    client.post(f"{HERE}totp/deactivate/")
    assert [(*message.to, message.subject) for message in mail.outbox] == [
        ("maria@example.org", "An authenticator app was added"),
        ("maria@example.org", "The authenticator app was removed"),
    ]
    assert [message.alternatives[0].mimetype for message in mail.outbox] == ["text/html"] * 2
    assert secret not in str([message.message() for message in mail.outbox])
    assert not Authenticator.objects.exists()
    assert log_in(Client()).url == "/dashboard/"


def test_the_page_of_the_second_factor_leads_to_where_sessions_are_ended(client):
    set_up(client)
    assert 'href="/accounts/sessions/"' in client.get(HERE).content.decode().partition("<h1>")[2]


def test_whoever_has_a_second_factor_can_still_change_the_address(client, clock):
    set_up(client)
    client.post("/accounts/email/", {"action_add": "1", "email": "new@example.org"})
    client.post(link_in(mail.outbox[-1]))
    assert User.objects.get().email == "new@example.org"


def test_secrets_lie_encrypted_and_are_read_by_keys_that_were_replaced(client, clock, settings):
    secret, codes = set_up(client)
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in stored
    assert base64.b32decode(secret).hex() not in stored
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key", [settings.SECRET_KEY]
    clock.shift(60)
    assert enter(code_for(secret)).status_code == 302
    settings.SECRET_KEY_FALLBACKS = []
    assert [enter(code).status_code for code in (code_for(secret, 1), code_for(""), codes[0])] == [200, 200, 200]


@pytest.mark.parametrize("encrypted_again", [True, False])
def test_an_old_key_can_be_removed_once_all_is_encrypted_again(client, clock, settings, encrypted_again):
    secret, codes = set_up(client)
    enter(codes[0])
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key", [settings.SECRET_KEY]
    if encrypted_again:
        call_command("encrypt_again")
    settings.SECRET_KEY_FALLBACKS = []
    clock.shift(60)
    worked = [enter(code).status_code == 302 for code in (code_for(secret), codes[1], codes[0])]
    assert worked == [encrypted_again, encrypted_again, False]


def test_a_secret_that_was_encrypted_as_before_is_still_read(settings):
    key = base64.urlsafe_b64encode(hashlib.sha256(b"second factor" + settings.SECRET_KEY.encode()).digest())
    adapter = SecondFactorAdapter()
    assert adapter.decrypt(Fernet(key).encrypt(b"JBSWY3DP").decode()) == "JBSWY3DP"
    sealed = adapter.encrypt("JBSWY3DP")
    assert (sealed.startswith("gcm:"), adapter.decrypt(sealed)) == (True, "JBSWY3DP")
    assert adapter.encrypt("JBSWY3DP") != sealed
    changed = sealed[:20] + ("A" if sealed[20] != "A" else "B") + sealed[21:]
    with pytest.raises(InvalidTag):
        unseal(changed)
    assert adapter.decrypt(changed) != "JBSWY3DP"


STAFF_PAGES = ["/", "/cleanings/", "/accounts/profile/", "/people/ada/", "/admin/", "/admin/accounts/user/"]
STAFF_PAGES += ["/admin/mfa/authenticator/"]
OPEN_PAGES = [HERE, "/accounts/password/change/", "/accounts/email/", "/accounts/sessions/", "/accounts/logout/"]


@pytest.fixture
def ada(settings, clock):
    settings.STAFF_NEEDS_SECOND_FACTOR = True
    User.objects.create_superuser("ada", "ada@example.org", PASSWORD)
    browser = Client()
    log_in(browser, "ada")
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser


def reached(browser, paths):
    return {path for path in paths if browser.get(path).status_code == 200}


def test_staff_are_led_to_a_second_factor_from_every_page_until_they_have_one(ada):
    assert (reached(ada, STAFF_PAGES), reached(ada, OPEN_PAGES)) == (set(), set(OPEN_PAGES))
    assert {ada.get(path).url for path in STAFF_PAGES} == {HERE}
    assert ada.post("/cleanings/new/", {}).url == HERE
    set_up(ada)
    assert reached(ada, STAFF_PAGES) == set(STAFF_PAGES)
    ada.post(f"{HERE}totp/deactivate/")
    assert reached(ada, STAFF_PAGES) == set()


def test_recovery_codes_alone_are_no_second_factor(ada):
    set_up(ada)
    Authenticator.objects.exclude(type="recovery_codes").delete()
    assert reached(ada, STAFF_PAGES) == set()


def test_members_need_no_second_factor_and_pay_no_query_for_it(ada, django_assert_num_queries):
    browser = Client()
    browser.force_login(create_user("carl"))
    assert browser.get("/help/").status_code == 200
    with django_assert_num_queries(3):
        browser.get("/help/")


def delete_one(ada, lost):
    return ada.post(f"/admin/mfa/authenticator/{lost.pk}/delete/", {"post": "yes"})


def delete_selected(ada, lost):
    """The app, and the recovery codes that would go with it."""
    both = lost.user.authenticator_set.values_list("pk", flat=True)
    chosen = {"action": "delete_selected", "_selected_action": list(both), "post": "yes"}
    return ada.post("/admin/mfa/authenticator/", chosen)


@pytest.mark.parametrize("delete", [delete_one, delete_selected])
def test_staff_remove_a_lost_second_factor_never_see_its_secret_and_mail_the_person(ada, client, delete):
    secret, _ = set_up(client)
    set_up(ada)
    lost = Authenticator.objects.get(user__username="maria", type="totp")
    page = ada.get(f"/admin/mfa/authenticator/{lost.pk}/change/").content.decode()
    assert "maria" in page
    assert not [word for word in (secret, lost.data["secret"]) if word in page]
    mail.outbox.clear()
    assert delete(ada, lost).status_code == 302
    assert log_in(Client()).url == "/dashboard/"
    # With its recovery codes, which would otherwise count again for the next one.
    assert not Authenticator.objects.filter(user__username="maria").exists()
    assert subjects() == [(["maria@example.org"], "The authenticator app was removed")]
    assert "Our staff removed it" in mail.outbox[0].body
    assert "127.0.0.1" not in mail.outbox[0].body


def test_a_passkey_is_for_the_site_by_its_own_name(client, settings):
    settings.SITE_URL = "https://swept.example:8443"
    assert '"rp": {"name": "Swept", "id": "swept.example"}' in client.get(f"{HERE}webauthn/add/").content.decode()
    client.logout()
    assert '"rpId": "swept.example"' in client.get(f"{HERE}webauthn/login/").content.decode()


def test_a_passkey_is_added_and_counts_like_an_app(client):
    maria, add = User.objects.get(), f"{HERE}webauthn/add/"
    phone = Phone(maria)
    Authenticator.objects.all().delete()

    def send():
        key = ES256.from_cryptography_key(phone.key.public_key())
        made = phone.made(key, challenge_in(client.get(add)))
        return client.post(add, {"credential": json.dumps(made)}).status_code

    for _ in range(19):
        FACTORS_PER_PERSON.consume(f"{maria.pk}")
    assert [send(), send(), Authenticator.objects.filter(type="webauthn").count()] == [302, 429, 1]


@pytest.mark.parametrize("act", ["add", "login"])
def test_a_passkey_has_to_be_unlocked(client, act):
    if act == "login":
        client.logout()
    answer = client.get(f"{HERE}webauthn/{act}/")
    assert '"userVerification": "required"' in answer.content.decode()


@pytest.mark.parametrize(
    "credential", ["", "x", "[]", "{}", '{"id": "x"}', '{"id": 1, "rawId": 1, "response": {}, "type": "public-key"}']
)
def test_a_forged_passkey_opens_nothing(client, credential):
    set_up(client)
    browser = Client()
    login = f"{HERE}webauthn/login/"
    browser.get(login)
    assert browser.post(login, {"credential": credential}).url == "/accounts/login/"
    log_in(browser)
    assert browser.post(ENTER, {"credential": credential}).status_code == 200
    assert not is_logged_in(browser)
    assert client.post(f"{HERE}webauthn/add/", {"credential": credential}).status_code == 200
    assert not Authenticator.objects.filter(type="webauthn").exists()


@pytest.mark.parametrize(
    ("fault", "said"), [(KeyError("id"), forms.ValidationError), (OperationalError("away"), OperationalError)]
)
def test_a_database_that_is_away_is_no_forged_passkey(fault, said):
    with pytest.raises(said), same_error_for_all():
        raise fault


@pytest.mark.parametrize("credential", ["", "{", "9" * 5000, "[]", "1", '"x"'])
def test_what_is_no_passkey_leads_back_with_a_sentence(client, credential):
    client.logout()
    answer = client.post("/accounts/second-factor/webauthn/login/", {"credential": credential}, follow=True)
    assert "passkey" in answer.content.decode().partition("<h1>")[0]
    assert not is_logged_in(client)
