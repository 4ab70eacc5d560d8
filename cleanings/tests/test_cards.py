"""Cards of jobs in lists: what all readers see of them, and what each reader alone sees."""

import re
from datetime import timedelta
from decimal import Decimal
from itertools import product
from string import Formatter

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from accounts.photos import PROFILE_PHOTOS
from accounts.tests.pictures import corners, saved
from cleanings.cards import Shape, pattern_of
from cleanings.models import Bookmark
from cleanings.places import Place, Places
from cleanings.states import EVALUATED_WITHIN
from evaluations.models import Evaluation
from marketplace.testing import create_cleaning, create_offer, create_photo, create_user, text_of

pytestmark = [pytest.mark.long, pytest.mark.django_db]


SHAPES = [
    Shape("kitchen", *flags, "tag-pine", can_be_saved, is_saved)
    for *flags, can_be_saved, is_saved in product((False, True), repeat=5)
]


@pytest.fixture
def job():
    return create_cleaning(name="Windows", hourly_rate=Decimal("18.50"), estimated_hours=Decimal("1.5"))


@pytest.fixture
def card(client):
    """The card of a job as a person reads it, in one line."""

    def read(job, username=None, path="/cleanings/"):
        client.logout()
        if username:
            client.force_login(create_user(username))
        page = text_of(client.get(path))
        (found,) = [
            each for each in re.findall(r'<article class="job">.*?</article>', page) if f'"job-{job.pk}"' in each
        ]
        return re.sub(r"\s+", " ", re.sub(r"<(?!img|time|/)[^>]*>|</[^>]*>", "", found))

    return read


def review(owner, stars):
    cleaner = create_user("carl")
    job = create_offer(cleaning=create_cleaning(owner=owner), cleaner=cleaner, status="completed")
    Evaluation.write(job, by=owner, overall_rating=5)
    Evaluation.write(job, by=cleaner, overall_rating=stars)


def test_a_card_says_what_the_job_pays_where_when_and_for_whom(card, job):
    text = card(job)
    for words in (
        "About €27.75 in all",
        "€18.50 an hour",
        "Ghent 9000 · Full clean",
        "1.5 hours",
        "no reviews",
        "today",
    ):
        assert words in text
    assert "Posted by olivia" in text


def test_a_whole_sum_has_no_cents(card):
    text = card(create_cleaning(hourly_rate=Decimal(18), estimated_hours=Decimal(2)))
    assert "€36 in all" in text.replace("About ", "")
    assert "€18 an hour" in text


def test_a_card_shows_the_first_photo_or_else_the_drawing_of_its_area(card):
    job = create_cleaning(area="kitchen")
    assert "img/drawings/kitchen" in card(job)
    assert "Full clean kitchen" in card(job)
    photo = create_photo(cleaning=job, audience="everybody")
    assert f'src="/photos/{photo.pk}/400/"' in card(job)
    assert "drawings" not in card(job)


def test_a_distance_takes_the_place_of_the_postcode(card, job):
    for postcode, latitude in (("9000", "51.050"), ("9050", "51.077")):
        place = {"name": f"Ghent {postcode}", "key": "ghent", "latitude": latitude, "longitude": "3.720"}
        Place.objects.create(country="BE", postcode=postcode, **place)
    Places.refresh()
    assert "Ghent, 3 km · Full clean" in card(job, path="/cleanings/?near=9050")
    assert "Ghent 9000 · Full clean" in card(job, path="/cleanings/?near=9000")


def test_on_kept_patterns_nothing_of_one_person_is_shown_to_another(card, job):
    carl = create_user("carl")
    create_offer(cleaning=job, cleaner=carl, hourly_rate=Decimal("19.50"))
    Bookmark.add(job, by=carl)
    assert "Offered €19.50" in card(job, "carl")
    assert "Saved: remove" in card(job, "carl")
    for username in ("stan", "olivia", None):
        text = card(job, username)
        assert "Offered" not in text
        assert "Saved" not in text
    assert "Yours" in card(job, "olivia")
    for username in ("carl", "stan", None):
        assert "Yours" not in card(job, username)
    assert ("Save" in card(job, "stan"), "Save" in card(job, "olivia"), "Save" in card(job)) == (True, False, False)


def test_a_card_follows_its_job_and_its_owner(card, job):
    olivia = job.owner
    assert "no reviews" in card(job)
    review(olivia, 4)
    assert "4.0" in card(job)
    review(olivia, 5)
    assert "4.5" in card(job)
    olivia.profile.full_name = "Olivia Janssens"
    olivia.profile.save_changes(["full_name"])
    assert "Posted by Olivia Janssens" in card(job)
    job.edit(by=olivia, name="Balcony doors")
    assert "Balcony doors" in card(job)


@pytest.mark.parametrize("username", [None, "stan"])
def test_a_card_counts_a_review_once_it_is_published(card, username):
    job, cleaner = create_cleaning(starts_in=None), create_user("carl")
    done = create_offer(cleaning=create_cleaning(owner=job.owner), cleaner=cleaner, status="completed")
    Evaluation.write(done, by=cleaner, overall_rating=4)
    assert "no reviews" in card(job, username)
    with time_machine.travel(timezone.now() + EVALUATED_WITHIN, tick=False):
        assert "4.0" in card(job, username)


@pytest.mark.django_db(transaction=True)
def test_a_card_follows_the_photo_of_its_owner_and_whether_it_is_hidden(card, job):
    profile = job.owner.profile
    assert card(job).count("<img") == 1
    profile.set_photo(PROFILE_PHOTOS.clean(ContentFile(saved(corners(), "PNG"))))
    assert profile.small_photo in card(job)
    profile.hide(by=create_user("ada", is_staff=True, is_superuser=True))
    assert card(job).count("<img") == 1


def test_a_list_takes_two_queries(card, client, django_assert_num_queries):
    for number in range(3):
        create_cleaning(owner=create_user(f"owner{number}"))
    client.get("/cleanings/")
    with django_assert_num_queries(2):
        client.get("/cleanings/")


def test_a_short_word_with_a_hyphen_is_not_split(client):
    create_cleaning(name="Oven before my in-laws come")
    assert '<span class="text-nowrap">in-laws</span>' in client.get("/cleanings/").content.decode()


def test_the_addresses_on_a_card_are_those_of_its_job(client, job):
    photo = create_photo(cleaning=job, audience="everybody")
    client.force_login(create_user("stan"))
    addresses = [reverse(f"cleanings:{name}", args=[job.pk]) for name in ("detail", "save", "unsave")]
    page = text_of(client.get("/cleanings/"))
    Bookmark.add(job, by=create_user("stan"))
    page += text_of(client.get("/cleanings/"))
    for address in (*addresses, reverse("cleanings:photo_small", args=[photo.pk])):
        assert f'"{address}"' in page


def test_braces_in_words_stay_as_they_are_typed(card):
    owner = create_user("olivia")
    owner.profile.full_name = "{owner} Janssens"
    owner.profile.save_changes(["full_name"])
    text = card(create_cleaning(owner=owner, name="Oven {name} & {0}", city="{pk}"))
    assert "Oven {name} &amp; {0}" in text
    assert "{pk} 9000" in text.replace("\xa0", " ")
    assert "Posted by {owner} Janssens" in text


@pytest.mark.parametrize("shape", SHAPES)
def test_the_markup_of_a_card_has_no_braces_but_those_that_are_filled_in(shape):
    names = {name for _, name, _, _ in Formatter().parse(pattern_of(shape)) if name is not None}
    assert names >= {"pk", "name", "town", "when", "total", "owner", "age"}
    assert ("photo" in names, "small_photo" in names, "mean" in names) == shape[1:4]


def test_a_kept_card_is_of_one_day(card, job):
    assert "today" in card(job)
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        assert "yesterday" in card(job)
