"""The number that stands beside the link to one's notifications."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject


def unread(request: HttpRequest) -> dict:
    """How many notifications the person has not read, counted when a template first asks for it."""
    return {"unread_count": SimpleLazyObject(lambda: request.user.notifications.unread().count())}
