from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import FormView, TemplateView

from accounts.models import User
from core.paging import Segment
from core.views import KeysetListView, query_of
from notifications.emails import read_token
from notifications.forms import ChoicesForm, MarkReadForm
from notifications.lines import line_of
from notifications.listing import make_readable, newest
from notifications.models import Notification, SiteOnly
from notifications.topics import Topic, endings_of


class NotificationListView(KeysetListView):
    template_name = "notifications/notification_list.html"

    def get_segments(self) -> list[Segment]:
        return [newest(self.request.user.pk)]

    def get_context_data(self, **kwargs) -> dict:
        context = super().get_context_data(place=query_of(self.request, "after"), **kwargs)
        make_readable(context["object_list"], self.request.user)
        return context | {"groups": self.grouped(context["object_list"], context["place"])}

    def grouped(self, notices: Iterable[Notification], place: str) -> list[tuple[Any, list[SafeString]]]:
        """Lines by job, each with an event that names it; none where nothing of the page has one."""
        groups: dict[str, list[Notification]] = {}
        for notice in notices:
            groups.setdefault(notice.job, []).append(notice)
        token, found = get_token(self.request), []
        for group in groups.values():
            event = next((each.event for each in group if each.event), None)
            name = event.cleaning.quoted_name_for(self.request.user) if event else ""
            drawing = event.cleaning.drawing if event else "img/swept.svg"
            found.append((event, [line_of(each, name, drawing, place, token) for each in group]))
        return found

    def post(self, request: HttpRequest) -> HttpResponse:
        form = MarkReadForm(request.POST)
        if "open" in request.POST:
            return self.open(form)
        if form.is_valid() and form.chosen_from(self.request.user.notifications).mark_read():
            messages.success(request, "Marked as read.")
        return redirect(reverse("notifications:list") + query_of(request, "after"))

    def open(self, form: MarkReadForm) -> HttpResponse:
        if not form.is_valid() or not form.cleaned_data["notification"]:
            raise Http404
        chosen = form.chosen_from(self.request.user.notifications)
        notification = get_object_or_404(chosen)
        chosen.mark_read()
        return redirect(notification.url)


class ChoicesView(FormView):
    template_name = "notifications/choices.html"
    form_class = ChoicesForm
    success_url = reverse_lazy("notifications:choices")

    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {"site_only": self.request.user.site_only.topics()}

    def form_valid(self, form: ChoicesForm) -> HttpResponse:
        SiteOnly.objects.choose(self.request.user, form.site_only)
        messages.success(self.request, "Your choices are saved.")
        return super().form_valid(form)


# Mail programs send the POST of one-click unsubscribing without a CSRF token (RFC 8058).
# The address is signed, and can do nothing but end mails.
@method_decorator([csrf_exempt, login_not_required, never_cache], name="dispatch")
class UnsubscribeView(TemplateView):
    """Names its topics in a signed link; GET changes nothing."""

    template_name = "notifications/unsubscribe.html"

    def setup(self, request: HttpRequest, token: str) -> None:
        super().setup(request, token=token)
        try:
            person, topics = read_token(token)
        except BadSignature as error:
            raise Http404 from error
        self.person = get_object_or_404(User, pk=person, is_active=True)
        self.topics = [topic for topic in Topic if topic in topics]

    def get_context_data(self, **kwargs) -> dict:
        site_only = self.person.site_only.topics()
        have_stopped, have_all_stopped = site_only.issuperset(self.topics), site_only.issuperset(Topic)
        heading = "These mails have stopped" if have_stopped else "Unsubscribe?"
        return super().get_context_data(
            person=self.person,
            topics=self.topics,
            endings=endings_of(Topic if have_all_stopped else self.topics),
            have_stopped=have_stopped,
            have_all_stopped=have_all_stopped,
            heading="No more mails about jobs" if have_all_stopped else heading,
            **kwargs,
        )

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        what = request.POST.get("what")
        SiteOnly.objects.unsubscribe(self.person, Topic.values if what == "all" else self.topics)
        # A mail program sends no `what`; a redirect would look like a failure to it.
        return redirect("notifications:unsubscribe", token) if what else self.get(request, token=token)
