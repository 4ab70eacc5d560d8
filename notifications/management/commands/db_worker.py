"""`manage.py db_worker`: send what is in the mail queue, and see to what gets into it.

As many as are wanted, on as many machines as are wanted. It takes the place of the command of django_tasks_db, which
never looks back: `notifications` stands before that app in `INSTALLED_APPS`.
"""

import logging
from threading import Event, Thread

from django.db import DatabaseError, connection
from django_tasks_db.management.commands import db_worker

from notifications.models import Mail, Notification

logger = logging.getLogger(__name__)

EVERY = 30


class Command(db_worker.Command):
    help = "Send the mails of the queue, again and again until each is sent or a day old."

    def configure_logging(self, verbosity: int) -> None:
        """Leave the log as the settings have it: at the library's own level it would quote recipients."""

    def handle(self, **options) -> None:
        look_after_the_queue()
        stopped = Event()
        Thread(target=look_after_the_queue_until, args=[stopped], daemon=True).start()
        try:
            super().handle(**options)
        finally:
            stopped.set()


def look_after_the_queue_until(stopped: Event) -> None:
    """Go on until told to stop; a database that is away for a while is no reason to give up."""
    while not stopped.wait(EVERY):
        try:
            look_after_the_queue()
        except DatabaseError as error:
            logger.warning("The mail queue could not be looked after: %s", type(error).__name__)
        finally:
            connection.close()


def look_after_the_queue() -> None:
    """Write the mails that are due, and bring back what a dead worker left behind, for up to a day."""
    Notification.objects.queue_mails()
    Mail.objects.give_up()
    if count := Mail.objects.revive():
        logger.warning("Brought back %d mails that a worker had left behind", count)
