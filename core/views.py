"""Lists of things, as pages show them."""

from urllib.parse import urlencode

from django.http import HttpRequest
from django.views.generic import TemplateView

from core.paging import PAGE_SIZE, KeysetPage, Leg


def query_of(request: HttpRequest, *names: str) -> str:
    """These parts of the query string, for an address that leads back to the same place of a list; with a ? if any."""
    given = urlencode({name: request.GET[name] for name in names if request.GET.get(name)})
    return f"?{given}" if given else ""


class KeysetListView(TemplateView):
    """A list in pages that go on by key; an unknown place, or a number of a page, shows the first one."""

    size = PAGE_SIZE

    def get_legs(self) -> list[Leg]:
        """What the list is read from, in its order."""
        raise NotImplementedError

    def get_query(self) -> dict[str, str]:
        """What the list was chosen by, to be kept from page to page."""
        return {}

    def get_context_data(self, **kwargs) -> dict:
        listing = KeysetPage(self.get_legs(), self.request.GET.get("after", ""), self.size)
        query = urlencode(self.get_query())
        return super().get_context_data(listing=listing, object_list=listing.rows, query=query, **kwargs)
