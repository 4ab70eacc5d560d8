"""Pages that belong to no app: home, dashboard, help, health."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from cleanings.browse.cards import cards
from cleanings.browse.listing import Listing
from cleanings.models import Cleaning
from marketplace import health
from marketplace.dashboard import MOST_ROWS, MOST_TASKS, offers_with_next_act, tallies_for, tasks_for
from marketplace.export import everything_of


class PublicPage(TemplateView):
    """A page of words that everybody may read."""


class HomeView(PublicPage):
    """What Swept is, for both sides, and the six newest cleanings that take offers."""

    template_name = "marketplace/home.html"

    def get_context_data(self, **kwargs) -> dict:
        reader = self.request.user
        newest = Listing(Cleaning.objects.open(), reader=reader, size=6)
        return super().get_context_data(cards=cards(newest.rows, reader), **kwargs)


class DashboardView(TemplateView):
    """What waits for the person, most urgent first, and the few of their cleanings and offers that come first."""

    template_name = "marketplace/dashboard.html"

    def get_context_data(self, **kwargs) -> dict:
        user = self.request.user
        tasks = tasks_for(user)
        cleaning_tallies, offer_tallies = tallies_for(user)
        return super().get_context_data(
            tasks=tasks[:MOST_TASKS],
            has_more=len(tasks) > MOST_TASKS,
            cleanings=user.cleanings.unfinished()[:MOST_ROWS],
            cleaning_tallies=cleaning_tallies,
            has_cleanings=any(tally.number for tally in cleaning_tallies),
            offers=offers_with_next_act(user),
            offer_tallies=offer_tallies,
            has_offers=any(tally.number for tally in offer_tallies),
            **kwargs,
        )


@require_safe
@cache_control(private=True, no_store=True)
def export(request: HttpRequest) -> HttpResponse:
    """Everything that is one's own, as a file to keep."""
    found = everything_of(request.user)
    layout = {"ensure_ascii": False, "indent": 2}
    answer = JsonResponse(found, json_dumps_params=layout, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="swept-{request.user.username}.json"'
    return answer


@never_cache
@login_not_required
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is touched."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """200 if the site can do all that it is for, else 503 with what is wrong in a word."""
    found = health.state()
    return HttpResponse(found, content_type="text/plain", status=200 if found == health.WELL else 503)
