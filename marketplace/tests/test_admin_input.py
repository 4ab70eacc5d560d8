"""Whatever stands in the address or the form of an admin page: no list and no form of it is 500."""

from itertools import cycle, islice, product
from unittest.mock import Mock

import pytest
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import Group
from django.db import OperationalError, connection, models
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cleanings.models import Cleaning
from core.admin import COMPARED
from marketplace.testing import PASSWORD, create_offer, create_user, rolled_back

pytestmark = [pytest.mark.long, pytest.mark.django_db]
ADMINS = sorted(admin.site._registry.values(), key=lambda found: found.opts.label)
VALUES = ["0", "-1", "9" * 25, "abc", "\0"]
NAMES = [found.opts.label for found in ADMINS]


@pytest.fixture(scope="module")
def staff(module_db):
    create_offer()
    return create_user("ada", is_staff=True, is_superuser=True)


@pytest.fixture
def ada(client, staff):
    client.raise_request_exception = False
    client.force_login(staff)


def lookups(model_admin):
    """What may stand in the address of a list, of every kind of field that it can be asked for."""
    fields = {type(field): field for field in model_admin.opts.concrete_fields}
    for field in fields.values():
        yield from (f"{field.name}{end}" for end in ("", "__gte", "__in", "__range", "__isnull", "__regex"))
        if isinstance(field, models.DateTimeField):
            parts = ("year", "month", "day", "week_day", "iso_year", "year__gte", "date", "date__year", "time", "hour")
            yield from (f"{field.name}__{part}" for part in parts)
        if field.is_relation:
            yield f"{field.name}__id__exact"


def list_of(model_admin):
    return reverse(f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_changelist")


def faults(ask, cases):
    """The cases of which the answer is 500, each rolled back again."""
    found = []
    for case in cases:
        with rolled_back():
            status = ask(*case).status_code
        if status >= 500:
            found.append((*case, status))
    return found


@pytest.mark.parametrize("values_each", [1, pytest.param(len(VALUES), marks=pytest.mark.thorough)])
@pytest.mark.parametrize("model_admin", ADMINS, ids=NAMES)
def test_no_query_of_a_list_is_500(client, ada, model_admin, values_each):
    names = [*lookups(model_admin), "q", "o", "p", "e", "_facets", "_to_field", "nonsense"]
    url, values = list_of(model_admin), cycle(VALUES)
    cases = [(name, value) for name in names for value in islice(values, values_each)]
    assert faults(lambda name, value: client.get(url, {name: value}), cases) == []


DATES = ["year", "day", "date"]


@pytest.mark.parametrize("value", ["0", "-1", "99999999999999999999", "abc", ""])
def test_dates_that_there_are_not_lead_to_the_whole_list(client, ada, value):
    dated = [
        (list_of(model_admin), f"{field.name}__{part}")
        for model_admin in ADMINS
        for field in model_admin.opts.concrete_fields
        for part in DATES
        if isinstance(field, models.DateTimeField)
    ]
    assert faults(lambda url, name: client.get(url, {name: value}), dated) == []
    answer = client.get("/admin/cleanings/event/", {"at__year": value}, follow=True)
    assert answer.status_code == 200


@pytest.mark.parametrize("value", ["1", "", ",", "1,2,3", "a,b", "2026-01-01"])
def test_a_range_which_no_address_can_hold_leads_to_the_whole_list(client, ada, value):
    ranges = [
        (list_of(model_admin), f"{field.name}__range")
        for model_admin in ADMINS
        for field in {type(field): field for field in model_admin.opts.concrete_fields}.values()
        if isinstance(field, COMPARED)
    ]
    assert faults(lambda url, name: client.get(url, {name: value}), ranges) == []
    key = Cleaning.objects.get().pk
    for chosen, count in ((key, 1), (key + 1, 0)):
        page = client.get("/admin/cleanings/cleaning/", {"id__gte": chosen})
        assert page.context["cl"].result_count == count


@pytest.mark.parametrize(
    ("error", "query", "status"),
    [
        (ValueError(), {"id__gte": 1}, 302),
        (OperationalError("user-defined function raised exception"), {"id__gte": 1}, 302),
        (OperationalError("disk I/O error"), {"id__gte": 1}, 503),
        (ValueError(), {}, 500),
    ],
)
def test_only_what_an_address_asks_for_leads_to_the_whole_list(client, ada, monkeypatch, error, query, status):
    monkeypatch.setattr(ChangeList, "get_results", Mock(side_effect=error))
    answer = client.get("/admin/cleanings/cleaning/", query)
    assert (answer.status_code, answer.headers.get("Location", "").endswith("?e=1")) == (status, status == 302)


@pytest.mark.sqlite
def test_an_expression_that_there_is_not_leads_to_the_whole_list(client, ada):
    for expression, count in (("[", 1), ("x", 0)):
        page = client.get("/admin/cleanings/cleaning/", {"id__regex": expression}, follow=True)
        assert page.context["cl"].result_count == count


def test_dates_that_there_are_still_choose(client, ada):
    year = timezone.localtime(Cleaning.objects.get().created_at).year
    for chosen, count in ((year, 1), (year - 1, 0)):
        page = client.get("/admin/cleanings/cleaning/", {"created_at__year": chosen})
        assert page.context["cl"].result_count == count


@pytest.mark.parametrize("model_admin", ADMINS, ids=NAMES)
def test_rows_that_there_are_not_are_not_chosen(client, ada, model_admin):
    url = list_of(model_admin)
    actions = [*model_admin.get_actions(client.get(url).wsgi_request), "nonsense", ""]
    chosen = ["abc", "-1", "9" * 25, "00000000-0000-0000-0000-000000000000"]
    extras = [{"index": "x"}, {"confirmed": "1"}]

    def ask(action, value, extra):
        return client.post(url, {"action": action, "_selected_action": value, **extra})

    assert faults(ask, product(actions, chosen, extras)) == []


def test_of_rows_that_there_are_and_are_not_the_first_are_chosen(client, ada):
    cleaning = Cleaning.objects.get()
    data = {"action": "close", "_selected_action": ["abc", cleaning.pk, "9" * 25], "confirmed": "1"}
    client.post("/admin/cleanings/cleaning/", data)
    cleaning.refresh_from_db()
    assert cleaning.status == "closed"


BAD = ["", " ", "a b", "new", "x" * 300, "é", "<script>", "olivia", "OLIVIA", "\0", "9" * 25, "a\nb"]
ADDED = {"username": "vera", "email": "vera@example.org", "password1": PASSWORD, "password2": PASSWORD}
ADDED |= {"usable_password": "true"}


@pytest.mark.parametrize("name", ADDED)
def test_a_person_who_is_added_with_something_wrong_is_not_lost(client, ada, name):
    def ask(value):
        answer = client.post("/admin/accounts/user/add/", ADDED | {name: value})
        assert answer.status_code != 200 or ADDED["email"] in answer.content.decode() or name == "email"
        return answer

    assert faults(ask, [(value,) for value in BAD]) == []


def test_a_person_with_nothing_wrong_is_added_and_changed(client, ada):
    assert client.post("/admin/accounts/user/add/", ADDED).status_code == 302
    vera = User.objects.get(username="vera")
    assert (
        client.post(f"/admin/accounts/user/{vera.pk}/change/", changed(vera) | {"username": "vera2"}).status_code == 302
    )
    vera.refresh_from_db()
    assert vera.username == "vera2"


def changed(person, **management):
    """The form of a person as it is, with the one of the profile below it."""
    prefix = "profile"
    forms = {"TOTAL_FORMS": 1, "INITIAL_FORMS": 1, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 1} | management
    profile = {"id": person.profile.pk, "user": person.pk, "full_name": "", "city": "", "bio": "", "phone_number": ""}
    return (
        {"username": person.username}
        | {f"{prefix}-{k}": v for k, v in forms.items()}
        | {f"{prefix}-0-{k}": v for k, v in profile.items()}
    )


CHANGED = ["username", "groups", "user_permissions", "is_staff"]
CHANGED += ["profile-0-full_name", "profile-0-phone_number", "profile-0-id", "profile-0-user", "profile-INITIAL_FORMS"]


@pytest.mark.parametrize("name", CHANGED)
def test_a_person_who_is_changed_to_something_wrong_is_shown_the_form_again(client, ada, name):
    olivia = User.objects.get(username="olivia")
    url, whole = f"/admin/accounts/user/{olivia.pk}/change/", changed(olivia)
    assert (
        faults(lambda value: client.post(url, whole | {name: value}), [(value,) for value in [*BAD, "carl", "-1"]])
        == []
    )


def test_the_postcode_of_a_profile_is_neither_shown_nor_changed(client, ada):
    olivia = User.objects.get(username="olivia")
    type(olivia.profile).objects.filter(user=olivia).update(city="Canaryville", postcode="CANARY 9")
    url = f"/admin/accounts/user/{olivia.pk}/change/"
    page = client.get(url).content.decode()
    assert ("Canaryville" in page, "CANARY 9" in page) == (True, False)
    assert client.post(url, changed(olivia) | {"profile-0-postcode": "9000"}).status_code == 302
    olivia.profile.refresh_from_db()
    assert (olivia.profile.city, olivia.profile.postcode) == ("", "CANARY 9")


@pytest.mark.parametrize("count", ["1000000", "1001", "2", "9" * 25, "9" * 5000])
def test_no_more_forms_are_made_than_there_can_be(client, ada, count):
    olivia = User.objects.get(username="olivia")
    page = client.post(
        f"/admin/accounts/user/{olivia.pk}/change/", changed(olivia, TOTAL_FORMS=count, INITIAL_FORMS=count)
    )
    assert page.status_code == 200
    assert len(page.context["inline_admin_formsets"][0].formset.forms) <= 1


@pytest.mark.parametrize("model_admin", ADMINS, ids=NAMES)
def test_no_page_of_a_row_that_there_is_not_is_500(client, ada, model_admin):
    ways = [f"{list_of(model_admin)}{key}/{way}/" for key in ("abc", "-1", "9" * 25) for way in
            ("change", "delete", "history", "password")]  # fmt: skip
    assert faults(client.get, [(way,) for way in ways]) == []
    assert faults(lambda way: client.post(way, {"post": "yes", "name": "\0"}), [(way,) for way in ways]) == []


@pytest.mark.parametrize("name", ["\0", "x" * 300, "", "support"])
def test_a_group_with_something_wrong_is_shown_again(client, ada, name):
    group = Group.objects.create(name="helpers")
    for url in ("/admin/auth/group/add/", f"/admin/auth/group/{group.pk}/change/"):
        for permissions in ("abc", "-1", "9" * 25):
            assert client.post(url, {"name": name, "permissions": permissions}).status_code == 200


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("carl", True), ("CA", True), ("Spring", True), ("spring FLAT", True), ("carl flat", True), ("arl", False),
        ("carl kitchen", False), ("nobody", False), ("9" * 25, False), ("-1", False), ("²", False), ("%", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("model", ["cleanings/event", "offers/offer"])
def test_a_search_finds_by_what_a_row_belongs_to(client, ada, model, words, is_found):
    page = client.get(f"/admin/{model}/", {"q": words})
    assert (page.context["cl"].result_count > 0) == is_found


@pytest.mark.parametrize("model", ["cleanings/event", "offers/offer"])
def test_a_search_finds_by_number(client, ada, model):
    cleaning = Cleaning.objects.get()
    assert client.get(f"/admin/{model}/", {"q": cleaning.pk}).context["cl"].result_count > 0
    assert client.get(f"/admin/{model}/", {"q": cleaning.pk + 1000}).context["cl"].result_count == 0


@pytest.mark.parametrize("model", ["cleanings/event", "offers/offer"])
def test_a_search_reads_no_rows_of_a_long_list_by_way_of_others(client, ada, model):
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/admin/{model}/", {"q": "carl"})
    table = model.replace("/", "_")
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"] and f'FROM "{table}"' in query["sql"]]
    assert counts
    assert not [sql for sql in counts if "JOIN" in sql or "LIKE" in sql]
