from collections.abc import Callable
from decimal import Decimal

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import yesno
from django.utils.html import format_html
from django.utils.text import capfirst

from accounts.models import User
from cleanings.forms import FORM_FIELDS, CleaningForm
from cleanings.models import Bookmark, Cleaning, Event, Photo, SavedSearch
from cleanings.states import CleaningStatus, IllegalMove, OfferStatus
from cleanings.terms import TERMS, printed
from core.admin import NOTHING, HiddenRowsMixin, ReadOnlyAdmin, RelatedSearchMixin, VerbsAdmin, lines
from core.formatting import money


@admin.register(Cleaning)
class CleaningAdmin(HiddenRowsMixin, VerbsAdmin):
    """Facts of an open cleaning can be edited, which raises the version as the owner's own edit does."""

    list_display = ["name", "owner", "status", "cleaning_type", "city", "starts_at", "offers_count", "created_at"]
    list_filter = ["status", "cleaning_type", "area", "created_at"]
    list_select_related = ["owner"]
    search_fields = ["=id", "name", "city", "owner__username", "owner__email", "owner__profile__full_name"]
    ordering = ["-pk"]
    readonly_fields = [
        "owner", "status", "status_since", "reserved_for", "reserved_until", "then_open", "version", "offers_count",
        "created_at", "updated_at",
    ]  # fmt: skip
    fields = [*readonly_fields, *FORM_FIELDS]
    field_labels = {
        "status_since": "in this status since",
        "then_open": "then open to everyone",
        "version": "version of its terms",
        "offers_count": "number of offers",
    }
    verbs = {"close": forms.Form, "delete": forms.Form, "unreserve": forms.Form}
    consequences = {"delete": "The page and the history of the job go for good, and we tell nobody."}
    labels = {"unreserve": "Open to everyone"}
    permissions = {"close": "cleanings.close_cleaning"}

    def has_change_permission(self, request: HttpRequest, obj: Cleaning | None = None) -> bool:
        return admin.ModelAdmin.has_change_permission(self, request) and (obj is None or obj.is_open)

    def get_form(self, request: HttpRequest, obj: Cleaning | None = None, **kwargs):
        """The owner's form, which keeps what others have changed meanwhile."""
        if self.has_change_permission(request, obj):
            kwargs["form"] = CleaningForm
        return super().get_form(request, obj, **kwargs)

    def save_model(self, request: HttpRequest, obj: Cleaning, form: forms.ModelForm, change: bool) -> None:
        obj.edit(by=request.user, **form.changes)

    def change_view(self, request: HttpRequest, object_id: str, *args, **kwargs) -> HttpResponse:
        try:
            return super().change_view(request, object_id, *args, **kwargs)
        except (IllegalMove, ValidationError) as refusal:
            messages.error(request, " ".join(getattr(refusal, "messages", [str(refusal)])))
            return redirect(request.path)


# Label and print of what else the terms of an event hold and its sentence does not say.
OTHER_TERMS: dict[str, tuple[str, Callable]] = {
    "rate_before": ("Hourly rate before", lambda rate: money(Decimal(rate))),
    "version": ("Version of the job", str),
    "cleaning_version": ("Made for version of the job", str),
    "revision": ("Version of the offer", str),
    "change": ("Number of the suggested change", str),
    "invited": ("Invited", lambda pk: User.objects.filter(pk=pk).first() or NOTHING),
    "late": ("Shortly before the start", yesno),
}


@admin.register(Event)
class EventAdmin(RelatedSearchMixin, ReadOnlyAdmin):
    list_display = ["at", "sentence", "cleaning", "actor"]
    list_filter = ["kind", "at"]
    list_select_related = ["cleaning__owner__profile", "cleaner__profile", "actor__profile"]
    fields = ["at", "cleaning", "sentence", "cleaner", "actor", "before", "after", "reason_given", "note", "facts"]
    field_labels = {"at": "when", "actor": "who did it", "kind": "what happened"}
    search_fields = ["cleaning", "cleaner", "actor"]
    search_related = {
        "cleaning": ["pk", "name__icontains"],
        "cleaner": ["username__istartswith"],
        "actor": ["username__istartswith"],
    }
    search_help_text = "Number or name of the job, or how a username begins."
    ordering = ["-pk"]

    @admin.display(description="what happened")
    def sentence(self, event: Event) -> str:
        return event.sentence_for(AnonymousUser())

    @admin.display(description="reason")
    def reason_given(self, event: Event) -> str:
        return event.reason_label or NOTHING

    @admin.display(description="terms")
    def facts(self, event: Event) -> str:
        terms, labels = event.terms, event.cleaning.field_labels
        rows = [(capfirst(labels[name]), printed(name, terms)) for name in TERMS if name in terms]
        others = [(label, shown(terms[name])) for name, (label, shown) in OTHER_TERMS.items() if name in terms]
        return lines(rows + others)

    @admin.display(description="before")
    def before(self, event: Event) -> str:
        return status_label(event, event.from_status)

    @admin.display(description="after")
    def after(self, event: Event) -> str:
        return status_label(event, event.to_status)


def status_label(event: Event, status: str) -> str:
    statuses = OfferStatus if event.cleaner_id else CleaningStatus
    return str(statuses(status).label) if status else NOTHING


@admin.register(Photo)
class PhotoAdmin(HiddenRowsMixin, RelatedSearchMixin, ReadOnlyAdmin):
    """Neither picture nor words of what the two sides of a job show each other."""

    list_display = ["created_at", "cleaning", "by", "kind", "audience", "words"]
    list_filter = ["kind", "audience", "created_at"]
    list_select_related = ["cleaning", "by"]
    fields = ["cleaning", "by", "kind", "place", "audience", "words", "picture", "size", "created_at"]
    field_labels = {"place": "position", "size": "size in bytes"}
    search_fields = ["cleaning", "by"]
    search_related = {"cleaning": ["pk", "name__icontains"], "by": ["username__istartswith"]}
    search_help_text = "Number or name of the job, or how a username begins."
    ordering = ["-pk"]

    @admin.display(description="what it shows")
    def words(self, photo: Photo) -> str:
        return self.why_not_shown(photo) or photo.shows

    @admin.display(description="photo")
    def picture(self, photo: Photo) -> str:
        link = format_html('<a href="{}">See the photo</a>', photo.get_absolute_url())
        return self.why_not_shown(photo) or link

    def why_not_shown(self, photo: Photo) -> str:
        if not photo.is_of_the_job:
            return "For the two sides of the job alone"
        is_hidden = photo.is_hidden or photo.cleaning.is_hidden
        return "Hidden by our staff, who see it from a report on it" if is_hidden else ""


@admin.register(SavedSearch)
class SavedSearchAdmin(RelatedSearchMixin, ReadOnlyAdmin):
    list_display = ["name", "person", "cadence", "last_seen"]
    fields = ["person", "name", "looks_for", "cadence", "last_seen"]
    field_labels = {"last_seen": "knows of all until"}
    list_filter = ["cadence"]
    list_select_related = ["person"]
    search_fields = ["person"]
    search_related = {"person": ["username__istartswith"]}
    search_help_text = "How a username begins."
    ordering = ["-pk"]

    @admin.display(description="looks for")
    def looks_for(self, search: SavedSearch) -> str:
        return search.filters.suggested_name


@admin.register(Bookmark)
class BookmarkAdmin(RelatedSearchMixin, ReadOnlyAdmin):
    list_display = fields = ["shown_name", "person", "cleaning"]
    list_select_related = ["person", "cleaning"]
    search_fields = ["person", "cleaning"]
    search_related = {"person": ["username__istartswith"], "cleaning": ["pk", "name__icontains"]}
    search_help_text = "How a username begins, or number or name of the job."
    ordering = ["-pk"]

    @admin.display(description="name")
    def shown_name(self, bookmark: Bookmark) -> str:
        return bookmark.shown_name
