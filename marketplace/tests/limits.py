"""What a person may do only so often: each set-up writes earlier rows, and returns what does it once more."""

from datetime import timedelta
from uuid import UUID

from django.core.files.base import ContentFile

from cleanings.models import Cleaning, Photo
from cleanings.photos import JOB_PHOTOS, PhotoKind
from cleanings.states import ChangeStatus, OfferStatus
from cleanings.terms import FIELDS
from conversations.models import Message, Question
from evaluations.models import Evaluation
from marketplace.testing import create_cleaning, create_offer, create_photo, create_user, let_a_day_pass, picture
from offers.changes import Change
from offers.models import Offer

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def copies(row, amount, **facts):
    names = [field.attname for field in row._meta.concrete_fields if not field.primary_key]
    values = {name: getattr(row, name) for name in names}
    return type(row).objects.bulk_create(type(row)(**values | facts) for _ in range(amount))


def posting(earlier, at, times):
    first = create_cleaning()
    facts = {name: getattr(first, name) for name in FIELDS}
    let_a_day_pass()
    copies(first, earlier, created_at=at)
    return lambda number: Cleaning.post(by=create_user("olivia"), token=UUID(int=number + 1), **facts)


def offering(earlier, at, times):
    jobs = [create_cleaning() for _ in range(times)]
    event = create_offer().cleaning.events.about(create_user("carl")).get()
    let_a_day_pass()
    copies(event, earlier, at=at)
    return lambda number: Offer.make(jobs[number], by=create_user("carl"), hourly_rate=20)


def revising(earlier, at, times):
    offers = [create_offer(cleaning=create_cleaning()) for _ in range(times)]
    event = offers[0].cleaning.events.about(create_user("carl")).get()
    let_a_day_pass()
    copies(event, earlier, at=at)
    return lambda number: offers[number].revise(by=create_user("carl"), hourly_rate=20)


def editing(earlier, at, times):
    jobs = [create_cleaning() for _ in range(times)]
    jobs[0].edit(by=create_user("olivia"), name="Attic")
    event = jobs[0].events.edits().get()
    let_a_day_pass()
    copies(event, earlier, at=at)
    return lambda number: jobs[number].edit(by=create_user("olivia"), name="Cellar")


def suggesting(earlier, at, times):
    offers = [create_offer(cleaning=create_cleaning(), status=OfferStatus.ACCEPTED) for _ in range(times)]
    facts = {"status": ChangeStatus.WITHDRAWN, "made_for": 1, "expires_at": at, "answered_at": at, "created_at": at}
    copies(Change(offer=offers[0], by=create_user("carl"), terms={"estimated_hours": "4.00"}, **facts), earlier)
    return lambda number: offers[number].suggest(by=create_user("carl"), estimated_hours=5)


def evaluating(earlier, at, times):
    offers = [create_offer(cleaning=create_cleaning(), status=OfferStatus.COMPLETED) for _ in range(times)]
    carl, olivia, (first, *_) = create_user("carl"), create_user("olivia"), offers
    for job in copies(first.cleaning, earlier):
        (offer,) = copies(first, 1, cleaning_id=job.pk)
        said = {"overall_rating": 5, "created_at": at, "publishes_at": at}
        Evaluation.objects.create(offer=offer, author=carl, subject=olivia, **said)
    return lambda number: Evaluation.write(offers[number], by=create_user("carl"), overall_rating=4)


def asking(earlier, at, times):
    jobs = [create_cleaning() for _ in range(times)]
    waiting = Question(cleaning=jobs[0], asker=create_user("carl"), text="When?", asked_at=at, withdrawn_at=at)
    copies(waiting, earlier)
    return lambda number: Question.ask(jobs[number], by=create_user("carl"), text="Is there a lift?")


def saying(earlier, at, times):
    offers = [create_offer(cleaning=create_cleaning(), status=OfferStatus.ACCEPTED) for _ in range(times)]
    copies(Message(offer=offers[0], author=create_user("carl"), text="Before", at=at), earlier)
    return lambda number: Message.say(offers[number], by=create_user("carl"), text="Hello")


def adding_photos(earlier, at, times):
    jobs = [create_cleaning() for _ in range(times)]
    first, photos = create_photo(), [[JOB_PHOTOS.clean(ContentFile(picture()))] for _ in range(times)]
    for number in range(earlier):
        copies(first, 1, created_at=at, digest=f"{number:064}", file=f"{number:032}")
    Photo.objects.filter(pk=first.pk).update(created_at=at - DAY)
    facts = {"kind": PhotoKind.JOB, "shows": "The kitchen"}
    return lambda number: Photo.add(jobs[number], by=create_user("olivia"), photos=photos[number], **facts)


# The set-up, and how often within which period.
LIMITS = [
    (posting, 20, HOUR),
    (posting, 50, DAY),
    (offering, 60, HOUR),
    (revising, 60, HOUR),
    (editing, 60, HOUR),
    (suggesting, 60, HOUR),
    (evaluating, 20, HOUR),
    (asking, 20, DAY),
    (saying, 60, HOUR),
    (adding_photos, 20, HOUR),
]
