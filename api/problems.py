"""Every refusal as a problem of RFC 9457, whose `detail` is the sentence that a page would show."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, RequestDataTooBig, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as InputError

from accounts.rate_limits import RateLimitExceeded
from cleanings.constraints import HOURS_SENTENCE, RATE_SENTENCE, START_SENTENCE
from core.exceptions import IllegalMove, LimitReached

CONTENT_TYPE = "application/problem+json"
REFERENCE = "/api/v1/"
WHOLE_BODY = "body"
NEVER_KEPT = {"Cache-Control": "private, no-store", "Vary": "Authorization, Accept", "X-Robots-Tag": "noindex"}

TITLES = {
    400: "That request could not be read",
    401: "A token is needed",
    403: "You cannot do that",
    404: "Not found",
    405: "That method is not offered here",
    406: "Only JSON is offered here",
    409: "Things have changed",
    412: "This has changed since you read it",
    413: "That is too big",
    415: "Send JSON",
    422: "Something has to be corrected",
    429: "Too many tries",
    500: "Something broke on our side",
    503: "Unavailable for a moment",
}
DETAILS = {
    400: "Send one JSON object in UTF-8.",
    403: "This isn’t yours to do.",
    404: "There’s nothing here that you can see.",
    405: "The header Allow names the methods that are.",
    406: "Ask for application/json, or leave out the Accept header.",
    412: "Read it again, then send your change with its new ETag.",
    413: "Send at most 1 MB.",
    415: "Send the body as application/json.",
    422: "Correct the fields that are named.",
    500: "What you sent may not be saved. Try again later.",
    503: "Nothing is lost. Try again in a few seconds.",
}
# Sentences for what pydantic finds. Verbs have their own.
SENTENCES = {
    "missing": "This is needed.",
    "extra_forbidden": "There’s no such field.",
    "string_type": "Send text.",
    "bool_type": "Send true or false.",
    "int_type": "Send a whole number.",
    "enum": "Choose one of: {expected}.",
    "string_too_long": "Use at most {max_length} characters.",
    "model_attributes_type": "Send a JSON object.",
}
SENTENCES_OF_FIELDS = {
    "hourly_rate": RATE_SENTENCE,
    "estimated_hours": HOURS_SENTENCE,
    "starts_at": f"{START_SENTENCE} Name the zone, as in 2026-11-24T13:00:00Z.",
}


class PreconditionFailed(Exception):
    """The row has changed since the program read it."""


def problem(status: int, detail: str = "", *, headers: dict[str, str] | None = None, **more: Any) -> HttpResponse:
    title = TITLES.get(status) or HTTPStatus(status).phrase
    body = {"type": f"{settings.SITE_URL}{REFERENCE}#{status}", "title": title, "status": status}
    body |= {"detail": detail or DETAILS.get(status, title), **more}
    headers = NEVER_KEPT | (headers or {})
    return HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type=CONTENT_TYPE, headers=headers)


def unprocessable(fields: dict[str, list[str]]) -> HttpResponse:
    """The first sentence is the detail, because many programs show nothing else."""
    sentences = [sentence for found in fields.values() for sentence in found]
    return problem(422, sentences[0] if sentences else "", fields=fields)


def too_many_tries(seconds: float, sentence: str = "") -> HttpResponse:
    wait = max(math.ceil(seconds), 1)
    detail = sentence or "You’ve tried this too often."
    return problem(429, detail, headers={"Retry-After": f"{wait}"}, retry_after=wait)


def fields_of(error: ValidationError) -> dict[str, list[str]]:
    if not hasattr(error, "error_dict"):
        return {WHOLE_BODY: error.messages}
    return {WHOLE_BODY if name == NON_FIELD_ERRORS else name: said for name, said in error.message_dict.items()}


def fields_of_input(errors: Iterable[dict[str, Any]]) -> dict[str, list[str]]:
    """The first error of each field: where one of several types is expected, pydantic has one for each of them."""
    fields: dict[str, list[str]] = {}
    for error in errors:
        # Like ("body", "payload", "hourly_rate"), or ("query", "sort").
        _, *names = error["loc"]
        name = next((f"{name}" for name in names if name != "payload"), WHOLE_BODY)
        fields.setdefault(name, [sentence_of(name, error)])
    return fields


def sentence_of(name: str, error: dict[str, Any]) -> str:
    if found := SENTENCES.get(error["type"]):
        return found.format(**error.get("ctx", {}))
    return SENTENCES_OF_FIELDS.get(name) or f"{error['msg']}."


def unauthorized(detail: str) -> HttpResponse:
    return problem(401, detail, headers={"WWW-Authenticate": "Bearer"})


def add_handlers(api: NinjaAPI) -> None:
    """What is not handled here is a fault: it goes on to the site's own handler, which logs it."""

    def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code, "" if error.status_code == 400 else f"{error}")

    def limit_reached(request: HttpRequest, error: LimitReached) -> HttpResponse:
        return too_many_tries((error.again - timezone.now()).total_seconds(), f"{error}")

    handlers: dict[type[Exception], Any] = {
        HttpError: http_error,
        AuthenticationError: lambda request, error: unauthorized(f"{error}"),
        InputError: lambda request, error: unprocessable(fields_of_input(error.errors)),
        ValidationError: lambda request, error: unprocessable(fields_of(error)),
        PermissionDenied: lambda request, error: problem(403, f"{error}"),
        Http404: lambda request, error: problem(404),
        PreconditionFailed: lambda request, error: problem(412),
        IllegalMove: lambda request, error: problem(409, f"{error}"),
        LimitReached: limit_reached,
        RateLimitExceeded: lambda request, error: too_many_tries(error.seconds, error.sentence),
        RequestDataTooBig: lambda request, error: problem(413),
        Exception: raise_again,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def raise_again(request: HttpRequest, error: Exception) -> HttpResponse:
    raise error
