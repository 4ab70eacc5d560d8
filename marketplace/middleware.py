from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.rate_limits import RateLimitExceeded
from core.exceptions import LimitReached
from marketplace.errors import limit_reached, plain_http_refused, too_many_tries, wrong_method

HEALTH = {"/livez", "/healthz"}


class PlainHTTPMiddleware:
    """Refuses over plain HTTP what SECURE_REDIRECT_EXEMPT does not send to HTTPS, except health."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SECURE_SSL_REDIRECT and not request.is_secure() and request.path not in HEALTH:
            return plain_http_refused(request)
        return self.get_response(request)


class ErrorPagesMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:
            return wrong_method(request, response)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, LimitReached):
            return limit_reached(request, exception)
        return too_many_tries(request, exception) if isinstance(exception, RateLimitExceeded) else None
