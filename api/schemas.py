"""What goes in and comes out. Lengths and ranges are checked by the verbs, whose sentences people know; here they are
said to programs. What comes out is written by `representations.py`, and a test holds both together."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, WithJsonSchema

from cleanings.constraints import MOST_CHARACTERS, Area, CleaningType, Pets, Supplies
from cleanings.states import CancelReason, ChangeStatus, CleaningStatus, OfferStatus, ReleaseReason


def in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("This time is outside the calendar") from error


def limited(most: int, least: int = 0) -> Any:
    """Documents how long a text may be; the verb checks it."""
    return Field(json_schema_extra={"maxLength": most, "minLength": least})


def decimal(least: str, most: str, example: str) -> WithJsonSchema:
    """A string, so that no program rounds it; a number is understood too."""
    described: dict[str, Any] = {
        "anyOf": [
            {"type": "string", "pattern": r"^[0-9]{1,4}(\.[0-9]{1,2})?$"},
            {"type": "number", "minimum": float(least), "maximum": float(most), "multipleOf": 0.01},
        ],
        "examples": [example],
    }
    return WithJsonSchema(described)


Rate = Annotated[Decimal, decimal("1", "1000", "22.50")]
Hours = Annotated[Decimal, decimal("0.5", "24", "3.00")]
Moment = Annotated[AwareDatetime, AfterValidator(in_utc)]
Number = Annotated[int, Field(strict=True, ge=1, le=2_147_483_647)]
Flag = Annotated[bool, Field(strict=True)]
Stars = Annotated[int, Field(strict=True, ge=1, le=5)]
# Of what may be left out, the value is never read: only what was sent counts.
unset: Any = Field(default_factory=lambda: None)


class Input(Schema):
    model_config = ConfigDict(extra="forbid")

    @property
    def sent(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.model_fields_set}


class Credentials(Input):
    login: Annotated[str, limited(254)] = Field(description="E-mail address or username.", examples=["olivia"])
    password: Annotated[str, limited(1000)]
    code: Annotated[str, limited(20)] = Field("", description="Of the second factor, where one is set up.")


class Profile(Input):
    """Only what is sent changes."""

    full_name: Annotated[str, limited(80)] = unset
    bio: Annotated[str, limited(2000)] = unset
    phone_number: Annotated[str, limited(30)] = unset
    city: Annotated[str, limited(80)] = unset
    postcode: Annotated[str, limited(12)] = unset


class CleaningChanges(Input):
    """Only what is sent changes. Other terms raise the version, and each pending cleaner is asked to confirm."""

    name: Annotated[str, limited(MOST_CHARACTERS["name"], 1)] = unset
    description: Annotated[str, limited(MOST_CHARACTERS["description"])] = unset
    area: Area = unset
    cleaning_type: CleaningType = unset
    supplies: Supplies | Literal[""] = unset
    pets: Pets | Literal[""] = unset
    hourly_rate: Rate = unset
    estimated_hours: Hours = unset
    starts_at: Moment | None = unset
    city: Annotated[str, limited(MOST_CHARACTERS["city"], 1)] = unset
    postcode: Annotated[str, limited(MOST_CHARACTERS["postcode"], 1)] = unset
    street_address: Annotated[str, limited(MOST_CHARACTERS["street_address"], 1)] = unset


class NewCleaning(CleaningChanges):
    """With `reserved_for`, only that cleaner sees it, who has done a job for you, for as many days."""

    name: Annotated[str, limited(MOST_CHARACTERS["name"], 1)] = Field(examples=["Kitchen before the party"])
    cleaning_type: CleaningType
    hourly_rate: Rate
    estimated_hours: Hours
    city: Annotated[str, limited(MOST_CHARACTERS["city"], 1)] = Field(examples=["Ghent"])
    postcode: Annotated[str, limited(MOST_CHARACTERS["postcode"], 1)] = Field(examples=["9000"])
    street_address: Annotated[str, limited(MOST_CHARACTERS["street_address"], 1)] = Field(examples=["Long Lane 12"])
    post_token: UUID = Field(default_factory=lambda: None, description="Sent twice, the same token posts one job.")  # type: ignore[assignment]
    reserved_for: Annotated[str, limited(30, 3)] = unset
    reserved_days: Annotated[int, Field(strict=True, ge=1, le=7)] = 3
    then_open: Flag = False

    @property
    def facts(self) -> dict[str, Any]:
        return {name: value for name, value in self.sent.items() if name in CleaningChanges.model_fields}

    @property
    def has_invitation(self) -> bool:
        return "reserved_for" in self.model_fields_set


class Invitation(Input):
    reserved_for: Annotated[str, limited(30, 3)]
    reserved_days: Annotated[int, Field(strict=True, ge=1, le=7)] = 3
    then_open: Flag = False


class OfferTerms(Input):
    """`version` is that of the job that the program showed."""

    hourly_rate: Rate
    message: Annotated[str, limited(1000)] = ""
    version: Number


class OfferChanges(Input):
    """Only what is sent changes."""

    hourly_rate: Rate = unset
    message: Annotated[str, limited(1000)] = unset
    version: Number


class Acceptance(Input):
    """What the program showed: the revision of the offer and, to be sure of that too, the version of the job."""

    revision: Number
    version: Number = unset


class Confirmation(Input):
    version: Number


class Nothing(Input):
    """An empty object, or no body."""


class Cancellation(Input):
    reason: CancelReason
    note: Annotated[str, limited(500)] = ""


class Release(Input):
    reason: ReleaseReason
    note: Annotated[str, limited(500)] = ""


class NoShowAnswer(Input):
    answer: Annotated[str, limited(500, 1)]


class Suggestion(Input):
    """At least one term that differs from what is agreed; the place is the owner's to change."""

    note: Annotated[str, limited(500)] = ""
    hourly_rate: Rate = unset
    estimated_hours: Hours = unset
    cleaning_type: CleaningType = unset
    area: Area = unset
    supplies: Supplies | Literal[""] = unset
    pets: Pets | Literal[""] = unset
    starts_at: Moment | None = unset
    city: Annotated[str, limited(MOST_CHARACTERS["city"], 1)] = unset
    postcode: Annotated[str, limited(MOST_CHARACTERS["postcode"], 1)] = unset
    street_address: Annotated[str, limited(MOST_CHARACTERS["street_address"], 1)] = unset


class ChangeAnswer(Input):
    """`change` is the id of the change that the program showed."""

    change: Number


class EvaluationInput(Input):
    """A no-show has no ratings; only owners rate the parts."""

    no_show: Flag = False
    overall_rating: Stars | None = None
    professionalism: Stars | None = None
    completeness: Stars | None = None
    efficiency: Stars | None = None
    headline: Annotated[str, limited(100)] = ""
    comment: Annotated[str, limited(2000)] = ""


class QuestionInput(Input):
    text: Annotated[str, limited(500, 1)]


class AnswerInput(Input):
    answer: Annotated[str, limited(500, 1)]


class MessageInput(Input):
    text: Annotated[str, limited(2000, 1)]


class Token(Schema):
    token: str
    expires_at: datetime


class Problem(Schema):
    """RFC 9457. `fields` names what has to be corrected, each with its sentences."""

    type: str
    title: str
    status: int
    detail: str
    fields: dict[str, list[str]] = unset
    retry_after: Annotated[int, Field(description="Seconds to wait.")] = unset
    reference: Annotated[str, Field(description="Of a fault of ours, for a mail to us.")] = unset


class PersonRef(Schema):
    """`username` is null for a former member."""

    username: str | None
    name: str


class Person(PersonRef):
    url: str
    city: str
    bio: str
    photo: str | None
    member_since: datetime
    is_hidden: bool


class Me(Person):
    email: str
    full_name: str
    phone_number: str
    postcode: str
    unread: int


class Ratings(Schema):
    average: float | None
    lowest: int | None
    highest: int | None


class Stats(Schema):
    """Of published evaluations. `stars` says how often each number was given; parts are rated by owners alone."""

    evaluations: int
    no_shows: int
    stars: dict[str, int]
    overall_rating: Ratings
    professionalism: Ratings
    completeness: Ratings
    efficiency: Ratings


class Cleaning(Schema):
    id: int
    url: str
    page: str
    owner: PersonRef
    name: str
    description: str
    area: Area
    cleaning_type: CleaningType
    supplies: Supplies | Literal[""]
    pets: Pets | Literal[""]
    hourly_rate: str
    estimated_hours: str
    starts_at: datetime | None
    city: str
    postcode: str
    status: CleaningStatus
    takes_offers: bool
    is_hidden: bool
    version: int
    offers_count: int
    created_at: datetime
    updated_at: datetime


class Offer(Schema):
    url: str
    cleaning: int
    cleaner: PersonRef
    hourly_rate: str
    total: str
    message: str
    status: OfferStatus
    status_since: datetime
    revision: int
    cleaning_version: int
    is_current: bool
    is_hidden: bool
    created_at: datetime
    updated_at: datetime


class Contact(Schema):
    """Of the other side of an agreed job, until 30 days after it. Reading it adds a line to the timeline."""

    person: PersonRef
    phone_number: str


class Reservation(Schema):
    reserved_for: PersonRef
    reserved_until: datetime | None
    then_open: bool


class CleaningDetail(Cleaning):
    """`street_address`, `contact` and `reservation` are null for all who may not see them."""

    street_address: str | None
    contact: Contact | None
    reservation: Reservation | None


class Change(Schema):
    """Terms of an agreed job that one side suggests; only what differs."""

    id: int
    url: str
    by: PersonRef
    terms: dict[str, str | None]
    note: str
    status: ChangeStatus
    created_at: datetime
    expires_at: datetime


class Evaluation(Schema):
    id: int
    author: PersonRef
    subject: PersonRef
    cleaning: int | None
    no_show: bool
    overall_rating: int | None
    professionalism: int | None
    completeness: int | None
    efficiency: int | None
    headline: str
    comment: str
    answer: str
    is_hidden: bool
    is_published: bool
    publishes_at: datetime


class Question(Schema):
    id: int
    url: str
    asker: PersonRef
    text: str
    asked_at: datetime
    answer: str
    answered_at: datetime | None
    withdrawn_at: datetime | None
    is_hidden: bool


class Message(Schema):
    id: int
    author: PersonRef
    text: str
    at: datetime
    is_hidden: bool


class Notification(Schema):
    id: int
    sentence: str
    page: str
    topic: str
    created_at: datetime
    read_at: datetime | None


class News(Schema):
    """`created` for a job that everyone sees since, `updated` for a change of one."""

    id: int
    event: Literal["created", "updated"]
    at: datetime
    cleaning: Cleaning


class Page(Schema):
    next: str | None
    previous: str | None


class Cleanings(Page):
    results: list[Cleaning]


class Offers(Page):
    results: list[Offer]


class Evaluations(Page):
    results: list[Evaluation]


class Questions(Page):
    results: list[Question]


class Messages(Page):
    results: list[Message]


class Notifications(Page):
    results: list[Notification]


class Feed(Page):
    results: list[News]


def problems(*statuses: int) -> dict[int, type[Problem]]:
    """The errors of an operation that `openapi.py` does not tell from its shape."""
    return dict.fromkeys(statuses, Problem)
