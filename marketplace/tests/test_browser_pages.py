"""Every page of the site, in every face it has, before axe and before a narrow window."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from playwright.sync_api import Page, Route

from accounts.models import User
from cleanings.alerts import stop_url
from cleanings.models import Bookmark, Cleaning, SavedSearch
from cleanings.states import CancelReason, HideReason, OfferStatus
from conversations.models import Message, Question
from evaluations.models import Evaluation
from marketplace.testing import PASSWORD, create_cast, create_cleaning, create_offer, create_photo, move_start
from marketplace.tests.conftest import AXE, listen
from marketplace.tests.helpers import admin_addresses
from marketplace.tests.person import ENLARGED
from notifications.emails import token_for
from offers.models import Offer
from reports.choices import Outcome
from reports.models import Report
from reports.subjects import find_subject

pytestmark = [pytest.mark.slow, pytest.mark.browser]

LONG_WORD = "Donaudampfschifffahrtsgesellschaftskapitaenskajuete"
# Each width and each scheme once; the other two pairs are thorough.
PAIRED = [(360, "dark"), (1280, "light")]
CROSSED = [(360, "light"), (1280, "dark")]
MODES = pytest.mark.parametrize(
    "modes", [PAIRED, pytest.param(CROSSED, marks=pytest.mark.thorough)], ids=["paired", "crossed"]
)
# No sheet is fetched once more, which the policy forbids; of the tags only these switch the rule on target size on.
OPTIONS = {
    "preload": False,
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}

MEASURE = """() => {
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  const twice = ids.filter((id, place) => ids.indexOf(id) !== place);
  const beyond = Math.max(0, document.documentElement.scrollWidth - innerWidth);
  return [document.querySelectorAll("h1").length, beyond, twice];
}"""


class Stop(NamedTuple):
    """A page to look at: `typed` is put into its form, by name, and sent before the look. Kinds tell titles apart."""

    kind: str
    path: str
    status: int = 200
    typed: dict[str, str] | None = None
    prepare: Callable[[Page], None] | None = None


def open_menu(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    page.get_by_role("button", name="Menu").click()


def choose_what_there_is_not(page: Page) -> None:
    page.locator("input[type=checkbox]").first.evaluate("(box) => { box.value = 'x' }")
    page.get_by_role("button", name="Save choices").click()
    page.get_by_role("alert").wait_for()


def unfold(page: Page) -> None:
    for summary in page.locator("main summary").all():
        summary.click()


def agree_to_another(page: Page) -> None:
    page.locator("[name=change]").first.evaluate("(field) => { field.value = '0' }")
    page.get_by_role("button", name="Agree").click()
    page.get_by_role("alert").wait_for()


def unfold_all(page: Page) -> None:
    for summary in page.locator("summary").all():
        summary.click()


NEW = {"name": "", "city": "Ghent", "hourly_rate": "a lot"}
DETAIL = [
    Stop(f"cleaning {face}", f"/cleanings/{{{face}}}/")
    for face in (
        "open",
        "bare",
        "changed",
        "passed",
        "assigned",
        "started",
        "done",
        "reopened",
        "closed",
        "rejected",
        "asked",
        "moved",
    )
]
RESERVED, DECLINED = "/cleanings/{reserved}/", "/cleanings/{declined}/"
OFFER = "/cleanings/{open}/offers/carl/"
SUGGEST = "/cleanings/{assigned}/offers/carl/change/"
FACTOR = "/accounts/second-factor/"
SIGN_UP = {"username": "nova", "email": "nova@example.org", "password1": PASSWORD}

PAGES = {
    "": [
        Stop("home", "/"),
        Stop("home", "/", prepare=open_menu),
        Stop("cleanings", "/cleanings/"),
        Stop("cleanings", "/cleanings/?q=flat&city=ghent&min_rate=5&sort=lowest", prepare=unfold),
        Stop("cleanings", "/cleanings/?q=castle"),
        Stop("cleanings, refused", "/cleanings/?min_rate=abc&from=x&city=ghent"),
        # Behind a place in the year 2100.
        Stop("cleanings, continued", "/cleanings/?after=0.4102444800000000.1.0"),
        *(stop for stop in DETAIL if stop.kind != "cleaning closed"),
        Stop("questions", "/cleanings/{assigned}/questions/"),
        Stop("questions, none", "/cleanings/{bare}/questions/"),
        Stop("profile", "/people/carl/"),
        Stop("evaluations", "/people/carl/evaluations/"),
        Stop("evaluations, one hidden", "/people/olivia/evaluations/"),
        Stop("evaluations, none", "/people/stan/evaluations/"),
        *(Stop(page, f"/{page}/") for page in ("help", "rules", "privacy", "terms", "accessibility", "api/v1")),
        Stop("report", "/report/?of=cleaning-{open}"),
        Stop("report, refused", "/report/?of=cleaning-{open}", typed={"text": LONG_WORD * 50}),
        Stop("receipt", "/reports/{receipt}/"),
        Stop("statement", "/reports/{statement}/"),
        Stop("statement, refused", "/reports/{statement}/", typed={"text": "x"}),
        Stop("log in", "/accounts/login/"),
        Stop("log in, refused", "/accounts/login/", typed={"login": "carl", "password": "wrong"}),
        Stop("sign up", "/accounts/signup/"),
        Stop("sign up, refused", "/accounts/signup/", typed={"username": "new", "email": "x", "password1": "1"}),
        Stop("reset", "/accounts/password/reset/"),
        Stop("reset, refused", "/accounts/password/reset/", typed={"email": "x"}),
        Stop("check your e-mail", "/accounts/password/reset/done/"),
        Stop("reset link", "/accounts/password/reset/key/{reset}/"),
        Stop("link no longer works", "/accounts/password/reset/key/1-x/"),
        Stop("password is changed", "/accounts/password/reset/key/done/"),
        Stop("account is closed", "/accounts/inactive/"),
        Stop("confirm address", "/accounts/confirm-email/{confirm}/"),
        Stop("link no longer works", "/accounts/confirm-email/x/"),
        Stop("stop a search", "/searches/stop/{stop}/"),
        Stop("search stopped", "/searches/stop/{stop}/", typed={}),
        Stop("unsubscribe", "/notifications/unsubscribe/{unsubscribe}/"),
        Stop("unsubscribed", "/notifications/unsubscribe/{unsubscribe}/", typed={}),
        Stop("log in with a passkey", "/accounts/second-factor/webauthn/login/"),
        Stop("check your e-mail", "/accounts/signup/", typed=SIGN_UP),
        Stop("bad request", "/?q=%00", status=400),
        Stop("not found", "/nowhere/", status=404),
        Stop("outage 405", "/trouble/405.html", status=405),
        Stop("outage 413", "/trouble/413.html", status=413),
        Stop("outage 429", "/trouble/429.html", status=429),
        Stop("outage 500", "/trouble/500.html", status=500),
        Stop("outage 503", "/trouble/503.html", status=503),
        Stop("second step", "/accounts/login/", typed={"login": "ada", "password": PASSWORD}),
    ],
    "olivia": [
        Stop("home", "/", prepare=open_menu),
        Stop("dashboard", "/dashboard/"),
        Stop("cleanings", "/cleanings/"),
        Stop("post", "/cleanings/new/"),
        Stop("post", "/cleanings/new/?like={done}&for=carl"),
        Stop("post", "/cleanings/new/?for=stan"),
        Stop("post, refused", "/cleanings/new/", typed=NEW),
        Stop("cleaning reserved", RESERVED),
        Stop("cleaning declined", DECLINED),
        Stop("open to everyone", f"{RESERVED}open/"),
        Stop("invite", f"{DECLINED}invite/"),
        Stop("invite, refused", f"{DECLINED}invite/", typed={}),
        Stop("close", f"{RESERVED}close/"),
        Stop("carl's profile", "/people/carl/"),
        Stop("page too old", "/cleanings/new/", typed=NEW | {"csrfmiddlewaretoken": "x"}, status=403),
        *DETAIL,
        Stop("edit", "/cleanings/{open}/edit/"),
        Stop("edit, refused", "/cleanings/{open}/edit/", typed=NEW),
        Stop("photos", "/cleanings/{open}/photos/"),
        Stop("photos, refused", "/cleanings/{open}/photos/", typed={}),
        Stop("photos after", "/cleanings/{assigned}/photos/"),
        Stop("change a photo", "/photos/{photo}/edit/"),
        Stop("change a photo, refused", "/photos/{photo}/edit/", typed={"shows": ""}),
        Stop("remove a photo", "/photos/{photo}/remove/"),
        Stop("close", "/cleanings/{open}/close/"),
        Stop("delete", "/cleanings/{bare}/delete/"),
        Stop("mine", "/cleanings/mine/"),
        Stop("mine", "/cleanings/mine/?status=assigned"),
        Stop("compare open", "/cleanings/{open}/offers/?sort=rate"),
        Stop("compare assigned", "/cleanings/{assigned}/offers/", prepare=unfold),
        Stop("compare changed", "/cleanings/{changed}/offers/"),
        Stop("compare bare", "/cleanings/{bare}/offers/"),
        Stop("carl's offer", OFFER),
        Stop("accept", f"{OFFER}accept/"),
        Stop("accept", f"{OFFER}accept/", typed={"revision": "1"}, status=409),
        Stop("reject", f"{OFFER}reject/"),
        Stop("answer", "/questions/{question}/answer/"),
        Stop("answer, refused", "/questions/{question}/answer/", typed={"answer": "Call 0470 12 34 56"}),
        Stop("release", "/cleanings/{assigned}/offers/carl/release/"),
        Stop("release, refused", "/cleanings/{assigned}/offers/carl/release/", typed={}),
        Stop("complete", "/cleanings/{started}/offers/carl/complete/"),
        Stop("suggest", SUGGEST, prepare=unfold),
        Stop("suggest, refused", SUGGEST, typed={"starts_at": "", "note": LONG_WORD * 20, "city": ""}),
        Stop("carl suggests", "/cleanings/{asked}/offers/carl/change/"),
        Stop("carl suggests", "/cleanings/{asked}/offers/carl/change/", prepare=agree_to_another),
        Stop("own suggestion", "/cleanings/{moved}/offers/carl/change/", prepare=unfold),
        Stop("messages", "/cleanings/{assigned}/offers/carl/messages/"),
        Stop("messages, refused", "/cleanings/{assigned}/offers/carl/messages/", typed={"text": ""}),
        Stop("messages, continued", "/cleanings/{assigned}/offers/carl/messages/?after=0.0.1.0"),
        Stop("messages of an ended job", "/cleanings/{reopened}/offers/carl/messages/"),
        Stop("evaluate", "/cleanings/{done}/offers/carl/evaluate/"),
        Stop("evaluate, refused", "/cleanings/{done}/offers/carl/evaluate/", typed={"headline": "x"}),
        Stop("things have changed", "/cleanings/{assigned}/close/", status=409),
        Stop("notifications", "/notifications/"),
        Stop("choices", "/notifications/choices/"),
        Stop("choices, refused", "/notifications/choices/", prepare=choose_what_there_is_not),
        Stop("own profile", "/people/olivia/"),
        Stop("account", "/accounts/"),
        Stop("edit profile", "/accounts/profile/"),
        Stop("edit profile, refused", "/accounts/profile/", typed={"phone_number": "x"}),
        Stop("e-mail", "/accounts/email/"),
        Stop("e-mail, refused", "/accounts/email/", typed={"email": "x"}),
        Stop("change password", "/accounts/password/change/"),
        Stop("change password, refused", "/accounts/password/change/", typed={"oldpassword": "x"}),
        Stop("password again", "/accounts/reauthenticate/"),
        Stop("sessions", "/accounts/sessions/"),
        Stop("second factor", f"/accounts/reauthenticate/?next={FACTOR}", typed={"password": PASSWORD}),
        Stop("set up an app", f"{FACTOR}totp/activate/"),
        Stop("set up an app, refused", f"{FACTOR}totp/activate/", typed={"code": "x"}),
        Stop("add a passkey", f"{FACTOR}webauthn/add/"),
        Stop("passkeys", f"{FACTOR}webauthn/"),
        Stop("make recovery codes", f"{FACTOR}recovery-codes/generate/"),
        Stop("access tokens", "/accounts/tokens/"),
        Stop("access tokens, refused", "/accounts/tokens/", typed={"name": ""}),
        Stop("an access token", "/accounts/tokens/", typed={"name": LONG_WORD[:60]}),
        Stop("access tokens", "/accounts/tokens/"),
        Stop("log out", "/accounts/logout/"),
    ],
    "carl": [
        Stop("list, filtered", "/cleanings/?city=bruges", prepare=unfold_all),
        Stop("saved searches", "/searches/"),
        Stop("change a search", "/searches/{search}/edit/"),
        Stop("change a search, refused", "/searches/{search}/edit/", typed={"name": ""}),
        Stop("delete a search", "/searches/{search}/delete/"),
        Stop("saved jobs", "/bookmarks/"),
        Stop("blocked people", "/accounts/blocks/"),
        Stop("block", "/people/olivia/block/"),
        *DETAIL,
        Stop("dashboard", "/dashboard/"),
        Stop("cleaning reserved", RESERVED),
        Stop("decline", f"{RESERVED}decline/"),
        Stop("make", "/cleanings/{bare}/offers/new/"),
        Stop("make, refused", "/cleanings/{bare}/offers/new/", typed={"hourly_rate": "a lot"}),
        Stop("own offer open", OFFER),
        Stop("own offer changed", "/cleanings/{changed}/offers/carl/"),
        Stop("revise", "/cleanings/{changed}/offers/carl/edit/"),
        Stop("revise, refused", "/cleanings/{changed}/offers/carl/edit/", typed={"hourly_rate": "0"}),
        Stop("confirm", "/cleanings/{changed}/offers/carl/confirm/"),
        Stop("rescind", f"{OFFER}rescind/"),
        Stop("suggest", SUGGEST, prepare=unfold),
        Stop("own suggestion", "/cleanings/{asked}/offers/carl/change/", prepare=unfold),
        Stop("olivia suggests", "/cleanings/{moved}/offers/carl/change/"),
        Stop("cancel", "/cleanings/{assigned}/offers/carl/cancel/"),
        Stop("cancel, refused", "/cleanings/{assigned}/offers/carl/cancel/", typed={}),
        Stop("photos of the work", "/cleanings/{assigned}/photos/"),
        Stop("messages, none", "/cleanings/{started}/offers/carl/messages/"),
        Stop("my offers", "/offers/"),
        Stop("my offers", "/offers/?show=pending"),
        Stop("my offers", "/offers/?show=past"),
        Stop("notifications", "/notifications/"),
        Stop("questions open", "/cleanings/{open}/questions/"),
        Stop("questions bare, refused", "/cleanings/{bare}/questions/", typed={"text": "Call 0470 12 34 56"}),
        Stop("withdraw the question", "/questions/{question}/withdraw/"),
        Stop("things have changed", "/cleanings/{done}/offers/carl/cancel/", status=409),
        Stop("not yours", "/cleanings/{open}/edit/", status=403),
    ],
    "ada": [
        Stop("home", "/"),
        *(stop for stop in DETAIL if stop.kind in ("cleaning open", "cleaning closed")),
        Stop("one more step", "/accounts/reauthenticate/", typed={"password": PASSWORD}),
    ],
}
EMPTY = [
    Stop("", path) for path in ("/", "/cleanings/", "/dashboard/", "/cleanings/mine/", "/offers/", "/notifications/")
]


def build_sample_site() -> dict[str, str]:
    """A cleaning for each face, by name, with words that are hard to fit; and links as mails have them."""
    people = create_cast()
    for person in people:
        person.profile.full_name = f"{person.username.title()} {LONG_WORD}"
        person.profile.bio = f"https://example.org/{LONG_WORD}/{LONG_WORD}"
        person.profile.phone_number = "+32 2 555 12 34"
        person.profile.save()
    olivia, carl, cora, stan, ada = people
    sample_site = {
        stop.kind.split()[1]: create_cleaning(name=f"{stop.kind} {LONG_WORD}", owner=olivia) for stop in DETAIL
    }
    for face, audience in (("open", "everybody"), ("open", "members"), ("assigned", "everybody")):
        photo = create_photo(cleaning=sample_site[face], audience=audience, shows=f"Kitchen {LONG_WORD}")
    for number in range(21):
        create_cleaning(name=f"Office {number}", owner=ada, starts_in=None)
    for text in (f"Is the {LONG_WORD} far? {LONG_WORD * 4}", "Is there a lift?"):
        question = Question.ask(sample_site["open"], by=carl, text=text)
        Question.ask(sample_site["assigned"], by=stan, text=text).give_answer(by=olivia, answer=LONG_WORD * 5)
    Question.ask(sample_site["open"], by=stan, text=LONG_WORD).give_answer(by=olivia, answer="No.")
    for face in ("open", "assigned", "reopened"):
        create_offer(cleaning=sample_site[face], cleaner=cora, message=LONG_WORD * 4)
    create_offer(cleaning=sample_site["open"]).revise(
        by=carl, hourly_rate=Decimal(18), message="Cheaper without windows"
    )
    for face in ("changed", "passed", "closed"):
        create_offer(cleaning=sample_site[face], cleaner=carl)
    sample_site["changed"].edit(by=olivia, hourly_rate=Decimal(18), street_address="Side Street 1", city=LONG_WORD)
    move_start(sample_site["passed"], timedelta(hours=-1))
    for face in ("assigned", "started"):
        create_offer(cleaning=sample_site[face], status=OfferStatus.ACCEPTED)
    create_photo(cleaning=sample_site["assigned"], by=carl, kind="before", shows=LONG_WORD)
    move_start(sample_site["started"], timedelta(hours=-1))
    asked, moved = (
        create_offer(cleaning=sample_site[face], status=OfferStatus.ACCEPTED) for face in ("asked", "moved")
    )
    later = asked.cleaning.starts_at + timedelta(days=1)
    asked.suggest(by=carl, starts_at=later, hourly_rate=25, note=f"My knee.\n\n{LONG_WORD * 3}")
    moved.suggest(by=olivia, starts_at=later, city=LONG_WORD, street_address=LONG_WORD)
    create_offer(cleaning=sample_site["done"], status=OfferStatus.COMPLETED)
    gone = create_offer(cleaning=sample_site["reopened"], status=OfferStatus.ACCEPTED)
    write_to_each_other(gone, 2)
    write_to_each_other(Offer.objects.get(cleaning=sample_site["assigned"], cleaner=carl), 23)
    gone.cancel(by=carl, reason=CancelReason.OTHER, note=f"My knee.\n\n{LONG_WORD * 3}")
    olivia.notifications.filter(event__cleaning=sample_site["done"]).mark_read()
    create_offer(cleaning=sample_site["rejected"], status=OfferStatus.REJECTED)
    sample_site["closed"].close(by=olivia)
    create_offer(cleaning=create_cleaning(owner=olivia), cleaner=cora, status=OfferStatus.COMPLETED)
    for face in ("reserved", "declined"):
        sample_site[face] = create_cleaning(name=f"{face} {LONG_WORD}", reserved_for=carl, reserved_days=2)
    sample_site["declined"].decline(by=carl)
    judge_each_other(create_offer(cleaning=create_cleaning(owner=olivia), status=OfferStatus.COMPLETED), ada)
    TOTP.activate(ada, generate_totp_secret())
    search = SavedSearch.add(by=carl, query="city=Ghent", name=f"Ghent {LONG_WORD}"[:80], cadence="daily")
    SavedSearch.objects.create(person=carl, query="gone=1", name="Old")
    for face in ("open", "closed", "reopened"):
        Bookmark.objects.create(person=carl, cleaning=sample_site[face], name=sample_site[face].name)
    confirm = EmailConfirmationHMAC(stan.emailaddress_set.create(email="new@example.org")).key
    reset = f"{user_pk_to_url_str(stan)}-{default_token_generator.make_token(stan)}"
    links = {"reset": reset, "confirm": confirm, "unsubscribe": token_for(stan, ["offered", "chosen"])}
    links |= report_on(create_cleaning(owner=olivia, description=LONG_WORD * 5), ada)
    rows = {"photo": str(photo.pk), "question": str(question.pk), "search": str(search.pk)}
    links["stop"] = stop_url(search).split("/")[-2]
    return {face: str(cleaning.pk) for face, cleaning in sample_site.items()} | links | rows


def write_to_each_other(offer: Offer, count: int) -> None:
    """So many messages with words that are hard to fit, read by neither."""
    for number in range(count):
        author = offer.cleaner if number % 2 else offer.cleaning.owner
        Message.say(offer, by=author, text=f"{number}. https://example.org/{LONG_WORD}\n\n{LONG_WORD * 3}")


def report_on(cleaning: Cleaning, staff: User) -> dict[str, str]:
    """The keys of both sides of a report that the staff have decided."""
    subject = find_subject(f"cleaning-{cleaning.pk}", AnonymousUser())
    assert subject
    nora = {"name": LONG_WORD, "email": f"{LONG_WORD}@example.org"}
    report = Report.file(subject, by=None, reason="illegal", text=f"https://example.org/{LONG_WORD * 4}", **nora)
    report.decide(by=staff, outcome=Outcome.HIDE, rule="illegal", facts=f"It says\n\n{LONG_WORD * 4}.")
    return {"receipt": str(report.reporter_key), "statement": str(report.accused_key)}


def judge_each_other(offer: Offer, staff: User) -> None:
    """Evaluations of both sides, with words that are hard to fit, one of which the staff have hidden."""
    said = {"overall_rating": 4, "headline": LONG_WORD[:100], "comment": f"https://example.org/{LONG_WORD}"}
    Evaluation.write(offer, by=offer.cleaning.owner, professionalism=5, efficiency=3, **said)
    Evaluation.write(offer, by=offer.cleaner, **said).hide(by=staff, reason=HideReason.PRIVATE)


def bring_trouble(route: Route) -> None:
    """Answer with a page that only a fault of the site, or too many tries, would bring."""
    name = route.request.url.rpartition("/")[2]
    route.fulfill(status=int(name[:3]), content_type="text/html", body=render_to_string(name))


def walk(page: Page, stops: list[Stop], sample_site: dict[str, str]) -> Iterator[Stop]:
    """Bring each page before the eye, one after the other."""
    page.route("**/trouble/*", bring_trouble)
    for stop in stops:
        page.set_viewport_size({"width": 1280, "height": 800})
        response = page.goto(stop.path.format(**sample_site))
        if stop.typed is not None:
            for name, value in stop.typed.items():
                field = page.locator(f"main form[method=post] [name={name}]")
                field.evaluate("(field, value) => { field.value = value }", value)
            with page.expect_navigation() as answer:
                page.locator("main form button[type=submit]").last.click()
            response = answer.value
        assert (stop.path, response.status) == (stop.path, stop.status)
        if stop.prepare:
            stop.prepare(page)
        yield stop


def find_faults(page: Page, modes: list[tuple[int, str]]) -> list[str]:
    """What axe finds wrong with the page in windows of these widths and colour schemes."""
    page.evaluate(AXE)
    faults = []
    for width, scheme in modes:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate("async (options) => (await axe.run(document, options)).violations", OPTIONS)
        faults += [f"{width} {scheme} {fault['id']} {node['html']}" for fault in found for node in fault["nodes"]]
    return faults


@MODES
@pytest.mark.parametrize("reader", PAGES)
def test_axe_finds_nothing_and_every_page_fits_320_pixels_with_one_h1_and_a_title_of_its_own(visit, reader, modes):
    sample_site, page = build_sample_site(), visit(reader)
    faults, measured, kinds = set(), {}, defaultdict(set)
    for stop in walk(page, PAGES[reader], sample_site):
        faults |= {(stop.path, fault) for fault in find_faults(page, modes)}
        page.set_viewport_size(ENLARGED)
        measured[stop.kind, stop.path] = page.evaluate(MEASURE)
        kinds[page.title()].add(stop.kind)
        assert page.title().startswith("Error: ") == stop.kind.endswith(", refused")
    assert faults == set()
    assert {stop: found for stop, found in measured.items() if found != [1, 0, []]} == {}
    # Two answers to what a browser should not have sent.
    shared = [found for found in kinds.values() if len(found) > 1 and found != {"bad request", "outage 405"}]
    assert shared == []


@MODES
@pytest.mark.parametrize("reader", ["", "stan"])
def test_axe_finds_nothing_on_empty_pages(visit, reader, modes):
    create_cast()
    page = visit(reader)
    stops = walk(page, EMPTY if reader else EMPTY[:2], {})
    assert {(stop.path, fault) for stop in stops for fault in find_faults(page, modes)} == set()


@MODES
def test_axe_finds_nothing_in_the_admin(visit, modes):
    """Each page in one of the two modes, in turn."""
    build_sample_site()
    page = visit("ada")
    faults, addresses = {}, list(admin_addresses())
    assert len(addresses) > 20
    for number, address in enumerate(addresses):
        assert page.goto(address).status == 200
        faults[address] = find_faults(page, [modes[number % 2]])
    assert [fault for found in faults.values() for fault in found] == []


def test_axe_finds_a_field_without_label_and_words_that_pale_in_every_mode(visit):
    page = visit()
    page.goto("/accounts/login/")
    page.evaluate("document.querySelector('main label').remove()")
    page.evaluate("document.querySelector('h1').style.color = 'var(--line)'")
    modes = PAIRED + CROSSED
    found = {tuple(fault.split(maxsplit=3)[:3]) for fault in find_faults(page, modes)}
    assert found == {(str(width), scheme, rule) for width, scheme in modes for rule in ("label", "color-contrast")}


def test_complaints_of_the_browser_are_heard(new_context, live_server):
    page = new_context(base_url=live_server.url).new_page()
    heard = listen(page.context, live_server.url)
    page.goto("/help/")
    assert heard == []
    page.context.route("http://elsewhere.example/", lambda route: route.fulfill(body="Hello"))
    page.evaluate("open('http://elsewhere.example/')")
    page.evaluate("setTimeout(() => spill())")
    with page.expect_response("**/nowhere.png"):
        page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=color:red>Red<img src=/nowhere.png>')")
    assert {complaint.split(":")[0] for complaint in heard} == {"elsewhere", "error", "404", "script"}
