import re
from datetime import datetime
from functools import cache
from urllib.parse import urlsplit
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import CreateView, DetailView, FormView, TemplateView, UpdateView
from django.views.generic.detail import SingleObjectMixin

from accounts.models import User
from accounts.rate_limits import count_search
from accounts.visits import last_visit
from cleanings.browse.filters import CleaningFilter
from cleanings.browse.listing import OpenJobs, near_searches, wider_searches
from cleanings.cards import cards
from cleanings.constraints import MOST_CHARACTERS
from cleanings.contact import contact_for, terms_of_ended_job
from cleanings.forms import (
    FORM_FIELDS,
    CleaningForm,
    InvitationForm,
    NewSearchForm,
    PostingForm,
)
from cleanings.mixins import ConflictMixin, VerbFormMixin, similar_to
from cleanings.models import Cleaning, SavedSearch
from cleanings.photos import Photo
from cleanings.places import distance_label, postcode_of
from cleanings.querysets import CleaningQuerySet
from cleanings.searches import MOST_CHARACTERS_OF_NAME
from cleanings.shortcuts import visible_or_404
from cleanings.states import CleaningStatus, IllegalMove
from cleanings.timeline import events_shown_to, with_sentences
from core.addresses import address
from core.converters import IdConverter
from core.fragments import fill
from core.mixins import PredicateMixin
from core.paging import Segment, built_segment
from core.statements import Statement
from core.text import clean_line, truncate
from core.views import KeysetListView


class PreviewMixin:
    """Without a script, a button shows a preview; sent without that button, the form is carried out."""

    def form_valid(self, form) -> HttpResponse:
        if "preview" in self.request.POST:
            return self.render_to_response(self.get_context_data(form=form, previewed=True))
        return super().form_valid(form)


class CleaningListView(TemplateView):
    template_name = "cleanings/cleaning_list.html"

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        count_search(request)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs) -> dict:
        reader = self.request.user
        filters = CleaningFilter(self.request.GET)
        listing = OpenJobs(filters, reader, after=self.request.GET.get("after", ""), is_counted=True)
        if listing.is_lost:
            filters.add_error(None, "That place in the list is not known. This is its beginning.")
        if reader.is_authenticated:
            kwargs |= self.saving(filters)
        since = last_visit(self.request.session, reader) if reader.is_authenticated else None
        found = cards(listing.rows, reader, near=filters.postcode, last_visit=since)
        if not found and not listing.place:
            kwargs["wider"] = wider_searches(listing)
            kwargs["near"] = near_searches(listing) if filters.words else []
        quick = kwargs["quick"] = filters.quick(postcode_of(reader))
        is_on = {each.name for each in quick if each.is_on}
        kwargs["removals"] = [removal for name, removal in filters.removals_by_name.items() if name not in is_on]
        return super().get_context_data(filters=filters, form=filters, listing=listing, cards=found, **kwargs)

    def saving(self, filters: CleaningFilter) -> dict:
        """The search that the reader has saved, or the form to save it; neither without a filter."""
        if not (query := filters.saved_query):
            return {}
        if saved := saved_searches.first(self.request.user.pk, query):
            return {"saved_search": saved}
        name = truncate(filters.suggested_name, MOST_CHARACTERS_OF_NAME)
        return {"save_form": fill(save_form(), query=query, name=name, csrf_token=get_token(self.request))}


@Statement
def saved_searches(person: int, query: str) -> QuerySet[SavedSearch]:
    return SavedSearch.objects.filter(person=person, query=query)


@cache
def save_form() -> str:
    """The form with names in braces where the search, its name and the reader's token go."""
    form = NewSearchForm(initial={"query": "{query}", "name": "{name}"})
    return render_to_string("cleanings/_save_form.html", {"form": form, "csrf_token": "{csrf_token}"})


def job_rows(pk: int, now: datetime) -> CleaningQuerySet:
    return Cleaning.objects.filter(pk=pk).with_owner().with_owner_figures(now).with_parts()


job_for_visitor = Statement(job_rows)


@Statement
def job_for_member(pk: int, reader: int, now: datetime) -> QuerySet[Cleaning]:
    member = User(pk=reader)
    return job_rows(pk, now).with_bookmark_of(member).with_block(member).with_offer_of(member)


class CleaningDetailView(DetailView):
    template_name = "cleanings/cleaning_detail.html"

    def get_object(self, queryset=None) -> Cleaning:
        reader, pk, now = self.request.user, self.kwargs["pk"], timezone.now()
        if not reader.is_authenticated:
            return visible_or_404(job_for_visitor.first(pk, now), reader)
        cleaning = visible_or_404(job_for_member.first(pk, reader.pk, now), reader)
        if not cleaning.has_offer_of_reader:
            cleaning.offers_by_cleaner[reader.pk] = None
        return cleaning

    def get_context_data(self, **kwargs) -> dict:
        user, cleaning = self.request.user, self.object
        kwargs["back"] = way_back(self.request, cleaning)
        photos = kwargs["photos"] = photos_of(cleaning, user)
        kwargs["photos_label"] = photos_label(cleaning, photos, user)
        kwargs["shows_photos"] = bool(photos or kwargs["photos_label"])
        if user.is_authenticated:
            contact = kwargs["contact"] = contact_for(user, cleaning)
            # A HEAD shows nothing.
            if contact and self.request.method == "GET":
                contact.record_view(by=user)
            kwargs["can_be_saved"] = cleaning.can_be_bookmarked_by(user)
            events = events_shown_to(user, cleaning)
            kwargs["timeline"] = with_sentences(events, user)
            is_ahead = contact is not None and contact.is_ahead
            kwargs["is_in_calendars"] = not is_ahead and terms_of_ended_job(cleaning, user, events) is not None
            has_street = contact is not None and contact.street_address
            kwargs["shows_own_street"] = cleaning.is_owned_by(user) and not has_street
        if cleaning.takes_offers and not cleaning.is_owned_by(user):
            kwargs["shows_price"] = True
            kwargs["distance"] = distance_label(postcode_of(user), cleaning.postcode_key)
        shown = [photo for photo in photos if not photo.is_hidden_from(user)]
        kwargs["lead_photo"] = shown[0] if shown and not kwargs.get("contact") else None
        return super().get_context_data(similar=similar_to(cleaning, user), **kwargs)


def photos_of(cleaning: Cleaning, reader: User | AnonymousUser) -> list[Photo]:
    """No query where `with_parts` found no photos."""
    if not vars(cleaning).get("has_photos", True):
        return []
    return list(cleaning.photos.visible_to(reader).with_people().in_order())


LISTS = {
    "cleanings:list": "Open jobs",
    "cleanings:mine": "My jobs",
    "cleanings:bookmarks": "Saved jobs",
    "offers:mine": "My offers",
    "dashboard": "Dashboard",
}


def list_with(cleaning: Cleaning, reader: User | AnonymousUser) -> str:
    if cleaning.is_owned_by(reader):
        return "cleanings:mine"
    return "offers:mine" if cleaning.offer_of(reader) else "cleanings:list"


def way_back(request: HttpRequest, cleaning: Cleaning) -> dict[str, str]:
    """The list that a member came from. For visitors a script finds it, because their page is cached for all."""
    default = list_with(cleaning, request.user)
    back = {"url": address(default), "label": LISTS[default]}
    if not request.user.is_authenticated:
        return back
    try:
        came_from = urlsplit(request.headers.get("Referer", ""))
        label = LISTS.get(resolve(came_from.path).view_name)
    except (ValueError, Resolver404):
        return back
    if came_from.netloc != request.get_host() or label is None:
        return back
    return {"url": came_from._replace(scheme="", netloc="", fragment="").geturl(), "label": label}


def photos_label(cleaning: Cleaning, photos: list[Photo], reader: User | AnonymousUser) -> str:
    has_own = any(photo.can_be_changed_by(reader) for photo in photos)
    if not Photo.kinds_for(cleaning, reader):
        return "Change your photos" if has_own else ""
    return "Add or change photos" if has_own else "Add photos"


class CleaningCreateView(PreviewMixin, VerbFormMixin, CreateView):
    """The hidden token makes a second click return the first one's cleaning."""

    model = Cleaning
    form_class = PostingForm
    template_name = "cleanings/cleaning_form.html"

    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {"find_cleaners": lambda: by_name(Cleaning.invitable_by(self.request.user))}

    def get_initial(self) -> dict:
        initial: dict = {"post_token": uuid4()}
        if self.request.method == "POST":
            return initial
        looked_up = clean_line(self.request.GET.get("city", ""))[: MOST_CHARACTERS["city"]]
        city = {"city": looked_up} if looked_up else {}
        initial |= {"city": self.request.user.profile.city, "reserved_for": self.request.GET.get("for")}
        return initial | self.get_facts_of_earlier() | city

    def get_facts_of_earlier(self) -> dict:
        """The facts of the reader's own cleaning that is to be posted again."""
        number = self.request.GET.get("like")
        if number is None:
            return {}
        if not re.fullmatch(IdConverter.regex, number):
            raise Http404
        earlier = get_object_or_404(self.request.user.cleanings, pk=number)
        return {name: getattr(earlier, name) for name in FORM_FIELDS if name != "starts_at"}

    def get_context_data(self, **kwargs) -> dict:
        context = super().get_context_data(**kwargs)
        form = context["form"]
        asked = {name: self.request.GET[name] for name in ("like", "for") if name in self.request.GET}
        if form.is_bound:
            return context
        if "like" not in asked:
            context["last"] = self.request.user.cleanings.newest_first().first()
        invited = form.cleaners.get(asked.get("for"))
        return context | {"asked": asked, "invited": invited, "cannot_be_invited": "for" in asked and not invited}

    def carry_out(self, form: PostingForm) -> HttpResponse:
        facts = {name: form.cleaned_data[name] for name in form.Meta.fields}
        token = form.cleaned_data["post_token"]
        cleaning = Cleaning.post(by=self.request.user, token=token, **facts, **form.invitation)
        sentence = "Your job is open. We’ll tell you when an offer comes."
        if cleaning.invited:
            sentence = invited_sentence(cleaning.invited)
        messages.success(self.request, sentence)
        return redirect(cleaning)


def by_name(people: QuerySet[User]) -> QuerySet[User]:
    return people.select_related("profile").order_by("username")


def invited_sentence(cleaner: User) -> str:
    return f"We’ve told {cleaner.isolated_name}. Nobody else sees your job."


def saved_sentence(asked: int) -> str:
    if asked == 1:
        return "Your job is saved. 1 offer is waiting for its cleaner to keep it."
    if asked:
        return f"Your job is saved. {asked} offers are waiting for their cleaners to keep them."
    return "Your job is saved."


class OwnerMixin(ConflictMixin, PredicateMixin):
    model = Cleaning
    predicate = "is_owned_by"

    def get_queryset(self) -> QuerySet[Cleaning]:
        return Cleaning.objects.visible_to(self.request.user)


class CleaningUpdateView(PreviewMixin, VerbFormMixin, OwnerMixin, UpdateView):
    """Overwrites nothing that another tab has changed meanwhile and this page has not shown."""

    form_class = CleaningForm
    template_name = "cleanings/cleaning_form.html"

    def get_object(self, queryset=None) -> Cleaning:
        cleaning = super().get_object(queryset)
        cleaning.require_open()
        return cleaning

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(pending=self.object.offers.pending().count(), **kwargs)

    def carry_out(self, form: CleaningForm) -> HttpResponse:
        version = self.object.version
        self.object.edit(by=self.request.user, **form.changes)
        asked = self.object.offers.pending().count() if self.object.version > version else 0
        messages.success(self.request, saved_sentence(asked))
        return redirect(self.object)


class CleaningCloseView(OwnerMixin, DetailView):
    template_name = "cleanings/cleaning_close.html"

    def get(self, request, *args, **kwargs) -> HttpResponse:
        self.object = self.get_object()
        self.object.require_open()
        pending = self.object.offers.pending().count()
        return self.render_to_response(self.get_context_data(pending=pending, invited=self.object.invited))

    def post(self, request, *args, **kwargs) -> HttpResponse:
        cleaning = self.get_object()
        cleaning.close(by=request.user)
        messages.success(request, "Your job is closed. We’ve told everyone who was waiting for your answer.")
        return redirect(cleaning)


class CleaningOpenView(OwnerMixin, DetailView):
    template_name = "cleanings/cleaning_open.html"

    def get(self, request, *args, **kwargs) -> HttpResponse:
        self.object = self.get_object()
        self.object.require_reservation()
        return self.render_to_response(self.get_context_data(invited=self.object.invited))

    def post(self, request, *args, **kwargs) -> HttpResponse:
        cleaning = self.get_object()
        cleaning.unreserve(by=request.user)
        messages.success(request, "Your job is open to everyone. We’ll tell you when an offer comes.")
        return redirect(cleaning)


class CleaningInviteView(VerbFormMixin, OwnerMixin, SingleObjectMixin, FormView):
    form_class = InvitationForm
    template_name = "cleanings/cleaning_invite.html"

    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {"find_cleaners": lambda: by_name(self.object.invitable())}

    def require_possible(self) -> None:
        if why_not := self.object.why_not_invite():
            raise IllegalMove(why_not)

    def get(self, request, *args, **kwargs) -> HttpResponse:
        self.object = self.get_object()
        self.require_possible()
        return super().get(request, *args, **kwargs)

    def post(self, request, *args, **kwargs) -> HttpResponse:
        self.object = self.get_object()
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: InvitationForm) -> HttpResponse:
        self.require_possible()
        return super().form_invalid(form)

    def carry_out(self, form: InvitationForm) -> HttpResponse:
        cleaner, days = form.cleaned_data["reserved_for"], form.cleaned_data["reserved_days"]
        self.object.invite(cleaner, by=self.request.user, days=days, then_open=form.cleaned_data["then_open"])
        messages.success(self.request, invited_sentence(cleaner))
        return redirect(self.object)


class CleaningDeclineView(ConflictMixin, DetailView):
    template_name = "cleanings/cleaning_decline.html"

    def get_queryset(self) -> QuerySet[Cleaning]:
        # At a second click the cleaner does not see the cleaning any more.
        visible = Cleaning.objects.visible_to(self.request.user).values("pk")
        return Cleaning.objects.filter(Q(pk__in=visible) | Q(reserved_for=self.request.user)).with_owner()

    def get(self, request, *args, **kwargs) -> HttpResponse:
        self.object = self.get_object()
        self.object.require_invitation_of(request.user)
        return self.render_to_response(self.get_context_data())

    def post(self, request, *args, **kwargs) -> HttpResponse:
        cleaning = self.get_object()
        cleaning.decline(by=request.user)
        messages.success(request, f"You declined. We’ve told {cleaning.owner.isolated_name}.")
        return redirect("dashboard")


class CleaningDeleteView(OwnerMixin, DetailView):
    template_name = "cleanings/cleaning_delete.html"

    def get(self, request, *args, **kwargs) -> HttpResponse:
        self.object = self.get_object()
        self.object.require_deletable()
        return self.render_to_response(self.get_context_data())

    def post(self, request, *args, **kwargs) -> HttpResponse:
        self.get_object().delete(by=request.user)
        messages.success(request, "Your job is deleted.")
        return redirect("cleanings:mine")


def cleanings_of(owner: int) -> QuerySet[Cleaning]:
    return Cleaning.objects.filter(owner=owner).with_agreed_rate()


newest_of = built_segment(cleanings_of, ("created_at",), is_descending=True)


@Statement
def count_by_status(owner: int) -> QuerySet:
    return Cleaning.objects.filter(owner=owner).values_list("status").annotate(Count("pk"))


class MyCleaningsView(KeysetListView):
    template_name = "cleanings/cleaning_mine.html"

    @cached_property
    def status(self) -> str:
        status = self.request.GET.get("status", "")
        return status if status in CleaningStatus.values else ""

    def get_segments(self) -> list[Segment]:
        owner = self.request.user.pk
        if not self.status:
            return [newest_of(owner)]
        return [Segment(cleanings_of(owner).with_status(self.status), ("created_at",), is_descending=True)]

    def get_query(self) -> dict[str, str]:
        return {"status": self.status} if self.status else {}

    def get_context_data(self, **kwargs) -> dict:
        counts: dict[str, int] = dict(count_by_status.tuples(self.request.user.pk))
        tabs = [("", "All", sum(counts.values()))]
        tabs += [(status.value, status.label, counts.get(status, 0)) for status in CleaningStatus]
        return super().get_context_data(tabs=tabs, chosen=self.status, **kwargs)
