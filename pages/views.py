"""Pages that belong to no app: home, dashboard, help."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView

from cleanings.browse.cards import cards
from cleanings.browse.listing import Listing
from cleanings.models import Cleaning
from pages.dashboard import MOST_ROWS, MOST_TASKS, offers_with_next_action, tallies_for, tasks_for
from pages.export import everything_of


class PublicPage(TemplateView):
    """A page of words that everybody may read."""


class HomeView(PublicPage):
    """What Swept is, for both sides, and the six newest cleanings that take offers."""

    template_name = "pages/home.html"

    def get_context_data(self, **kwargs) -> dict:
        reader = self.request.user
        newest = Listing(Cleaning.objects.open(), reader=reader, size=6)
        return super().get_context_data(cards=cards(newest.rows, reader), **kwargs)


class DashboardView(TemplateView):
    """What waits for the person, most urgent first, and the few of their cleanings and offers that come first."""

    template_name = "pages/dashboard.html"

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
            offers=offers_with_next_action(user),
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
