"""People: names that are one whatever the case, and a profile for everybody."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import DatabaseError, transaction

from accounts.deletions import Deletion
from accounts.models import AccessToken, Block, Profile, User
from accounts.phone_numbers import dialled_number
from accounts.usernames import HeldUsername
from marketplace.testing import PASSWORD, create_user

pytestmark = pytest.mark.django_db


def test_everybody_has_one_profile_however_they_came_to_be(client, settings):
    create_user("shell")
    User(username="saved", email="saved@example.org").save()
    call_command("createsuperuser", username="command", email="command@example.org", interactive=False)
    client.post("/accounts/signup/", {"username": "form", "email": "form@example.org", "password1": PASSWORD})
    assert set(Profile.objects.values_list("user__username", flat=True)) == {"shell", "saved", "command", "form"}


def test_people_are_not_made_in_bulk():
    with pytest.raises(TypeError):
        User.objects.bulk_create([User(username="maria", email="maria@example.org")])


def test_a_user_without_a_profile_is_not_saved_at_all(monkeypatch):
    def fail(**facts):
        raise DatabaseError

    monkeypatch.setattr(Profile.objects, "create", fail)
    with pytest.raises(DatabaseError):
        create_user("maria")
    assert not User.objects.exists()


def test_what_the_log_of_the_staff_keeps_names_nobody():
    maria, carl = create_user("maria"), create_user("carl")
    maria.profile.full_name = "Maria Peeters"
    token, _ = AccessToken.make(by=maria, name="Calendar of Maria", scope="read", days=30)
    held = HeldUsername(digest="d1g357", held_until=datetime(2027, 1, 2, tzinfo=UTC))
    rows = [maria.profile, token, Block(pk=7, blocker=maria, blocked=carl), Deletion(pk=8, person=maria, kind="photo")]
    assert [f"{row}" for row in (*rows, held)] == [
        f"Profile {maria.profile.pk}", f"Access token {token.pk}", "Block 7", "Deletion 8",
        "Username held until 2027-01-02",
    ]  # fmt: skip


@pytest.mark.parametrize("username", ["ab", "x" * 31, "mar ia", "märia", "ma\nria", "new", "Mine", "ma.ria", "../x"])
def test_a_username_that_is_no_part_of_an_address_is_refused_by_form_and_database(username):
    with pytest.raises(ValidationError):
        User(username=username, email="maria@example.org", password="x").full_clean()
    with pytest.raises(DatabaseError), transaction.atomic():
        User.objects.create_user(username, "maria@example.org")
    User.objects.create_user("Maria-1_2", "maria@example.org")


@pytest.mark.parametrize("other", [("MARIA", "x@example.org"), ("other", "MARIA@example.org")])
def test_names_and_addresses_are_one_whatever_the_case(other):
    create_user("maria")
    with pytest.raises(ValidationError):
        User(username=other[0], email=other[1], password="x").full_clean()
    with pytest.raises(DatabaseError), transaction.atomic():
        User.objects.create_user(*other)


@pytest.mark.parametrize(
    "phone",
    ["12345", "call me", "+32 2 555 12 34 5678 90", "1" * 31, "555 12 34 ext. 5", "+32+2 555 12 34", "1" * 100_000],
)
def test_a_phone_number_is_one_that_can_be_dialled(phone):
    profile = create_user("maria").profile
    profile.phone_number = "+32 (0)2 555/12.34"
    profile.full_clean()
    profile.phone_number = phone
    with pytest.raises(ValidationError):
        profile.full_clean()


@pytest.mark.parametrize(
    ("typed", "shown", "dialled"),
    [
        ("+32 (0)2 555 12 34", "+32 (0)2 555 12 34", "+3225551234"),
        ("+32(0)25551234", "+32(0)25551234", "+3225551234"),
        ("0032 ( 0 ) 2 555 12 34", "0032 ( 0 ) 2 555 12 34", "003225551234"),
        ("(+32) (0)2 555 12 34", "(+32) (0)2 555 12 34", "+3225551234"),
        ("(02) 555 12 34", "(02) 555 12 34", "025551234"),
        ("(0)2 555 12 34", "(0)2 555 12 34", "025551234"),
        ("+32 2 500 00 00", "+32 2 500 00 00", "+3225000000"),
        ("\u202d+32 2 555 12 34\u202c", "+32 2 555 12 34", "+3225551234"),
        ("\u200e0472\u00a088 99 00", "0472 88 99 00", "0472889900"),
        ("0472\u201188\u201399\u221200", "0472-88-99-00", "0472889900"),
        ("٠٤٧٢ ٨٨ ٩٩ ٠٠", "0472 88 99 00", "0472889900"),
        ("＋３２（０）２／５５５．１２．３４", "+32(0)2/555.12.34", "+3225551234"),
    ],
)
def test_a_phone_number_is_stored_as_shown_and_dialled_right(typed, shown, dialled):
    profile = create_user("maria").profile
    profile.phone_number = typed
    profile.full_clean()
    profile.save()
    profile.refresh_from_db()
    assert (profile.phone_number, dialled_number(profile.phone_number)) == (shown, dialled)


@pytest.mark.parametrize(("field", "length"), [("full_name", 81), ("bio", 2001), ("phone_number", 31), ("city", 81)])
def test_the_database_refuses_a_profile_text_that_is_too_long(field, length):
    create_user("maria")
    with pytest.raises(DatabaseError), transaction.atomic():
        Profile.objects.update(**{field: "x" * length})
    assert Profile.objects.update(**{field: "x" * (length - 1)}) == 1


def test_a_person_is_called_by_full_name_and_a_closed_account_by_none():
    maria = create_user("maria")
    assert (maria.display_name, maria.initials) == ("maria", "M")
    maria.profile.full_name = "Zoë van der Peeters"
    assert (maria.display_name, maria.initials) == ("Zoë van der Peeters", "ZP")
    maria.is_active = False
    assert (maria.display_name, maria.initials, maria.face) == ("Former member", "", "")
    assert maria.short_name == "Former member"


@pytest.mark.parametrize(
    ("name", "short"),
    [("Carl De Smet", "Carl"), ("Zoë", "Zoë"), ("J. P. Morgan", "J. P. Morgan"), ("Dr. No", "Dr. No"), ("", "maria")],
)
def test_a_short_name_is_the_first_word_but_no_initial_and_no_title(name, short):
    maria = create_user("maria")
    maria.profile.full_name = name
    assert maria.short_name == short


def test_the_ground_of_a_face_is_one_of_eight_and_stays_the_same():
    faces = {name: create_user(name).face for name in ("carl", "cora", "olivia", "maria")}
    assert faces == {name: User.objects.get(username=name).face for name in faces}
    assert {User(username=f"member-{number}").face for number in range(99)} == {f"face-{n}" for n in range(1, 9)}
