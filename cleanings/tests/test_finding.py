"""What filters, words and orders find, beside a plain Python filter over random cleanings."""

import re
import unicodedata
from datetime import datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.utils import timezone
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cleanings.browse import listing, search
from cleanings.browse.filters import CleaningFilter
from cleanings.browse.listing import OpenJobs
from cleanings.models import Cleaning
from cleanings.words import city_key
from core.paging import Place
from marketplace.testing import create_cleaning, create_user

pytestmark = pytest.mark.django_db

# Words by the stem that Porter gives their forms, and beginnings that are no form of any of them.
FORMS = {
    "clean": ["clean", "Cleaning", "cleaned", "cleans"],
    "balconi": ["balcony", "BALCONIES"],
    "window": ["window", "Windows"],
    "chateau": ["château", "chateau"],
    "m²": ["m²"],
    "40": ["40"],
}
STEMS = {form.lower(): stem for stem, forms in FORMS.items() for form in forms} | {"château": "chateau"}
BEGINNINGS = ["cle", "cleanin", "balc", "windo", "chât", "4", "nothing", "w"]
CITIES = ["Ghent", "GHENT", "Liège", "liege", "Saint  Nicolas"]

words = st.sampled_from([form for forms in FORMS.values() for form in forms])
texts = st.lists(words, max_size=4).map(lambda drawn: ", ".join(drawn))
cleanings = st.lists(
    st.fixed_dictionaries(
        {
            "name": texts.filter(bool),
            "description": texts,
            "city": st.sampled_from(CITIES),
            "cleaning_type": st.sampled_from(["dust_up", "spot_clean"]),
            "area": st.sampled_from(["whole_home", "kitchen"]),
            "hourly_rate": st.sampled_from([Decimal("12.00"), Decimal("12.50"), Decimal("30.00")]),
            # In days from today at noon; a start in the past, or a closed cleaning, is in no list.
            "starts_in": st.sampled_from([None, None, -1, 1, 2, 3]),
            "status": st.sampled_from(["open", "open", "open", "closed"]),
            "minute": st.integers(0, 5),
        }
    ),
    max_size=14,
)
asked = st.fixed_dictionaries(
    {},
    optional={
        "q": st.tuples(st.lists(words, max_size=2), words | st.sampled_from(BEGINNINGS)).map(
            lambda drawn: " ".join([*drawn[0], drawn[1]])
        ),
        "type": st.sampled_from(["dust_up", "full_clean"]),
        "area": st.sampled_from(["kitchen", "stairs"]),
        "city": st.sampled_from([*CITIES, "Nowhere"]),
        "min_rate": st.sampled_from(["12.50", "31"]),
        "max_rate": st.sampled_from(["12,50", "12"]),
        "from": st.sampled_from([0, 2]),
        "to": st.sampled_from([0, 1, 2]),
        "sort": st.sampled_from(["newest", "soonest", "highest", "lowest"]),
    },
)


def noon(days):
    return timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=days)


def create(drawn):
    """Rows as the verbs would leave them, with the past that no verb allows."""
    owner, before = create_user("olivia"), timezone.now() - timedelta(days=3)
    rows = []
    for facts in drawn:
        days, minute = facts["starts_in"], facts["minute"]
        more = {name: value for name, value in facts.items() if name not in ("starts_in", "minute")}
        more |= {"starts_at": None if days is None else noon(days), "city_key": city_key(facts["city"])}
        more |= {"created_at": before + timedelta(minutes=minute), "owner": owner, "estimated_hours": 2}
        rows.append(Cleaning(postcode="9000", street_address="Hidden Lane 12", **more))
    Cleaning.objects.bulk_create(rows)
    return list(Cleaning.objects.order_by("pk"))


def plain(text):
    bare = "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))
    return " ".join(bare.lower().split())


def has_words(text, query):
    *whole, last = re.findall(r"\w+", plain(query))
    there = re.findall(r"\w+", plain(text))
    stems = {STEMS[word] for word in there if word in STEMS}
    is_begun = any(word.startswith(last) for word in there)
    return {STEMS[word] for word in whole} <= stems and (STEMS.get(last, last) in stems or is_begun)


def is_wanted(cleaning, query, now):
    day = timezone.localdate(cleaning.starts_at) if cleaning.starts_at else None
    rates = {name: Decimal(query[name].replace(",", ".")) for name in ("min_rate", "max_rate") if name in query}
    first, last = (query[name] for name in ("from", "to"))
    return (
        cleaning.status == "open"
        and (cleaning.starts_at is None or cleaning.starts_at > now)
        and query.get("type", cleaning.cleaning_type) == cleaning.cleaning_type
        and query.get("area", cleaning.area) == cleaning.area
        and ("city" not in query or plain(query["city"]) == plain(cleaning.city))
        and rates.get("min_rate", 0) <= cleaning.hourly_rate <= rates.get("max_rate", 1000)
        and (first is None or (day is not None and day >= first))
        and (last is None or (day is not None and day <= last))
    )


def in_order(found, wanted, query):
    """The finds as a person would sort them, and how many there are."""
    newest = sorted(found, key=lambda cleaning: (cleaning.created_at, cleaning.pk), reverse=True)
    if query.get("sort") == "soonest":
        dated = sorted((each for each in found if each.starts_at), key=lambda each: (each.starts_at, each.pk))
        return dated + sorted((each for each in found if not each.starts_at), key=lambda each: -each.pk)
    if query.get("sort") in ("highest", "lowest"):
        by_rate = sorted(found, key=lambda each: (each.hourly_rate, each.pk))
        return by_rate[::-1] if query["sort"] == "highest" else by_rate
    if "q" not in query or query.get("sort") == "newest":
        return newest
    edge = datetime.min.replace(tzinfo=timezone.get_current_timezone())
    near = sorted((each.created_at for each in wanted), reverse=True)
    if len(found) > listing.MOST_COUNTED:
        edge = near[listing.MOST_COUNTED]
    return sorted(
        newest, key=lambda each: 2 if each.created_at <= edge else 0 if has_words(each.name, query["q"]) else 1
    )


def all_pages(query, size, reader):
    """Each leads back to the one before it, and a place behind the end to the last one."""
    filters = CleaningFilter(QueryDict(urlencode(query)))
    assert not filters.errors

    def page_at(after):
        page = OpenJobs(filters, reader, after=str(after or ""), size=size, is_counted=True)
        return page, [row["pk"] for row in page.rows]

    page, ids = page_at("")
    found, counts = ids, {page.count}
    while page.next:
        before = ids
        page, ids = page_at(page.next)
        found, counts = found + ids, counts | {page.count}
        assert page_at(page.previous)[1] == before
    if len(found) > size:
        last = page.segments[-1]
        values, _ = last.key_of(page.rows[-1])
        behind = Place(len(page.segments) - 1, values, 1 if last.is_descending else 2**31, page.edge)
        assert page_at(behind)[1] == found[-size:]
    return found, counts


@pytest.mark.long
@pytest.mark.parametrize(("walk", "counted"), [(5000, 1000), (3, 2), (1, 4)])
@settings(max_examples=25)
@given(drawn=cleanings, query=asked, size=st.integers(1, 5), is_member=st.booleans())
@example(drawn=[], query={"q": "clean"}, size=3, is_member=False)
def test_pages_hold_what_a_plain_filter_finds_in_its_order(drawn, query, size, is_member, walk, counted, monkeypatch):
    for module, name, number in ((search, "PROBED", walk), (listing, "MOST_COUNTED", counted)):
        monkeypatch.setattr(module, name, number)
    listing.statement_of.cache_clear()
    query.setdefault("from", None)
    query.setdefault("to", None)
    if query["from"] and query["to"] is not None and query["from"] > query["to"]:
        query["to"] = None
    query |= {name: noon(query[name]).date() for name in ("from", "to") if query[name] is not None}
    if {"min_rate", "max_rate"} <= query.keys():
        query.pop("max_rate")
    Cleaning.objects.all()._raw_delete("default")
    wanted = [each for each in create(drawn) if is_wanted(each, query, timezone.now())]
    text = "{0.name} {0.city} {0.description}".format
    found = [each for each in wanted if "q" not in query or has_words(text(each), query["q"])]
    given_in = {name: value for name, value in query.items() if value is not None}
    pages, counts = all_pages(given_in, size, create_user("mia") if is_member else AnonymousUser())
    assert pages == [each.pk for each in in_order(found, wanted, query)]
    assert counts == {min(len(found), counted + 1)}


@pytest.mark.parametrize("limits", [{}, {"MOST_COUNTED": 1}, {"MOST_COUNTED": 1, "MANY": -1, "LEAST": 1}], ids=str)
def test_kept_statements_find_other_words_and_serve_other_readers(limits, monkeypatch):
    for name, number in limits.items():
        monkeypatch.setattr(search if hasattr(search, name) else listing, name, number)
    listing.statement_of.cache_clear()
    mia, noa, nobody = create_user("mia"), create_user("noa"), AnonymousUser()
    attic, cellar, both, of_stan = "Attic", "Cellar", "Attic with a cellar", "Attic of Stan"
    for name in (attic, cellar, both):
        create_cleaning(name=name)
    create_cleaning(name=of_stan, owner=create_user("stan"))
    mia.block(create_user("stan"))

    def names(text, reader):
        rows = OpenJobs(CleaningFilter(QueryDict(urlencode({"q": text}))), reader).rows
        return {Cleaning.objects.get(pk=row["pk"]).name for row in rows}

    assert names("attic", nobody) == {attic, both, of_stan}
    assert names("attic with cellar", nobody) == {both}
    assert names("attic", mia) == {attic, both}
    composed = listing.statement_of.cache_info().misses
    assert names("cellar", nobody) == {cellar, both}
    assert names("attic stan", nobody) == {of_stan}
    assert names("attic", noa) == {attic, both, of_stan}
    assert composed == listing.statement_of.cache_info().misses
