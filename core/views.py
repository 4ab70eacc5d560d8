from urllib.parse import urlencode

from django.http import HttpRequest
from django.views.generic import TemplateView

from core.paging import PAGE_SIZE, KeysetPage, Segment


def query_of(request: HttpRequest, *names: str) -> str:
    given = urlencode({name: request.GET[name] for name in names if request.GET.get(name)})
    return f"?{given}" if given else ""


class KeysetListView(TemplateView):
    size = PAGE_SIZE

    def get_segments(self) -> list[Segment]:
        raise NotImplementedError

    def get_query(self) -> dict[str, str]:
        return {}

    def get_context_data(self, **kwargs) -> dict:
        listing = KeysetPage(self.get_segments(), self.request.GET.get("after", ""), self.size)
        query = urlencode(self.get_query())
        return super().get_context_data(listing=listing, object_list=listing.rows, query=query, **kwargs)
