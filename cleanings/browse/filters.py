from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.safestring import SafeString

from cleanings.constraints import MOST_CHARACTERS, Area, CleaningType
from cleanings.fields import RateField
from cleanings.places import KILOMETRES, Places
from cleanings.postcodes import postcode_key
from cleanings.querysets import CleaningQuerySet, city_lookup, postcodes_lookup
from cleanings.words import words_in
from core.formatting import day_label, money
from core.forms import CleanCharField
from core.fragments import cached
from core.statements import Value
from core.text import isolate

MOST_SEARCHED = 100
USUAL_DISTANCE = 10

SORTS = {
    "match": "Best match",
    "newest": "Newest first",
    "soonest": "Soonest first",
    "highest": "Highest rate first",
    "lowest": "Lowest rate first",
    "nearest": "Nearest first",
}

LOOKUPS = {
    "type": "cleaning_type",
    "area": "area",
    "min_rate": "hourly_rate__gte",
    "max_rate": "hourly_rate__lte",
    "from": "starts_at__gte",
}


class WordsField(CleanCharField):
    def clean(self, value) -> str:
        text = super().clean(value)
        if text and not words_in(text):
            raise forms.ValidationError("Search for words: letters or figures.")
        return text


class NearField(CleanCharField):
    """Cleans to a postcode that the site knows."""

    def clean(self, value) -> str:
        text = super().clean(value)
        postcode = postcode_key(text)
        if text and postcode not in Places.get():
            raise forms.ValidationError(f"We don’t know the postcode {isolate(text)}. Check it, or type a town.")
        return postcode


class DayField(forms.DateField):
    """Cleans to the moment at which the day begins."""

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


def written(value: str | int | Decimal | datetime) -> str:
    if isinstance(value, datetime):
        return f"{timezone.localdate(value)}"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else f"{value}"


class QuickFilter(NamedTuple):
    """`query` sets it, or removes it where it is on."""

    name: str
    label: str
    query: str
    is_on: bool


def end_of_week() -> datetime:
    today = timezone.localdate()
    return start_of(today + timedelta(days=6 - today.weekday()))


class Control(NamedTuple):
    """All that the markup of a field depends on."""

    name: str
    label: str
    value: str
    choices: tuple[tuple[str, str], ...]
    type: str
    mode: str
    errors: tuple[str, ...]


@cached(maxsize=1000)
def markup_of(control: Control) -> SafeString:
    """Cached, because most fields are empty in most searches, and rendering them takes longer than the search."""
    return render_to_string("cleanings/_control.html", {"control": control})


class FilterBoundField(forms.BoundField):
    form: "CleaningFilter"

    @property
    def html(self) -> SafeString:
        field: Any = self.field
        choices = tuple(getattr(field, "choices", ()))
        mode, errors = field.widget.attrs.get("inputmode", ""), tuple(map(str, self.errors))
        return markup_of(Control(self.name, f"{self.label}", self.shown, choices, self.input_type, mode, errors))

    @property
    def shown(self) -> str:
        value = self.form.data.get(self.name, "")
        if isinstance(self.field, forms.ChoiceField):
            always = {"sort": self.form.order, "within": f"{self.form.kilometres}"}
            return always.get(self.name) or self.form.chosen.get(self.name, "")
        if self.name == "near":
            return value or self.form.data.get("city", "")
        if isinstance(self.field, DayField) and self.name in self.form.chosen:
            return f"{timezone.localdate(self.form.chosen[self.name])}"
        return value

    @property
    def input_type(self) -> str:
        # A date picker shows nothing for text that is not a date.
        return "text" if self.errors else self.field.widget.input_type


def with_town(data: QueryDict) -> QueryDict:
    """A place without a figure is no postcode, but the name of a town."""
    where = data.get("near", "").strip()
    if not where or any(map(str.isdigit, where)):
        return data
    changed = data.copy()
    changed["city"] = where
    del changed["near"]
    return changed


def text_field(field_class: type[CleanCharField], label: str, most: int) -> CleanCharField:
    return field_class(label=label, max_length=most, error_messages={"max_length": f"Use at most {most} characters."})


class CleaningFilter(forms.Form):
    """A filter with an error is left out; a pair that contradicts itself counts as two errors."""

    bound_field_class = FilterBoundField
    # Most used first; pairs are side by side.
    field_order = ["q", "near", "city", "within", "type", "area", "min_rate", "max_rate", "from", "to", "sort"]
    pairs = {
        ("min_rate", "max_rate"): "The lowest rate is above the highest. Swap them, or leave one empty.",
        ("from", "to"): "The first day is after the last. Swap them, or leave one empty.",
    }

    q = text_field(WordsField, "What", MOST_SEARCHED)
    type = forms.ChoiceField(
        label="Type",
        choices=[("", "Any type"), *CleaningType.choices],
        error_messages={"invalid_choice": "Choose a type from the list."},
    )
    area = forms.ChoiceField(
        label="Part of the home",
        choices=[("", "Any part"), *Area.choices],
        error_messages={"invalid_choice": "Choose a part of the home from the list."},
    )
    city = text_field(CleanCharField, "City", MOST_CHARACTERS["city"])
    near = text_field(NearField, "Where", MOST_CHARACTERS["city"])
    within = forms.ChoiceField(
        label="How far",
        choices=[(f"{distance}", f"Within {distance} km") for distance in KILOMETRES],
        error_messages={"invalid_choice": "Choose a distance from the list."},
    )
    min_rate = RateField(label="Lowest rate an hour")
    max_rate = RateField(label="Highest rate an hour")
    # `from` is a keyword of Python.
    locals()["from"] = DayField(label="First day")
    to = DayField(label="Last day")
    sort = forms.ChoiceField(
        label="Sort by",
        choices=list(SORTS.items()),
        error_messages={"invalid_choice": "Choose an order from the list."},
    )

    def __init__(self, data: QueryDict) -> None:
        super().__init__(with_town(data) if self.knows_postcodes else data)
        for field in self.fields.values():
            field.required = False
        unfit = set()
        if not words_in(data.get("q", "")):
            unfit.add("match")
        if not self.knows_postcodes:
            del self.fields["near"], self.fields["within"]
            self.fields["city"].label = "Where"
        if not (self.knows_postcodes and data.get("near", "").strip()):
            unfit.add("nearest")
        self.fields["sort"].choices = [choice for choice in SORTS.items() if choice[0] not in unfit]  # type: ignore

    def clean(self) -> None:
        for (low, high), sentence in self.pairs.items():
            one, other = self.cleaned_data.get(low), self.cleaned_data.get(high)
            if one and other and one > other:
                self.add_error(high, sentence)
                del self.cleaned_data[low]

    @cached_property
    def valid_values(self) -> dict:
        self.is_valid()
        return self.cleaned_data

    @cached_property
    def chosen(self) -> dict:
        unused = {"sort"} if self.valid_values.get("near") else {"sort", "within"}
        return {name: value for name, value in self.valid_values.items() if value and name not in unused}

    @property
    def knows_postcodes(self) -> bool:
        return bool(Places.get())

    @property
    def postcode(self) -> str:
        return self.chosen.get("near", "")

    @property
    def kilometres(self) -> int:
        return int(self.chosen.get("within") or USUAL_DISTANCE)

    @cached_property
    def distances(self) -> dict[str, int]:
        """Metres to each postcode that is near enough."""
        return Places.get().within(self.kilometres, self.postcode) if self.postcode else {}

    @cached_property
    def lookups(self) -> dict[str, Value]:
        found = {lookup: self.chosen[name] for name, lookup in LOOKUPS.items() if name in self.chosen}
        if "city" in self.chosen:
            found |= city_lookup(self.chosen["city"])
        if self.postcode:
            found |= postcodes_lookup(self.distances)
        if "to" in self.chosen:
            # By the calendar: when clocks change, a day is not 24 hours long.
            next_day = timezone.localdate(self.chosen["to"]) + timedelta(days=1)
            found["starts_at__lt"] = start_of(next_day)
        return found

    def apply_to(self, cleanings: CleaningQuerySet) -> CleaningQuerySet:
        return cleanings.filter(**self.lookups)

    @property
    def words(self) -> list[str]:
        return words_in(self.chosen.get("q", ""))

    @cached_property
    def order(self) -> str:
        order = self.valid_values.get("sort")
        if not order or (order == "nearest" and not self.postcode):
            return "match" if self.words else "newest"
        return order

    @property
    def order_label(self) -> str:
        return SORTS[self.order]

    @property
    def heading(self) -> str:
        if self.postcode:
            return f"Cleaning jobs near {self.postcode}"
        return f"Cleaning jobs in {isolate(self.chosen['city'])}" if "city" in self.chosen else "Cleaning jobs"

    @property
    def what(self) -> forms.BoundField:
        return self["q"]

    @property
    def where(self) -> forms.BoundField:
        return self["near" if self.knows_postcodes else "city"]

    @property
    def more(self) -> list[forms.BoundField]:
        """The fields that are folded away. City is one of them only beside a postcode, or with an error."""
        shown = {"q", self.where.name}
        if not (self["city"].errors or {"near", "city"} <= set(self.chosen)):
            shown.add("city")
        return [field for field in self if field.name not in shown]

    @property
    def leaves_some_out(self) -> bool:
        """Whether a filter is left out. An unknown place in the list is an error too, but leaves none out."""
        return bool(set(self.errors) - {NON_FIELD_ERRORS})

    @property
    def has_faults_in_more(self) -> bool:
        return any(field.errors for field in self.more)

    def quick(self, postcode: str) -> list[QuickFilter]:
        """What most people look for, each in one step; `postcode` is the reader's own."""
        sunday = end_of_week()
        wanted = [("to", "This week", f"{timezone.localdate(sunday)}", self.chosen.get("to") == sunday)]
        if postcode in Places.get():
            wanted.append(("near", "Near me", postcode, self.postcode == postcode))
        wanted += [("type", kind.label, kind.value, self.chosen.get("type") == kind) for kind in CleaningType]
        return [
            QuickFilter(name, label, self.query(name) if is_on else self.query(name, **{name: value}), is_on)
            for name, label, value, is_on in wanted
        ]

    def query(self, *without: str, **changed: str) -> str:
        """Equal for equal choices, and without the place in the list."""
        given = {name: self.data.get(name, "").strip() for name in self.fields if name not in without}
        if self.postcode and "near" in given:
            given["near"] = self.postcode
        given |= changed
        if not given.get("near") or given.get("within") == f"{USUAL_DISTANCE}":
            given.pop("within", None)
        return urlencode({name: value for name, value in given.items() if value})

    @property
    def saved_query(self) -> str:
        """The filters that are understood, sorted, as the site writes them. Words and city stay as typed."""
        chosen = self.chosen | ({"within": self.kilometres} if self.postcode else {})
        return urlencode({name: written(value) for name, value in sorted(chosen.items())})

    @property
    def understands_all(self) -> bool:
        return set(self.data) <= set(self.chosen)

    @property
    def suggested_name(self) -> str:
        first, *others = [sentence for sentence, _ in self.removals] or [""]
        return ", ".join([first, *(sentence[0].lower() + sentence[1:] for sentence in others)])

    @property
    def removals(self) -> list[tuple[str, str]]:
        """The sentence of each active filter, and the query string without it."""
        return list(self.removals_by_name.values())

    @property
    def removals_by_name(self) -> dict[str, tuple[str, str]]:
        sentences = {
            "q": isolate,
            "type": lambda kind: CleaningType(kind).label,
            "area": lambda area: Area(area).label,
            "city": lambda city: f"In {isolate(city)}",
            "near": lambda postcode: f"Within {self.kilometres} km of {postcode}",
            "min_rate": lambda rate: f"From {money(rate)} an hour",
            "max_rate": lambda rate: f"Up to {money(rate)} an hour",
            "from": lambda start: f"From {day_label(start)}",
            "to": lambda start: f"Until {day_label(start)}",
        }
        chosen = {name: value for name, value in self.chosen.items() if name in sentences}
        return {name: (sentences[name](value), self.query(name)) for name, value in chosen.items()}
