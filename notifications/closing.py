from accounts.closing import ClosingHandler
from accounts.models import User
from notifications.models import Notification


class NotificationClosingHandler(ClosingHandler):
    def remove_personal_data(self, user: User, username: str) -> None:
        user.notifications.all().delete()
        user.site_only.all().delete()
        Notification.objects.retell_without_name(user, username)
