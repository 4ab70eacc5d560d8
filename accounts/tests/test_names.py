"""Who may be called what: the site's own words and addresses are nobody's name."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Profile, User
from accounts.usernames import RESERVED_NAME_MESSAGE, RESERVED_USERNAME_MESSAGE
from marketplace.testing import PASSWORD, create_cast, create_cleaning, create_user

pytestmark = pytest.mark.django_db


def sign_up(client, username):
    return client.post("/accounts/signup/", {"username": username, "email": "x@example.org", "password1": PASSWORD})


@pytest.mark.parametrize("username", ["admin", "Staff", "support-team", "swept", "root", "former-1a2b", "p0stmaster"])
def test_nobody_signs_up_by_a_username_that_is_kept(client, username):
    assert sign_up(client, username).context["form"].errors["username"] == [RESERVED_USERNAME_MESSAGE]
    assert not User.objects.exists()


@pytest.mark.parametrize("username", ["maria", "ann-swept", "formerly", "theo", "stafford"])
def test_others_sign_up(client, username):
    assert sign_up(client, username).status_code == 302
    assert User.objects.get().username == username


def test_a_member_is_renamed_to_no_username_that_is_kept_but_staff_may_be():
    maria = create_user("maria")
    maria.username = "support-team"
    with pytest.raises(ValidationError) as refusal:
        maria.full_clean()
    assert refusal.value.message_dict == {"username": [RESERVED_USERNAME_MESSAGE]}
    maria.is_staff = True
    maria.full_clean()


def test_staff_are_made_by_command_and_rows_that_exist_stay():
    User.objects.create_superuser("admin", "a@example.org", PASSWORD).full_clean()
    member = create_user("swept")
    member.full_clean()
    member.email = "other@example.org"
    member.full_clean()


def test_the_admin_renames_nobody_to_a_username_that_is_kept(client):
    *_, stan, ada = create_cast()
    client.force_login(ada)
    page = client.get(f"/admin/accounts/user/{stan.pk}/change/").context["adminform"].form
    sent = {name: value for name in page.fields if (value := page[name].value())}
    sent |= {
        "profile-TOTAL_FORMS": 1,
        "profile-INITIAL_FORMS": 1,
        "profile-0-id": stan.profile.pk,
        "profile-0-user": stan.pk,
    }
    answer = client.post(f"/admin/accounts/user/{stan.pk}/change/", sent | {"username": "root"})
    assert answer.context["adminform"].form.errors == {"username": [RESERVED_USERNAME_MESSAGE]}
    assert client.post(f"/admin/accounts/user/{stan.pk}/change/", sent | {"username": "stanley"}).status_code == 302


@pytest.mark.parametrize("name", ["The staff", "Тhe ѕtaff", "You", "Former member", "Swept support", "the Site!"])
def test_no_member_takes_the_words_of_the_site_for_a_name(client, name):
    client.force_login(maria := create_user("maria"))
    answer = client.post("/accounts/profile/", {"full_name": name, "bio": "Hello"})
    assert answer.context["form"].errors == {"full_name": [RESERVED_NAME_MESSAGE]}
    maria.profile.full_name = name
    with pytest.raises(ValidationError):
        maria.profile.save_changes(["full_name"])
    assert Profile.objects.get().full_name == ""


def test_a_name_that_was_taken_before_stays_and_staff_have_theirs(client):
    for maria in (create_user("maria"), create_user("ada", is_staff=True)):
        client.force_login(maria)
        Profile.objects.filter(user=create_user("maria")).update(full_name="The staff")
        assert client.post("/accounts/profile/", {"full_name": "The staff", "bio": "Hello"}).status_code == 302
    assert list(Profile.objects.values_list("full_name", "bio")) == [("The staff", "Hello")] * 2


@pytest.mark.parametrize("name", ["Ann Swept", "St. John", "Dr.Who", "Node.js club", "علي", "Young"])
def test_honest_names_are_taken(client, name):
    client.force_login(create_user("maria"))
    assert client.post("/accounts/profile/", {"full_name": name, "city": "St. Ives"}).status_code == 302
    assert create_cleaning(name=name).name == name
    assert Profile.objects.get(user__username="maria").full_name == name


@pytest.mark.parametrize("name", ["Free prize http://evil.example/win", "www.evil.example", "a@b.example", "x.io/win"])
def test_no_name_of_a_person_job_or_town_holds_an_address(client, name):
    client.force_login(create_user("maria"))
    answer = client.post("/accounts/profile/", {"full_name": name, "city": name})
    assert set(answer.context["form"].errors) == {"full_name", "city"}
    for field in ("name", "city"):
        with pytest.raises(ValidationError):
            create_cleaning(**{field: name})
    assert create_cleaning(description=f"See {name}").description == f"See {name}"
