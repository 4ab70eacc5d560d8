from django.db.models import Q

from accounts.closing import ClosingHandler
from accounts.models import User
from cleanings.models import Photo
from cleanings.states import CleaningStatus


class CleaningClosingHandler(ClosingHandler):
    # The offers app locks these cleanings together with those that the person has offered on: all in one order.

    def has_jobs(self, user: User) -> bool:
        return user.cleanings.with_status(CleaningStatus.ASSIGNED).exists()

    def end_open(self, user: User, locked: list[int], by: User | None) -> None:
        for cleaning in user.cleanings.with_status(CleaningStatus.OPEN).filter(pk__in=locked).order_by("pk"):
            cleaning.close(by=by)
        invited_to = user.invitations.filter(pk__in=locked).order_by("pk")
        if by:
            for cleaning in invited_to.reserved():
                cleaning.decline(by=by)
        else:
            for cleaning in invited_to.with_ended_invitation():
                cleaning.end_invitation()

    def has_unanswered(self, user: User) -> bool:
        return user.cleanings.with_status(CleaningStatus.OPEN).exists() or user.invitations.reserved().exists()

    def remove_personal_data(self, user: User, username: str) -> None:
        user.cleanings.over().remove_streets()
        # Photos that others took for the owner show the owner's home.
        Photo.objects.filter(Q(by=user) | Q(cleaning__owner=user)).delete()
        user.searches.all().delete()
        user.bookmarks.all().delete()
