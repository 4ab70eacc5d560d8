"""What people typed from right to left, or with controls that turn text, leaves the words beside it where they are."""

import re
import unicodedata
from decimal import Decimal

import pytest
from django.db.models import Value
from django.template import Context, Template

from accounts.models import Profile
from cleanings.states import Kind
from core.text import isolate
from mailqueue.backends import LONGEST_SUBJECT
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user
from notifications.models import Notification
from notifications.tests.cases import before

pytestmark = pytest.mark.django_db

TURNED = ["דנה", "علي", "Dana דנה", "דנה 12", "٣"]


def call(name, full_name):
    Profile.objects.filter(user=create_user(name)).update(full_name=full_name)


@pytest.fixture
def page_of(client):
    create_cast()

    def page_of(name, path):
        client.force_login(create_user(name))
        return client.get(path).content.decode()

    return page_of


@pytest.mark.parametrize("name", TURNED)
def test_a_price_behind_a_name_stands_where_it_was_put(page_of, name):
    call("carl", name)
    cleaning = create_offer(cleaning=create_cleaning(name=name), hourly_rate=Decimal("21.00")).cleaning
    timeline = f"<bdi>{name}</bdi> offered €21 an hour."
    assert timeline in page_of("olivia", cleaning.get_absolute_url())
    sentence = f"\u2068{name}\u2069 offers €21 an hour, about €63 in all, for “\u2068{name}\u2069”."
    assert Notification.objects.get().sentence == sentence
    assert f"<bdi>{name}</bdi> offers €21 an hour" in page_of("olivia", "/notifications/")
    compared = page_of("olivia", f"/cleanings/{cleaning.pk}/offers/")
    assert f"<bdi>{name}</bdi>" in compared
    assert re.search(f"<title>[^<]*- \u2068{name}\u2069", compared)


@pytest.mark.parametrize("name", ["A\u202e", "A\u202e\u2069", "\u2067A", "A\u200f", "A\u2066\u202d"])
def test_controls_in_rows_that_came_otherwise_turn_nothing(page_of, name):
    call("carl", Value(name))
    cleaning = create_offer(hourly_rate=Decimal("21.00")).cleaning
    assert "A offered €21 an hour." in page_of("olivia", cleaning.get_absolute_url())
    assert Notification.objects.get().sentence.startswith("A offers €21 an hour")


@pytest.mark.parametrize("name", TURNED)
def test_what_is_mailed_isolates_what_people_typed(name):
    for person in ("carl", "olivia"):
        call(person, name)
    with before(Kind.CANCEL, name=name):
        offer = create_user("carl").offers.get()
        offer.cancel(by=offer.cleaner, reason="other")
    notice = Notification.objects.get(recipient=create_user("olivia"))
    assert notice.subject == f"\u2068{name}\u2069 cancelled “\u2068{name}\u2069”"
    assert notice.sentence.startswith(f"{notice.subject}. Reason: ")


def test_names_from_left_to_right_stand_as_they_were_typed(page_of):
    call("carl", "Zoë 李")
    cleaning = create_offer(cleaning=create_cleaning(name="Анна’s flat")).cleaning
    assert "\u2068" not in Notification.objects.get().sentence
    page = page_of("olivia", cleaning.get_absolute_url())
    assert "Zoë 李 offered" in page
    assert "<bdi>" not in page


def test_no_element_is_made_of_what_people_typed():
    typed = "<b>\u2069דנה\u2068</b>"
    printed = Template("{{ a|bdi }} {{ b|isolate|bdi }}").render(Context({"a": isolate(typed), "b": typed}))
    assert printed == " ".join(["<bdi>&lt;b&gt;דנה&lt;/b&gt;</bdi>"] * 2)
    assert Template("{{ a|bdi }}").render(Context({"a": "<i>\u2068x"})) == "&lt;i&gt;\u2068x"


@pytest.mark.parametrize(
    "letter", ["🇳🇱", "👩\u200d❤\ufe0f\u200d👨", "👍🏽", "o\u0323\u0302\u0304", "\u1112\u1161\u11ab", "नि"]
)
def test_a_name_that_is_cut_keeps_its_last_letter_whole(letter):
    letter = unicodedata.normalize("NFC", letter)
    shown = create_cleaning(name="a" + letter * (119 // len(letter))).quoted_name.removeprefix("“").removesuffix("…”")
    assert shown == "a" + letter * (58 // len(letter))


def test_a_long_subject_keeps_room_and_turns_nothing_behind_it():
    call("carl", "ד" * 80)
    offer = create_offer(cleaning=create_cleaning(name="א" * 120))
    offer.accept(by=create_user("olivia"))
    offer.cancel(by=offer.cleaner, reason="other")
    subjects = Notification.objects.filter(recipient=create_user("olivia")).values_list("subject", flat=True)
    assert len(subjects) == 2
    for subject in subjects:
        assert len(subject) <= LONGEST_SUBJECT
        assert subject.count("\u2068") == subject.count("\u2069") > 0
