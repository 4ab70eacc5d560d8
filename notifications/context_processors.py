from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject


def unread(request: HttpRequest) -> dict:
    return {"unread_count": SimpleLazyObject(lambda: request.user.notifications.unread().count())}
