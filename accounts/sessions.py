from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.utils import timezone

from core.batches import delete_in_batches


def clear_sessions() -> int:
    now = timezone.now()
    cleared = delete_in_batches(Session.objects.filter(expire_date__lt=now).order_by("expire_date"))
    # One more day, because a session is not written at each request.
    quiet_since = now - timedelta(seconds=settings.SESSION_COOKIE_AGE, days=1)
    sessions = Session.objects.filter(session_key=OuterRef("session_key"))
    delete_in_batches(UserSession.objects.filter(~Exists(sessions), last_seen_at__lt=quiet_since))
    return cleared
