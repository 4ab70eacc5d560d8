"""A random walk over the site, compared after each step with a plain dictionary."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import nullcontext
from datetime import datetime, timedelta
from decimal import Decimal
from html import unescape
from itertools import product
from urllib.parse import urljoin
from uuid import UUID
from zoneinfo import ZoneInfo

import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone
from hypothesis import currently_in_test_context, note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from accounts.models import Block, User
from cleanings.models import Cleaning
from cleanings.states import (
    CHANGE_ENDS,
    MOVES,
    MOVES_BY_KIND,
    NO_SHOW,
    OFFER_LISTS,
    CleaningStatus,
    Kind,
    OfferStatus,
)
from cleanings.terms import PAY
from conversations.models import Question
from mailqueue.models import Mail
from marketplace.testing import PASSWORD, create_user
from marketplace.tests.stateful_model import (
    ASK,
    BLOCK,
    CARRIED_OUT,
    CLOSE_ACCOUNT,
    LOG_IN,
    OF_ALL,
    OF_NO_JOB,
    OF_OWNERS,
    OF_THE_TWO,
    REPEATED,
    REPLY,
    RESCINDED,
    SHOWN_AGAIN,
    STAFF,
    UNBLOCK,
    Model,
    chosen,
    shows_contact,
)
from marketplace.tests.stateful_site import (
    Browser,
    Worker,
    empty_tables,
    form_of,
    minute,
    nothing_changes,
    path_of,
    rows_of_jobs,
    street_of,
)
from notifications.models import Notification
from notifications.topics import Mailing
from offers.changes import Change
from offers.views import TABS
from pages import integrity, scheduled

BEGIN = datetime(2026, 11, 2, 9, tzinfo=ZoneInfo("Europe/Brussels"))
OWNERS, CLEANERS = ("olivia", "oscar", "odette"), ("carl", "cora", "carmen", "colin")
STRANGER, NEWCOMER, VISITOR = "stan", "maria", "nobody"
KINDS = (*OF_NO_JOB, *OF_OWNERS, *OF_ALL, *OF_THE_TWO)
MADE = {Kind.POST: Cleaning, Kind.SUGGEST: Change, ASK: Question}
# What a form may say besides what its page shows; a page suggests the first.
CHOICES: dict[str, list[dict]] = {
    Kind.POST: [{"days": days} for days in (3, 1, 20, None)],
    Kind.OFFER: [{"rate": Decimal(20)}, {"rate": Decimal(25)}],
    Kind.REVISE: [{"rate": Decimal(25)}, {"rate": Decimal(20)}],
    Kind.CANCEL: [{"reason": reason} for reason in ("other", NO_SHOW)],
    Kind.RELEASE: [{"reason": reason} for reason in ("other", NO_SHOW)],
    Kind.EDIT: [{"hours": Decimal(4)}, {"hours": Decimal(3)}, {"days": 9}, {"days": -1}],
    Kind.EVALUATE: [{"stars": stars} for stars in (5, 2, None)],
    Kind.SUGGEST: [{"terms": {name: pay}} for pay in ("4.00", "20.00", "3.00") for name in PAY],
    Kind.INVITE: [{"days_to_answer": 2, "then_open": True}, {"days_to_answer": 5, "then_open": False}],
    ASK: [{"text": "Is there a lift?"}, {"text": "Is there a cat?"}],
}
# What was typed in a session that has ended is shown, so that it is not lost.
ANSWERS = {CARRIED_OUT: (302,), REPEATED: (302,), SHOWN_AGAIN: (200,), LOG_IN: (LOG_IN, 403)}
# What a step of a walk does, the frequent ones several times.
STEPS = (
    *["do_anything"] * 3, *["make_a_move"] * 5, *["go_forward"] * 4, *["attempt_moves"] * 3, *["do_what_is_due"] * 2,
    "attempt", "replay", "wait", "wait_until_a_start", "invite_to_another", "sign_up", "restart",
)  # fmt: skip
MADE_UP = 999
INVARIANTS = [name for name in integrity.NAMES if name.startswith("I")]
NO_OFFER = {"version": 1, "revision": 1, "changes": {}}
NO_JOB = {"offers": {}, "version": 1, "start": None, "hours": Decimal(3), "owner": OWNERS[0], "declined": set()}


class Walk(RuleBasedStateMachine):
    begun = 0
    visited: Counter = Counter()

    def __init__(self) -> None:
        super().__init__()
        Walk.begun += 1
        self.travel = time_machine.travel(BEGIN, tick=False)
        self.clock = self.travel.start()
        empty_tables()
        self.model, self.worker, self.step = Model(), Worker(self.clock), 0
        self.history: list[dict] = []
        self.browsers = {VISITOR: Browser(self.worker)}
        self.numbers: dict[str, int] = {}
        # Who closes an account gets another.
        self.usernames: dict[str, str] = {}

    def teardown(self) -> None:
        self.worker.close()
        self.travel.stop()

    @initialize(owners=st.integers(1, 3), cleaners=st.integers(1, 4))
    def begin(self, owners: int, cleaners: int) -> None:
        for name in (*OWNERS[:owners], *CLEANERS[:cleaners], STRANGER, STAFF):
            is_staff = name == STAFF
            self.numbers[name] = create_user(name, is_staff=is_staff, is_superuser=is_staff).pk
        self.log_in(*self.numbers)
        for by, days in ((OWNERS[0], 3), (OWNERS[owners - 1], None)):
            self.perform(self.filled({"what": Kind.POST, "by": by}, {"days": days}))
        for name in CLEANERS[:cleaners]:
            offer = {"what": Kind.OFFER, "by": name, "job": 1, "cleaner": name}
            self.perform(self.filled(offer, {"rate": Decimal(20)}))

    def log_in(self, *names: str) -> None:
        self.logged_in_at = timezone.now()
        for name in names:
            client = Client()
            client.force_login(User.objects.get(pk=self.numbers[name]))
            cookies = {"sessionid": client.cookies[settings.SESSION_COOKIE_NAME].value}
            self.browsers[name] = Browser(self.worker, cookies)
            self.model.people[name] = True

    @property
    def names(self) -> dict[int, str]:
        return {pk: name for name, pk in self.numbers.items()}

    def username(self, name: str) -> str:
        return self.usernames.get(name, name)

    def members(self) -> list[str]:
        return [name for name, is_open in self.model.people.items() if is_open and name not in (STRANGER, STAFF)]

    # What somebody could do.

    def candidates(self, what: str) -> list[dict]:
        jobs = self.model.jobs.items()
        if what in (BLOCK, UNBLOCK):
            return [{"what": what, "by": by, "person": name} for by in self.members() for name in self.members()]
        if what in OF_NO_JOB:
            is_early = what == CLOSE_ACCOUNT and self.step < 12
            return [{"what": what, "by": name} for name in self.members() if not is_early]
        if what in OF_OWNERS:
            return [{"what": what, "by": job["owner"], "job": pk} for pk, job in jobs]
        if what == REPLY:
            questions = [(pk, number, job["owner"]) for pk, job in jobs for number in job["questions"]]
            return [{"what": what, "by": owner, "job": pk, "question": number} for pk, number, owner in questions]
        if what in OF_ALL:
            pairs = product(jobs, self.members())
            return [{"what": what, "by": name, "job": pk, "cleaner": name} for (pk, _), name in pairs]
        sides = [(pk, name, by) for pk, job in jobs for name in job["offers"] for by in (job["owner"], name)]
        return [{"what": what, "by": by, "job": pk, "cleaner": name} for pk, name, by in sides]

    def possible(self, what: str) -> list[dict]:
        acts = self.candidates(what)
        first = CHOICES.get(what, [{}])[0]
        return [act for act in acts if self.model.verdict(self.with_choice(act, first)) == CARRIED_OUT]

    def filled(self, act: dict, choice: dict, *, is_stale: bool = False) -> dict:
        """With the address and the form that a browser sends."""
        act = self.with_choice(act, choice, is_stale=is_stale)
        named = {role: self.username(act[role]) for role in ("cleaner", "person", "for") if act.get(role)}
        return act | {"path": path_of(act | named), "form": form_of(act | named), "named": named}

    def with_choice(self, act: dict, choice: dict, *, is_stale: bool = False) -> dict:
        """With what the page shows at this moment, or showed a little earlier."""
        what, act = act["what"], act | choice
        job = self.job(act)
        offer = job["offers"].get(act.get("cleaner"), NO_OFFER)
        if what in (Kind.OFFER, Kind.CONFIRM, Kind.REVISE, Kind.ACCEPT):
            act["version"] = max(job["version"] - is_stale, 1)
        if what == Kind.ACCEPT:
            act["revision"] = offer["revision"] - is_stale
        if what in CHANGE_ENDS:
            act["change"] = max(offer["changes"], default=1) - is_stale
        if what == Kind.POST:
            act = {"for": None, "token": str(UUID(int=len(self.history) + 1)), "days": 3, "hours": Decimal(3)} | act
        if what == Kind.EDIT:
            act = {name: job[name] for name in ("hours", "start")} | act
            act["seen"] = {name: job[name] for name in ("hours", "start")}
        if "days" in act:
            act["start"] = act["days"] and minute(timezone.now()) + timedelta(days=act["days"])
        if what == Kind.INVITE:
            act.setdefault("for", min(self.model.invitable(job), default=job["owner"]))
        return act

    def job(self, act: dict) -> dict:
        return self.model.jobs.get(act.get("job"), NO_JOB)

    def perform(self, act: dict) -> None:
        with nullcontext() if self.model.verdict(act) == CARRIED_OUT else nothing_changes():
            self.send(act)

    def send(self, act: dict) -> None:
        self.history.append(act)
        verdict = self.model.verdict(act)
        self.visit(act)
        status, location, _ = self.browsers[act["by"]].post(act["path"], act["form"])
        if currently_in_test_context():
            note(f"{act['by']} {act['path']} {act['form']}: {verdict}, {status}")
        status = LOG_IN if location.startswith("/accounts/login/") else status
        assert status in ANSWERS.get(verdict, (verdict,))
        if verdict == CARRIED_OUT:
            made = MADE.get(act["what"])
            self.model.apply(act, made and made.objects.latest("pk").pk)
            if act["what"] == CLOSE_ACCOUNT:
                self.usernames[act["by"]] = User.objects.get(pk=self.numbers[act["by"]]).username

    def visit(self, act: dict) -> None:
        """Count the cell of the table of moves that this act is in."""
        job = self.model.jobs.get(act.get("job"))
        if job and act["what"] in MOVES_BY_KIND and self.model.people[act["by"]]:
            offer = job["offers"].get(act["cleaner"])
            roles = {job["owner"]: "owner", act["cleaner"]: "cleaner", STAFF: "staff"}
            cell = (offer and offer["status"], job["status"], act["what"], roles.get(act["by"], "stranger"))
            self.visited[cell] += 1

    # One rule, because Hypothesis leaves out some of several, and then hardly any walk gets anywhere.
    @rule(data=st.data(), step=st.sampled_from(STEPS))
    def take_a_step(self, data, step: str) -> None:
        getattr(self, step)(data)

    def do_anything(self, data) -> None:
        self.do_one_of(data, KINDS)

    def make_a_move(self, data) -> None:
        """So a walk gets to where rare statuses meet."""
        self.do_one_of(data, MOVES_BY_KIND)

    def go_forward(self, data) -> None:
        """So a walk gets to evaluations, which come after all else."""
        self.do_one_of(data, (Kind.ACCEPT, Kind.COMPLETE, Kind.EVALUATE))

    def do_one_of(self, data, kinds: Iterable[str]) -> None:
        """Somebody does what is possible."""
        possible = [acts for acts in map(self.possible, kinds) if acts]
        if possible:
            act = data.draw(st.sampled_from(data.draw(st.sampled_from(possible))))
            self.perform(self.filled(act, data.draw(st.sampled_from(CHOICES.get(act["what"], [{}])))))

    def attempt_moves(self, data) -> None:
        """First draw the statuses of job and offer, so that those that are rare have their turn."""
        places = defaultdict(list)
        for (pk, job), name in product(self.model.jobs.items(), self.model.people):
            offer = job["offers"].get(name)
            places[job["status"], offer and offer["status"]].append((pk, name))
        if places:
            pk, cleaner = data.draw(st.sampled_from(data.draw(st.sampled_from(list(places.values())))))
            moves = st.lists(st.sampled_from(list(MOVES_BY_KIND)), min_size=3, max_size=3, unique=True)
            with nothing_changes():
                for what in data.draw(moves):
                    self.try_as_everybody(data, {"what": what, "job": pk}, cleaner)

    def attempt(self, data) -> None:
        people, jobs = list(self.model.people), list(self.model.jobs) or [MADE_UP]
        act = {"what": data.draw(st.sampled_from(KINDS)), "job": data.draw(st.sampled_from(jobs))}
        act |= {"question": data.draw(st.sampled_from([1, 2])), "person": data.draw(st.sampled_from(people))}
        with nothing_changes():
            self.try_as_everybody(data, act, data.draw(st.sampled_from(people)))

    def try_as_everybody(self, data, act: dict, cleaner: str) -> None:
        """People of every role try what they may not, or cannot."""
        what = act["what"]
        choice, is_stale = data.draw(st.sampled_from(CHOICES.get(what, [{}]))), data.draw(st.booleans())
        somebody = data.draw(st.sampled_from(list(self.model.people)))
        for by in dict.fromkeys([self.job(act)["owner"], cleaner, somebody, STRANGER, STAFF]):
            tried = act | {"by": by, "cleaner": by if what in OF_ALL else cleaner}
            tried = self.filled(tried, choice, is_stale=is_stale)
            if self.model.verdict(tried) != CARRIED_OUT:
                self.send(tried)

    def replay(self, data) -> None:
        """The same bytes once more, whatever has become of those who were named."""
        act = data.draw(st.sampled_from(self.history))
        gone = {role: VISITOR for role, name in act["named"].items() if self.username(act[role]) != name}
        self.perform(act | gone)

    def invite_to_another(self, data) -> None:
        owners = [(job["owner"], name) for job in self.model.jobs.values() for name in self.model.invitable(job)]
        owner, name = data.draw(st.sampled_from(sorted(owners) or [(OWNERS[0], None)]))
        choice = data.draw(st.sampled_from(CHOICES[Kind.INVITE]))
        if name and self.model.people[owner]:
            self.perform(self.filled({"what": Kind.POST, "by": owner, "for": name}, choice))

    def wait(self, data) -> None:
        self.pass_days(data.draw(st.sampled_from([0.1, 1, 14, 30])))

    def pass_days(self, days: float) -> None:
        self.travel_to(timezone.now() + timedelta(days=days))

    def wait_until_a_start(self, data) -> None:
        starts = [job["start"] for job in self.model.jobs.values() if job["start"] and job["start"] > timezone.now()]
        if starts:
            self.travel_to(data.draw(st.sampled_from(sorted(starts))))

    def travel_to(self, moment: datetime) -> None:
        self.clock.move_to(moment)
        # Sessions end after fourteen days.
        if moment - self.logged_in_at > timedelta(days=13):
            self.log_in(*(name for name, is_open in self.model.people.items() if is_open))

    def do_what_is_due(self, *_) -> None:
        mails, queued = Mail.objects.count(), Notification.objects.filter(mailing=Mailing.QUEUED)
        before = set(queued.values_list("pk", flat=True))
        done, failed = map(sum, zip(*map(scheduled.run, scheduled.NAMES), strict=True))
        assert failed == 0
        self.model.do_what_is_due()
        # What is told together is in one mail, and in no other.
        threads = queued.exclude(pk__in=before).values_list("recipient", "thread").distinct().count()
        assert Mail.objects.count() - mails == threads
        assert not done or integrity.findings(INVARIANTS) == []

    def sign_up(self, *_) -> None:
        if NEWCOMER in self.model.people:
            return
        browser = self.browsers[NEWCOMER] = Browser(self.worker)
        address = f"{NEWCOMER}@example.org"
        sent = {"username": NEWCOMER, "email": address, "password1": PASSWORD}
        assert browser.post("/accounts/signup/", sent)[0] == 302
        (mail,) = [mail for mail in Mail.objects.all() if mail.recipient == address]
        link = re.search(r"/accounts/confirm-email/[^/\s]+/", str(mail.args_kwargs))[0]
        assert browser.post(link, {})[0] == 302
        assert browser.post("/accounts/login/", {"login": NEWCOMER, "password": PASSWORD})[1] == "/dashboard/"
        self.numbers[NEWCOMER], self.model.people[NEWCOMER] = User.objects.get(username=NEWCOMER).pk, True

    def restart(self, *_) -> None:
        self.worker.kill()
        self.worker.start()

    @invariant()
    def agrees(self) -> None:
        if not self.history:
            return
        assert rows_of_jobs(self.names) == self.model.jobs
        pairs = Block.objects.values_list("blocker", "blocked")
        assert {(self.names[one], self.names[other]) for one, other in pairs} == self.model.blocks
        assert integrity.findings([INVARIANTS[self.step % len(INVARIANTS)]]) == []
        self.step += 1
        self.clock.shift(timedelta(seconds=40))
        self.check_pages()

    def check_pages(self) -> None:
        people, jobs = [*self.model.people, VISITOR], sorted(self.model.jobs)
        person = people[self.step % len(people)]
        if jobs:
            self.check_job(jobs[self.step % len(jobs)], person)
            self.check_offers(jobs[self.step % len(jobs)])
        if self.step % 2 and self.model.people.get(person):
            self.check_dashboard(person)
        else:
            self.check_list(person)

    def check_job(self, pk: int, person: str) -> None:
        job, model = self.model.jobs[pk], self.model
        status, page = self.browsers[person].get(f"/cleanings/{pk}/")
        # A closed account sees what a visitor sees.
        reader = person if model.people.get(person) else VISITOR
        assert status == (200 if model.is_visible(job, reader) else 404)
        if status == 200:
            cleaner = chosen(job) if reader == job["owner"] else reader
            if cleaner in job["offers"]:
                assert moves_in(page, pk, self.username(cleaner)) == model.moves_of(reader, job, cleaner)
            # Who closes an account takes the street along.
            is_told = model.people[job["owner"]] and chosen(job) == reader and shows_contact(job)
            is_shown = reader == job["owner"] or is_told
            assert (street_of(job["owner"]) in page) == is_shown
            if reader != job["owner"]:
                assert [words for words in model.mean(job["owner"]) if words not in page] == []

    def check_offers(self, pk: int) -> None:
        job, model = self.model.jobs[pk], self.model
        if not model.people[job["owner"]]:
            return
        status, page = self.browsers[job["owner"]].get(f"/cleanings/{pk}/offers/")
        assert status == 200
        cards = re.findall(r'<li class="offer">.*?</li>', page, re.DOTALL)
        for name, offer in job["offers"].items():
            if offer["status"] != RESCINDED:
                (card,) = [card for card in cards if f'/offers/{self.username(name)}/"' in card]
                label = f">{OfferStatus(offer['status']).label}</span>"
                assert (label in card) == (offer["status"] != OfferStatus.PENDING)
                assert [words for words in model.mean(name) if words not in card] == []
                assert moves_in(card, pk, self.username(name)) == model.moves_of(job["owner"], job, name)

    def check_list(self, person: str) -> None:
        listed: set[int] = set()
        path = "/cleanings/"
        while path:
            status, page = self.browsers[person].get(path)
            assert status == 200
            listed |= {int(pk) for pk in re.findall(r'id="job-(\d+)"', page)}
            following = re.search(r'href="([^"]+)"\s+rel="next"', page)
            path = urljoin(path, unescape(following[1])) if following else ""
        assert listed == self.model.listed_for(person)

    def check_dashboard(self, person: str) -> None:
        status, page = self.browsers[person].get("/dashboard/")
        assert status == 200
        jobs = self.model.jobs.values()
        owned = Counter(CleaningStatus(job["status"]).label for job in jobs if job["owner"] == person)
        made = Counter(job["offers"][person]["status"] for job in jobs if person in job["offers"])
        offers = {TABS[name]: sum(made[status] for status in statuses) for name, statuses in OFFER_LISTS.items()}
        counts = [(label, number) for label, number in (owned | offers).items() if number]
        assert [count for count in counts if "<span>{}</span> <b>{}</b>".format(*count) not in page] == []


def moves_in(page: str, pk: int, username: str) -> set[str]:
    """The moves that a page links to."""
    kinds = {"edit": Kind.REVISE, "new": Kind.OFFER} | {move.kind: move.kind for move in MOVES}
    found = re.findall(rf'href="/cleanings/{pk}/offers/(?:{username}/)?([a-z]+)/', page)
    return {kinds[name] for name in found if name in kinds}
