from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.generic import FormView, TemplateView

from accounts.forms import CloseAccountForm
from accounts.models import User
from accounts.rate_limits import count_export
from accounts.visits import last_visit
from cleanings.browse.filters import CleaningFilter
from cleanings.browse.listing import OpenJobs
from cleanings.cards import cards
from cleanings.states import CleaningStatus
from conversations.notices import unread_of
from core.exceptions import IllegalMove
from core.transactions import atomic
from pages.account import groups_of
from pages.dashboard import OwnLists, greeting, money_by_month, next_jobs, numbers_of
from pages.export import export_data
from pages.numbers import numbers
from pages.tasks import MOST_TASKS, tasks_for

NEWEST_FOR_NEWCOMERS = 4


class PublicPage(TemplateView):
    pass


class HomeView(PublicPage):
    template_name = "pages/home.html"

    def get_context_data(self, **kwargs) -> dict:
        reader = self.request.user
        # Its two fields are shown, of which one depends on whether postcodes are known.
        filters = CleaningFilter(QueryDict())
        newest = OpenJobs(filters, reader, size=6)
        since = last_visit(self.request.session, reader) if reader.is_authenticated else None
        found = cards(newest.rows, reader, last_visit=since)
        return super().get_context_data(cards=found, filters=filters, numbers=numbers(), **kwargs)


class DashboardView(TemplateView):
    template_name = "pages/dashboard.html"

    def get_context_data(self, **kwargs) -> dict:
        user = self.request.user
        lists = OwnLists(user)
        if lists.is_new:
            newest = OpenJobs(CleaningFilter(QueryDict()), user, size=NEWEST_FOR_NEWCOMERS)
            return super().get_context_data(lists=lists, cards=cards(newest.rows, user), **kwargs)
        return super().get_context_data(lists=lists, **self.get_own(user, lists), **kwargs)

    def get_own(self, user: User, lists: OwnLists) -> dict:
        unread, jobs, sums = unread_of(user), next_jobs(user), money_by_month(user)
        next_job = jobs[0] if jobs else None
        # The block of the next job says already that it is coming.
        tasks = tasks_for(user, unread, no_reminder_of=next_job and next_job.cleaning)
        return {
            # Saves the header a query of its own.
            "unread_count": unread.number,
            "greeting": greeting(timezone.now()),
            "next": next_job,
            "then": jobs[1:],
            "has_more": len(tasks) > MOST_TASKS,
            "tasks": tasks[:MOST_TASKS],
            "sums": sums,
            "numbers": numbers_of(lists, sums),
        }


class AccountView(TemplateView):
    template_name = "pages/account.html"

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(groups=groups_of(self.request.user), **kwargs)


@require_safe
@cache_control(private=True, no_store=True)
def export(request: HttpRequest) -> HttpResponse:
    count_export(request.user)
    layout = {"ensure_ascii": False, "indent": 2}
    content_type = "application/json; charset=utf-8"
    response = JsonResponse(export_data(request.user), json_dumps_params=layout, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="swept-{request.user.username}.json"'
    return response


class AccountCloseView(FormView):
    form_class = CloseAccountForm
    template_name = "pages/account_close.html"

    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {"user": self.request.user}

    def get_context_data(self, **kwargs) -> dict:
        user = self.request.user
        owned = user.cleanings.with_status(CleaningStatus.ASSIGNED).order_by("pk")
        taken = user.offers.ahead().with_cleaning()
        context = {
            "owned": owned,
            "taken": taken,
            "has_jobs": bool(owned or taken),
            "open_count": user.cleanings.with_status(CleaningStatus.OPEN).count(),
            "pending_count": user.offers.pending().count(),
        }
        return super().get_context_data(**context, **kwargs)

    def form_valid(self, form: CloseAccountForm) -> HttpResponse:
        try:
            close_account(self.request.user)
        except IllegalMove as refusal:
            return self.render_to_response(self.get_context_data(form=form, refusal=refusal), status=409)
        logout(self.request)
        messages.success(self.request, "Your account is closed, and what was personal in it is removed.")
        return redirect("home")


@atomic
def close_account(user: User) -> None:
    """The mail that says so goes to the address that the account had."""
    email, context = user.email, {"username": user.username}
    user.close(by=user)
    get_adapter().send_mail("account/email/account_closed", email, context)
