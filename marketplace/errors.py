"""The pages for what did not work. Those for 500 and 503 need no database and no session."""

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

from accounts.cache import RedisError
from accounts.forms import typed_in
from accounts.rate_limits import TooManyTries, seconds_to_wait
from core.outages import is_outage

logger = logging.getLogger(__name__)

BUSY_SECONDS = 5


def page(request: HttpRequest | None, status: int, context: dict | None = None, **headers: str) -> HttpResponse:
    """The page for a status, by the template that has its number; without a request it needs nothing but the files."""
    body = render_to_string(f"{status}.html", context, request)
    return HttpResponse(body, status=status, headers={name.replace("_", "-"): value for name, value in headers.items()})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 for a form that is larger than the site takes."""
    if isinstance(exception, RequestDataTooBig):
        return page(request, 413)
    # It was logged out elsewhere while it was at work, and what it did stands.
    return page(request, 400, {"was_logged_out": isinstance(exception, SessionInterrupted)})


def page_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose token does not fit; what was typed is shown again to be copied, but never a password."""
    return render(request, "403_csrf.html", {"typed": typed_in(request)}, status=403)


def wrong_method(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """405 as a page, with the methods that the address does answer."""
    return page(request, 405, Allow=response.headers["Allow"])


def too_many_tries(request: HttpRequest, refusal: TooManyTries | None = None) -> HttpResponse:
    """429, with the time after which to try again; allauth does not say which of its limits was reached."""
    seconds = math.ceil(refusal.seconds) if refusal else seconds_to_wait(request)
    again = timezone.now() + timedelta(seconds=seconds)
    return page(request, 429, {"minutes": math.ceil(seconds / 60), "again": again}, Retry_After=str(seconds))


def server_error(request: HttpRequest) -> HttpResponse:
    """500 with a reference that the log repeats; 503 with a time to try again when database or cache are away."""
    error = sys.exc_info()[1]
    if is_outage(error) or isinstance(error, RedisError):
        return page(None, 503, {"was_sent": request.method == "POST"}, Retry_After=str(BUSY_SECONDS))
    reference = token_hex(4)
    logger.error("Error page %s for %s %s", reference, request.method, request.path)
    return page(None, 500, {"reference": reference})
