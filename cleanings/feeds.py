import re

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.views.decorators.http import require_safe

from accounts.rate_limits import count_search
from cleanings.browse.filters import CleaningFilter
from cleanings.browse.listing import Listing
from cleanings.models import Cleaning

MOST_ENTRIES = 50
# Characters that XML does not allow.
UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class SteadyFeed(Atom1Feed):
    """The date of the feed changes only with its entries; that of an empty feed changes each day."""

    def latest_post_date(self):
        midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
        return super().latest_post_date() if self.items else midnight


class CleaningFeed(Feed):
    """The id of an entry and of the feed never changes."""

    feed_type = SteadyFeed

    def get_object(self, request: HttpRequest) -> CleaningFilter:
        self.reader = request.user
        return CleaningFilter(request.GET)

    def title(self, filters: CleaningFilter) -> str:
        asked = [sentence for sentence, _ in filters.removals]
        return writable(" - ".join([f"Open jobs on {settings.SITE_NAME}", *asked]))

    def author_name(self) -> str:
        return settings.SITE_NAME

    def link(self, filters: CleaningFilter) -> str:
        return f"{settings.SITE_URL}{path_with('cleanings:list', filters)}"

    def feed_url(self, filters: CleaningFilter) -> str:
        return f"{settings.SITE_URL}{path_with('cleanings:feed', filters)}"

    feed_guid = feed_url

    def items(self, filters: CleaningFilter) -> list[Cleaning]:
        cleanings = filters.apply_to(Cleaning.objects.open_to(self.reader))
        listing = Listing(cleanings, "opened", filters.words, size=MOST_ENTRIES)
        found = Cleaning.objects.in_bulk([row["pk"] for row in listing.rows])
        return [found[row["pk"]] for row in listing.rows if row["pk"] in found]

    def item_title(self, item: Cleaning) -> str:
        return writable(item.name)

    def item_description(self, item: Cleaning) -> str:
        # Readers take it as HTML.
        return escape(writable(item.summary))

    def item_link(self, item: Cleaning) -> str:
        return f"{settings.SITE_URL}{item.get_absolute_url()}"

    def item_pubdate(self, item: Cleaning):
        return item.created_at

    def item_updateddate(self, item: Cleaning):
        return max(item.updated_at, item.status_since)


def writable(text: str) -> str:
    return " ".join(UNWRITABLE.sub("", text).split())


def path_with(name: str, filters: CleaningFilter | None) -> str:
    query = filters.query(*(filters.fields.keys() - filters.chosen.keys())) if filters else ""
    return f"{reverse(name)}{'?' if query else ''}{query}"


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """No `Last-Modified`: closing a cleaning changes the feed, too."""
    count_search(request)
    answer = CleaningFeed()(request)
    del answer["Last-Modified"]
    return answer
