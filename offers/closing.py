from collections.abc import Iterable

from django.db.models import Q, QuerySet

from accounts.closing import ClosingHandler
from accounts.models import User
from cleanings.models import Cleaning


class OfferClosingHandler(ClosingHandler):
    def lock_cleanings(self, user: User) -> list[int]:
        """Lock what the person owns and where their offers are pending.

        Everybody who locks several does so by ascending id, so that nobody waits for another in a ring.
        """
        concerned = Cleaning.objects.filter(Q(owner=user) | Q(pk__in=user.offers.pending().values("cleaning")))
        return list(concerned.select_for_update().order_by("pk").values_list("pk", flat=True))

    def has_jobs(self, user: User) -> bool:
        return user.offers.ahead().exists()

    def end_open(self, user: User, locked: list[int], by: User | None) -> None:
        for offer in user.offers.pending().filter(cleaning__in=locked).with_cleaning().order_by("cleaning"):
            offer.rescind(by=by)

    def has_unanswered(self, user: User) -> bool:
        return user.offers.pending().exists()

    def renamed(self, user: User) -> Iterable[QuerySet]:
        return [user.offers.all()]
