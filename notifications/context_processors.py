from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject


def unread(request: HttpRequest) -> dict:
    return {"unread_count": SimpleLazyObject(lambda: _unread_count(request))}


def _unread_count(request: HttpRequest) -> int:
    # Some error pages are made before the request has a user.
    user = getattr(request, "user", None)
    if not user or not user.is_authenticated:
        return 0
    return user.notifications.unread().count() if user.unread_count is None else user.unread_count
