"""The mail queue as in production, where the tests of other things have Django's outbox."""

import pytest
from django.core.mail.backends.locmem import EmailBackend

from mailqueue.tests.smtp import Server


class Unreachable(EmailBackend):
    """A transport that fails as a mail server does that nobody reaches."""

    def send_messages(self, messages):
        raise ConnectionRefusedError("no mail server at carl@example.org")


@pytest.fixture
def queue(settings):
    """Every mail goes into the queue, and what a worker sends lands in Django's outbox."""
    settings.EMAIL_BACKEND = "mailqueue.backends.QueueBackend"
    settings.MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


@pytest.fixture
def broken(queue, settings):
    settings.MAIL_TRANSPORT = "mailqueue.tests.fixtures.Unreachable"


@pytest.fixture
def server(queue, settings):
    """A mail server, to which the workers send."""
    settings.MAIL_TRANSPORT = "django.core.mail.backends.smtp.EmailBackend"
    with Server() as running:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        yield running
