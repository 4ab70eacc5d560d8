"""What people type has one form, whichever way it comes in."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models

from accounts.models import Profile, User
from cleanings.models import Cleaning, Event
from cleanings.states import CancelReason, OfferStatus
from core.fields import CleanMixin
from evaluations.models import Evaluation
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, move_start
from offers.models import Offer

pytestmark = pytest.mark.django_db

OURS = ("accounts", "cleanings", "offers", "evaluations")
# Machines read them: they have forms of their own, or no person typed them.
NO_PROSE = {
    *("accounts.user.password", "accounts.user.email"),
    *(f"cleanings.place.{name}" for name in ("country", "postcode", "name", "key")),
    *("accounts.cacheentry.key", "accounts.cacheentry.value", "accounts.heldusername.digest"),
}
NOTHING = ["\u200b", "\u3164", "\u2800", "\u00ad", " \ufeff\r\n", "\u200d", "\U000e0041", "\u0301", "\u202e"]
FACTS = {
    "cleaning_type": "full_clean", "hourly_rate": "20", "estimated_hours": "3", "starts_at": "", "city": "Ghent",
    "postcode": "9000", "street_address": "Hidden Lane 12", "name": "Attic", "description": "Dust",
}  # fmt: skip


@pytest.fixture
def olivia(client):
    client.force_login(create_cast()[0])
    return client


def test_every_text_that_people_type_is_cleaned_by_its_field():
    texts = {
        f"{field.model._meta.label_lower}.{field.name}"
        for app in OURS
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.local_fields
        if isinstance(field, models.CharField | models.TextField) and not isinstance(field, CleanMixin)
        if field.editable and not field.choices and not field.name.endswith(("status", "reason"))
    }
    assert texts - NO_PROSE == set()


LINES = "one\r\ntwo\rthree\u2028four \u200b"


def test_verbs_store_text_in_one_form():
    offer = create_offer(cleaning=create_cleaning(description=LINES, name=LINES), message=LINES)
    offer.accept(by=create_user("olivia"))
    move_start(offer.cleaning, timedelta(hours=-1))
    offer.release(by=create_user("olivia"), reason="no_show", note=LINES)
    Evaluation.write(offer, by=create_user("olivia"), no_show=True, headline=LINES, comment=LINES)
    stored = [Cleaning.objects.get().description, Offer.objects.get().message, Evaluation.objects.get().comment]
    stored += Event.objects.exclude(note="").values_list("note", flat=True)
    assert stored == ["one\ntwo\nthree\nfour"] * 4
    assert {Cleaning.objects.get().name, Evaluation.objects.get().headline} == {"one two three four"}


def test_saving_and_updating_store_text_in_one_form():
    profile = create_user("maria").profile
    profile.bio, profile.full_name = "a\r\nb", " Maria\u200b  Lee\n"
    profile.save()
    assert (profile.bio, profile.full_name) == ("a\nb", "Maria Lee")
    assert Profile.objects.filter(bio="a\r\nb\u200b", full_name="Maria  Lee").update(city="Gh\u00adent\r") == 1
    profile.refresh_from_db()
    assert (profile.bio, profile.city) == ("a\nb", "Ghent")


def edited(client, cleaning, **typed):
    """The errors with which a browser's edit comes back, which sends every field and what it held."""
    page = client.get(f"/cleanings/{cleaning.pk}/edit/")
    form = page.context["form"]
    data = dict(form.seen_values) | {name: form[name].value() or "" for name in form.fields} | typed
    lines = {name: str(value).replace("\n", "\r\n") for name, value in data.items() if value is not None}
    answer = client.post(f"/cleanings/{cleaning.pk}/edit/", lines)
    return answer.context["form"].errors if answer.status_code != 302 else {}


@pytest.mark.parametrize("text", ["a\nb", "a\n\n\nb", "Café\nçà", "a\u200db\nc", "“x”\n- y\n- z"])
def test_text_with_line_breaks_is_edited_in_a_browser(olivia, text):
    cleaning = create_cleaning(description=text)
    assert edited(olivia, cleaning, name="Another") == {}
    assert edited(olivia, cleaning, description=f"{text}\nmore") == {}
    cleaning.refresh_from_db()
    assert (cleaning.name, cleaning.description) == ("Another", f"{text}\nmore")


def test_text_that_others_changed_meanwhile_is_not_overwritten(olivia):
    cleaning = create_cleaning(description="a\nb")
    stale = {"initial-description": "a\nb", "description": "a\nb\nmine"}
    cleaning.edit(by=create_user("olivia"), description="a\nb\ntheirs")
    assert "has changed to" in str(edited(olivia, cleaning, **stale)["description"])


def test_no_edit_leaves_the_version_of_a_text_with_line_breaks(olivia):
    cleaning = create_cleaning(description="a\nb")
    assert edited(olivia, cleaning) == {}
    assert not cleaning.events.filter(kind="edit").exists()


@pytest.mark.parametrize(("lines", "is_taken"), [(1999, True), (2000, False)])
def test_a_line_break_counts_once(olivia, lines, is_taken):
    typed = "a\r\n" * lines + "b\r\n\r\n" + "\u200b" * 100
    answer = olivia.post("/cleanings/new/", FACTS | {"description": typed.replace("b", "b" * (2 if is_taken else 1))})
    assert (answer.status_code == 302) is is_taken
    assert [len(text) for text in Cleaning.objects.values_list("description", flat=True)] == [4000] * is_taken


# Each text in one field, and each field with one text.
@pytest.mark.parametrize(
    ("field", "text"),
    [*(("name", text) for text in NOTHING), *((field, NOTHING[0]) for field in ("city", "postcode", "street_address"))],
)
def test_a_fact_that_shows_nothing_is_missing(olivia, field, text):
    answer = olivia.post("/cleanings/new/", FACTS | {field: text})
    assert list(answer.context["form"].errors) == [field]
    with pytest.raises(ValidationError):
        create_cleaning(**{field: text})
    assert not Cleaning.objects.exists()


@pytest.mark.parametrize("text", NOTHING)
def test_who_has_a_name_that_shows_nothing_is_called_by_username(olivia, text):
    olivia.post("/accounts/profile/", {"full_name": text, "bio": text, "city": "Ghent"})
    profile = Profile.objects.get(user__username="olivia")
    assert (profile.full_name, profile.bio, profile.city) == ("", "", "Ghent")
    assert profile.user.display_name == "olivia"


@pytest.mark.parametrize("name", ["می\u200cخواهم", "👩\u200d👩\u200d👧 Lee", "ക്\u200d", "O’Neill", "Zoë"])
def test_a_name_keeps_what_shapes_it(olivia, name):
    olivia.post("/accounts/profile/", {"full_name": name})
    assert Profile.objects.get(user__username="olivia").full_name == name


def test_a_username_is_the_same_with_and_without_what_nobody_sees(client):
    create_user("maria")
    assert User.objects.get(username="maria\u200b").username == "maria"
    assert client.login(username="maria", password="a-broom-of-straw")
    client.logout()
    signed = {"username": "nora\u200b ", "email": "nora@example.org", "password1": "a-broom-of-straw"}
    client.post("/accounts/signup/", signed)
    assert User.objects.filter(username="nora").exists()


def test_a_note_is_counted_as_it_is_stored():
    offer = create_offer(status=OfferStatus.ACCEPTED)
    with pytest.raises(ValidationError):
        offer.cancel(by=offer.cleaner, reason=CancelReason.OTHER, note="\r\n".join("x" * 251))
    offer.cancel(by=offer.cleaner, reason=CancelReason.OTHER, note="\r\n".join("x" * 250))
    assert len(Event.objects.get(kind="cancel", cleaner=offer.cleaner).note) == 499


def test_words_are_looked_for_as_they_are_seen(client):
    create_cleaning(name="Balcony", starts_in=timedelta(days=2))
    for query in ("?q=bal\u200bcony", "?q=balcony\u202e", "?city=Gh\u00adent", "?city=%20ghent\u200f"):
        assert b"Balcony" in client.get(f"/cleanings/{query}").content
    assert b"Balcony" not in client.get("/cleanings/?q=bal%20cony&city=Gent").content
