import re
from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.urls import reverse

from accounts.closing import ClosingHandler
from accounts.models import User
from cleanings.events import CLEANING
from cleanings.models import Cleaning, Event
from cleanings.states import KINDS_WITHOUT_MOVE, ChangeStatus, Kind, OfferStatus
from notifications.models import Notification
from offers.changes import Change


class OfferClosingHandler(ClosingHandler):
    def lock_cleanings(self, user: User) -> list[int]:
        """By ascending id, as everything that locks several cleanings does, to avoid deadlocks."""
        invited_to = user.invitations.filter(reserved_until__isnull=False)
        offers = user.offers.filter(Q(status=OfferStatus.PENDING) | Q(changes__status=ChangeStatus.OPEN))
        concerned = Cleaning.objects.filter(
            Q(owner=user) | Q(pk__in=offers.values("cleaning")) | Q(pk__in=invited_to.values("pk"))
        )
        return list(concerned.select_for_update().order_by("pk").values_list("pk", flat=True))

    def has_jobs(self, user: User) -> bool:
        return user.offers.ahead().exists()

    def end_open(self, user: User, locked: list[int], by: User | None) -> None:
        for offer in user.offers.pending().filter(cleaning__in=locked).with_cleaning().order_by("cleaning"):
            offer.rescind(by=by)
        for change in Change.objects.of(user).open().filter(offer__cleaning__in=locked).with_job().order_by("pk"):
            change.end_with_account()

    def has_unanswered(self, user: User) -> bool:
        return user.offers.pending().exists() or Change.objects.of(user).open().exists()

    def remove_personal_data(self, user: User, username: str) -> None:
        """Rewrite every notification that may hold a name of the person: no row says which name its text holds."""
        Change.objects.remove_streets_of(user)
        naming = (Kind.COMPLETE, Kind.AGREE, *KINDS_WITHOUT_MOVE)
        owner_is_named = Q(event__cleaning__owner=user, event__kind__in=naming)
        people = ("recipient", "event__cleaning__owner__profile", "event__actor__profile", "event__cleaner__profile")
        named = Notification.objects.filter(Q(event__cleaner=user) | owner_is_named).exclude(recipient=user)
        rewritten = [
            _without_name(notification, notification.event, user, username)
            for notification in named.select_related(*people)
            if notification.event
        ]
        Notification.objects.bulk_update(rewritten, ["subject", "sentence", "url", "button"], batch_size=100)

    def renamed(self, user: User) -> Iterable[QuerySet]:
        return [user.offers.all(), Change.objects.of(user)]


def _without_name(notification: Notification, event: Event, user: User, username: str) -> Notification:
    """A link to the person's page becomes one to the cleaning, because former members have no page."""
    notification.subject = event.heading_for(notification.recipient)
    notification.sentence = event.sentence_after_heading(notification.recipient)
    if event.cleaner == user:
        notification.url = re.sub("(?<=/offers/)[^/]+", user.username, notification.url)
    is_of_profile = notification.url.startswith(reverse("accounts:profile", args=[username]))
    if is_of_profile or notification.url.endswith("/evaluate/"):
        notification.url = CLEANING.url(event, None)
        notification.button = CLEANING.label
    return notification
