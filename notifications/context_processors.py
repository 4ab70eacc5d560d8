from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject


def unread(request: HttpRequest) -> dict:
    return {"unread_count": SimpleLazyObject(lambda: _unread_count(request))}


def _unread_count(request: HttpRequest) -> int:
    # Some error pages are made before the request has a user.
    user = getattr(request, "user", None)
    return user.notifications.unread().count() if user and user.is_authenticated else 0
