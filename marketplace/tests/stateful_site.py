"""A server in a process of its own, browsers that visit it, and the rows that it writes, in the shape of the model."""

import http.client
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from django.core.handlers.wsgi import WSGIHandler
from django.core.management.color import no_style
from django.core.servers.basehttp import WSGIServer
from django.db import connection, connections
from django.test.testcases import QuietWSGIRequestHandler
from django.utils import timezone

from cleanings.models import Cleaning, Event
from cleanings.states import CHANGE_ENDS, KINDS_WITHOUT_MOVE, NO_SHOW, Kind
from conversations.models import Message, Question
from evaluations.models import Evaluation
from marketplace.testing import PASSWORD
from marketplace.tests.helpers import rows
from marketplace.tests.stateful_model import ASK, BLOCK, CLOSE_ACCOUNT, OF_THE_TWO, REPLY, SAY, UNBLOCK
from offers.changes import Change
from offers.models import Offer

TOKEN = "t" * 32
TYPED = {
    SAY: {"text": "Hello"}, REPLY: {"answer": "Hello"}, Kind.ANSWER: {"answer": "Hello"},
    Kind.OFFER: {"message": "Hello"}, Kind.REVISE: {"message": "Hello"}, CLOSE_ACCOUNT: {"password": PASSWORD},
}  # fmt: skip
FACTS = {
    "name": "Spring clean of a flat", "cleaning_type": "full_clean", "area": "whole_home", "city": "Ghent",
    "postcode": "9000", "hourly_rate": "20.00",
}  # fmt: skip
OFFER_PAGE = "/cleanings/{job}/offers/{cleaner}/"
PATHS = {
    Kind.POST: "/cleanings/new/", Kind.OFFER: "/cleanings/{job}/offers/new/", Kind.UNRESERVE: "/cleanings/{job}/open/",
    Kind.PASS: "/cleanings/{job}/decline/", Kind.REVISE: f"{OFFER_PAGE}edit/", Kind.SUGGEST: f"{OFFER_PAGE}change/",
    Kind.ANSWER: f"{OFFER_PAGE}answer-no-show/", SAY: f"{OFFER_PAGE}messages/", ASK: "/cleanings/{job}/questions/",
    BLOCK: "/people/{person}/block/", UNBLOCK: "/people/{person}/unblock/",
    REPLY: "/questions/{question}/answer/", CLOSE_ACCOUNT: "/accounts/close/",
    **{kind: f"{OFFER_PAGE}change/{kind}/" for kind in CHANGE_ENDS},
}  # fmt: skip
KEPT = {"django_migrations", "django_content_type", "auth_permission", "auth_group", "auth_group_permissions"}


class Worker:
    """A server process, forked from this one, as gunicorn forks its workers; each request says what time it is."""

    def __init__(self, clock) -> None:
        self.clock, self.handler = clock, WSGIHandler()
        self.server = WSGIServer(("127.0.0.1", 0), QuietWSGIRequestHandler)
        self.server.set_app(self.answer)
        self.start()

    def answer(self, environ: dict, start_response: Callable) -> Any:
        self.clock.move_to(datetime.fromisoformat(environ["HTTP_NOW"]))
        return self.handler(environ, start_response)

    def start(self) -> None:
        # Two processes must not share a connection.
        connections.close_all()
        self.process = os.fork()
        if not self.process:
            try:
                while True:
                    self.server.handle_request()
            finally:
                os._exit(1)

    def kill(self) -> None:
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)

    def close(self) -> None:
        self.kill()
        self.server.server_close()


class Browser:
    def __init__(self, worker: Worker, cookies: dict[str, str] | None = None) -> None:
        self.worker, self.cookies = worker, {"csrftoken": TOKEN} | (cookies or {})

    def get(self, path: str) -> tuple[int, str]:
        status, _, page = self.send("GET", path)
        return status, page

    def post(self, path: str, values: dict) -> tuple[int, str, str]:
        return self.send("POST", path, urlencode(values | {"csrfmiddlewaretoken": self.cookies["csrftoken"]}))

    def send(self, method: str, path: str, body: str | None = None) -> tuple[int, str, str]:
        """Return status, where it leads, and the page."""
        connection = http.client.HTTPConnection(*self.worker.server.server_address, timeout=60)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": cookie, "Now": timezone.now().isoformat()}
        connection.request(method, path, body, headers | {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        page = answer.read().decode()
        connection.close()
        for header in answer.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
        return answer.status, answer.headers.get("Location", ""), page


def rows_of_jobs(names: dict[int, str]) -> dict[int, dict]:
    """What the tables hold, in the shape of the model."""
    jobs = {}
    for row in Cleaning.objects.values():
        reserved = names.get(row["reserved_for_id"]), row["reserved_until"]
        jobs[row["id"]] = {
            "owner": names[row["owner_id"]], "status": row["status"], "since": row["status_since"],
            "version": row["version"], "start": row["starts_at"], "hours": row["estimated_hours"],
            "count": row["offers_count"], "reserved": reserved, "then_open": row["then_open"], "last": None,
            "invited": set(), "declined": set(), "opened": {}, "offers": {}, "questions": {},
        }  # fmt: skip
    offers = {}
    for row in Offer.objects.values():
        offers[row["id"]] = jobs[row["cleaning_id"]]["offers"][names[row["cleaner_id"]]] = {
            "status": row["status"], "since": row["status_since"], "version": row["cleaning_version"],
            "revision": row["revision"], "rate": row["hourly_rate"], "last": None, "absent": None, "answers": set(),
            "changes": {}, "said": {}, "messages": [],
        }  # fmt: skip
    for row in Change.objects.values():
        offers[row["offer_id"]]["changes"][row["id"]] = {
            "by": names[row["by_id"]], "status": row["status"], "version": row["made_for"], "until": row["expires_at"],
            "terms": row["terms"], "ended": None,
        }  # fmt: skip
    for row in Event.objects.order_by("pk").values():
        note_event(jobs[row["cleaning_id"]], row, names)
    for row in Evaluation.objects.values():
        said = row["overall_rating"], row["publishes_at"]
        offers[row["offer_id"]]["said"][names[row["author_id"]]] = said
    for row in Question.objects.values():
        status = "answered" if row["answered_at"] else "withdrawn" if row["withdrawn_at"] else "waiting"
        question = {"by": names[row["asker_id"]], "text": row["text"], "status": status}
        jobs[row["cleaning_id"]]["questions"][row["id"]] = question
    for row in Message.objects.order_by("pk").values():
        offers[row["offer_id"]]["messages"].append((names[row["author_id"]], row["at"]))
    return jobs


def note_event(job: dict, row: dict, names: dict[int, str]) -> None:
    actor = names.get(row["actor_id"])
    offer = job["offers"].get(names.get(row["cleaner_id"]))
    if row["kind"] not in KINDS_WITHOUT_MOVE:
        (offer or job)["last"] = (row["kind"], actor)
    if row["reason"] == NO_SHOW:
        offer["absent"] = job["owner"] if row["kind"] == Kind.CANCEL else names[row["cleaner_id"]]
    if row["kind"] == Kind.ANSWER:
        offer["answers"].add(actor)
    if row["kind"] == Kind.INVITE:
        job["invited"].add(names[row["terms"]["invited"]])
    if row["kind"] == Kind.PASS and actor:
        job["declined"].add(actor)
    if row["kind"] == Kind.UNRESERVE:
        job["opened"][actor] = row["at"]
    if row["kind"] in CHANGE_ENDS and offer and actor:
        offer["changes"][row["terms"]["change"]]["ended"] = actor


def empty_tables() -> None:
    tables = set(connection.introspection.django_table_names(only_existing=True)) - KEPT
    flush = connection.ops.sql_flush(no_style(), sorted(tables), reset_sequences=True)
    connection.ops.execute_sql_flush(flush)


@contextmanager
def nothing_changes() -> Iterator[None]:
    before = rows()
    yield
    assert rows() == before


def path_of(act: dict) -> str:
    what = act["what"]
    page = OFFER_PAGE if what in OF_THE_TWO else "/cleanings/{job}/"
    return (PATHS.get(what) or f"{page}{what}/").format(**act)


def form_of(act: dict) -> dict:
    """What the browser sends, hidden fields included."""
    sent = {name: act[name] for name in ("version", "revision", "change", "reason", "text") if name in act}
    sent |= act.get("terms", {}) | TYPED.get(act["what"], {})
    if "start" in act:
        sent |= FACTS | {"street_address": street_of(act["by"]), "starts_at": typed(act["start"])}
        sent |= {"estimated_hours": act["hours"], "post_token": act.get("token", "")}
    if "seen" in act:
        sent["initial-starts_at"] = typed(act["seen"]["start"], "%Y-%m-%d %H:%M:%S")
        sent["initial-estimated_hours"] = f"{act['seen']['hours'].normalize():f}"
    if act.get("for"):
        sent |= {"reserved_for": act["for"], "reserved_days": act["days_to_answer"]}
        sent |= {"then_open": "on"} if act["then_open"] else {}
    if "stars" in act:
        sent |= {"overall_rating": act["stars"]} if act["stars"] else {"no_show": "on"}
    if "rate" in act:
        sent["hourly_rate"] = act["rate"]
    return sent


def typed(start: datetime | None, picker: str = "%Y-%m-%dT%H:%M") -> str:
    return timezone.localtime(start).strftime(picker) if start else ""


def minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def street_of(owner: str) -> str:
    return f"Hidden Lane of {owner}"
