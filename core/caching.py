"""Pages that everybody may read, kept for a moment and handed to all who are not logged in."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers, set_response_etag
from django.views.decorators.cache import cache_page

View = Callable[..., HttpResponseBase]

# In seconds.
KEPT_FOR = 2


def cache_for_visitors(view: View) -> View:
    """Open a view to whoever is not logged in, from a copy that is a few seconds old at most, and none if unchanged.

    Whoever carries a session may be shown something of their own: they get a page made for them, and leave no copy.
    """

    @wraps(view)
    def tagged(request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        if hasattr(response, "render"):
            response.render()
        if request.META.get("CSRF_COOKIE_NEEDS_UPDATE"):
            # It holds the key of a form, which is of no use to anybody else.
            patch_cache_control(response, private=True)
        return set_response_etag(response) if response.status_code == 200 else response

    kept = cache_page(KEPT_FOR, cache="pages")(tagged)

    @login_not_required
    @wraps(view)
    def answer(request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES or request.method not in ("GET", "HEAD"):
            response = view(request, *args, **kwargs)
        else:
            copy = kept(request, *args, **kwargs)
            if "Expires" in copy.headers:
                # A browser asks each time, and is told that nothing changed: it must not add to the age of a copy.
                del copy.headers["Expires"]
                copy.headers["Cache-Control"] = "no-cache"
            response = get_conditional_response(request, etag=copy.headers.get("ETag"), response=copy)  # type: ignore
        # For the browser's copy, because the one here is for strangers only: whoever logs in gets another page.
        patch_vary_headers(response, ["Cookie"])
        return response

    return answer
