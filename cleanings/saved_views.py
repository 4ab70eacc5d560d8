from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.generic import DeleteView, FormView, TemplateView, UpdateView, View

from cleanings.alerts import read_token
from cleanings.bookmarks import Bookmark
from cleanings.cards import cards_of
from cleanings.forms import NewSearchForm, SavedSearchForm
from cleanings.mixins import ConflictMixin
from cleanings.models import Cleaning, SavedSearch
from core.paging import Segment
from core.views import KeysetListView


class SearchFormMixin:
    success_url = reverse_lazy("cleanings:searches")

    def form_valid(self, form) -> HttpResponse:
        try:
            sentence = self.carry_out(form)
        except ValidationError as error:
            form.add_error(None, error)
            return self.form_invalid(form)
        messages.success(self.request, sentence)
        return redirect(self.success_url)


class SearchListView(SearchFormMixin, FormView):
    template_name = "cleanings/search_list.html"
    form_class = NewSearchForm

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(searches=self.request.user.searches.order_by("pk"), **kwargs)

    def carry_out(self, form: NewSearchForm) -> str:
        search = SavedSearch.add(by=self.request.user, **form.cleaned_data)
        if search.has_alerts:
            return "Your search is saved. We’ll tell you when new jobs match it."
        return "Your search is saved."


class OwnSearchMixin:
    pk_url_kwarg = "search"

    def get_queryset(self) -> QuerySet[SavedSearch]:
        return self.request.user.searches.all()


class SearchUpdateView(OwnSearchMixin, SearchFormMixin, UpdateView):
    form_class = SavedSearchForm
    template_name = "cleanings/search_form.html"

    def carry_out(self, form: SavedSearchForm) -> str:
        self.object.edit(by=self.request.user, **form.cleaned_data)
        return "Your search is saved."


class SearchDeleteView(OwnSearchMixin, DeleteView):
    template_name = "cleanings/search_delete.html"
    success_url = reverse_lazy("cleanings:searches")

    def form_valid(self, form) -> HttpResponse:
        messages.success(self.request, "Your search is deleted.")
        return super().form_valid(form)


@method_decorator([login_not_required, never_cache], name="dispatch")
class SearchStopView(TemplateView):
    """The signed link of a mail, which works without a log-in; GET changes nothing."""

    template_name = "cleanings/search_stop.html"

    def setup(self, request: HttpRequest, signed: str) -> None:
        super().setup(request, signed=signed)
        try:
            pk = read_token(signed)
        except BadSignature as error:
            raise Http404 from error
        self.search = get_object_or_404(SavedSearch, pk=pk, person__is_active=True)

    def get_context_data(self, **kwargs) -> dict:
        heading = "Stop telling you about new jobs?" if self.search.has_alerts else "No more mails for this search"
        return super().get_context_data(search=self.search, heading=heading, **kwargs)

    def post(self, request: HttpRequest, signed: str) -> HttpResponse:
        SavedSearch.objects.filter(pk=self.search.pk).stop_alerts()
        return redirect("cleanings:search_stop", signed)


class BookmarkListView(KeysetListView):
    template_name = "cleanings/bookmark_list.html"

    def get_segments(self) -> list[Segment]:
        bookmarks = self.request.user.bookmarks.without_blocks(self.request.user).select_related("cleaning")
        return [Segment(bookmarks, ("pk",), is_descending=True)]

    def get_context_data(self, **kwargs) -> dict:
        context = super().get_context_data(**kwargs)
        reader = self.request.user
        seen = Cleaning.objects.visible_to(reader).not_hidden().filter(bookmarks__in=context["object_list"])
        visible = {card.pk: card for card in cards_of(seen, reader)}
        return context | {"rows": [(each, visible.get(each.cleaning_id)) for each in context["object_list"]]}


def way_back(request: HttpRequest, pk: int) -> str:
    """The page of the site that sent the form, at the job; else the saved jobs."""
    try:
        address = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return reverse("cleanings:bookmarks")
    path = address._replace(scheme="", netloc="", fragment=f"job-{pk}").geturl()
    is_ours = (address.scheme, address.netloc) == (request.scheme, request.get_host())
    # A path of two slashes names another site.
    is_safe = is_ours and url_has_allowed_host_and_scheme(path, None)
    return path if is_safe else reverse("cleanings:bookmarks")


class BookmarkAddView(ConflictMixin, View):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        cleaning = get_object_or_404(Cleaning.objects.visible_to(request.user), pk=pk)
        Bookmark.add(cleaning, by=request.user)
        messages.success(request, "Saved. It’s among your saved jobs.")
        return redirect(way_back(request, pk))


class BookmarkRemoveView(View):
    """Works for a job that the person cannot see any more, too."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        gone, _ = request.user.bookmarks.filter(cleaning=pk).delete()
        if not gone:
            get_object_or_404(Cleaning.objects.visible_to(request.user), pk=pk)
        messages.success(request, "Removed from your saved jobs.")
        return redirect(way_back(request, pk))
