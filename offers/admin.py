from django import forms
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.text import capfirst

from core.admin import HiddenRowsMixin, RelatedSearchMixin, VerbsAdmin, lines
from offers.changes import Change
from offers.forms import CancelForm, ReleaseForm
from offers.models import Offer


@admin.register(Offer)
class OfferAdmin(HiddenRowsMixin, RelatedSearchMixin, VerbsAdmin):
    list_display = ["cleaning", "cleaner", "status", "hourly_rate", "revision", "created_at"]
    list_filter = ["status", "created_at"]
    list_select_related = ["cleaning", "cleaner"]
    search_fields = ["=id"]
    search_related = {
        "cleaning": ["pk", "name__icontains"],
        "cleaner": ["username__istartswith", "email__istartswith"],
    }
    search_help_text = "Number of the offer, number or name of the job, or how a username or an address begins."
    ordering = ["-pk"]
    verbs = {
        "accept": forms.Form,
        "reject": forms.Form,
        "complete": forms.Form,
        "release": ReleaseForm,
        "rescind": forms.Form,
        "cancel": CancelForm,
    }

    field_labels = {
        "status_since": "in this status since",
        "revision": "version of the offer",
        "cleaning_version": "made for version of the job",
    }
    labels = {
        "reject": "Turn down",
        "complete": "Mark as done",
        "release": "Cancel for the owner",
        "rescind": "Withdraw",
        "cancel": "Cancel for the cleaner",
    }

    def seen(self, request: HttpRequest, verb: str, thing: Offer) -> dict:
        """An offer is accepted at the revision that the confirmation page showed."""
        if verb != "accept":
            return {}
        revision = request.POST.get(f"seen-{thing.pk}", "")
        return {"revision": int(revision) if revision.isascii() and revision.isdigit() else 0}

    fields = readonly_fields = [
        "cleaning", "cleaner", "status", "status_since", "hourly_rate", "message", "revision", "cleaning_version",
        "created_at", "updated_at", "hidden_at", "hidden_by",
    ]  # fmt: skip


@admin.register(Change)
class ChangeAdmin(RelatedSearchMixin, VerbsAdmin):
    list_display = ["offer", "by", "status", "created_at", "expires_at", "answered_at"]
    list_filter = ["status", "created_at"]
    list_select_related = ["offer__cleaning", "offer__cleaner", "by"]
    search_fields = ["=id"]
    search_related = {"by": ["username__istartswith", "email__istartswith"]}
    search_help_text = "Number of the change, or how a username or an address of who suggested it begins."
    ordering = ["-pk"]
    field_labels = {"by": "suggested by", "made_for": "made for version of the job"}
    verbs = {"agree": forms.Form, "decline": forms.Form, "withdraw": forms.Form}
    fields = readonly_fields = [
        "offer", "by", "suggested", "note", "status", "made_for", "created_at", "expires_at", "answered_at"
    ]  # fmt: skip

    @admin.display(description="terms")
    def suggested(self, change: Change) -> str:
        """Does not show the street: only the two sides read it."""
        rows = change.rows_for(AnonymousUser())
        if change.is_open:
            # The pay is computed from today’s terms, which a change that is over was not made for.
            rows.append(change.pay_row)
        return lines((capfirst(row.label), row.suggested) for row in rows)
