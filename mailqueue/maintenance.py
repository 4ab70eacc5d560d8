"""What each worker does every 30 seconds besides sending."""

import logging
from collections.abc import Callable
from threading import Event

from django.db import DatabaseError, connection

from mailqueue.models import Mail

logger = logging.getLogger(__name__)

INTERVAL = 30
registered: list[Callable[[], object]] = []


def register(job: Callable[[], object]) -> None:
    registered.append(job)


def run() -> None:
    for job in registered:
        job()
    Mail.objects.give_up()
    count = Mail.objects.retry_stuck()
    if count:
        logger.warning("Brought back %d mails that a worker had left behind", count)


def run_until(stopped: Event) -> None:
    """Goes on while the database is down, because it may come back."""
    while not stopped.wait(INTERVAL):
        try:
            run()
        except DatabaseError as error:
            logger.warning("The mail queue could not be looked after: %s", type(error).__name__)
        finally:
            connection.close()
