"""A dictionary of what people did, which knows what the site has to answer to the next thing that somebody does."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone

from cleanings.contact import SHOWN_FOR
from cleanings.states import (
    ACCEPT,
    CHANGE_ENDS,
    CHANGE_OPEN_FOR,
    COMPLETES_ITSELF_AFTER,
    CONFIRM,
    EVALUATED_WITHIN,
    MOVES,
    MOVES_BY_KIND,
    NO_SHOW,
    OFFER,
    OFFERS_WHEN_CLOSING,
    OVER,
    REVISE,
    WINNING,
    ChangeStatus,
    CleaningStatus,
    Condition,
    Kind,
    Move,
    OfferStatus,
    Role,
)
from conversations.querysets import READ_FOR, WRITTEN_FOR

STAFF = "ada"
OPEN, ASSIGNED, DONE, CLOSED = CleaningStatus
PENDING, ACCEPTED, REJECTED, CANCELLED, RESCINDED, COMPLETED = OfferStatus
# What becomes of a request; of a refusal, its status. Repeating what is done already changes nothing.
CARRIED_OUT, REPEATED, SHOWN_AGAIN, LOG_IN = "carried out", "repeated", "form shown again", "log in"
# What has no event.
DELETE, ASK, REPLY, SAY, CLOSE_ACCOUNT = "delete", "ask", "reply", "say", "close_account"
BLOCK, UNBLOCK = "block", "unblock"
OF_NO_JOB = (Kind.POST, CLOSE_ACCOUNT, BLOCK, UNBLOCK)
OF_OWNERS = (Kind.EDIT, Kind.CLOSE, Kind.INVITE, Kind.UNRESERVE, DELETE)
OF_ALL = (Kind.OFFER, Kind.PASS, ASK, REPLY)
OF_THE_TWO = (
    *(move.kind for move in MOVES if move is not OFFER),
    Kind.EVALUATE, Kind.ANSWER, Kind.SUGGEST, Kind.AGREE, Kind.DECLINE, Kind.WITHDRAW, SAY,
)  # fmt: skip


class Model:
    """What people did, in a plain dictionary, and what the site has to answer to the next thing that somebody does.

    An act is a dictionary too: `what`, `by`, `job`, `cleaner`, and what the form says.
    """

    def __init__(self) -> None:
        self.jobs: dict[int, dict] = {}
        self.people: dict[str, bool] = {}
        self.tokens: dict[str, int] = {}
        self.blocks: set[tuple[str, str]] = set()

    def verdict(self, act: dict) -> str | int:
        if not self.people[act["by"]]:
            return LOG_IN
        if refusal := self.access(act):
            return refusal
        job = self.job_of(act)
        return getattr(self, f"may_{family(act)}")(act, job, job and job["offers"].get(act.get("cleaner")))

    def apply(self, act: dict, pk: int | None = None) -> None:
        """`pk` is the number that the site gave to what was made."""
        job = self.job_of(act)
        getattr(self, f"do_{family(act)}")(act, job, job and job["offers"].get(act.get("cleaner")), pk)

    def job_of(self, act: dict) -> dict | None:
        """The address of an answer names the question alone."""
        if act["what"] == REPLY:
            return next((job for job in self.jobs.values() if act["question"] in job["questions"]), None)
        return self.jobs.get(act.get("job"))

    def access(self, act: dict) -> int | None:
        job = self.job_of(act)
        if act["what"] in OF_NO_JOB:
            return None
        if job is None or not (self.is_visible(job, act["by"]) or was_invited(act, job)):
            return 404
        if act["what"] in OF_OWNERS:
            return None if act["by"] == job["owner"] else 403
        if act["what"] in OF_ALL:
            return None
        if act["by"] not in (job["owner"], act["cleaner"]):
            return 403
        return None if act["cleaner"] in job["offers"] else 404

    # What is so.

    def takes_offers(self, job: dict) -> bool:
        return job["status"] == OPEN and not has_passed(job)

    def is_reserved(self, job: dict, person: str | None = None) -> bool:
        invited, until = job["reserved"]
        return until is not None and timezone.now() < until and self.takes_offers(job) and person in (None, invited)

    def is_open_to(self, job: dict, person: str) -> bool:
        return job["reserved"][0] is None or self.is_reserved(job, person)

    def is_visible(self, job: dict, person: str) -> bool:
        invited, own = job["reserved"][0], job["offers"].get(person)
        is_public = invited is None and (job["status"] != CLOSED or person == STAFF)
        gone = (RESCINDED,) if person == invited else (RESCINDED, REJECTED)
        has_offered = own and (invited is None or own["status"] not in gone)
        return is_public or job["owner"] == person or bool(has_offered) or self.is_reserved(job, person)

    def listed_for(self, person: str) -> set[int]:
        is_open = {pk for pk, job in self.jobs.items() if self.takes_offers(job) and job["reserved"][0] is None}
        return {pk for pk in is_open if not self.has_block(person, self.jobs[pk]["owner"])}

    def invitable(self, job: dict) -> set[str]:
        own = [other["offers"].items() for other in self.jobs.values() if other["owner"] == job["owner"]]
        done = {name for offers in own for name, offer in offers if offer["status"] == COMPLETED and self.people[name]}
        done = {name for name in done if not self.has_block(name, job["owner"])}
        return done - job["declined"] - {name for name, offer in job["offers"].items() if offer["status"] != RESCINDED}

    def has_block(self, one: str, other: str) -> bool:
        return not self.blocks.isdisjoint({(one, other), (other, one)})

    def stars_of(self, person: str) -> list[int]:
        return [
            stars
            for job in self.jobs.values()
            for name, offer in job["offers"].items()
            for author, (stars, at) in offer["said"].items()
            if person in (name, job["owner"]) and author != person and stars and at <= timezone.now()
        ]

    def mean(self, person: str) -> list[str]:
        """As the pages print it."""
        stars = self.stars_of(person)
        return [f"<b>{mean(stars):.1f}</b>", f">({len(stars)}<"] if stars else ["No reviews yet"]

    def is_possible(self, move: Move, job: dict, cleaner: str) -> bool:
        offer = job["offers"].get(cleaner)
        met = {
            Condition.TAKES_OFFERS: self.takes_offers(job),
            Condition.STARTED: has_started(job),
            Condition.CURRENT: offer and offer["version"] == job["version"],
            Condition.OUTDATED: offer and offer["version"] != job["version"],
            Condition.CLEANER_ACTIVE: self.people[cleaner],
            Condition.OPEN_TO_CLEANER: self.is_open_to(job, cleaner),
            Condition.NOT_HIDDEN: True,
            Condition.NO_BLOCK: not self.has_block(cleaner, job["owner"]),
        }
        begins_here = job["status"] == move.cleaning_from and (offer and offer["status"]) in move.offer_from
        return begins_here and all(met[each] for each in move.conditions)

    def moves_of(self, person: str, job: dict, cleaner: str) -> set[str]:
        role = Role.OWNER if person == job["owner"] else Role.CLEANER
        return {move.kind for move in MOVES if move.role == role and self.is_possible(move, job, cleaner)}

    # What is to be answered, and what becomes of it.

    def may_post(self, act: dict, *_) -> str:
        job = {"owner": act["by"], "offers": {}, "declined": set()}
        if is_past(act["start"]) or (act["for"] and act["for"] not in self.invitable(job)):
            return SHOWN_AGAIN
        return REPEATED if self.tokens.get(act["token"]) in self.jobs else CARRIED_OUT

    def do_post(self, act: dict, _job, _offer, pk: int) -> None:
        self.tokens[act["token"]] = pk
        self.jobs[pk] = {
            "owner": act["by"], "status": OPEN, "since": timezone.now(), "version": 1, "start": act["start"],
            "hours": Decimal("3.00"), "count": 0, "reserved": (None, None), "then_open": False,
            "last": (Kind.POST, act["by"]), "invited": set(), "declined": set(), "opened": {}, "offers": {},
            "questions": {},
        }  # fmt: skip
        if act["for"]:
            self.do_invite(act, self.jobs[pk])

    def may_move(self, act: dict, job: dict, offer: dict) -> str | int:
        move, by = MOVES_BY_KIND[act["what"]], act["by"]
        if (by == job["owner"]) != (move.role == Role.OWNER):
            return 403
        is_possible = self.is_possible(move, job, act["cleaner"])
        if act.get("reason") == NO_SHOW and not has_started(job):
            return SHOWN_AGAIN if is_possible else 409
        is_current, has_terms = offer["version"] == job["version"], act.get("rate") in (None, offer["rate"])
        is_stale = act.get("version", job["version"]) != job["version"]
        if (
            is_possible
            and move in (ACCEPT, CONFIRM)
            and (is_stale or act.get("revision", offer["revision"]) != offer["revision"])
        ):
            return 409
        if is_possible:
            return REPEATED if move is REVISE and has_terms and is_current else CARRIED_OUT
        is_done = {REVISE: has_terms, CONFIRM: is_current}.get(move, True)
        is_done = is_done and (offer["status"], offer["last"]) == (move.offer_to, (move.kind, by))
        return REPEATED if is_done else 409

    def do_move(self, act: dict, job: dict, offer: dict, *_) -> None:
        move, last = MOVES_BY_KIND[act["what"]], (act["what"], act["by"])
        if move in (OFFER, REVISE):
            version = max(offer["version"], min(act["version"], job["version"]))
            offer |= {"rate": act["rate"], "revision": offer["revision"] + 1, "version": version}
        if move is CONFIRM:
            offer["version"] = job["version"]
        job["count"] += {Kind.OFFER: 1, Kind.RESCIND: -1}.get(move.kind, 0)
        if act.get("reason") == NO_SHOW:
            offer["absent"] = job["owner"] if move.role == Role.CLEANER else act["cleaner"]
        offer |= {"status": move.offer_to, "since": timezone.now(), "last": last}
        end_changes(offer, ChangeStatus.EXPIRED, when=ACCEPTED in move.offer_from)
        if move.cleaning_to:
            self.set_status(job, move.cleaning_to, last)
        if move.others:
            self.set_others(job, act["cleaner"], *move.others, last)

    def set_status(self, job: dict, status: str, last: tuple) -> None:
        keeps = None if status == OPEN and job["then_open"] else job["reserved"][0]
        job |= {"status": status, "since": timezone.now(), "last": last, "reserved": (keeps, None)}
        end_questions(job, lambda question: status in OVER)

    def set_others(self, job: dict, chosen: str | None, before: str, after: str, last: tuple) -> None:
        for name, offer in job["offers"].items():
            is_revived = after == PENDING
            stays = is_revived and (not self.people[name] or self.has_block(name, job["owner"]))
            if name != chosen and offer["status"] == before and not stays:
                offer |= {"status": after, "since": timezone.now(), "last": last}

    def may_offer(self, act: dict, job: dict, offer: dict | None) -> str | int:
        if act["by"] == job["owner"]:
            return 403
        if offer and (offer["status"], offer["rate"]) == (PENDING, act["rate"]):
            return REPEATED
        return CARRIED_OUT if self.is_possible(OFFER, job, act["by"]) else 409

    def do_offer(self, act: dict, job: dict, *_) -> None:
        empty = {
            "version": 1,
            "revision": 0,
            "absent": None,
            "answers": set(),
            "changes": {},
            "said": {},
            "messages": [],
        }
        self.do_move(act, job, job["offers"].setdefault(act["by"], empty))

    def may_edit(self, act: dict, job: dict, *_) -> str | int:
        if job["status"] != OPEN:
            return 409
        typed = {name for name in ("hours", "start") if act[name] != act["seen"][name]}
        overwrites = any(job[name] not in (act[name], act["seen"][name]) for name in typed)
        if overwrites or ("start" in typed and is_past(act["start"])):
            return SHOWN_AGAIN
        return CARRIED_OUT if any(job[name] != act[name] for name in typed) else REPEATED

    def do_edit(self, act: dict, job: dict, *_) -> None:
        typed = {name: act[name] for name in ("hours", "start") if act[name] != act["seen"][name]}
        # With a start ahead, a job is news once more if it opened to everyone too late.
        if "start" in typed and any(has_passed(job) and at >= job["start"] for at in job["opened"].values()):
            job["since"] = timezone.now() if job["reserved"][0] is None else job["since"]
        job |= typed | {"version": job["version"] + 1, "last": (Kind.EDIT, act["by"])}

    def may_close(self, act: dict, job: dict, *_) -> str | int:
        if (job["status"], job["last"]) == (CLOSED, (Kind.CLOSE, act["by"])):
            return REPEATED
        return CARRIED_OUT if job["status"] == OPEN else 409

    def do_close(self, act: dict, job: dict, *_) -> None:
        last = (Kind.CLOSE, act["by"])
        self.set_status(job, CLOSED, last)
        self.set_others(job, None, *OFFERS_WHEN_CLOSING, last)

    def may_delete(self, act: dict, job: dict, *_) -> str | int:
        has_offers = any(offer["status"] != RESCINDED for offer in job["offers"].values())
        return 409 if has_offers or self.is_reserved(job) else CARRIED_OUT

    def do_delete(self, act: dict, *_) -> None:
        del self.jobs[act["job"]]

    def may_invite(self, act: dict, job: dict, *_) -> str | int:
        is_valid = act["for"] in self.invitable(job)
        if is_valid and self.is_reserved(job, act["for"]):
            return REPEATED
        statuses = {name: offer["status"] for name, offer in job["offers"].items()}
        is_private = job["status"] == OPEN and job["reserved"][0] is not None and not has_passed(job)
        waits = self.is_reserved(job) and statuses.get(job["reserved"][0]) != REJECTED
        if not is_private or waits or PENDING in statuses.values():
            return 409
        return CARRIED_OUT if is_valid else SHOWN_AGAIN

    def do_invite(self, act: dict, job: dict, *_) -> None:
        job |= {
            "reserved": (act["for"], timezone.now() + timedelta(days=act["days_to_answer"])),
            "then_open": act["then_open"],
        }
        job["invited"].add(act["for"])

    def may_unreserve(self, act: dict, job: dict, *_) -> str | int:
        is_public = job["reserved"][0] is None
        if is_public and act["by"] in job["opened"]:
            return REPEATED
        return 409 if is_public or job["status"] != OPEN else CARRIED_OUT

    def do_unreserve(self, act: dict, job: dict, *_) -> None:
        job |= {"reserved": (None, None), "since": job["since"] if has_passed(job) else timezone.now()}
        job["opened"][act["by"]] = timezone.now()

    def may_pass(self, act: dict, job: dict, *_) -> str | int:
        if act["by"] in job["declined"]:
            return REPEATED
        if act["by"] not in job["invited"]:
            return 403
        has_offer = job["offers"].get(act["by"], {}).get("status") == PENDING
        return CARRIED_OUT if self.is_reserved(job, act["by"]) and not has_offer else 409

    def do_pass(self, act: dict, job: dict, *_) -> None:
        job["reserved"] = (job["reserved"][0], None)
        job["declined"] |= {act["by"]} - {None}
        if job["then_open"]:
            self.do_unreserve({"by": None}, job)

    def may_suggest(self, act: dict, job: dict, offer: dict) -> str | int:
        asked = open_change(offer)
        is_over = offer["status"] != ACCEPTED or self.has_block(act["cleaner"], job["owner"])
        if is_over or (asked and asked["by"] != act["by"]):
            return 409
        ((name, value),) = act["terms"].items()
        if Decimal(value) == (offer["rate"] if name == "hourly_rate" else job["hours"]):
            return SHOWN_AGAIN
        is_same = asked and (asked["terms"], asked["version"]) == (act["terms"], job["version"])
        return REPEATED if is_same else CARRIED_OUT

    def do_suggest(self, act: dict, job: dict, offer: dict, pk: int) -> None:
        end_changes(offer, ChangeStatus.WITHDRAWN if open_change(offer) else ChangeStatus.EXPIRED)
        offer["changes"][pk] = {
            "by": act["by"], "status": ChangeStatus.OPEN, "version": job["version"], "terms": act["terms"],
            "until": timezone.now() + CHANGE_OPEN_FOR, "ended": None,
        }  # fmt: skip

    def may_end_change(self, act: dict, job: dict, offer: dict) -> str | int:
        change = offer["changes"].get(act["change"])
        if change is None:
            return 409
        if (act["by"] == change["by"]) != (act["what"] == Kind.WITHDRAW):
            return 403
        is_outdated = change["version"] != job["version"] or self.has_block(act["cleaner"], job["owner"])
        if change is open_change(offer) and not (act["what"] == Kind.AGREE and is_outdated):
            return CARRIED_OUT
        is_done = (change["status"], change["ended"]) == (CHANGE_ENDS[act["what"]], act["by"])
        return REPEATED if is_done else 409

    def do_end_change(self, act: dict, job: dict, offer: dict, *_) -> None:
        change, last = offer["changes"][act["change"]], (act["what"], act["by"])
        change |= {"status": CHANGE_ENDS[act["what"]], "ended": act["by"]}
        if act["what"] == Kind.AGREE:
            job["version"] += 1
            offer |= {"version": job["version"], "last": last}
            if rate := change["terms"].get("hourly_rate"):
                offer |= {"rate": Decimal(rate), "revision": offer["revision"] + 1}
            else:
                job |= {"hours": Decimal(change["terms"]["estimated_hours"]), "last": last}

    def may_evaluate(self, act: dict, job: dict, offer: dict) -> str | int:
        other = other_side(act, job)
        is_over = offer["status"] == COMPLETED or offer["absent"] == other
        in_time = is_over and timezone.now() < offer["since"] + EVALUATED_WITHIN
        return CARRIED_OUT if in_time and act["by"] not in offer["said"] and self.people[other] else 409

    def do_evaluate(self, act: dict, job: dict, offer: dict, *_) -> None:
        published = timezone.now() if offer["said"] else offer["since"] + EVALUATED_WITHIN
        offer["said"][act["by"]] = None if offer["absent"] else act["stars"], published
        offer["said"] = {author: (stars, published) for author, (stars, _) in offer["said"].items()}

    def may_answer(self, act: dict, job: dict, offer: dict) -> str | int:
        if act["by"] in offer["answers"]:
            return REPEATED
        stars, _ = offer["said"].get(other_side(act, job), (5, None))
        return CARRIED_OUT if act["by"] == offer["absent"] or stars is None else 409

    def do_answer(self, act: dict, job: dict, offer: dict, *_) -> None:
        offer["answers"].add(act["by"])

    def may_ask(self, act: dict, job: dict, *_) -> str | int:
        if act["by"] == job["owner"]:
            return 403
        waiting = {"by": act["by"], "text": act["text"], "status": "waiting"}
        if waiting in job["questions"].values():
            return REPEATED
        is_open = self.takes_offers(job) and self.is_open_to(job, act["by"])
        return CARRIED_OUT if is_open and not self.has_block(act["by"], job["owner"]) else 409

    def do_ask(self, act: dict, job: dict, _offer, pk: int) -> None:
        job["questions"][pk] = {"by": act["by"], "text": act["text"], "status": "waiting"}

    def may_reply(self, act: dict, job: dict, *_) -> str | int:
        question = job["questions"].get(act["question"])
        is_mine = act["by"] == job["owner"]
        if not question or not (question["status"] == "answered" or is_mine or act["by"] == question["by"]):
            return 404
        if not is_mine:
            return 403
        if question["status"] == "answered":
            return REPEATED
        return 409 if job["status"] in OVER else CARRIED_OUT

    def do_reply(self, act: dict, job: dict, *_) -> None:
        job["questions"][act["question"]]["status"] = "answered"

    def may_say(self, act: dict, job: dict, offer: dict) -> str | int:
        now, (author, at) = timezone.now(), offer["messages"][-1] if offer["messages"] else (None, None)
        if author == act["by"] and now - at < timedelta(minutes=1):
            return REPEATED
        in_time = offer["status"] == ACCEPTED or (offer["status"] == COMPLETED and now < offer["since"] + WRITTEN_FOR)
        other = other_side(act, job)
        return CARRIED_OUT if in_time and self.people[other] and not self.has_block(act["by"], other) else 409

    def do_say(self, act: dict, job: dict, offer: dict, *_) -> None:
        offer["messages"].append((act["by"], timezone.now()))

    def may_close_account(self, act: dict, *_) -> str | int:
        owns = any(job["owner"] == act["by"] and job["status"] == ASSIGNED for job in self.jobs.values())
        has_jobs = any(job["offers"].get(act["by"], {}).get("status") == ACCEPTED for job in self.jobs.values())
        return 409 if owns or has_jobs else CARRIED_OUT

    def do_close_account(self, act: dict, *_) -> None:
        for job in self.jobs.values():
            if (offer := job["offers"].get(act["by"])) and offer["status"] == PENDING:
                self.do_move({"what": Kind.RESCIND, "by": act["by"], "cleaner": act["by"]}, job, offer)
            if job["owner"] == act["by"] and job["status"] == OPEN:
                self.do_close(act, job)
            if self.is_reserved(job, act["by"]):
                self.do_pass(act, job)
            end_questions(job, lambda question: question["by"] == act["by"])
        self.people[act["by"]] = False
        self.blocks = {pair for pair in self.blocks if act["by"] not in pair}

    def may_block(self, act: dict, *_) -> str | int:
        if not self.people.get(act["person"]):
            return 404
        if act["person"] == act["by"]:
            return 403
        return REPEATED if (act["by"], act["person"]) in self.blocks else CARRIED_OUT

    def do_block(self, act: dict, *_) -> None:
        by, person = act["by"], act["person"]
        self.blocks.add((by, person))
        for job in self.jobs.values():
            if job["owner"] in (by, person):
                self.end_between(by, person, job)

    def end_between(self, by: str, person: str, job: dict) -> None:
        other = person if job["owner"] == by else by
        if (offer := job["offers"].get(other)) and offer["status"] == PENDING:
            kind = Kind.RESCIND if other == by else Kind.REJECT
            self.do_move({"what": kind, "by": by, "cleaner": other}, job, offer)
        for change in offer["changes"].values() if offer else ():
            if change is open_change(offer):
                kind = Kind.WITHDRAW if change["by"] == by else Kind.DECLINE
                change |= {"status": CHANGE_ENDS[kind], "ended": by}
        end_changes(offer or {"changes": {}}, ChangeStatus.EXPIRED)
        if job["status"] == OPEN and job["reserved"][0] == other and job["reserved"][1]:
            self.do_pass({"by": by if by == other and self.is_reserved(job) else None}, job)
        end_questions(job, lambda question: question["by"] == other)

    def may_unblock(self, act: dict, *_) -> str | int:
        if not self.people.get(act["person"]):
            return 404
        return CARRIED_OUT if (act["by"], act["person"]) in self.blocks else REPEATED

    def do_unblock(self, act: dict, *_) -> None:
        self.blocks.discard((act["by"], act["person"]))

    def do_what_is_due(self) -> None:
        for job in self.jobs.values():
            invited, until = job["reserved"]
            if until and job["status"] == OPEN and not (self.is_reserved(job) and self.people[invited]):
                self.do_pass({"by": None}, job)
            for name, offer in job["offers"].items():
                end_changes(offer, ChangeStatus.EXPIRED, when=not open_change(offer))
                start = max(job["start"] or job["since"], job["since"])
                if offer["status"] == ACCEPTED and is_past(start + COMPLETES_ITSELF_AFTER):
                    self.do_move({"what": Kind.COMPLETE, "by": None, "cleaner": name}, job, offer)
                kept = {COMPLETED: WRITTEN_FOR + READ_FOR, CANCELLED: READ_FOR}.get(offer["status"])
                if kept and is_past(offer["since"] + kept):
                    offer["messages"].clear()


def family(act: dict) -> str:
    """Which methods of the model are about this act."""
    if act["what"] in MOVES_BY_KIND and act["what"] != Kind.OFFER:
        return "move"
    return "end_change" if act["what"] in CHANGE_ENDS else act["what"]


def was_invited(act: dict, job: dict) -> bool:
    """Who declines twice finds the cleaning out of sight."""
    return act["what"] == Kind.PASS and job["reserved"][0] == act["by"]


def is_past(moment: datetime | None) -> bool:
    return moment is not None and moment <= timezone.now()


def has_passed(job: dict) -> bool:
    return is_past(job["start"])


def has_started(job: dict) -> bool:
    return job["status"] in (ASSIGNED, DONE) if job["start"] is None else has_passed(job)


def other_side(act: dict, job: dict) -> str:
    return act["cleaner"] if act["by"] == job["owner"] else job["owner"]


def chosen(job: dict) -> str | None:
    return next((name for name, offer in job["offers"].items() if offer["status"] in WINNING), None)


def shows_contact(job: dict) -> bool:
    start = max(job["start"] or job["since"], job["since"])
    ends = {ASSIGNED: start + COMPLETES_ITSELF_AFTER, DONE: job["since"]}.get(job["status"])
    return ends is not None and not is_past(ends + SHOWN_FOR)


def open_change(offer: dict) -> dict | None:
    is_open = [each for each in offer["changes"].values() if each["status"] == ChangeStatus.OPEN]
    return next((each for each in is_open if not is_past(each["until"])), None)


def end_changes(offer: dict, status: str, *, when: bool = True) -> None:
    for change in offer["changes"].values():
        if when and change["status"] == ChangeStatus.OPEN:
            change["status"] = status


def end_questions(job: dict, ends: Callable[[dict], bool]) -> None:
    kept = {pk: each for pk, each in job["questions"].items() if each["status"] == "answered" or not ends(each)}
    job["questions"] = kept


def mean(stars: list[int]) -> Decimal:
    return (Decimal(sum(stars)) / len(stars)).quantize(Decimal("0.1"), ROUND_HALF_UP)
