"""The queue in place of the outbox, and what the tests of the mail queue share."""

import signal
from datetime import timedelta
from unittest.mock import patch

import time_machine
from django.core.mail import EmailMultiAlternatives
from django.core.management import call_command
from django.utils import timezone

from mailqueue.models import Mail


def write(to="carl@example.org", **parts):
    """Send a mail, as the site does, and return what was written."""
    message = EmailMultiAlternatives(**{"subject": "Your offer", "body": "It was accepted.", "to": [to]} | parts)
    message.send()
    return message


def work():
    """Run one worker until nothing is due, without leaving the machine its way of ending programs."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT)}
    try:
        # The connection is the test's own, and in its transaction: a worker would take it for one to be closed.
        with patch("django_tasks_db.management.commands.db_worker.close_old_connections"):
            call_command("db_worker", batch=True, startup_delay=False)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def in_time(**ahead):
    """That much later, the clock standing still."""
    return time_machine.travel(timezone.now() + timedelta(**ahead), tick=False)


def states():
    return list(Mail.objects.order_by("enqueued_at").values_list("status", flat=True))
