"""The page that tells a person what happened, and the one where a developer reads the site's mail."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.generic import ListView, TemplateView

from notifications.forms import MarkReadForm
from notifications.mailbox import letters


class NotificationListView(ListView):
    """One's own notifications; a POST marks one of them, or all, as read."""

    template_name = "notifications/notification_list.html"
    paginate_by = 20

    def get_queryset(self):
        return self.request.user.notifications.newest_first()

    def post(self, request) -> HttpResponse:
        form = MarkReadForm(request.POST)
        if form.is_valid():
            chosen = form.chosen_from(self.get_queryset())
            if chosen.mark_read():
                messages.success(request, "Marked as read.")
        return redirect("notifications:list")


# Logged out too: an address has to be confirmed before the first log-in.
@method_decorator([login_not_required, never_cache], name="dispatch")
class MailboxView(TemplateView):
    """The mails that a developer's site has kept; see `notifications.urls`, which has this page on no other."""

    template_name = "notifications/mailbox.html"

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(letters=letters(), **kwargs)
