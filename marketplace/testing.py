from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from itertools import count
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F, Model, QuerySet
from django.utils import timezone
from PIL import Image

from accounts.models import User
from cleanings.models import Cleaning, Event, Photo
from cleanings.photos import JOB_PHOTOS, PhotoKind
from cleanings.states import CancelReason, OfferStatus, ReleaseReason
from conversations.models import Question
from core.exceptions import LimitReached
from evaluations.models import Evaluation
from offers.models import Offer

# Photos differ in their colour.
COLOURS = count()
# Olivia owns cleanings, Carl and Cora clean, Stan is a stranger, Ada is staff.
CAST = ("olivia", "carl", "cora", "stan", "ada")
PASSWORD = "a-broom-of-straw"


def text_of(response) -> str:
    """With white space as a browser shows it, so that sentences are found across lines."""
    return " ".join(response.content.decode().split())


def atomic_around_tests() -> transaction.Atomic:
    """As in Django's own TestCase, verbs that allow no transaction around them allow this one."""
    around = transaction.atomic()
    around._from_testcase = True
    return around


@contextmanager
def rolled_back() -> Iterator[None]:
    """Take back what the block did, so that the next attempt gets the same rows."""
    savepoint = transaction.savepoint()
    yield
    transaction.savepoint_rollback(savepoint)
    # A savepoint that is only rolled back stays, and thousands of nested ones fill PostgreSQL's table of locks.
    transaction.savepoint_commit(savepoint)


def create_user(username: str, **facts) -> User:
    """With a confirmed address; the same name again returns the same person."""
    found = User.objects.filter(username=username).first()
    if found:
        return found
    user = User.objects.create_user(username, f"{username}@example.org", PASSWORD, **facts)
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return user


def create_cast() -> tuple[User, ...]:
    *members, ada = CAST
    return (*map(create_user, members), create_user(ada, is_staff=True, is_superuser=True))


# What the limits of a person count, and from when on.
COUNTED = {Cleaning: "created_at", Event: "at", Evaluation: "created_at", Question: "asked_at"}


def let_a_day_pass(*models: type[Model]) -> None:
    """Makes rows that limits count a day older, those of the given models or all."""
    for model in models or COUNTED:
        QuerySet(model).update(**{COUNTED[model]: F(COUNTED[model]) - timedelta(days=1)})


def unhurried(model: type[Model], verb: Callable, *args, **kwargs) -> Any:
    """Calls the verb, a day later where a limit has been reached."""
    try:
        return verb(*args, **kwargs)
    except LimitReached:
        let_a_day_pass(model)
        return verb(*args, **kwargs)


def create_cleaning(*, owner: User | None = None, starts_in: timedelta | None = timedelta(days=3), **facts) -> Cleaning:
    """An open one of Olivia's. For a start in the past use `move_start`, for another status the verbs."""
    defaults = {
        "name": "Spring clean of a flat",
        "description": "Two rooms and a hall.",
        "cleaning_type": "full_clean",
        "hourly_rate": Decimal("20.00"),
        "estimated_hours": Decimal("3"),
        "starts_at": None if starts_in is None else timezone.now() + starts_in,
        "city": "Ghent",
        "postcode": "9000",
        "street_address": "Hidden Lane 12",
    }
    return unhurried(Cleaning, Cleaning.post, by=owner or create_user("olivia"), **defaults | facts)


def move_start(cleaning: Cleaning, starts_in: timedelta | None) -> None:
    """Even into the past, where no form may; the posting is then as early."""
    starts_at = None if starts_in is None else timezone.now() + starts_in
    Cleaning.objects.filter(pk=cleaning.pk).update(
        starts_at=starts_at, created_at=min(cleaning.created_at, starts_at or cleaning.created_at)
    )
    cleaning.refresh_from_db()


def create_offer(
    *, cleaning: Cleaning | None = None, cleaner: User | None = None, status: str = OfferStatus.PENDING, **facts
) -> Offer:
    cleaning = cleaning or create_cleaning()
    cleaner, terms = cleaner or create_user("carl"), {"hourly_rate": Decimal("22.50"), "message": "Hello"}
    offer = unhurried(Event, Offer.make, cleaning, by=cleaner, **terms | facts)
    if status == OfferStatus.RESCINDED:
        offer.rescind(by=offer.cleaner)
    if status == OfferStatus.REJECTED:
        offer.reject(by=cleaning.owner)
    if status in (OfferStatus.ACCEPTED, OfferStatus.CANCELLED, OfferStatus.COMPLETED):
        offer.accept(by=cleaning.owner)
    if status == OfferStatus.CANCELLED:
        offer.cancel(by=offer.cleaner, reason=CancelReason.CANNOT_COME)
    if status == OfferStatus.COMPLETED:
        move_start(cleaning, timedelta(hours=-1))
        offer.complete(by=cleaning.owner)
    return offer


def create_no_show(**facts) -> Offer:
    offer = create_offer(status=OfferStatus.ACCEPTED, **facts)
    move_start(offer.cleaning, timedelta(hours=-1))
    offer.release(by=offer.cleaning.owner, reason=ReleaseReason.NO_SHOW)
    return offer


def picture(size: tuple[int, int] = (80, 60)) -> bytes:
    """Each call returns a different JPEG."""
    colour = next(COLOURS) * 997
    file = BytesIO()
    Image.new("RGB", size, (colour % 256, colour // 256 % 256, colour // 65536)).save(file, "JPEG")
    return file.getvalue()


def create_photo(
    *, cleaning: Cleaning | None = None, by: User | None = None, kind: str = PhotoKind.JOB, **facts
) -> Photo:
    """The owner's by default; tests that use it have the fixture `private`."""
    cleaning = cleaning or create_cleaning()
    by, photos = by or cleaning.owner, [JOB_PHOTOS.clean(ContentFile(picture()))]
    Photo.add(cleaning, by=by, kind=kind, **{"shows": "The kitchen", "photos": photos} | facts)
    return Photo.objects.latest("pk")
