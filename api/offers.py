from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from ninja import Router

from accounts.models import User
from api.answers import answer, created, page, require_match, tagged
from api.authentication import ACTS, READS, MemberRequest
from api.cleanings import get_cleaning
from api.representations import change_data, evaluation_data, offer_data
from api.schemas import (
    Acceptance,
    Cancellation,
    Change,
    ChangeAnswer,
    Confirmation,
    Evaluation,
    EvaluationInput,
    NoShowAnswer,
    Nothing,
    Offer,
    OfferChanges,
    Offers,
    OfferTerms,
    Release,
    Suggestion,
    problems,
)
from cleanings import states
from cleanings.states import Move, TermsChanged
from core.paging import built_segment
from core.transactions import atomic
from evaluations import models as evaluations
from offers import models
from offers.mixins import get_offer_or_404

router = Router(tags=["Offers"])

OFFER = "/cleanings/{id:cleaning_id}/offers/{username:username}/"
MOVED = {200: Offer, **problems(409)}


def get_offer(cleaning_id: int, username: str, reader: User) -> models.Offer:
    cleaning = get_cleaning(cleaning_id, reader)
    return get_offer_or_404(cleaning, username, reader)


def get_offer_to_move(cleaning_id: int, username: str, reader: User, move: Move) -> models.Offer:
    offer = get_offer(cleaning_id, username, reader)
    if not offer.has_role_for(reader, move):
        raise PermissionDenied
    return offer


def carry_out(request: MemberRequest, cleaning_id: int, username: str, move: Move, **facts: Any) -> HttpResponse:
    offer = get_offer_to_move(cleaning_id, username, request.auth, move)
    getattr(offer, move.kind)(by=request.auth, **facts)
    return answer(offer_data(offer, request.auth))


newest_offers_of = built_segment(
    lambda cleaner: models.Offer.objects.filter(cleaner=cleaner).select_related("cleaning"),
    ("created_at",),
    is_descending=True,
)


@router.get("/offers/", auth=READS, response={200: Offers}, url_name="my_offers")
def list_my_offers(request: MemberRequest, after: str = "") -> HttpResponse:
    """List your own offers, the newest first."""
    cleaner = request.auth

    def show(offer: models.Offer) -> dict:
        offer.cleaner = cleaner
        return offer_data(offer, cleaner)

    return page(request, [newest_offers_of(cleaner.pk)], show)


oldest_offers_on = built_segment(
    lambda cleaning: models.Offer.objects.filter(cleaning=cleaning).not_rescinded().with_people(), ("created_at",)
)


@router.get("/cleanings/{id:cleaning_id}/offers/", auth=READS, response={200: Offers}, url_name="offers")
def list_offers(request: MemberRequest, cleaning_id: int, after: str = "") -> HttpResponse:
    """List the offers on your job, the oldest first. Those that were withdrawn are left out."""
    cleaning = get_cleaning(cleaning_id, request.auth)
    if not cleaning.is_owned_by(request.auth):
        raise PermissionDenied

    def show(offer: models.Offer) -> dict:
        offer.cleaning = cleaning
        return offer_data(offer, request.auth)

    return page(request, [oldest_offers_on(cleaning.pk)], show)


@router.post(
    "/cleanings/{id:cleaning_id}/offers/",
    auth=ACTS,
    response={201: Offer, **problems(409)},
    url_name="offers",
)
def make_offer(request: MemberRequest, cleaning_id: int, payload: OfferTerms) -> HttpResponse:
    """Offer to do a job. We tell the owner."""
    cleaning = get_cleaning(cleaning_id, request.auth)
    offer = models.Offer.make(cleaning, by=request.auth, **payload.sent)
    return created(offer_data(offer, request.auth))


@router.get(OFFER, auth=READS, response={200: Offer, 304: None}, url_name="offer")
def read_offer(request: MemberRequest, cleaning_id: int, username: str) -> HttpResponse:
    """Read an offer, as its cleaner or as the owner of the job."""
    return tagged(request, offer_data(get_offer(cleaning_id, username, request.auth), request.auth))


@router.patch(OFFER, auth=ACTS, response={200: Offer, **problems(409, 412)}, url_name="offer")
@atomic
def change_offer(request: MemberRequest, cleaning_id: int, username: str, payload: OfferChanges) -> HttpResponse:
    """Change an offer that waits. It is then for the version of the job that you name."""
    offer = get_offer_to_move(cleaning_id, username, request.auth, states.REVISE)
    offer.lock()
    require_match(request, offer_data(offer, request.auth))
    terms: dict[str, Any] = {"hourly_rate": offer.hourly_rate, "message": offer.message} | payload.sent
    offer.revise(by=request.auth, **terms)
    return tagged(request, offer_data(offer, request.auth))


@router.post(f"{OFFER}accept/", auth=ACTS, response=MOVED)
def accept(request: MemberRequest, cleaning_id: int, username: str, payload: Acceptance) -> HttpResponse:
    """Accept an offer. `revision` is that of the offer that you saw. All others that wait are turned down."""
    return carry_out(request, cleaning_id, username, states.ACCEPT, **payload.sent)


@router.post(f"{OFFER}reject/", auth=ACTS, response=MOVED)
def reject(request: MemberRequest, cleaning_id: int, username: str, payload: Nothing | None = None) -> HttpResponse:
    """Turn an offer down. We tell the cleaner."""
    return carry_out(request, cleaning_id, username, states.REJECT)


@router.post(f"{OFFER}rescind/", auth=ACTS, response=MOVED)
def rescind(request: MemberRequest, cleaning_id: int, username: str, payload: Nothing | None = None) -> HttpResponse:
    """Withdraw your offer. We tell the owner."""
    return carry_out(request, cleaning_id, username, states.RESCIND)


@router.post(f"{OFFER}confirm/", auth=ACTS, response=MOVED)
def confirm(request: MemberRequest, cleaning_id: int, username: str, payload: Confirmation) -> HttpResponse:
    """Keep your offer for the job as it has become."""
    return carry_out(request, cleaning_id, username, states.CONFIRM, **payload.sent)


@router.post(f"{OFFER}cancel/", auth=ACTS, response=MOVED)
def cancel(request: MemberRequest, cleaning_id: int, username: str, payload: Cancellation) -> HttpResponse:
    """Cancel an agreed job as its cleaner. It opens again, and earlier offers are back in play."""
    return carry_out(request, cleaning_id, username, states.CANCEL, **payload.sent)


@router.post(f"{OFFER}release/", auth=ACTS, response=MOVED)
def release(request: MemberRequest, cleaning_id: int, username: str, payload: Release) -> HttpResponse:
    """Cancel an agreed job as its owner. It opens again, and earlier offers are back in play."""
    return carry_out(request, cleaning_id, username, states.RELEASE, **payload.sent)


@router.post(f"{OFFER}complete/", auth=ACTS, response=MOVED)
def complete(request: MemberRequest, cleaning_id: int, username: str, payload: Nothing | None = None) -> HttpResponse:
    """Mark a job as done. Both sides can then review each other for 14 days."""
    return carry_out(request, cleaning_id, username, states.COMPLETE)


@router.post(f"{OFFER}answer-no-show/", auth=ACTS, response=MOVED)
def answer_no_show(request: MemberRequest, cleaning_id: int, username: str, payload: NoShowAnswer) -> HttpResponse:
    """Answer, once, what the other side says of you: that you did not turn up."""
    offer = get_offer(cleaning_id, username, request.auth)
    offer.answer_no_show(by=request.auth, **payload.sent)
    return answer(offer_data(offer, request.auth))


@router.post(f"{OFFER}evaluation/", auth=ACTS, response={201: Evaluation, **problems(409)})
def evaluate(request: MemberRequest, cleaning_id: int, username: str, payload: EvaluationInput) -> HttpResponse:
    """Review the other side, once. Both reviews are published when both are written, or after 14 days."""
    offer = get_offer(cleaning_id, username, request.auth)
    evaluation = evaluations.Evaluation.write(offer, by=request.auth, **payload.sent)
    return answer(evaluation_data(evaluation, request.auth), 201)


@router.get(f"{OFFER}change/", auth=READS, response={200: Change, 304: None}, url_name="change")
def read_change(request: MemberRequest, cleaning_id: int, username: str) -> HttpResponse:
    """Read the change that one side of an agreed job suggests, while it waits. A look at a street is recorded."""
    offer = get_offer(cleaning_id, username, request.auth)
    change = offer.open_change
    if change is None:
        raise Http404
    change.offer = offer
    if request.META["REQUEST_METHOD"] == "GET":
        change.record_look(by=request.auth)
    return tagged(request, change_data(change, request.auth))


@router.post(f"{OFFER}change/", auth=ACTS, response={201: Change, **problems(409)}, url_name="change")
def suggest_change(request: MemberRequest, cleaning_id: int, username: str, payload: Suggestion) -> HttpResponse:
    """Suggest other terms of an agreed job. They bind once the other side agrees."""
    offer = get_offer(cleaning_id, username, request.auth)
    change = offer.suggest(by=request.auth, **payload.sent)
    return created(change_data(change, request.auth))


def answer_change(
    request: MemberRequest, cleaning_id: int, username: str, payload: ChangeAnswer, verb: str
) -> HttpResponse:
    offer = get_offer(cleaning_id, username, request.auth)
    change = offer.changes.filter(pk=payload.change).first()
    if change is None:
        raise TermsChanged("This isn’t the change that you saw.")
    change.offer = offer
    getattr(change, verb)(by=request.auth)
    return answer(change_data(change, request.auth))


@router.post(f"{OFFER}change/agree/", auth=ACTS, response={200: Change, **problems(409)})
def agree(request: MemberRequest, cleaning_id: int, username: str, payload: ChangeAnswer) -> HttpResponse:
    """Agree to a change; it binds from then on."""
    return answer_change(request, cleaning_id, username, payload, "agree")


@router.post(f"{OFFER}change/decline/", auth=ACTS, response={200: Change, **problems(409)})
def decline(request: MemberRequest, cleaning_id: int, username: str, payload: ChangeAnswer) -> HttpResponse:
    """Decline a change; the job stays as agreed."""
    return answer_change(request, cleaning_id, username, payload, "decline")


@router.post(f"{OFFER}change/withdraw/", auth=ACTS, response={200: Change, **problems(409)})
def withdraw_change(request: MemberRequest, cleaning_id: int, username: str, payload: ChangeAnswer) -> HttpResponse:
    """Withdraw your own suggestion."""
    return answer_change(request, cleaning_id, username, payload, "withdraw")
