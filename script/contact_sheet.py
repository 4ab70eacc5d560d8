"""See script/contact-sheet. The demo town lives in a temporary folder for as long as this runs."""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from cleanings.models import Cleaning

ROOT = Path(__file__).resolve().parent.parent
SHEET = ROOT / "contact-sheet"
WIDTHS = (360, 1280)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
ROLES = {"stranger": "", "new": "nova", "cleaner": "carl", "owner": "olivia", "staff": "ada"}
# Pages that read the same for everyone, and those that read the same for every member.
FOR_STRANGERS = ("help", "rules", "privacy", "terms", "accessibility", "reports")
FOR_OWNERS = ("account_", "mfa_", "usersessions_", "accounts:blocks", "accounts:close", "notifications:unsubscribe")
# One picture for each state of the job; of other pages below a job one is enough.
IN_EACH_STATE = {
    "cleanings:detail", "offers:list", "offers:detail", "offers:change", "conversations:messages", "reports:detail",
    "accounts:profile",
}  # fmt: skip
# Sent as they come: all their fields are at fault.
REFUSED = {
    "stranger": ("account_signup", "account_login", "account_reset_password"),
    "owner": ("cleanings:create", "cleanings:close", "cleanings:invite", "evaluations:create", "offers:release"),
    "cleaner": ("offers:cancel", "cleanings:photos", "conversations:questions", "conversations:messages"),
}
SEARCHES = {
    "found": "?city=Ghent",
    "filtered": "?type=full_clean&min_rate=15&sort=lowest",
    "nothing-found": "?q=castle&city=Ghent",
    "refused": "?min_rate=abc",
    "contradicting": "?min_rate=30&max_rate=20&near=Nowhereville",
}
TROUBLE = ("405", "413", "429", "500", "503")
# Lazy pictures come into the full page only where it has been scrolled over.
SHOW_PICTURES = """async () => {
  const pictures = [...document.images];
  pictures.forEach((picture) => { picture.loading = "eager"; });
  await Promise.all(pictures.map((picture) => picture.decode().catch(() => null)));
}"""


class Stop(NamedTuple):
    name: str
    role: str
    path: str
    is_sent: bool = False


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="script/contact-sheet")
    parser.add_argument("--page", action="append", help="only pages with this in their name; may be given again")
    parser.add_argument("--role", action="append", choices=ROLES, help="only as this role; may be given again")
    parser.add_argument("--width", type=int, action="append", help="only at this width; may be given again")
    parser.add_argument("--scheme", action="append", choices=SCHEMES, help="only light, or only dark")
    parser.add_argument("--first-screen", action="store_true", help="only what is seen without scrolling")
    parser.add_argument("--into", type=Path, default=SHEET, help="the folder, contact-sheet/ unless told otherwise")
    parser.add_argument("--list", action="store_true", help="print the names of the pages, and take no picture")
    return parser.parse_args()


def build_town(scratch: Path) -> None:
    """In this process, so that the town needs no password and no port of its own."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "marketplace.settings_test",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
        "DATABASE_URL": f"sqlite:///{scratch / 'town.sqlite3'}",
    }
    sys.path.insert(0, str(ROOT))
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.MEDIA_ROOT = scratch / "media"
    settings.CACHES["default"] = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    django.setup()
    call_command("migrate", verbosity=0)
    settings.DEBUG = True
    with (scratch / "said").open("w") as said:
        call_command("seed_demo", stdout=said)
    settings.DEBUG = False
    from accounts.models import User

    nova = User.objects.create_user("nova", "nova@example.org", "broom-and-straw-42")
    nova.confirm_email()


def clients() -> dict:
    from django.test import Client

    from accounts.models import User

    found = {role: Client() for role in ROLES}
    for role, username in ROLES.items():
        if username:
            found[role].force_login(User.objects.get(username=username))
    return found


def stops(role: str, client, is_wanted: Callable[[str], bool]) -> Iterator[Stop]:
    """Every address that shows this role a page, among those with a wanted name."""
    from marketplace.tests.helpers import routes

    for name, arguments in routes():
        if (name.startswith(FOR_STRANGERS) and role != "stranger") or (
            name.startswith(FOR_OWNERS) and role not in ("stranger", "owner")
        ):
            continue
        seen: set[str] = set()
        for state, path in addresses(name, arguments, role):
            title = "-".join(filter(None, (name.replace(":", "-").replace("_", "-"), state)))
            if not is_wanted(title) or title in seen or (seen and name not in IN_EACH_STATE):
                continue
            answer = client.get(path)
            if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
                yield Stop(title, role, path)
                if not seen and name in REFUSED.get(role, ()):
                    yield Stop(f"{title}-refused", role, path, is_sent=True)
                seen.add(title)
    yield from (stop for stop in others(role) if is_wanted(stop.name))


def addresses(name: str, arguments: tuple[str, ...], role: str) -> Iterator[tuple[str, str]]:
    from django.urls import reverse

    for state, known in values(name, arguments, role):
        if set(arguments) <= set(known):
            yield state, reverse(name, kwargs={argument: known[argument] for argument in arguments})


def values(name: str, arguments: tuple[str, ...], role: str) -> Iterator[tuple[str, dict]]:
    """What stands for the arguments of a route, with the state that it shows."""
    from cleanings.alerts import stop_url
    from cleanings.models import SavedSearch
    from cleanings.photos import Photo
    from conversations.models import Question
    from reports.models import Report

    if not arguments:
        yield "", {}
    elif "pk" in arguments:
        for state, cleaning in states(role):
            if "username" not in arguments:
                yield state, {"pk": cleaning.pk}
            for offer in cleaning.offers.select_related("cleaner"):
                if "username" in arguments and (role != "cleaner" or offer.cleaner.username == ROLES[role]):
                    yield f"{state}-{offer.status}", {"pk": cleaning.pk, "username": offer.cleaner.username}
    elif "username" in arguments:
        for username in ("carl", "olivia", "nova"):
            yield ("own" if ROLES[role] == username else username), {"username": username}
    elif "question" in arguments:
        yield from (("one", {"question": question.pk}) for question in Question.objects.all())
    elif "photo" in arguments:
        yield from (("one", {"photo": photo.pk}) for photo in Photo.objects.all())
    elif "search" in arguments or "signed" in arguments:
        search = SavedSearch.objects.earliest("pk")
        yield "one", {"search": search.pk, "signed": stop_url(search).split("/")[-2]}
    elif "report_key" in arguments:
        for report in Report.objects.prefetch_related("decisions"):
            outcomes = [decision.outcome for decision in report.decisions.all()] or ["undecided"]
            yield f"receipt-{outcomes[-1]}", {"report_key": report.reporter_key}
            yield f"statement-{outcomes[-1]}", {"report_key": report.accused_key}
    elif "token" in arguments:
        from accounts.models import User
        from notifications.emails import token_for

        yield "one", {"token": token_for(User.objects.get(username="carl"), ["chosen", "rejected"])}


def states(role: str) -> Iterator[tuple[str, Cleaning]]:
    """A job in each state that looks another way to this role."""
    from cleanings.models import Cleaning

    username, seen = ROLES[role], set()
    for cleaning in Cleaning.objects.order_by("-pk").prefetch_related("offers__cleaner", "photos"):
        offers = cleaning.offers.all()
        own = [offer.status for offer in offers if offer.cleaner.username == username]
        parts = [cleaning.status]
        if cleaning.owner.username == username:
            parts.append("own")
        if cleaning.reserved_for_id:
            parts.append("reserved")
        parts += [f"offer-{own[0]}"] if own else ["with-offers"] if offers else []
        if any(offer.status == "pending" and offer.cleaning_version != cleaning.version for offer in offers):
            parts.append("changed")
        if cleaning.photos.all():
            parts.append("photos")
        if "-".join(parts) not in seen:
            seen.add("-".join(parts))
            yield "-".join(parts), cleaning


def others(role: str) -> Iterator[Stop]:
    """What no route names: searches, faults, the admin."""
    yield from (Stop(f"cleanings-list-{name}", role, f"/cleanings/{query}") for name, query in SEARCHES.items())
    if role == "stranger":
        yield from (Stop(f"error-{status}", role, f"/trouble/{status}.html") for status in TROUBLE)
        yield Stop("error-404", role, "/nowhere/")
        yield Stop("error-400", role, "/?q=%00")
        yield from (Stop(f"report-{kind}", role, path) for kind, path in reportable())
    if role == "cleaner":
        yield from (Stop(f"offers-mine-{show}", role, f"/offers/?show={show}") for show in ("pending", "past"))
        yield Stop("error-404", role, "/nowhere/")
    if role == "owner":
        yield Stop("error-403-token", role, "/trouble/403_csrf.html")
        yield from (conflict(role), forbidden(role))
    if role == "staff":
        yield from (Stop(f"admin-{name}", role, path) for name, path in admin_pages())


def conflict(role: str) -> Stop:
    from cleanings.models import Cleaning

    cleaning = Cleaning.objects.filter(owner__username=ROLES[role], status="completed").earliest("pk")
    return Stop("error-409", role, f"/cleanings/{cleaning.pk}/close/")


def forbidden(role: str) -> Stop:
    from cleanings.models import Cleaning

    cleaning = Cleaning.objects.open().exclude(owner__username=ROLES[role]).earliest("pk")
    return Stop("error-403", role, f"/cleanings/{cleaning.pk}/edit/")


def reportable() -> Iterator[tuple[str, str]]:
    from cleanings.models import Cleaning

    job = Cleaning.objects.open().earliest("pk")
    yield "job", f"/report/?of=cleaning-{job.pk}"


def admin_pages() -> Iterator[tuple[str, str]]:
    from django.contrib import admin
    from django.urls import reverse

    yield "first", "/admin/"
    for model in admin.site._registry:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        yield name, reverse(f"admin:{name}_changelist")
        if row := model._default_manager.first():
            yield f"{name}-one", reverse(f"admin:{name}_change", args=[row.pk])


def take(chosen: list[Stop], cookies: dict, address: str, wanted: argparse.Namespace) -> list[tuple[Stop, str]]:
    from playwright.sync_api import sync_playwright

    taken = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        for role in ROLES:
            own = [stop for stop in chosen if stop.role == role]
            if not own:
                continue
            context = browser.new_context(base_url=address, reduced_motion="reduce")
            if cookies[role]:
                context.add_cookies([{"url": address, **cookies[role]}])
            page = context.new_page()
            page.route("**/trouble/*", bring_trouble)
            for stop in own:
                page.set_viewport_size({"width": (wanted.width or WIDTHS)[0], "height": 740})
                open_stop(page, stop)
                for width in wanted.width or WIDTHS:
                    page.set_viewport_size({"width": width, "height": 740})
                    page.evaluate(SHOW_PICTURES)
                    for scheme in wanted.scheme or SCHEMES:
                        page.emulate_media(color_scheme=scheme)
                        name = f"{stop.name}-{role}-{width}-{scheme}.png"
                        page.screenshot(path=wanted.into / name, full_page=not wanted.first_screen)
                        taken.append((stop, name))
                print(f"{len(taken):5} {role:9} {stop.name}", flush=True)
            context.close()
        browser.close()
    return taken


def open_stop(page, stop: Stop) -> None:
    page.goto(stop.path)
    if stop.is_sent:
        with page.expect_navigation():
            page.locator("main form[method=post] button[type=submit]").last.click()


def bring_trouble(route) -> None:
    """A page that only a fault of the site would bring."""
    from django.template.loader import render_to_string

    name = route.request.url.rpartition("/")[2]
    facts = {"reference": "1a2b3c4d", "minutes": 5, "typed": [("Message", "Some words")]}
    route.fulfill(status=int(name[:3]), content_type="text/html", body=render_to_string(name, facts))


def lay_out(taken: list[tuple[Stop, str]], into: Path) -> None:
    rows: dict[tuple[str, str], list[str]] = {}
    for stop, name in taken:
        rows.setdefault((stop.name, stop.role), []).append(name)
    parts = []
    for (page, role), names in sorted(rows.items()):
        pictures = "".join(
            f'<a href="{escape(name)}"><img src="{escape(name)}" alt="{escape(name)}" loading="lazy"></a>'
            for name in names
        )
        parts.append(f"<section><h2>{escape(page)} <small>{role}</small></h2><div>{pictures}</div></section>")
    (into / "index.html").write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Contact sheet</title><style>'
        "body{font:15px system-ui;margin:16px;background:#777;color:#fff}h2{font-size:16px;margin:16px 0 4px}"
        "div{display:flex;gap:8px;align-items:start;overflow-x:auto}img{height:420px;width:auto;max-width:none}"
        f"</style><h1>{len(rows)} pages, {len(taken)} pictures</h1>{''.join(parts)}</html>",
        encoding="utf-8",
    )


def main() -> None:
    wanted = options()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="swept-contact-sheet.") as folder:
        build_town(Path(folder))
        from django.conf import settings
        from django.contrib.staticfiles.handlers import StaticFilesHandler
        from django.test.testcases import LiveServerThread

        # Addresses are tried out, and most of them are closed to the role.
        logging.disable(logging.ERROR)
        people = clients()

        def is_wanted(name: str) -> bool:
            return not wanted.page or any(part in name for part in wanted.page)

        chosen = [stop for role in (wanted.role or ROLES) for stop in stops(role, people[role], is_wanted)]
        if wanted.list or not chosen:
            print("\n".join(f"{stop.role:9} {stop.name}  {stop.path}" for stop in chosen) or "No page has that name.")
            return
        name = settings.SESSION_COOKIE_NAME
        cookies = {
            role: {"name": name, "value": client.cookies[name].value} if name in client.cookies else None
            for role, client in people.items()
        }
        wanted.into.mkdir(parents=True, exist_ok=True)
        server = LiveServerThread("127.0.0.1", StaticFilesHandler)
        server.daemon = True
        server.start()
        server.is_ready.wait()
        if server.error:
            raise server.error
        try:
            taken = take(chosen, cookies, f"http://127.0.0.1:{server.port}", wanted)
        finally:
            server.terminate()
        lay_out(taken, wanted.into)
    print(f"{len(taken)} pictures in {time.monotonic() - started:.0f} s: {wanted.into / 'index.html'}")


if __name__ == "__main__":
    main()
