"""Replaces the command of django_tasks_db, which retries nothing, by its place in `INSTALLED_APPS`."""

from threading import Event, Thread

from django_tasks_db.management.commands import db_worker

from mailqueue import maintenance


class Command(db_worker.Command):
    help = "Send the mails of the queue, again and again until each is sent or a day old."

    def configure_logging(self, verbosity: int) -> None:
        """At the library's own level the log would quote recipients."""

    def handle(self, **options) -> None:
        maintenance.run()
        stopped = Event()
        Thread(target=maintenance.run_until, args=[stopped], daemon=True).start()
        try:
            super().handle(**options)
        finally:
            stopped.set()
