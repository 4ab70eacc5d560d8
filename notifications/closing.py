from accounts.closing import ClosingHandler
from accounts.models import User


class NotificationClosingHandler(ClosingHandler):
    def remove_personal_data(self, user: User, username: str) -> None:
        user.notifications.all().delete()
        user.site_only.all().delete()
