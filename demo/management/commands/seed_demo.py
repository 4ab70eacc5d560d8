from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import models, transaction

from accounts.models import User
from cleanings.models import Cleaning, Event
from cleanings.photos import Photo
from cleanings.places import Place
from cleanings.states import CleaningStatus, OfferStatus
from conversations.models import Message, Question
from demo.loader import PASSWORD, add_faces, add_pictures, load_demo
from demo.people import PEOPLE
from evaluations.models import Evaluation
from notifications.models import Notification, SiteOnly
from offers.changes import Change
from offers.models import Offer
from reports.models import Report

# Rows that refer to others first.
REMOVED = (
    Notification, SiteOnly, Report, Event, Photo, Message, Question, Change, Evaluation, Offer, Cleaning, EmailAddress,
    Authenticator, UserSession, Session, LogEntry, User,
)  # fmt: skip


class Command(BaseCommand):
    help = "Make the demo town: people, cleanings and offers in every status, dated around today."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--reset", action="store_true", help="first remove all people, cleanings and offers, whoever made them"
        )

    def handle(self, *args, reset: bool, **options) -> None:
        if not settings.DEBUG:
            raise CommandError(
                "Everybody knows the password of the demo town, so it is made where DEBUG is on, and nowhere else."
            )
        self.load_places()
        with transaction.atomic():
            removed = remove_everything() if reset else []
            is_empty = not User.objects.exists()
            if is_empty:
                load_demo()
        if is_empty:
            add_faces()
            add_pictures()
        if removed:
            self.stdout.write(f"Removed {', '.join(removed)}.")
        if is_empty:
            self.print_summary()
        else:
            self.stdout.write(
                "There are people in this database, so nothing was changed. "
                "To remove them and all that is theirs and make the demo town anew, use --reset."
            )

    def load_places(self) -> None:
        file = settings.BASE_DIR / "cleanings" / "data" / f"{settings.COUNTRY}.txt"
        if file.exists() and not Place.objects.of_site().exists():
            call_command("load_places", file, stdout=self.stdout)

    def print_summary(self) -> None:
        self.stdout.write(f"Made the demo town, with {User.objects.count()} people.")
        for model, statuses in ((Cleaning, CleaningStatus), (Offer, OfferStatus)):
            counts = dict(model.objects.order_by().values_list("status").annotate(models.Count("pk")))
            per_status = ", ".join(f"{counts.get(status, 0)} {status.label.lower()}" for status in statuses)
            total = sum(counts.values())
            self.stdout.write(f"{total} {name_of(model, total)}: {per_status}.")
        staff = " and ".join(person.username for person in PEOPLE if person.is_staff)
        support = " and ".join(person.username for person in PEOPLE if person.is_support)
        self.stdout.write(f"Log in with the password {PASSWORD} as")
        self.stdout.write("  olivia, who has cleanings to be done,")
        self.stdout.write("  carl or cora, who clean,")
        self.stdout.write(f"  {staff}, who is staff, at /admin/ too,")
        self.stdout.write(f"  {support}, who is staff in the support group.")


def remove_everything() -> list[str]:
    counts = []
    for model in REMOVED:
        # The managers of some models refuse to delete.
        rows: models.QuerySet = models.QuerySet(model)
        count = rows.count()
        if count:
            counts.append(f"{count} {name_of(model, count)}")
        rows.delete()
    return counts


def name_of(model: type[models.Model], count: int) -> str:
    names = model._meta
    return str(names.verbose_name if count == 1 else names.verbose_name_plural)
