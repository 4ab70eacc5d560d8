"""For each operation, what a program sends and what it is answered, as `openapi.json` and the reference show them."""

from __future__ import annotations

from typing import Any, NamedTuple

SITE = "https://swept.example"
ROOT = f"{SITE}/api/v1"

Data = dict[str, Any]

PARAMETERS: Data = {
    "cleaning_id": 118,
    "question_id": 7,
    "username": "carl",
    "If-Match": '"5d41402abc4b2a76b9719d911017c592"',
    "If-None-Match": '"5d41402abc4b2a76b9719d911017c592"',
}
HEADERS: Data = {
    "ETag": PARAMETERS["If-Match"],
    "Location": f"{ROOT}/cleanings/118/",
    "Retry-After": 5,
    "WWW-Authenticate": "Bearer",
    "Allow": "GET, HEAD, POST",
}

OLIVIA: Data = {"username": "olivia", "name": "Olivia Peeters"}
CARL: Data = {"username": "carl", "name": "Carl De Smet"}

PERSON: Data = {
    **CARL,
    "url": f"{ROOT}/people/carl/",
    "city": "Ghent",
    "bio": "Windows are what I like best.",
    "photo": None,
    "member_since": "2026-02-03T09:12:45.120000Z",
    "is_hidden": False,
}
ME: Data = {
    **OLIVIA,
    "url": f"{ROOT}/people/olivia/",
    "city": "Ghent",
    "bio": "Two cats and a piano.",
    "photo": f"{SITE}/media/people/3f1c9a.jpg",
    "member_since": "2026-01-18T17:40:02.500000Z",
    "is_hidden": False,
    "email": "olivia@swept.example",
    "full_name": "Olivia Peeters",
    "phone_number": "+32 470 12 34 56",
    "postcode": "9000",
    "unread": 2,
}

NEW_JOB: Data = {
    "name": "Kitchen before the party",
    "description": "Oven and floor most of all.",
    "area": "kitchen",
    "cleaning_type": "spot_clean",
    "supplies": "owner",
    "pets": "yes",
    "hourly_rate": "20.00",
    "estimated_hours": "3.00",
    "starts_at": "2026-12-05T13:00:00Z",
    "city": "Ghent",
    "postcode": "9000",
    "street_address": "Long Lane 12",
}
JOB: Data = {
    "id": 118,
    "url": f"{ROOT}/cleanings/118/",
    "page": f"{SITE}/cleanings/118/",
    "owner": OLIVIA,
    **{name: value for name, value in NEW_JOB.items() if name != "street_address"},
    "status": "open",
    "takes_offers": True,
    "is_hidden": False,
    "version": 1,
    "offers_count": 0,
    "created_at": "2026-11-24T08:30:00.250000Z",
    "updated_at": "2026-11-24T08:30:00.250000Z",
}
# A job as its owner sees it.
OWN_JOB: Data = JOB | {"street_address": "Long Lane 12", "contact": None, "reservation": None}
RESERVATION: Data = {"reserved_for": CARL, "reserved_until": "2026-11-27T08:30:00.250000Z", "then_open": False}

OFFER: Data = {
    "url": f"{ROOT}/cleanings/118/offers/carl/",
    "cleaning": 118,
    "cleaner": CARL,
    "hourly_rate": "21.50",
    "total": "64.50",
    "message": "I bring my own steam cleaner.",
    "status": "pending",
    "status_since": "2026-11-24T10:05:11.900000Z",
    "revision": 1,
    "cleaning_version": 1,
    "is_current": True,
    "is_hidden": False,
    "created_at": "2026-11-24T10:05:11.900000Z",
    "updated_at": "2026-11-24T10:05:11.900000Z",
}
# An agreed job as its cleaner sees it.
AGREED_JOB: Data = JOB | {
    "status": "assigned",
    "takes_offers": False,
    "offers_count": 1,
    "street_address": "Long Lane 12",
    "contact": {"person": OLIVIA, "phone_number": "+32 470 12 34 56"},
    "reservation": None,
}
CHANGE: Data = {
    "id": 31,
    "url": f"{ROOT}/cleanings/118/offers/carl/change/",
    "by": CARL,
    "terms": {"starts_at": "2026-12-05T15:00:00+00:00"},
    "note": "My train is late.",
    "status": "open",
    "created_at": "2026-11-30T07:00:00.400000Z",
    "expires_at": "2026-12-05T13:00:00Z",
}
REVIEW: Data = {
    "id": 52,
    "author": OLIVIA,
    "subject": CARL,
    "cleaning": 118,
    "no_show": False,
    "overall_rating": 5,
    "professionalism": 5,
    "completeness": 4,
    "efficiency": 5,
    "headline": "On time and thorough",
    "comment": "The oven looks like new.",
    "answer": "",
    "is_hidden": False,
    "is_published": True,
    "publishes_at": "2026-12-06T09:00:00.700000Z",
}
RATINGS: Data = {"average": 4.6, "lowest": 3, "highest": 5}
QUESTION: Data = {
    "id": 7,
    "url": f"{ROOT}/cleanings/118/questions/7/",
    "asker": CARL,
    "text": "Is there a lift?",
    "asked_at": "2026-11-24T09:15:00.330000Z",
    "answer": "",
    "answered_at": None,
    "withdrawn_at": None,
    "is_hidden": False,
}
ANSWERED: Data = QUESTION | {"answer": "Yes, for four people.", "answered_at": "2026-11-24T09:40:00.780000Z"}
MESSAGE: Data = {
    "id": 204,
    "author": CARL,
    "text": "I’m there at two.",
    "at": "2026-12-05T12:30:00.150000Z",
    "is_hidden": False,
}
NOTIFICATION: Data = {
    "id": 911,
    "sentence": "Carl De Smet offers €21.50 an hour for your job Kitchen before the party.",
    "page": f"{SITE}/cleanings/118/offers/",
    "topic": "offered",
    "created_at": "2026-11-24T10:05:11.900000Z",
    "read_at": None,
}


class Example(NamedTuple):
    answer: Data | None = None
    body: Data | None = None


def listed(row: Data, following: str = "") -> Data:
    """A page of a list, and where the next one is."""
    return {"results": [row], "next": f"{ROOT}{following}" if following else None, "previous": None}


def with_status(status: str) -> Data:
    return OFFER | {"status": status, "status_since": "2026-11-24T18:20:40.010000Z"}


TERMS: Data = {"hourly_rate": "21.50", "message": "I bring my own steam cleaner.", "version": 1}
RATED: Data = {name: REVIEW[name] for name in ("overall_rating", "professionalism", "completeness", "efficiency")}
STATS: Data = {
    "evaluations": 12,
    "no_shows": 0,
    "stars": {"1": 0, "2": 0, "3": 1, "4": 3, "5": 8},
    "overall_rating": RATINGS,
    "professionalism": RATINGS | {"average": 4.8},
    "completeness": RATINGS,
    "efficiency": {"average": None, "lowest": None, "highest": None},
}
TOKEN: Data = {"token": f"swept_{'4kT9' * 11}wQ2sLp", "expires_at": "2026-11-25T08:29:30.600000Z"}

EXAMPLES: dict[str, Example] = {
    "log_in": Example(TOKEN, {"login": "olivia", "password": "the password of the site", "code": "123456"}),
    "read_me": Example(ME),
    "change_me": Example(ME | {"city": "Bruges", "postcode": "8000"}, {"city": "Bruges", "postcode": "8000"}),
    "read_person": Example(PERSON),
    "list_evaluations": Example(listed(REVIEW)),
    "read_stats": Example(STATS),
    "list_cleanings": Example(listed(JOB, "/cleanings/?type=spot_clean&after=0.1764000000250000.118.0")),
    "post_cleaning": Example(OWN_JOB, NEW_JOB | {"post_token": "1b7e0f6c-2f0a-4c43-9d3e-8d2a4a4f9a10"}),
    "list_my_cleanings": Example(listed(JOB)),
    "read_cleaning": Example(AGREED_JOB),
    "edit_cleaning": Example(OWN_JOB | {"estimated_hours": "4.00", "version": 2}, {"estimated_hours": "4.00"}),
    "delete_cleaning": Example(),
    "close_cleaning": Example(OWN_JOB | {"status": "closed", "takes_offers": False}, {}),
    "open_cleaning": Example(OWN_JOB, {}),
    "invite_cleaner": Example(OWN_JOB | {"reservation": RESERVATION}, {"reserved_for": "carl", "reserved_days": 3}),
    "decline_invitation": Example(None, {}),
    "read_feed": Example(listed({"id": 4021, "event": "created", "at": JOB["created_at"], "cleaning": JOB})),
    "list_my_offers": Example(listed(OFFER)),
    "list_offers": Example(listed(OFFER)),
    "make_offer": Example(OFFER, TERMS),
    "read_offer": Example(OFFER),
    "change_offer": Example(
        OFFER | {"hourly_rate": "19.00", "total": "57.00", "revision": 2}, {"hourly_rate": "19.00", "version": 1}
    ),
    "accept": Example(with_status("accepted"), {"revision": 1, "version": 1}),
    "reject": Example(with_status("rejected"), {}),
    "rescind": Example(with_status("rescinded"), {}),
    "confirm": Example(OFFER | {"cleaning_version": 2, "revision": 2}, {"version": 2}),
    "cancel": Example(with_status("cancelled"), {"reason": "cannot_come", "note": "I have a cold. Sorry!"}),
    "release": Example(with_status("cancelled"), {"reason": "not_needed"}),
    "complete": Example(with_status("completed"), {}),
    "answer_no_show": Example(with_status("cancelled"), {"answer": "I rang at two, and nobody opened."}),
    "evaluate": Example(REVIEW, RATED | {"headline": "On time and thorough", "comment": "The oven looks like new."}),
    "read_change": Example(CHANGE),
    "suggest_change": Example(CHANGE, {"starts_at": "2026-12-05T15:00:00Z", "note": "My train is late."}),
    "agree": Example(CHANGE | {"status": "agreed"}, {"change": 31}),
    "decline": Example(CHANGE | {"status": "declined"}, {"change": 31}),
    "withdraw_change": Example(CHANGE | {"status": "withdrawn"}, {"change": 31}),
    "list_questions": Example(listed(ANSWERED)),
    "ask_question": Example(QUESTION, {"text": "Is there a lift?"}),
    "read_question": Example(ANSWERED),
    "answer_question": Example(ANSWERED, {"answer": "Yes, for four people."}),
    "correct_answer": Example(ANSWERED | {"answer": "No, sorry."}, {"answer": "No, sorry."}),
    "withdraw_question": Example(QUESTION | {"withdrawn_at": "2026-11-24T09:20:00.110000Z"}, {}),
    "list_messages": Example(listed(MESSAGE)),
    "send_message": Example(MESSAGE, {"text": "I’m there at two."}),
    "list_notifications": Example(listed(NOTIFICATION, "/notifications/?after=0.1764000000250000.911.0")),
}

# Examples for problems whose sentence depends on the request.
DETAILS = {
    401: "Send an access token in the header Authorization: Bearer.",
    409: "The offer changed after you opened the page.",
    422: "Enter a rate between €1.00 and €1,000.00 an hour.",
    429: "You’ve tried this too often.",
}
MORE: dict[int, Data] = {
    422: {"fields": {"hourly_rate": [DETAILS[422]]}},
    429: {"retry_after": 5},
    500: {"reference": "9f2c01ab"},
}
