"""Read-only rows, words for staff, and answers to input that cannot be read, for the admin of every app."""

from collections.abc import Callable, Iterable
from functools import partial, reduce
from operator import or_
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldError, PermissionDenied, ValidationError
from django.db import DataError, OperationalError, ProgrammingError, models
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html_join

from core.exceptions import IllegalMove
from core.transactions import atomic

# What Django raises for a query string that no row can match.
UNREADABLE = (
    DataError, FieldError, LookupError, OverflowError, ProgrammingError, TypeError, ValidationError, ValueError
)  # fmt: skip

# Dates and numbers hold no secret, and the addresses of the admin's own pages compare them.
COMPARED = (models.DateField, models.IntegerField, models.DecimalField)
# What the filters beside a list add to the name of their field.
FILTER_LOOKUPS = ("exact", "id__exact", "isnull", "in", "gte", "lt")

NOTHING = "-"
DEFAULT_CONSEQUENCE = "We tell everyone concerned, and the job’s history says that staff did it."


class InputChangeList(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        try:
            super().get_results(request)
            len(self.result_list)
        except UNREADABLE as error:
            self.refuse(request, error)
        except OperationalError as error:
            # SQLite's error for an invalid regular expression; any other is a fault of the database.
            if "user-defined function" not in str(error):
                raise
            self.refuse(request, error)

    def refuse(self, request: HttpRequest, error: Exception) -> None:
        if not request.GET:
            raise error
        raise IncorrectLookupParameters(error) from error

    def get_filters(self, request: HttpRequest) -> tuple:
        found = super().get_filters(request)
        for each in found[0]:
            each.title = self.model_admin.field_labels.get(getattr(each, "field_path", ""), each.title)
        return found


class KeysField(forms.ModelMultipleChoiceField):
    def clean(self, value):
        for key in value or ():
            if not is_key(self.queryset.model, key):
                raise forms.ValidationError(self.error_messages["invalid_pk_value"], "invalid_pk_value", {"pk": key})
        return super().clean(value)


def is_key(model: type[models.Model], value: str) -> bool:
    try:
        model._meta.pk.clean(value, None)
    except ValidationError:
        return False
    return True


def lines(rows: Iterable[tuple]) -> str:
    return format_html_join("", "<p>{}: {}</p>", rows) or NOTHING


def labelled_column(field: models.Field, label: str) -> Callable[[models.Model], Any]:
    @admin.display(description=label, ordering=field.name, boolean=isinstance(field, models.BooleanField))
    def column(row: models.Model) -> Any:
        shown = getattr(row, f"get_{field.name}_display", None)
        return shown() if shown else getattr(row, field.name)

    # The admin makes its class in CSS of it.
    column.__name__ = field.name
    return column


class InputMixin:
    """Answers any query, selection and key without an error page, and names fields in words for staff."""

    # What staff read in the place of a field's own name; a verbose_name would need a migration.
    field_labels: dict[str, str] = {}

    def __init__(self, *args):
        super().__init__(*args)
        labels = self.field_labels
        self.list_display = [
            labelled_column(self.opts.get_field(name), labels[name]) if name in labels else name
            for name in self.list_display
        ]

    def get_form(self, request: HttpRequest, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        # The labels of the fields that are only read.
        form._meta.labels = (form._meta.labels or {}) | self.field_labels
        return form

    def get_changelist(self, request: HttpRequest, **kwargs) -> type[ChangeList]:
        return InputChangeList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Other lookups would find rows by values that staff may not read, a secret letter by letter."""
        for each in self.get_list_filter(request):
            name = getattr(each, "parameter_name", each)
            if lookup in (name, *(f"{name}__{end}" for end in FILTER_LOOKUPS)):
                return True
        names = [field.name for field in self.opts.concrete_fields if isinstance(field, COMPARED)]
        return lookup.split("__")[0] in names

    def response_action(self, request: HttpRequest, queryset: models.QuerySet) -> HttpResponse | None:
        request.POST = request.POST.copy()
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        request.POST.setlist(ACTION_CHECKBOX_NAME, [value for value in chosen if is_key(self.model, value)])
        return super().response_action(request, queryset)

    def formfield_for_manytomany(self, db_field, request: HttpRequest, **kwargs):
        return super().formfield_for_manytomany(db_field, request, **{"form_class": KeysField} | kwargs)


class ReadOnlyAdmin(InputMixin, admin.ModelAdmin):
    show_full_result_count = False
    # The page of an offer is for its two sides: a link to it would lead staff to a refusal.
    view_on_site = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj=None) -> bool:
        return False


def without_own_hidden(rows: QuerySet, user) -> QuerySet:
    """Leaves out hidden rows of which the user is a side, who would otherwise read them or find their words."""
    # Looked up first: they are few, and a search is not to read a long list by way of other tables.
    own = rows.model._base_manager.filter(rows.model.of_party(user), hidden_at__isnull=False)
    return rows.exclude(pk__in=list(own.values_list("pk", flat=True)))


class HiddenRowsMixin:
    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return without_own_hidden(super().get_queryset(request), request.user)


class RelatedSearchMixin:
    """Looks up related rows first, so that few rows are read; `search_related` maps relations to lookups."""

    search_related: dict[str, list[str]] = {}
    most_found = 1000

    def get_search_results(self, request: HttpRequest, queryset: models.QuerySet, search_term: str):
        for word in search_term.split():
            match = Q(pk=word) if "=id" in self.search_fields and is_key(self.model, word) else Q(pk__in=[])
            for name, lookups in self.search_related.items():
                model = self.opts.get_field(name).related_model
                match |= Q((f"{name}__in", self.find(model, lookups, word, request.user)))
            queryset = queryset.filter(match)
        return queryset, False

    def find(self, model: type[models.Model], lookups: list[str], word: str, reader) -> list:
        fitting = [Q((lookup, word)) for lookup in lookups if lookup != "pk" or is_key(model, word)]
        found = model._base_manager.filter(reduce(or_, fitting)).order_by("-pk")
        if hasattr(model, "of_party"):
            found = without_own_hidden(found, reader)
        return list(found.values_list("pk", flat=True)[: self.most_found])


def run_verb(verb: str, model_admin, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
    form = model_admin.get_verb_form(request, verb, queryset)
    if not form.is_valid():
        return confirm_verb(verb, model_admin, request, queryset, form)
    for obj in queryset:
        name = str(obj)
        try:
            log_and_call(verb, model_admin, request, obj, form.cleaned_data)
            messages.success(request, f"{name}: “{model_admin.label_of(verb)}” is done.")
        except (IllegalMove, PermissionDenied) as refusal:
            messages.error(request, f"{name}: {refusal}")
        except ValidationError as refusal:
            if len(queryset) == 1 and is_about_fields(refusal, form):
                # With what was typed.
                form.add_error(None, refusal)
                return confirm_verb(verb, model_admin, request, queryset, form)
            messages.error(request, f"{name}: {' '.join(refusal.messages)}")
    return model_admin.answer_after(verb, queryset)


def is_about_fields(refusal: ValidationError, form: forms.Form) -> bool:
    return hasattr(refusal, "error_dict") and set(refusal.error_dict) <= set(form.fields)


def confirm_verb(verb: str, model_admin, request: HttpRequest, queryset: QuerySet, form: forms.Form) -> HttpResponse:
    objects, label = list(queryset), model_admin.label_of(verb)
    single = objects[0] if len(objects) == 1 else None
    context = model_admin.admin_site.each_context(request) | {
        "title": f"{label}: {single or f'the selected {model_admin.opts.verbose_name_plural}'}",
        "opts": model_admin.opts,
        "objects": objects,
        "single": single,
        "verb": verb,
        "label": label,
        "consequence": model_admin.consequences.get(verb, DEFAULT_CONSEQUENCE),
        "form": form,
    }
    return TemplateResponse(request, "admin/confirm_verb.html", context)


@atomic
def log_and_call(verb: str, model_admin, request: HttpRequest, obj: models.Model, facts: dict) -> None:
    model_admin.log_change(request, obj, f"Chose “{model_admin.label_of(verb)}”.")
    getattr(obj, verb)(by=request.user, **facts, **model_admin.seen(request, verb, obj))


class VerbsMixin:
    """Offers verbs as actions. Staff with the permission in `permissions` call a verb without the right to change."""

    verbs: dict[str, type[forms.Form]] = {}
    # What the screen calls a verb whose own name is no word for staff to read.
    labels: dict[str, str] = {}
    consequences: dict[str, str] = {}
    permissions: dict[str, str] = {}

    def get_verb_form(self, request: HttpRequest, verb: str, queryset: QuerySet) -> forms.Form:
        return self.verbs[verb](request.POST if "confirmed" in request.POST else None)

    def seen(self, request: HttpRequest, verb: str, obj) -> dict:
        """What the confirming page showed of the object, for a verb that asks for it."""
        return {}

    def answer_after(self, verb: str, queryset: QuerySet) -> HttpResponse | None:
        """Where to go on; without an answer that is the list."""
        return None

    def label_of(self, verb: str) -> str:
        return self.labels.get(verb, verb.capitalize())

    def can_call(self, request: HttpRequest, verb: str) -> bool:
        permission = self.permissions.get(verb)
        return bool(permission and request.user.has_perm(permission)) or self.has_change_permission(request)

    def get_actions(self, request: HttpRequest) -> dict:
        actions = super().get_actions(request)
        for verb in self.verbs:
            if self.can_call(request, verb):
                description = f"{self.label_of(verb)}: selected {self.opts.verbose_name_plural}"
                actions[verb] = (partial(run_verb, verb), verb, description)
        return actions


class VerbsAdmin(VerbsMixin, ReadOnlyAdmin):
    def has_change_permission(self, request: HttpRequest, obj=None) -> bool:
        return obj is None and admin.ModelAdmin.has_change_permission(self, request)
