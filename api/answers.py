"""What every answer has in common: JSON, pages of lists, and tags by which a program sees that nothing changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import parse_etags
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI

from api.authentication import IN_ADDRESS, IN_THE_ADDRESS, has_token_in_address
from api.problems import PreconditionFailed, problem
from core.paging import KeysetPage, Segment

MEDIA_TYPE = "application/json"
ACCEPTED = {MEDIA_TYPE, "application/problem+json", "application/*", "*/*"}


def written(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def answer(data: Any, status: int = 200, **headers: str) -> HttpResponse:
    return HttpResponse(written(data), status=status, content_type=MEDIA_TYPE, headers=headers)


def created(data: dict) -> HttpResponse:
    """`data["url"]` is the address of what was made."""
    return answer(data, 201, Location=data["url"])


def nothing() -> HttpResponse:
    found = HttpResponse(status=204)
    # What is not there has no type.
    del found["Content-Type"]
    return found


def etag_of(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def tagged(request: HttpRequest, data: dict) -> HttpResponse:
    """The answer with an ETag, or 304 for a program that has it already."""
    found = answer(data)
    tag = found["ETag"] = etag_of(found.content)
    if request.method != "GET":
        return found
    return cast(HttpResponse, get_conditional_response(request, etag=tag, response=found) or found)


def require_match(request: HttpRequest, data: dict) -> None:
    """Raise PreconditionFailed if the request names another version. The row is locked already."""
    wanted = request.headers.get("If-Match")
    if wanted and wanted.strip() != "*" and etag_of(written(data)) not in parse_etags(wanted):
        raise PreconditionFailed


def page(request: HttpRequest, segments: list[Segment], show: Callable[[Any], dict]) -> HttpResponse:
    return page_of(request, KeysetPage(segments, request.GET.get("after", "")), show)


def page_of(request: HttpRequest, listing: KeysetPage, show: Callable[[Any], dict]) -> HttpResponse:
    return answer(
        {
            "results": [show(row) for row in listing.rows],
            "next": address_after(request, listing.next),
            "previous": address_after(request, listing.previous),
        }
    )


def address_after(request: HttpRequest, place: object) -> str | None:
    if place is None:
        return None
    # A token that was sent in the address is not sent back in one.
    query = {name: value for name, value in request.GET.items() if name not in IN_ADDRESS} | {"after": f"{place}"}
    return f"{settings.SITE_URL}{request.path}?{urlencode(query)}"


def money(value: Decimal) -> str:
    return f"{value:.2f}"


def moment(value: datetime | None) -> str | None:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value else None


def json_view(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Checks what HTTP says of a request, and marks every answer as one of the person's own."""

    @csrf_exempt
    @wraps(view)
    def checked(request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        response = refusal_of(request) or ask(view, request, *args, **kwargs)
        if response.status_code == 405:
            response = wrong_method(response)
        patch_vary_headers(response, ["Authorization", "Accept"])
        has_token = "Authorization" in request.headers
        response.headers.setdefault("Cache-Control", "private, no-store" if has_token else "no-cache")
        response.headers.setdefault("X-Robots-Tag", "noindex")
        if has_token_in_address(request):
            response.headers["Warning"] = f'299 - "{IN_THE_ADDRESS}"'
        return response

    # The session does not count here: an operation asks for a token instead.
    checked.login_required = False  # type: ignore[attr-defined]
    checked.answers_every_method = True  # type: ignore[attr-defined]
    return checked


def urls_of(api: NinjaAPI) -> tuple:
    patterns, app_name, namespace = api.urls
    for pattern in cast(list[URLPattern], patterns):
        pattern.callback = json_view(pattern.callback)
    return patterns, app_name, namespace


def ask(view: Callable[..., HttpResponseBase], request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
    """Answer HEAD like GET. HeadersMiddleware drops the body."""
    if request.method != "HEAD":
        return view(request, *args, **kwargs)
    request.method = "GET"
    try:
        return view(request, *args, **kwargs)
    finally:
        request.method = "HEAD"


def wrong_method(response: HttpResponseBase) -> HttpResponse:
    allowed = {method.strip() for method in response.headers["Allow"].split(",")}
    allowed |= {"HEAD"} if "GET" in allowed else set()
    return problem(405, headers={"Allow": ", ".join(sorted(allowed))})


def refusal_of(request: HttpRequest) -> HttpResponse | None:
    accepted = {f"{kind.main_type}/{kind.sub_type}".lower() for kind in request.accepted_types}
    if request.headers.get("Accept") and not ACCEPTED & accepted:
        return problem(406)
    has_body = request.headers.get("Content-Length") not in (None, "", "0")
    if has_body and request.method in ("POST", "PATCH") and request.content_type != MEDIA_TYPE:
        return problem(415)
    return None
