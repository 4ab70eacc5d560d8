from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from accounts.models import User
from accounts.rate_limits import count_search
from api.answers import answer, created, nothing, page, page_of, require_match, tagged
from api.authentication import ACTS, IN_ADDRESS, READS, READS_PUBLIC, MemberRequest, PublicRequest
from api.representations import CLEANING, cleaning_data, cleaning_detail, news_data
from api.schemas import (
    CleaningChanges,
    CleaningDetail,
    Cleanings,
    Feed,
    Invitation,
    NewCleaning,
    Nothing,
    problems,
)
from cleanings.browse.filters import CleaningFilter
from cleanings.browse.listing import OpenJobs
from cleanings.constraints import CLEANER_SENTENCE
from cleanings.contact import contact_for
from cleanings.models import Cleaning, Event
from cleanings.querysets import CleaningQuerySet
from cleanings.shortcuts import visible_or_404
from cleanings.states import CleaningStatus, IllegalMove
from core.paging import Segment, built_segment
from core.statements import Statement
from core.transactions import atomic

router = Router(tags=["Jobs"])


class Filters(Schema):
    """As on the site; a place that is no postcode is the name of a town."""

    q: str = Field("", description="Words; each has to be found.")
    type: str = Field("", description="dust_up, spot_clean or full_clean.")
    area: str = Field("", description="Part of the home, like kitchen.")
    city: str = Field("", description="Name of the town, in any of its spellings.")
    near: str = Field("", description="A postcode, or a town.")
    within: str = Field("", description="Kilometres from the postcode: 5, 10, 25 or 50.")
    min_rate: str = Field("", description="Least rate an hour, like 18 or 18.50.")
    max_rate: str = Field("", description="Highest rate an hour.")
    from_: str = Field("", alias="from", description="First day, like 2026-11-24.")
    to: str = Field("", description="Last day.")
    sort: str = Field("", description="match, newest, soonest, highest, lowest or nearest.")
    after: str = Field("", description="A place in the list, from `next` or `previous`.")


KNOWN = {field.alias or name for name, field in Filters.model_fields.items()}


class ListOfCleanings(OpenJobs):
    """Reads whole rows, because a program gets all that is public at once."""

    @classmethod
    def columns_of(cls, rows: CleaningQuerySet) -> QuerySet:
        return rows.with_owner().only("postcode_key", "status_since", *CLEANING)


@Statement
def cleaning_with_owner(pk: int) -> QuerySet[Cleaning]:
    return Cleaning.objects.with_owner().filter(pk=pk)


def get_cleaning(cleaning_id: int, reader: User | AnonymousUser) -> Cleaning:
    return visible_or_404(cleaning_with_owner.first(cleaning_id), reader)


def get_own_cleaning(cleaning_id: int, owner: User) -> Cleaning:
    cleaning = get_cleaning(cleaning_id, owner)
    if not cleaning.is_owned_by(owner):
        raise PermissionDenied
    return cleaning


def detail(cleaning: Cleaning, reader: User | AnonymousUser) -> dict:
    return cleaning_detail(cleaning, reader, contact_for(reader, cleaning))


@router.get("/cleanings/", auth=READS_PUBLIC, response={200: Cleanings, **problems(429)}, url_name="cleanings")
def list_cleanings(request: PublicRequest, filters: Query[Filters]) -> HttpResponse:
    """List open jobs. Each filter is the one of the page that lists jobs; one that is not known is refused."""
    count_search(request)
    if unknown := set(request.GET) - KNOWN - set(IN_ADDRESS):
        raise ValidationError(dict.fromkeys(sorted(unknown), "There’s no such filter."))
    found = CleaningFilter(request.GET)
    if found.errors:
        raise ValidationError(found.errors.as_data())
    listing = ListOfCleanings(found, request.auth, after=filters.after)
    if listing.is_lost:
        raise ValidationError({"after": "That place in the list is not known. Begin without it."})
    return page_of(request, listing, lambda cleaning: cleaning_data(cleaning, request.auth))


@router.post("/cleanings/", auth=ACTS, response={201: CleaningDetail, **problems(409)}, url_name="cleanings")
def post_cleaning(request: MemberRequest, payload: NewCleaning) -> HttpResponse:
    """Post a job, for everyone or for one cleaner. Sent twice with the same `post_token`, it is posted once."""
    invitation = invitation_of(payload, request.auth) if payload.has_invitation else {}
    cleaning = Cleaning.post(by=request.auth, token=payload.post_token, **payload.facts, **invitation)
    return created(detail(cleaning, request.auth))


def invitation_of(payload: NewCleaning | Invitation, owner: User) -> dict:
    cleaner = Cleaning.invitable_by(owner).filter(username=payload.reserved_for).first()
    if cleaner is None:
        raise ValidationError({"reserved_for": CLEANER_SENTENCE})
    return {"reserved_for": cleaner, "reserved_days": payload.reserved_days, "then_open": payload.then_open}


newest_jobs_of = built_segment(lambda owner: Cleaning.objects.filter(owner=owner), ("created_at",), is_descending=True)


@router.get("/cleanings/mine/", auth=READS, response={200: Cleanings}, url_name="my_cleanings")
def list_my_cleanings(request: MemberRequest, status: CleaningStatus | None = None, after: str = "") -> HttpResponse:
    """List your own jobs, the newest first."""
    owner = request.auth
    segment = newest_jobs_of(owner.pk)
    if status:
        segment = Segment(owner.cleanings.with_status(status), segment.names, segment.is_descending)

    def show(cleaning: Cleaning) -> dict:
        cleaning.owner = owner
        return cleaning_data(cleaning, owner)

    return page(request, [segment], show)


@router.get(
    "/cleanings/{id:cleaning_id}/", auth=READS_PUBLIC, response={200: CleaningDetail, 304: None},
    url_name="cleaning",
)  # fmt: skip
def read_cleaning(request: PublicRequest, cleaning_id: int) -> HttpResponse:
    """Read a job. The two sides of an agreed one see each other’s contact data, and such a look is recorded."""
    reader, cleaning = request.auth, get_cleaning(cleaning_id, request.auth)
    contact = contact_for(reader, cleaning)
    # A HEAD shows nothing.
    if contact and reader.is_authenticated and request.META["REQUEST_METHOD"] == "GET":
        contact.record_view(by=reader)
    return tagged(request, cleaning_detail(cleaning, reader, contact))


@router.patch(
    "/cleanings/{id:cleaning_id}/", auth=ACTS, response={200: CleaningDetail, **problems(409, 412)},
    url_name="cleaning",
)  # fmt: skip
@atomic
def edit_cleaning(request: MemberRequest, cleaning_id: int, payload: CleaningChanges) -> HttpResponse:
    """Change an open job. Only what is sent changes, and other terms raise its `version`."""
    cleaning = get_own_cleaning(cleaning_id, request.auth)
    cleaning.lock()
    require_match(request, detail(cleaning, request.auth))
    cleaning.edit(by=request.auth, **payload.sent)
    return tagged(request, detail(cleaning, request.auth))


@router.delete(
    "/cleanings/{id:cleaning_id}/", auth=ACTS, response={204: None, **problems(409, 412)}, url_name="cleaning"
)
@atomic
def delete_cleaning(request: MemberRequest, cleaning_id: int) -> HttpResponse:
    """Delete a job that has no offer."""
    cleaning = get_own_cleaning(cleaning_id, request.auth)
    cleaning.lock()
    require_match(request, detail(cleaning, request.auth))
    cleaning.delete(by=request.auth)
    return nothing()


@router.post("/cleanings/{id:cleaning_id}/close/", auth=ACTS, response={200: CleaningDetail, **problems(409)})
def close_cleaning(request: MemberRequest, cleaning_id: int, payload: Nothing | None = None) -> HttpResponse:
    """Close an open job; every offer that waits is turned down."""
    cleaning = get_own_cleaning(cleaning_id, request.auth)
    cleaning.close(by=request.auth)
    return answer(detail(cleaning, request.auth))


@router.post("/cleanings/{id:cleaning_id}/open/", auth=ACTS, response={200: CleaningDetail, **problems(409)})
def open_cleaning(request: MemberRequest, cleaning_id: int, payload: Nothing | None = None) -> HttpResponse:
    """Open a job that was for an invited cleaner to everyone."""
    cleaning = get_own_cleaning(cleaning_id, request.auth)
    cleaning.unreserve(by=request.auth)
    return answer(detail(cleaning, request.auth))


@router.post("/cleanings/{id:cleaning_id}/invite/", auth=ACTS, response={200: CleaningDetail, **problems(409)})
def invite_cleaner(request: MemberRequest, cleaning_id: int, payload: Invitation) -> HttpResponse:
    """Invite another cleaner to a job that only you see."""
    cleaning = get_own_cleaning(cleaning_id, request.auth)
    if why_not := cleaning.why_not_invite():
        raise IllegalMove(why_not)
    invitation = invitation_of(payload, request.auth)
    cleaning.invite(
        invitation["reserved_for"], by=request.auth, days=payload.reserved_days, then_open=payload.then_open
    )
    return answer(detail(cleaning, request.auth))


@router.post("/cleanings/{id:cleaning_id}/decline/", auth=ACTS, response={204: None, **problems(409)})
def decline_invitation(request: MemberRequest, cleaning_id: int, payload: Nothing | None = None) -> HttpResponse:
    """Decline an invitation."""
    visible = Cleaning.objects.visible_to(request.auth) | Cleaning.objects.filter(reserved_for=request.auth)
    get_object_or_404(visible.with_owner(), pk=cleaning_id).decline(by=request.auth)
    return nothing()


def news(reader: int, now: datetime) -> QuerySet[Event]:
    """`reader` is 0 for a request without a token."""
    listed = Cleaning.objects.open_to(User(pk=reader), now)
    columns = ("kind", "at", "cleaning", *(f"cleaning__{name}" for name in CLEANING))
    return Event.objects.news_of(listed).select_related("cleaning__owner__profile").only(*columns)


latest_news = built_segment(news, ("pk",), is_descending=True)


@router.get("/feed/", auth=READS_PUBLIC, response={200: Feed}, url_name="feed")
def read_feed(request: PublicRequest, after: str = "") -> HttpResponse:
    """Follow open jobs as they appear and change, the latest first."""
    reader = request.auth
    return page(request, [latest_news(reader.pk or 0, timezone.now())], lambda event: news_data(event, reader))
