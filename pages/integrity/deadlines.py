"""What has been due for long, and has not been done."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django_tasks_db.compat import TaskResultStatus
from django_tasks_db.models import get_date_max

from accounts.models import Profile
from cleanings.models import Photo
from cleanings.photos import KEPT_FOR as PHOTOS_KEPT_FOR
from evaluations.models import Evaluation
from mailqueue.models import Mail
from notifications.models import Notification
from notifications.topics import Mailing
from pages.integrity.rule import RUN_DUE_WITHIN, Rule

MAILED_WITHIN = timedelta(minutes=10)


def evaluations_to_announce() -> QuerySet:
    return Evaluation.objects.to_announce().filter(publishes_at__lt=timezone.now() - RUN_DUE_WITHIN)


def photos_to_delete() -> QuerySet:
    return Photo.objects.over().filter(cleaning__status_since__lt=timezone.now() - PHOTOS_KEPT_FOR - RUN_DUE_WITHIN)


def photos_to_move() -> QuerySet:
    return Profile.objects.exclude(known_photo="").filter(hidden_at__lt=timezone.now() - RUN_DUE_WITHIN)


def mails_to_send() -> QuerySet:
    late = timezone.now() - MAILED_WITHIN
    at_once = Q(run_after=get_date_max(), enqueued_at__lt=late)
    ready = Q(status=TaskResultStatus.READY) & (at_once | Q(run_after__lt=late))
    return Mail.objects.filter(ready | Q(status=TaskResultStatus.RUNNING, started_at__lt=late))


def notifications_to_mail() -> QuerySet:
    due = timezone.now() - settings.MAIL_GATHERED_FOR - MAILED_WITHIN
    return Notification.objects.filter(mailing=Mailing.WAITING, created_at__lt=due)


RULES = (
    Rule("evaluations", "No review is due and not announced.", evaluations_to_announce),
    Rule("photos", "Photos of a job are deleted 90 days after its end.", photos_to_delete),
    Rule("photos", "The picture of a hidden profile is at an address that nobody knew.", photos_to_move),
    Rule("mails", "No mail has been due for ten minutes.", mails_to_send),
    Rule("mails", "No notification waits for a mail that has been due for ten minutes.", notifications_to_mail),
)
