from collections.abc import Callable
from urllib.parse import unquote_plus

from csp.constants import HEADER as POLICY
from csp.utils import build_policy
from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from core.caching import is_personal

GetResponse = Callable[[HttpRequest], HttpResponse]


class HeadersMiddleware:
    """Add the security headers that Django does not set; django-csp's own middleware builds its policy each time."""

    headers = {
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        # Django's own middleware for it does not see static files.
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
    }

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.policy = build_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        # Django's pages for developers have styles and scripts in them.
        if not settings.DEBUG or response.status_code not in (404, 500):
            response.headers.setdefault(POLICY, self.policy)
        ended = response.cookies.get(settings.SESSION_COOKIE_NAME)
        if getattr(request, "is_logged_out", False) or (ended and ended["max-age"] == 0):
            # Not "cookies": the one that recognises the browser stays.
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        if is_personal(request) and not request.path.startswith(settings.STATIC_URL):
            response.headers["Cache-Control"] = "private, no-store"
        if request.method == "HEAD" and not response.streaming:
            # gunicorn warns of a body.
            response.headers.setdefault("Content-Length", str(len(response.content)))
            response.content = b""
        return response


@receiver(user_logged_out)
def note_log_out(request: HttpRequest, **kwargs) -> None:
    request.is_logged_out = True  # type: ignore[attr-defined]


class RequestChecksMiddleware:
    """Refuse NUL, which PostgreSQL can neither store nor compare, encodings other than UTF-8, and unknown methods."""

    # Django's form views would treat PUT as POST, and answer OPTIONS for everybody.
    methods = ("GET", "HEAD", "POST")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        texts = (request.path_info, unquote_plus(request.META.get("QUERY_STRING", "")), *request.COOKIES.values())
        if any("\0" in text for text in texts):
            raise SuspiciousOperation("NUL in the address or a cookie")
        # Some of Python's codecs cannot decode a form, and Django would try any of them.
        if (request.content_params or {}).get("charset", "utf-8").lower() not in {"utf-8", "utf8"}:
            raise BadRequest("Another encoding than UTF-8")
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> HttpResponse | None:
        if request.method in self.methods or getattr(view, "answers_every_method", False):
            return None
        return HttpResponseNotAllowed(self.methods)


class PrefetchMiddleware:
    """Answer 503 to a prefetch of a personal page: views of some are recorded, and some say a thing once."""

    headers = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
    words = ("prefetch", "prerender", "preview")

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_personal(request) and self.is_prefetch(request):
            request.is_prefetch = True  # type: ignore[attr-defined]
            return HttpResponse(status=503, headers={"Cache-Control": "no-store"})
        return self.get_response(request)

    def is_prefetch(self, request: HttpRequest) -> bool:
        purposes = " ".join(request.META.get(name, "") for name in self.headers).lower()
        return any(word in purposes for word in self.words)
