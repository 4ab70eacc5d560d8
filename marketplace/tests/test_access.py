"""Who gets in where: every address x role x method, and that whoever only looks changes nothing."""

import re
from itertools import cycle, islice
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.testing import PASSWORD, create_cleaning, create_offer, create_user, rolled_back
from marketplace.tests.helpers import ROLES, VALUES, clone_client, crawl, routes, rows

pytestmark = [pytest.mark.long, pytest.mark.django_db]

PUBLIC = {
    "home": "says what the site is",
    "help": "answers before anybody signs up",
    "rules": "the law wants them readable by everybody",
    "privacy": "the law wants it readable by everybody",
    "terms": "read before they are agreed to",
    "accessibility": "says whom to tell when a page cannot be used",
    "livez": "asked by machines",
    "healthz": "asked by machines",
    "accounts:profile": "a member's page, without contact",
    "cleanings:list": "browsing needs no account",
    "cleanings:detail": "so does reading one that is not closed",
    "cleanings:feed": "the same for programs",
    "cleanings:photo_small": "a photo for everybody; any other is 404",
    "cleanings:photo_large": "a photo for everybody; any other is 404",
    "conversations:questions": "answered questions are for everybody who sees the job",
    "evaluations:list": "what was said of a member, once it is published",
    "api_reference": "how programs use the site",
    "robots": "read by search engines",
    "sitemap": "read by search engines",
    "sitemap_part": "read by search engines",
    "account_login": "the way in",
    "account_logout": "leads home whoever is out already",
    "account_signup": "the way to an account",
    "account_inactive": "what a closed account is shown",
    "account_reset_password": "for whoever cannot log in",
    "account_reset_password_done": "for whoever cannot log in",
    "account_reset_password_from_key": "the link of the mail is the proof",
    "account_reset_password_from_key_done": "for whoever cannot log in",
    "account_confirm_email": "the link of the mail is the proof",
    "account_email_verification_sent": "says that a mail is on its way",
    "mfa_login_webauthn": "another way in",
    "notifications:unsubscribe": "the link of the mail is the proof",
    "cleanings:search_stop": "the link of the mail is the proof",
    "reports:create": "whoever sees something may report it",
    "reports:detail": "for people without an account, and deactivated ones; the address is secret",
    "reports:appeal": "for people without an account, and deactivated ones; the address is secret",
    "offers:calendar_file": "calendar programs do not log in; the address is secret",
}


def test_public_addresses_are_these_and_no_others(sample_site):
    public = set()
    for name, arguments in routes():
        answer = sample_site.clients["anonymous"].get(sample_site.address(name, arguments))
        if not answer.get("Location", "").startswith(reverse("account_login")):
            public.add(name)
    assert public == set(PUBLIC)


# Whose page it is, and the answer while the cleaning is open and while it is assigned.
OPEN_TO = {
    "cleanings:update": ("olivia", 200, 409), "cleanings:close": ("olivia", 200, 409),
    "cleanings:open": ("olivia", 409, 409), "cleanings:invite": ("olivia", 409, 409),
    "cleanings:decline": ("the invited", 200, 409),
    "cleanings:delete": ("olivia", 409, 409), "offers:list": ("olivia", 200, 200),
    "offers:accept": ("olivia", 200, 409), "offers:reject": ("olivia", 200, 409),
    "offers:release": ("olivia", 409, 200), "offers:complete": ("olivia", 409, 409),
    "offers:update": ("cleaner", 200, 409), "offers:confirm": ("cleaner", 409, 409),
    "offers:rescind": ("cleaner", 200, 409), "offers:cancel": ("cleaner", 409, 200),
}  # fmt: skip
TO_READ = {"home", "help", "rules", "privacy", "terms", "accessibility", "accounts:profile", "cleanings:list"}
TO_READ |= {"evaluations:list", "cleanings:detail", "cleanings:calendar", "offers:list", "offers:mine", "offers:detail"}
TO_READ |= {"cleanings:photo_small", "cleanings:photo_large", "cleanings:bookmarks", "cleanings:mine"}
TO_READ |= {"accounts:account", "accounts:blocks", "api_reference"}
TO_SAVE = {"cleanings:save", "cleanings:unsave"}
TO_READ |= {
    "dashboard",
    "export",
    "cleanings:feed",
    "robots",
    "sitemap",
    "sitemap_part",
    "offers:calendar",
    "offers:calendar_file",
    "reports:detail",
}
CASES = [
    (name, arguments, is_open)
    for name, arguments in routes()
    if not name.startswith(("account_", "mfa_")) and name not in ("livez", "healthz")
    for is_open in ((True, False) if arguments else (True,))
]


def test_each_page_is_met_once():
    assert len({name for name, _ in routes()}) == len(routes())


def expected(name, role, is_open):
    """What a GET is answered, as the design says."""
    cleaner = "carl" if is_open else "cora"
    if name in ("cleanings:photo_small", "cleanings:photo_large"):
        return 200 if is_open or role in ("olivia", "cora") else 404
    if name in ("cleanings:photo_update", "cleanings:photo_remove") and role != "anonymous":
        if is_open:
            return 200 if role == "olivia" else 403
        return {"cora": 200, "olivia": 403}.get(role, 404)
    if name == "reports:create" and role == "olivia":
        return 403
    if name == "reports:appeal":
        return 405
    if name in PUBLIC or role == "anonymous":
        return 200 if name in PUBLIC else 302
    if name == "accounts:tokens":
        # To the password first.
        return 302
    if name in TO_SAVE or name == "accounts:unblock":
        return 405
    if name == "accounts:block":
        return 403 if role == cleaner else 200
    if name in ("cleanings:search_update", "cleanings:search_delete"):
        return 200 if role == "carl" else 404
    if name in ("offers:calendar_renew", "offers:calendar_stop"):
        return 405
    if name == "offers:create":
        return 403 if role == "olivia" else 409 if not is_open else 302 if role == "carl" else 200
    if name in ("evaluations:create", "offers:answer-no-show"):
        return 409 if role in ("olivia", cleaner) else 403
    if name == "cleanings:photos":
        return 200 if role in ("olivia", cleaner) and not (is_open and role == "carl") else 403
    if name == "cleanings:calendar":
        return 200 if role in ("olivia", cleaner) and not is_open else 409 if role == "olivia" else 403
    if name == "conversations:answer":
        return 200 if role == "olivia" else 403 if role == "stan" or not is_open else 404
    if name == "conversations:withdraw":
        return (200 if is_open else 409) if role == "stan" else 403 if role == "olivia" or not is_open else 404
    if name == "conversations:messages":
        return (409 if is_open else 200) if role in ("olivia", cleaner) else 403
    if name == "offers:change":
        return (409 if is_open else 200) if role in ("olivia", cleaner) else 403
    if name in ("offers:agree", "offers:decline", "offers:withdraw"):
        return 302 if role in ("olivia", cleaner) else 403
    if name == "offers:detail":
        return 200 if role in ("olivia", cleaner) else 403
    if name in OPEN_TO:
        party, *answers = OPEN_TO[name]
        return answers[not is_open] if role == (cleaner if party == "cleaner" else party) else 403
    return 200


METHODS = ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"]


# In short, each of these at each address as somebody, and as each role at some address; GET and POST as everybody.
@pytest.mark.parametrize("number", [1, pytest.param(len(METHODS), marks=pytest.mark.thorough)])
@pytest.mark.parametrize("role", ROLES)
def test_every_method_of_everybody(sample_site, role, number):
    client, methods = sample_site.clients[role], cycle(METHODS)
    for _ in range(ROLES.index(role)):
        next(methods)
    for name, arguments, is_open in CASES:
        case = name, "open" if is_open else "assigned"
        path = sample_site.address(name, arguments, sample_site.open if is_open else sample_site.assigned)
        due = expected(name, role, is_open)
        assert client.get(path).status_code == due, case
        if role == "anonymous":
            # With a cookie of a page that has a form, what is sent to the next one is shown to be copied.
            client.cookies.clear()
        with rolled_back():
            posted = clone_client(client).post(path, VALUES).status_code
        if name in TO_READ:
            assert posted == (302 if due == 302 else 405), case
        elif name in ("reports:create", "reports:appeal"):
            assert posted == (403 if due == 403 else 302), case
        elif name == "notifications:unsubscribe":
            assert posted == 200, case
        elif name == "cleanings:search_stop":
            assert posted == 302, case
        elif name in TO_SAVE and role != "anonymous":
            assert posted == (403 if name == "cleanings:save" and role == "olivia" else 302), case
        elif name == "cleanings:photos" and due == 200:
            # The form without a file again, or no more photos.
            assert posted in (200, 409), case
        elif name == "conversations:questions":
            assert posted == {"anonymous": 302, "olivia": 403}.get(role, 302 if is_open else 409), case
        else:
            assert posted in ((due,) if due in (403, 404) or role == "anonymous" else (302, 409)), case
        for method in islice(methods, number):
            assert client.generic(method, path).status_code == (due if method == "HEAD" else 405), (case, method)


def shown(answer, *secrets):
    """Status, headers and page, without the token, and without the address that was asked for."""
    page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    headers = {name: value for name, value in answer.items() if name != "Content-Length"}
    text = f"{answer.status_code} {headers} {page}"
    for secret in secrets:
        text = text.replace(secret, "*")
    return text


def test_a_stranger_learns_from_no_address_who_made_an_offer(sample_site):
    for name, arguments in routes():
        if "username" in arguments and name not in PUBLIC and not name.startswith("accounts:"):
            path = sample_site.address(name, arguments)
            for method in ("get", "post"):
                ask = getattr(sample_site.clients["stan"], method)
                answers = [(who, ask(path.replace("/carl/", f"/{who}/"))) for who in ("carl", "cora", "no-such-person")]
                assert len({shown(answer, f"/{who}/") for who, answer in answers}) == 1, path
                assert answers[0][1].status_code in (403, 405), path


def closed():
    cleaning = create_offer(cleaning=create_cleaning()).cleaning
    cleaning.close(by=cleaning.owner)
    return cleaning


def reserved(status=None):
    create_offer(cleaning=create_cleaning(), status="completed")
    cleaning = create_cleaning(reserved_for=create_user("carl"), reserved_days=1)
    if status:
        create_offer(cleaning=cleaning, status=status)
    return cleaning


def assigned_by_invitation():
    return reserved("accepted")


def fallen_through():
    return reserved("cancelled")


@pytest.mark.parametrize("make", [closed, reserved, assigned_by_invitation, fallen_through])
def test_what_a_stranger_may_not_see_looks_like_what_is_not_there(sample_site, make):
    hidden = make()
    assert sample_site.clients["carl"].get(hidden.get_absolute_url()).status_code == 200
    for name, arguments in routes():
        if "pk" in arguments and not name.startswith("mfa_"):
            path = sample_site.address(name, arguments, hidden)
            absent = path.replace(f"/{hidden.pk}/", "/987654321/")
            for role, method in (("stan", "get"), ("stan", "post"), ("anonymous", "get"), ("anonymous", "post")):
                ask = getattr(sample_site.clients[role], method)
                answer = shown(ask(path), f"/{hidden.pk}/")
                assert answer == shown(ask(absent), "/987654321/"), (role, path)
                assert answer[:3] in ("404", "302", "405"), (role, path)


LOG_OUT = re.compile('<form [^>]*method="post" action="/(accounts|admin)/logout/"')


@pytest.mark.parametrize("role", ROLES)
def test_every_link_works_and_looking_changes_nothing(sample_site, role):
    before = rows()
    answers = crawl(sample_site.clients[role])
    assert {path: answer.status_code for path, answer in answers.items() if answer.status_code != 200} == {}
    assert len(answers) > 20
    assert rows() == before
    pages = {path: answer for path, answer in answers.items() if answer["Content-Type"].startswith("text/html")}
    with_log_out = {path for path, page in pages.items() if LOG_OUT.search(page.content.decode())}
    assert with_log_out == (set() if role == "anonymous" else set(pages))


HOSTILE = [
    "https://evil.example", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "//[evil",
    "https:evil.example", "http:///evil.example", "\thttps://evil.example", "/\t/evil.example", "/\n/evil.example",
    "\r\n//evil.example", "\x01//evil.example", "https://testserver@evil.example", "//testserver@evil.example",
    "https://evil.example\\@testserver", "https://testserver.evil.example", "//evil%00.example", "javascript:alert(1)",
    "data:text/html,x",
]  # fmt: skip


def leads_away(location):
    """Whether a browser, which drops tabs and line ends and takes a backslash for a slash, would leave the site."""
    seen = re.sub(r"[\t\r\n]", "", location.strip("".join(map(chr, range(33))))).replace("\\", "/")
    return not re.match(r"(/(?!/)|http://testserver(/|$))", seen)


def test_no_next_leads_off_the_site(sample_site):
    login, values = reverse("account_login"), {"login": "stan", "password": PASSWORD}
    with rolled_back():
        assert Client().post(login, values | {"next": "/offers/"})["Location"] == "/offers/"
    for following in HOSTILE:
        query = f"?next={quote(following)}"
        for name in ("account_login", "account_signup", "account_logout", "account_reauthenticate"):
            for role, data in (("anonymous", VALUES | values), ("stan", VALUES | values)):
                path = reverse(name)
                with rolled_back():
                    answers = [clone_client(sample_site.clients[role]).post(path, data | {"next": following})]
                with rolled_back():
                    answers += [clone_client(sample_site.clients[role]).post(path + query, data)]
                answers.append(clone_client(sample_site.clients[role]).get(path + query))
                for answer in answers:
                    assert not leads_away(answer.get("Location", "/")), (name, role, following)
