from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers, set_response_etag
from django.views.decorators.cache import cache_page

View = Callable[..., HttpResponseBase]

CACHE_SECONDS = 2


def is_personal(request: HttpRequest) -> bool:
    return not {settings.SESSION_COOKIE_NAME, settings.MESSAGE_COOKIE_NAME}.isdisjoint(request.COOKIES)


def cache_for_visitors(view: View) -> View:
    """Make a view public, and serve it from the cache or as 304. Personal requests bypass the cache."""

    @wraps(view)
    def tagged(request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if hasattr(response, "render"):
            response.render()
        if request.META.get("CSRF_COOKIE_NEEDS_UPDATE"):
            # The token of its form is of no use to anybody else.
            patch_cache_control(response, private=True)
        return set_response_etag(response) if response.status_code == 200 else response

    cached = cache_page(CACHE_SECONDS, cache="pages")(tagged)

    @login_not_required
    @wraps(view)
    def answer(request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        if is_personal(request) or request.method not in ("GET", "HEAD"):
            response = view(request, *args, **kwargs)
        else:
            response = cached(request, *args, **kwargs)
            if "Expires" in response.headers:
                # The browser asks each time and gets a 304: it must not keep a copy that has expired.
                del response.headers["Expires"]
                response.headers["Cache-Control"] = "no-cache"
            response = get_conditional_response(request, etag=response.headers.get("ETag"), response=response)  # type: ignore
        # The browser's own copy ends at log-in.
        patch_vary_headers(response, ["Cookie"])
        return response

    return answer
