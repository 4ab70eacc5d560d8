from accounts.closing import ClosingHandler
from accounts.models import User
from cleanings.states import CleaningStatus


class CleaningClosingHandler(ClosingHandler):
    # Offers locks the cleanings, with those that the person offers on: all in one order.

    def has_jobs(self, user: User) -> bool:
        return user.cleanings.with_status(CleaningStatus.ASSIGNED).exists()

    def end_open(self, user: User, locked: list[int], by: User | None) -> None:
        for cleaning in user.cleanings.with_status(CleaningStatus.OPEN).filter(pk__in=locked).order_by("pk"):
            cleaning.close(by=by)

    def has_unanswered(self, user: User) -> bool:
        return user.cleanings.with_status(CleaningStatus.OPEN).exists()

    def remove_personal_data(self, user: User, username: str) -> None:
        user.cleanings.over().remove_streets()
