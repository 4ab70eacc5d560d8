"""What somebody looking for work may ask for: the filters of the list of open cleanings and of its feed."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from urllib.parse import urlencode

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django_filters import CharFilter, ChoiceFilter, Filter, FilterSet

from cleanings.browse.search import words_in
from cleanings.constraints import MOST_CHARACTERS, CleaningType
from cleanings.fields import RateField
from cleanings.querysets import CleaningQuerySet
from core.formatting import day_label, money
from core.forms import CleanCharField, SiteFormMixin

MOST_SEARCHED = 100

SORTS = {
    "match": "Best match",
    "newest": "Newest first",
    "soonest": "Soonest first",
    "highest": "Highest rate first",
    "lowest": "Lowest rate first",
}

LABELS = {
    "q": "Words",
    "type": "Type",
    "city": "City",
    "min_rate": "Rate from",
    "max_rate": "Rate to",
    "from": "Date from",
    "to": "Date to",
    "sort": "Order",
}


class WordsField(CleanCharField):
    """Words to look for; what stands between them does not count."""

    def clean(self, value) -> str:
        text = super().clean(value)
        if text and not words_in(text):
            raise forms.ValidationError("Search for words: letters or figures.")
        return text


class DayField(forms.DateField):
    """A day from a browser's picker, or typed; its value is the moment at which it begins."""

    def __init__(self, **kwargs) -> None:
        formats = ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %B %Y", "%d %b %Y"]
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        messages = {"invalid": "Enter a date like 24/11/2026."}
        super().__init__(input_formats=formats, widget=widget, error_messages=messages, **kwargs)

    def to_python(self, value) -> datetime | None:
        day = super().to_python(value)
        if day and not 1900 < day.year < 9000:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return start_of(day) if day else None


def start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


class FilterForm(SiteFormMixin, forms.Form):
    """The filters as a form. A pair that contradicts itself counts as two mistakes, because nobody knows which one."""

    # What is asked for most stands first; pairs stand side by side.
    field_order = ["q", "city", "type", "sort", "min_rate", "max_rate", "from", "to"]
    pairs = {
        ("min_rate", "max_rate"): "The rate from is above the rate to. Swap them, or leave one empty.",
        ("from", "to"): "The date from is after the date to. Swap them, or leave one empty.",
    }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name, asked in self.fields.items():
            # Each of them is optional, which needs no words.
            asked.label = LABELS[name]
        if not words_in(self.data.get("q") or ""):
            # Nothing can match best. The first of the others holds where none is named.
            self.fields["sort"].choices = [choice for choice in SORTS.items() if choice[0] != "match"]  # type: ignore

    def clean(self) -> None:
        for (low, high), sentence in self.pairs.items():
            one, other = self.cleaned_data.get(low), self.cleaned_data.get(high)
            if one and other and one > other:
                self.add_error(high, sentence)
                del self.cleaned_data[low]


# Named here, because among the filters `type` is one of them.
FormClass = type[FilterForm]


@dataclass(frozen=True)
class Control:
    """One field of the filters, as the page prints it; `options` are those of a choice."""

    name: str
    label: str
    type: str
    value: str
    mode: str
    errors: list[str]
    options: list[tuple[str, str]] = field(default_factory=list)


class WordsFilter(Filter):
    field_class = WordsField

    def filter(self, cleanings: CleaningQuerySet, value: str) -> CleaningQuerySet:
        return cleanings.with_words(words_in(value)) if value else cleanings


class CityFilter(CharFilter):
    field_class = CleanCharField

    def filter(self, cleanings: CleaningQuerySet, value: str) -> CleaningQuerySet:
        return cleanings.in_city(value) if value else cleanings


class RateFilter(Filter):
    field_class = RateField

    def __init__(self, lookup_expr: str) -> None:
        super().__init__("hourly_rate", lookup_expr)


class DayFilter(Filter):
    """From the beginning of a day on."""

    field_class = DayField


class LastDayFilter(DayFilter):
    """Until the end of a day, found in the calendar: where clocks change, it is not 24 hours long."""

    def filter(self, cleanings: CleaningQuerySet, value: datetime | None) -> CleaningQuerySet:
        end = value and start_of(timezone.localdate(value) + timedelta(days=1))
        return super().filter(cleanings, end)


class OrderFilter(ChoiceFilter):
    """Which order was asked for; the order itself is a matter of paging."""

    def filter(self, cleanings: CleaningQuerySet, value: str) -> CleaningQuerySet:
        return cleanings


def too_long(most: int) -> dict:
    return {"max_length": most, "error_messages": {"max_length": f"Use at most {most} characters."}}


class CleaningFilter(FilterSet):
    """The cleanings of a queryset that somebody asked for, in the query string of a page or a feed.

    A filter with a mistake in it is left out; `form.errors` says what is wrong. `qs` is in no order: `order` names one.
    """

    q = WordsFilter(**too_long(MOST_SEARCHED))
    type = ChoiceFilter(
        "cleaning_type",
        choices=CleaningType.choices,
        empty_label="Any type",
        error_messages={"invalid_choice": "Choose a type from the list."},
    )
    city = CityFilter(**too_long(MOST_CHARACTERS["city"]))
    min_rate, max_rate = RateFilter("gte"), RateFilter("lte")
    # A word of Python's, which no name can be.
    locals()["from"] = DayFilter("starts_at", "gte")
    to = LastDayFilter("starts_at", "lt")
    sort = OrderFilter(
        choices=list(SORTS.items()),
        empty_label=None,
        error_messages={"invalid_choice": "Choose an order from the list."},
    )

    def get_form_class(self) -> FormClass:
        """One class for all requests: making it takes longer than reading what was asked."""
        return form_class()

    @cached_property
    def chosen(self) -> dict:
        """The filters that count, by name, with their values."""
        self.errors  # noqa: B018 - reads the form
        return {name: value for name, value in self.form.cleaned_data.items() if value and name != "sort"}

    @cached_property
    def unsearched(self) -> CleaningQuerySet:
        """The cleanings by every filter but the words, for whoever looks for those in a way of their own."""
        found = self.queryset
        for name, value in self.chosen.items():
            found = found if name == "q" else self.filters[name].filter(found, value)
        return found

    @property
    def words(self) -> list[str]:
        return words_in(self.chosen.get("q", ""))

    @cached_property
    def order(self) -> str:
        """The order asked for; else the best match first for words, and the newest first for everything else."""
        self.errors  # noqa: B018 - reads the form
        return self.form.cleaned_data.get("sort") or ("match" if self.words else "newest")

    @property
    def order_label(self) -> str:
        return SORTS[self.order]

    @property
    def controls(self) -> list[Control]:
        """The form, made ready to be printed: Django's own way takes longer than all that is found."""
        return [self._control(name) for name in FilterForm.field_order]

    def _control(self, name: str) -> Control:
        asked, errors = self.form.fields[name], list(self.errors.get(name, ()))
        value, mode = self.data.get(name, ""), asked.widget.attrs.get("inputmode", "")
        if isinstance(asked.widget, forms.Select):
            value = self.form.cleaned_data.get(name) or (self.order if name == "sort" else "")
            return Control(name, LABELS[name], "select", value, mode, errors, list(asked.choices))
        if isinstance(asked, DayField):
            # A picker shows nothing of what is no date.
            day = self.chosen.get(name)
            shown, kind = (f"{timezone.localdate(day)}", "date") if day else (value, "text" if errors else "date")
            return Control(name, LABELS[name], kind, shown, mode, errors)
        return Control(name, LABELS[name], "text", value, mode, errors)

    def query(self, *without: str) -> str:
        """The query string of this view, in one form for each, without some of its parts and without a place in it."""
        given = {name: self.data.get(name, "").strip() for name in self.filters if name not in without}
        return urlencode({name: value for name, value in given.items() if value})

    @property
    def removals(self) -> list[tuple[str, str]]:
        """Each filter that counts: what it says, and the query string without it."""
        sentences = {
            "q": lambda text: f"Words: {text}",
            "type": lambda kind: CleaningType(kind).label,
            "city": lambda city: f"In {city}",
            "min_rate": lambda rate: f"From {money(rate)} an hour",
            "max_rate": lambda rate: f"Up to {money(rate)} an hour",
            "from": lambda start: f"From {day_label(start)}",
            "to": lambda start: f"Until {day_label(start)}",
        }
        return [(sentences[name](value), self.query(name)) for name, value in self.chosen.items()]


@cache
def form_class() -> FormClass:
    """The form of the filters, with a field for each."""
    return type("FilterForm", (FilterForm,), {name: each.field for name, each in CleaningFilter.base_filters.items()})
