from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.functional import cached_property

from accounts.models import User
from cleanings.browse.filters import CleaningFilter
from cleanings.constraints import (
    CLEANER_SENTENCE,
    DAYS_SENTENCE,
    HOURS_SENTENCE,
    LEAST_HOURS,
    MOST_CHARACTERS,
    MOST_HOURS,
    RATE_SENTENCE,
    START_SENTENCE,
    Area,
    CleaningType,
    Pets,
    Supplies,
    start_is_in_range,
)
from cleanings.fields import HoursField, RateField, StartField
from cleanings.models import Cleaning, SavedSearch
from cleanings.photos import JOB_PHOTOS, MOST_PHOTOS, Audience, Photo, PhotoKind, no_room_sentence
from cleanings.states import INVITATION_DAYS
from cleanings.terms import FIELDS
from core.formatting import hours_label
from core.forms import CleanCharField, SiteFormMixin
from core.photos import ACCEPT, EMPTY, UNREADABLE, EncodedPhoto
from core.text import clean_line, clean_text, isolate, truncate

NO_FILTER = "Choose at least one filter in the list, and save the search then."


class TypeSelect(forms.RadioSelect):
    def create_option(self, name, value, *args, **kwargs) -> dict:
        option = super().create_option(name, value, *args, **kwargs)
        return option | {"explanation": CleaningType(value).sentence}


class AreaSelect(forms.RadioSelect):
    def create_option(self, name, value, *args, **kwargs) -> dict:
        return super().create_option(name, value, *args, **kwargs) | {"drawing": Area(value).drawing}


MOST_MEGABYTES_AT_ONCE = 25

# The order of the page, in which errors are listed too.
FORM_FIELDS = (
    "name", "cleaning_type", "area", "description", "supplies", "pets", "city", "postcode", "street_address",
    "starts_at", "estimated_hours", "hourly_rate",
)  # fmt: skip


class CleaningForm(SiteFormMixin, forms.ModelForm):
    """The hidden `seen_values` are what the page showed, so that an edit overwrites only what the person saw."""

    hourly_rate = RateField(
        label="Hourly rate", help_text="What you want to pay an hour. Cleaners may ask for more or less."
    )
    estimated_hours = HoursField(
        label="Estimated hours",
        sentence=HOURS_SENTENCE,
        min_value=LEAST_HOURS,
        max_value=MOST_HOURS,
        help_text="How long it may take, like 2.5.",
    )
    starts_at = StartField(required=False, label="Start")
    post_token = forms.UUIDField(required=False, widget=forms.HiddenInput)

    missing = {
        "name": "Enter a name for the job, like “Spring clean of a flat”.",
        "cleaning_type": "Choose a type of cleaning.",
        "area": "Choose a room or area from the list.",
        "supplies": "Choose who has the supplies, or “Not said”.",
        "pets": "Choose yes, no or “Not said”.",
        "city": "Enter the city.",
        "postcode": "Enter the postcode.",
        "street_address": "Enter street and number.",
        "hourly_rate": RATE_SENTENCE,
        "estimated_hours": HOURS_SENTENCE,
    }

    class Meta:
        model = Cleaning
        fields = FORM_FIELDS
        widgets = {
            "area": AreaSelect,
            "description": forms.Textarea(attrs={"rows": 6}),
            "cleaning_type": TypeSelect,
            "supplies": forms.RadioSelect,
            "pets": forms.RadioSelect,
            "city": forms.TextInput(attrs={"autocomplete": "address-level2"}),
            "postcode": forms.TextInput(attrs={"autocomplete": "postal-code"}),
            "street_address": forms.TextInput(attrs={"autocomplete": "street-address"}),
        }
        labels = {"area": "Room or area", "supplies": "Cleaning supplies", "pets": "Pets at home"}
        help_texts = {
            "name": "What it is, in a few words. Everyone can read it.",
            "description": "Rooms, pets, what to bring. Everyone can read it, so leave out address and phone number.",
            "street_address": "Only you and the cleaner you choose see it.",
        }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cleaning_type"].choices = CleaningType.choices  # type: ignore[attr-defined]  # A ChoiceField.
        for name in ("cleaning_type", "area", "supplies", "pets"):
            self.fields[name].error_messages["invalid_choice"] = self.missing[name]
        self.fields["area"].required = False
        own = {"supplies": [(Supplies.OWNER, "I have them"), Supplies.choices[1]], "pets": Pets.choices}
        for name, choices in own.items():
            self.fields[name].choices = [("", "Not said"), *choices]  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.show_hidden_initial = self.instance.pk is not None
        for name in self.fields.keys() & MOST_CHARACTERS:
            self.fields[name].error_messages["max_length"] = f"Use at most {MOST_CHARACTERS[name]:,} characters."

    @property
    def shown(self) -> dict[str, Any]:
        if self.is_bound:
            typed = {name: self.cleaned_data.get(name) for name in FORM_FIELDS}
        else:
            typed = {name: self.get_initial_for_field(self.fields[name], name) for name in FORM_FIELDS}
        rate, hours, kind = typed["hourly_rate"], typed["estimated_hours"], typed["cleaning_type"]
        return {
            "name": typed["name"],
            "drawing": Area(typed["area"] or Area.WHOLE_HOME).drawing,
            "rate": rate,
            "hours": hours and hours_label(hours),
            "total": rate and hours and rate * hours,
            "starts_at": typed["starts_at"],
            "where": " ".join(filter(None, (typed["postcode"], typed["city"]))),
            "kind": kind and CleaningType(kind).label,
        }

    @property
    def shows_details(self) -> bool:
        """The folded part is open where something in it is chosen or wrong."""
        return any(self[name].value() or self[name].errors for name in ("supplies", "pets"))

    @property
    def seen_values(self) -> list[tuple[str, str]]:
        return [(field.html_initial_name, self._printed(field)) for field in self.visible_fields()]

    @property
    def changes(self) -> dict:
        return {
            name: self.cleaned_data[name]
            for name in FIELDS
            if name in self.cleaned_data.keys() & set(self.changed_data)
        }

    def clean_area(self) -> str:
        return self.cleaned_data["area"] or self.instance.area

    def clean_starts_at(self):
        starts_at = self.cleaned_data["starts_at"]
        if "starts_at" in self.changed_data and not start_is_in_range(starts_at):
            raise forms.ValidationError(START_SENTENCE)
        return starts_at

    def clean(self) -> None:
        super().clean()
        for name in self.changes:
            seen, current = self.data.get(self[name].html_initial_name), self._printed(self[name])
            # Browsers change line ends.
            is_as_seen = seen is None or clean_text(seen) == clean_text(current)
            if self.instance.pk and not is_as_seen and self.cleaned_data[name] != self[name].initial:
                self.add_error(name, f"This has changed to “{current}” in the meantime. Look again, then save.")

    @staticmethod
    def _printed(field: forms.BoundField) -> str:
        return field.field.hidden_widget().format_value(field.field.prepare_value(field.initial)) or ""


class InvitationForm(SiteFormMixin, forms.Form):
    """`find_cleaners` returns those who can be invited."""

    nobody = "Choose a cleaner"
    missing = {"reserved_for": CLEANER_SENTENCE, "reserved_days": DAYS_SENTENCE}

    reserved_for = forms.TypedChoiceField(label="Cleaner", empty_value=None)
    reserved_days = forms.TypedChoiceField(
        label="Time to answer",
        coerce=int,
        initial=3,
        choices=[(days, "1 day" if days == 1 else f"{days} days") for days in INVITATION_DAYS],
    )
    then_open = forms.BooleanField(
        label="After that, open it to everyone",
        required=False,
        help_text="When the time is up or the cleaner declines. Otherwise we ask you what to do.",
    )

    def __init__(self, *args, find_cleaners: Callable[[], Iterable[User]], **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.find_cleaners = find_cleaners
        field: Any = self.fields["reserved_for"]
        field.choices = self.get_choices
        field.coerce = lambda name: self.cleaners.get(name)
        for name, sentence in InvitationForm.missing.items():
            self.fields[name].error_messages["invalid_choice"] = sentence

    @cached_property
    def cleaners(self) -> dict[str, User]:
        """Queried only where the cleaners are shown, or one is chosen."""
        return {cleaner.username: cleaner for cleaner in self.find_cleaners()}

    def get_choices(self) -> list[tuple[str, str]]:
        labels = [(name, f"Only {cleaner.isolated_name} ({name})") for name, cleaner in self.cleaners.items()]
        return [("", self.nobody), *labels]

    @property
    def invitation(self) -> dict:
        named = {name: self.cleaned_data[name] for name in InvitationForm.base_fields}
        return named if named["reserved_for"] else {}


class PostingForm(InvitationForm, CleaningForm):
    nobody = "Everyone"
    missing = CleaningForm.missing | InvitationForm.missing

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reserved_for"].label = "Who can see it"
        for name in ("reserved_for", "reserved_days"):
            self.fields[name].required = False

    @property
    def offers_invitations(self) -> bool:
        """Also true where the address names a cleaner who cannot be invited."""
        return bool(self.cleaners or self["reserved_for"].errors)

    @property
    def shows_invitation(self) -> bool:
        return bool(self["reserved_for"].value() or any(self[name].errors for name in InvitationForm.base_fields))

    def clean(self) -> None:
        super().clean()
        if self.cleaned_data.get("reserved_for") and not self.cleaned_data.get("reserved_days", True):
            self.add_error("reserved_days", DAYS_SENTENCE)


class SeveralFilesInput(forms.FileInput):
    allow_multiple_selected = True


class SeveralPhotosField(forms.FileField):
    """Cleans to a list of uploads, which are not looked into yet."""

    widget = SeveralFilesInput(attrs={"accept": ACCEPT})
    default_error_messages = {"invalid": UNREADABLE, "empty": EMPTY}

    def clean(self, data, initial=None) -> list[UploadedFile]:
        uploads = [super(SeveralPhotosField, self).clean(each) for each in data or [None]]
        if len(uploads) > MOST_PHOTOS:
            raise forms.ValidationError(no_room_sentence(MOST_PHOTOS))
        if sum(upload.size for upload in uploads) > MOST_MEGABYTES_AT_ONCE * 1024 * 1024:
            raise forms.ValidationError(f"Choose fewer photos: together under {MOST_MEGABYTES_AT_ONCE} MB.")
        return uploads


SHOWS = CleanCharField(
    label="What it shows",
    max_length=120,
    help_text="In a few words, for people who can’t see it, like “The kitchen, with the oven open”.",
)
AUDIENCE = forms.ChoiceField(
    choices=Audience.choices, initial=Audience.MEMBERS, label="Who sees it", widget=forms.RadioSelect
)


class PhotosForm(SiteFormMixin, forms.Form):
    photo = SeveralPhotosField(
        label="Photos",
        help_text=f"Up to {MOST_PHOTOS}, together under {MOST_MEGABYTES_AT_ONCE} MB: a JPG under 20 MB and 50 "
        "megapixels, or a PNG, WebP or AVIF under 10 MB. We remove hidden data such as where the photo was taken.",
    )
    shows = SHOWS
    kind = forms.ChoiceField(choices=PhotoKind.choices, label="When it was taken", widget=forms.RadioSelect)
    audience = AUDIENCE

    missing = {
        "photo": "Choose at least one photo.",
        "shows": "Write what the photo shows.",
        "kind": "Choose when the photo was taken.",
        "audience": "Choose who sees the photo.",
    }

    def __init__(self, *args, cleaning: Cleaning, person: User, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        kinds = Photo.kinds_for(cleaning, person)
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]  # type: ignore[attr-defined]
        if kinds == [PhotoKind.JOB]:
            self.fields["kind"].widget = forms.HiddenInput()
            self.fields["kind"].initial = PhotoKind.JOB
        else:
            del self.fields["audience"]

    def clean(self) -> None:
        super().clean()
        uploads = self.cleaned_data.get("photo", [])
        if self.errors and uploads:
            # Browsers do not send a file again.
            self.add_error(
                "photo", "Choose the photos once more. We can’t keep them while something else needs fixing."
            )
        elif uploads:
            self.cleaned_data["photo"] = [self._encoded(upload, len(uploads)) for upload in uploads]

    def _encoded(self, upload: UploadedFile, amount: int) -> EncodedPhoto | None:
        try:
            return JOB_PHOTOS.clean(upload)
        except forms.ValidationError as error:
            name = isolate(truncate(clean_line(upload.name or ""), 40))
            self.add_error("photo", [f"{name}: {sentence}" if amount > 1 else sentence for sentence in error.messages])
            return None


class PhotoForm(SiteFormMixin, forms.Form):
    shows = SHOWS
    place = forms.TypedChoiceField(coerce=int, label="Place in the order")
    audience = AUDIENCE

    missing = {
        "shows": "Write what the photo shows.",
        "place": "Choose a place.",
        "audience": "Choose who sees the photo.",
    }

    def __init__(self, *args, photo: Photo, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        places = range(1, photo.siblings.count() + 1)
        self.fields["place"].choices = [(place, str(place)) for place in places]  # type: ignore[attr-defined]
        if not photo.is_of_the_job:
            del self.fields["audience"]
        why_not = photo.why_not_describe(photo.by)
        if why_not and not self.is_bound:
            self.fields["shows"].disabled, self.fields["shows"].help_text = True, why_not


class SavedSearchForm(SiteFormMixin, forms.ModelForm):
    missing = {"name": "Enter a name for the search, like “Near home”."}

    class Meta:
        model = SavedSearch
        fields = ["name", "cadence"]
        error_messages = {"cadence": {"invalid_choice": "Choose how often from the list."}}


class NewSearchForm(SavedSearchForm):
    missing = SavedSearchForm.missing | {"query": NO_FILTER}

    class Meta(SavedSearchForm.Meta):
        fields = ["query", *SavedSearchForm.Meta.fields]
        widgets = {"query": forms.HiddenInput}

    def clean_query(self) -> str:
        """Keeps only the filters that the list understands, in one form."""
        query = CleaningFilter(QueryDict(self.cleaned_data["query"])).saved_query
        if not query:
            raise forms.ValidationError(NO_FILTER)
        return query
