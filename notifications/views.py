"""The page that tells a person what happened."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.generic import ListView

from notifications.forms import MarkReadForm


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
