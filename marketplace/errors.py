import logging
import math
import sys
from datetime import timedelta
from secrets import token_hex

from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.defaults import page_not_found

from accounts.cache import RedisError
from accounts.rate_limits import RateLimitExceeded, seconds_to_wait
from api.problems import REFERENCE, problem
from core.exceptions import LimitReached
from core.forms import submitted_values
from core.outages import BUCKET_ERRORS, is_outage

logger = logging.getLogger(__name__)

BUSY_SECONDS = 5
PLAIN_HTTP = (
    "Use https:// in the address. Others can read what is sent over http://. If you sent a token or the address of a"
    " calendar that way, replace it."
)


def error_page(
    request: HttpRequest | None, status: int, context: dict | None = None, headers: dict[str, str] | None = None
) -> HttpResponse:
    """Without a request it needs only files, so that 500 and 503 work without database and session."""
    return HttpResponse(render_to_string(f"{status}.html", context, request), status=status, headers=headers)


def is_for_program(request: HttpRequest) -> bool:
    return request.path.startswith(REFERENCE) and request.path != REFERENCE


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_for_program(request):
        return problem(413 if isinstance(exception, RequestDataTooBig) else 400)
    if isinstance(exception, RequestDataTooBig):
        return error_page(request, 413)
    return error_page(request, 400, {"was_logged_out": isinstance(exception, SessionInterrupted)})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(404) if is_for_program(request) else page_not_found(request, exception)


def page_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Shows what was typed, to be copied into a fresh form, but never a password."""
    return render(request, "403_csrf.html", {"typed": submitted_values(request)}, status=403)


def plain_http_refused(request: HttpRequest) -> HttpResponse:
    if is_for_program(request):
        return problem(403, PLAIN_HTTP)
    return HttpResponse(f"{PLAIN_HTTP}\n", status=403, content_type="text/plain; charset=utf-8")


def wrong_method(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    allowed = {"Allow": response.headers["Allow"]}
    return problem(405, headers=allowed) if is_for_program(request) else error_page(request, 405, headers=allowed)


def too_many_tries(request: HttpRequest, refusal: RateLimitExceeded | None = None) -> HttpResponse:
    # allauth calls this as handler429, without saying which of its limits was reached.
    seconds = math.ceil(refusal.seconds) if refusal else seconds_to_wait(request)
    again = timezone.now() + timedelta(seconds=seconds)
    sentence = refusal.sentence if refusal else ""
    context = {"minutes": math.ceil(seconds / 60), "again": again, "sentence": sentence}
    return error_page(request, 429, context, headers={"Retry-After": str(seconds)})


def limit_reached(request: HttpRequest, refusal: LimitReached) -> HttpResponse:
    seconds = max(math.ceil((refusal.again - timezone.now()).total_seconds()), 1)
    # Shown without seconds, so the minute is the one after.
    context = {"refusal": refusal, "again": refusal.again + timedelta(minutes=1), "typed": submitted_values(request)}
    response = render(request, "429_limit.html", context, status=429)
    response.headers["Retry-After"] = str(seconds)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    error = sys.exc_info()[1]
    if is_outage(error) or isinstance(error, (RedisError, *BUCKET_ERRORS)):
        later = {"Retry-After": str(BUSY_SECONDS)}
        if is_for_program(request):
            return problem(503, headers=later)
        return error_page(None, 503, {"was_sent": request.method == "POST"}, headers=later)
    reference = token_hex(4)
    logger.error("Error page %s for %s %s", reference, request.method, request.path, extra={"request": request})
    if is_for_program(request):
        return problem(500, reference=reference)
    return error_page(None, 500, {"reference": reference})
