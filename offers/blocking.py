from collections.abc import Iterable

from accounts.blocking import BlockingHandler
from accounts.models import User
from offers.changes import Change
from offers.models import Offer


class OfferBlockingHandler(BlockingHandler):
    def concerned(self, one: User, other: User) -> Iterable[int]:
        pending = Offer.objects.pending().between(one, other).values_list("cleaning", flat=True)
        open_changes = Change.objects.open().between(one, other)
        return {*pending, *open_changes.values_list("offer__cleaning", flat=True)}

    def end(self, blocker: User, blocked: User) -> None:
        pending = Offer.objects.pending().between(blocker, blocked)
        for offer in pending.with_people().with_cleaning().order_by("cleaning"):
            if offer.cleaner == blocker:
                offer.rescind(by=blocker)
            else:
                offer.reject(by=blocker)
        for change in Change.objects.open().between(blocker, blocked).with_job().order_by("pk"):
            if change.has_run_out:
                change.expire()
            elif change.by == blocker:
                change.withdraw(by=blocker)
            else:
                change.decline(by=blocker)
