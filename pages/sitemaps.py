from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import SitemapIndexItem, sitemap, x_robots_tag
from django.core.cache import caches
from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe

from accounts.models import User
from cleanings.models import Cleaning
from evaluations.ratings import findable

# Such a part takes a fifth of a second, mostly to render its rows.
PART_SIZE = 1000
XML = "application/xml; charset=utf-8"
# In seconds. Finding the parts reads every listed row; a part itself is never cached.
PARTS_KEPT_FOR = 10 * 60
CLOSED = ("/admin/", "/accounts/", "/bookmarks/", "/calendar/", "/report/", "/reports/", "/searches/")


class IdRangePaginator(Paginator):
    """Page 3 holds the ids from 2,000 to 2,999: no row changes its page, and a page is one read of an index."""

    def __init__(self, rows: QuerySet) -> None:
        self.rows = rows.order_by("pk")
        super().__init__(self.rows, PART_SIZE)

    @cached_property
    def page_range(self) -> list[int]:
        """The pages with rows: most old ones become empty over the years."""
        parts = self.rows.order_by().annotate(part=F("pk") / self.per_page + 1)
        return sorted(parts.values_list("part", flat=True).distinct())

    def page(self, number) -> Page:
        try:
            first = (int(number) - 1) * self.per_page
        except ValueError as error:
            raise PageNotAnInteger("A part has a number.") from error
        rows = list(self.rows.filter(pk__gte=first, pk__lt=first + self.per_page))
        if not rows:
            raise EmptyPage("Nothing is listed in this part.")
        return Page(rows, number, self)


class SiteSitemap(Sitemap):
    """At SITE_URL, whatever Host the request names."""

    def get_protocol(self, protocol=None) -> str:
        return settings.SITE_URL.partition("://")[0]

    def get_domain(self, site=None) -> str:
        return settings.SITE_URL.partition("://")[2]


class PageSitemap(SiteSitemap):
    def items(self) -> list[str]:
        return ["home", "cleanings:list", "help", "rules", "privacy", "terms", "accessibility"]

    def location(self, item: str) -> str:
        return reverse(item)


class RowSitemap(SiteSitemap):
    def items(self) -> QuerySet:
        raise NotImplementedError

    @property
    def paginator(self) -> IdRangePaginator:
        return IdRangePaginator(self.items())


class CleaningSitemap(RowSitemap):
    def items(self) -> QuerySet[Cleaning]:
        return Cleaning.objects.open().only("updated_at")

    def lastmod(self, item: Cleaning):
        return item.updated_at


class PeopleSitemap(RowSitemap):
    def items(self) -> QuerySet[User]:
        return User.objects.filter(findable()).only("username")


SITEMAPS: dict[str, type[SiteSitemap]] = {
    "pages": PageSitemap,
    "cleanings": CleaningSitemap,
    "people": PeopleSitemap,
}


def part_paths() -> list[str]:
    paths = []
    for section, listed in SITEMAPS.items():
        path = reverse("sitemap_part", args=[section])
        paths += [f"{path}?p={number}" for number in listed().paginator.page_range]
    return paths


@login_not_required
@require_safe
@x_robots_tag
def index(request: HttpRequest) -> HttpResponse:
    paths = caches["figures"].get_or_set("sitemap-parts", part_paths, PARTS_KEPT_FOR)
    found = {"sitemaps": [SitemapIndexItem(f"{settings.SITE_URL}{path}") for path in paths]}
    return TemplateResponse(request, "sitemap_index.xml", found, content_type=XML)


@login_not_required
@require_safe
def part(request: HttpRequest, section: str) -> HttpResponse:
    return sitemap(request, {**SITEMAPS}, section, content_type=XML)


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    closed = [f"Disallow: {path}" for path in CLOSED]
    lines = ["User-agent: *", *closed, "", f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
