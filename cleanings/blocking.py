from collections.abc import Collection, Iterable

from accounts.blocking import BlockingHandler
from accounts.models import User
from cleanings.models import Cleaning


class CleaningBlockingHandler(BlockingHandler):
    def concerned(self, one: User, other: User) -> Iterable[int]:
        return Cleaning.objects.with_invitation_between(one, other).values_list("pk", flat=True)

    def lock(self, cleanings: Collection[int]) -> None:
        list(Cleaning.objects.select_for_update().filter(pk__in=cleanings).order_by("pk").values_list("pk"))

    def end(self, blocker: User, blocked: User) -> None:
        for cleaning in Cleaning.objects.with_invitation_between(blocker, blocked).with_owner().order_by("pk"):
            if cleaning.is_reserved_for(blocker):
                cleaning.decline(by=blocker)
            else:
                cleaning.end_invitation()
