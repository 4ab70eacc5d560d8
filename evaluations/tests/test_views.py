"""The pages of evaluations: for whom, when, what they show, and what stays unread until both have written."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from cleanings.states import HideReason, OfferStatus, ReleaseReason
from evaluations.models import Evaluation
from marketplace.testing import (
    create_cast,
    create_cleaning,
    create_no_show,
    create_offer,
    create_user,
    let_a_day_pass,
    move_start,
    text_of,
)

pytestmark = [pytest.mark.long, pytest.mark.django_db]
SAID = {"overall_rating": "4", "headline": "Sparkling", "comment": "Even the lamps."}
PARTS_SAID = {"professionalism": "5", "completeness": "", "efficiency": "3"}


@pytest.fixture
def job():
    create_cast()
    return create_offer(status=OfferStatus.COMPLETED)


def page_of(offer):
    return f"/cleanings/{offer.cleaning_id}/offers/{offer.cleaner.username}/evaluate/"


def read(client, path, username=""):
    client.logout()
    if username:
        client.force_login(create_user(username))
    return text_of(client.get(path))


def send(client, offer, username, **values):
    client.force_login(create_user(username))
    return client.post(page_of(offer), SAID | values)


def test_an_owner_evaluates_the_cleaner(client, job):
    answer = send(client, job, "olivia", **PARTS_SAID)
    assert (answer.status_code, answer.url) == (302, job.cleaning.get_absolute_url())
    written = Evaluation.objects.get()
    assert (written.subject.username, written.ratings, written.headline) == ("carl", [4, 5, 3], "Sparkling")
    assert "We publish your review of carl on" in client.get(answer.url).content.decode()


def test_a_cleaner_evaluates_the_owner_without_parts(client, job):
    page = read(client, page_of(job), "carl")
    assert ("overall_rating" in page, "professionalism" in page) == (True, False)
    assert send(client, job, "carl", **PARTS_SAID).status_code == 302
    assert Evaluation.objects.get().ratings == [4]


@pytest.mark.parametrize("username", ["stan", "cora", "ada"])
def test_a_forged_evaluation_is_refused(client, job, username):
    assert send(client, job, username).status_code == 403
    assert not Evaluation.objects.exists()
    assert send(client, job, "carl").status_code == 302


def test_nobody_is_led_to_log_in_and_a_made_up_offer_is_not_there(client, job):
    assert client.get(page_of(job)).url.startswith("/accounts/login/")
    client.force_login(job.cleaning.owner)
    assert client.get(page_of(job).replace("/carl/", "/cora/")).status_code == 404


def test_a_repeated_evaluation_meets_how_things_stand_and_changes_nothing(client, job):
    send(client, job, "carl")
    for values in ({}, {"overall_rating": "1"}):
        answer = send(client, job, "carl", **values)
        assert answer.status_code == 409
        assert "You have reviewed olivia for this job" in answer.content.decode()
    assert Evaluation.objects.get().overall_rating == 4
    assert client.get(page_of(job)).url == job.cleaning.get_absolute_url()


def test_past_14_days_the_page_is_gone(client, job):
    with time_machine.travel(timezone.now() + timedelta(days=14.01)):
        assert send(client, job, "carl").status_code == 409
        assert client.get(page_of(job)).status_code == 409


@pytest.mark.parametrize("stars", ["", "0", "6", "five", "4.5", "-1"])
def test_a_rating_that_is_none_is_named_and_the_words_are_kept(client, job, stars):
    answer = send(client, job, "olivia", overall_rating=stars)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.count("Choose an overall rating." if stars == "" else "Choose a rating from 1 to 5.") == 2
    assert "Even the lamps." in page
    assert not Evaluation.objects.exists()


def test_each_star_is_explained_and_none_is_chosen(client, job):
    page = read(client, page_of(job), "olivia")
    for word in ("1 Poor", "2 Fair", "3 Fine", "4 Good", "5 Excellent"):
        assert page.count(word) == 4
    assert chosen_stars(page) == [False] * 5
    refused = send(client, job, "olivia", headline="x" * 200)
    assert chosen_stars(text_of(refused)) == [False, False, False, True, False]


def chosen_stars(page):
    return ["checked" in tag for tag in re.findall('<input[^>]*name="overall_rating"[^>]*>', page)]


@pytest.mark.parametrize("stars", ["4", "9", ""])
def test_with_a_no_show_no_rating_is_kept(client, job, stars):
    send(client, job, "olivia", no_show="on", overall_rating=stars, **PARTS_SAID)
    written = Evaluation.objects.get()
    assert (written.no_show, written.ratings) == (True, [])


def test_a_release_for_a_no_show_leads_to_putting_it_on_record(client):
    create_cast()
    offer = create_offer(status=OfferStatus.ACCEPTED)
    move_start(offer.cleaning, timedelta(hours=-1))
    client.force_login(offer.cleaning.owner)
    released = client.post(f"{offer.get_absolute_url()}release/", {"reason": ReleaseReason.NO_SHOW}, follow=True)
    assert f'href="{page_of(offer)}"' in released.content.decode()
    assert "overall_rating" not in client.get(page_of(offer)).content.decode()
    client.post(page_of(offer), {"comment": "Waited for two hours."})
    with time_machine.travel(timezone.now() + timedelta(days=14.01)):
        page = read(client, "/people/carl/evaluations/")
    assert "Didn’t turn up" in page
    assert "Waited for two hours." in page


def test_how_a_no_show_stands_for_its_cleaner_is_shown_once_it_is_published(client):
    create_cast()
    offer = create_no_show()
    Evaluation.write(offer, by=offer.cleaning.owner, no_show=True)
    sentence = "olivia reviewed you for this job."
    assert sentence not in read(client, offer.get_absolute_url(), "carl")
    with time_machine.travel(timezone.now() + timedelta(days=14.01)):
        assert sentence in read(client, offer.get_absolute_url(), "carl")


def test_a_cleaning_that_was_closed_is_neither_named_nor_linked(client):
    create_cast()
    offer = create_no_show(cleaning=create_cleaning(name="Attic"))
    Evaluation.write(offer, by=offer.cleaning.owner, no_show=True)
    with time_machine.travel(timezone.now() + timedelta(days=14.01)):
        assert "Attic" in read(client, "/people/carl/")
        offer.cleaning.close(by=offer.cleaning.owner)
        for path in ("/people/carl/", "/people/carl/evaluations/"):
            page = read(client, path)
            assert "owner of a job that was closed" in page
            assert "Attic" not in page
            assert offer.cleaning.get_absolute_url() not in page


def test_what_one_side_wrote_is_read_by_nobody_else_until_both_have_written(client, job):
    send(client, job, "olivia")
    pages = ["/people/carl/", "/people/carl/evaluations/", job.cleaning.get_absolute_url(), page_of(job)]
    for username in ("", "carl", "cora", "stan"):
        assert not [path for path in pages if "Sparkling" in read(client, path, username)], username
    send(client, job, "carl", headline="Good coffee")
    for username in ("", "carl", "stan"):
        assert all("Sparkling" in read(client, path, username) for path in pages[:2])
        assert "Good coffee" in read(client, "/people/olivia/", username)


def test_one_alone_is_read_after_14_days(client, job):
    send(client, job, "olivia")
    assert "Sparkling" not in read(client, "/people/carl/")
    with time_machine.travel(timezone.now() + timedelta(days=14.01)):
        assert "Sparkling" in read(client, "/people/carl/")


def test_a_profile_tells_the_mean_with_the_count_and_the_spread(client, job):
    assert "New here" in read(client, "/people/carl/")
    second = create_offer(cleaning=create_cleaning(), status=OfferStatus.COMPLETED)
    for offer, stars in ((job, "4"), (second, "5")):
        send(client, offer, "olivia", overall_rating=stars)
        send(client, offer, "carl")
    page = read(client, "/people/carl/")
    assert '<b>4.5</b><span class="visually-hidden"> of 5</span> · <a href="#reviews">2 reviews</a>' in page
    assert "<figcaption>One of two gave 5 and one gave 4. Nobody gave less.</figcaption>" in page
    assert "New here" not in page


def test_a_review_says_its_words_first_then_stars_and_author_with_the_parts_folded(client, job):
    send(client, job, "olivia", **PARTS_SAID)
    send(client, job, "carl")
    page = read(client, "/people/carl/").partition('<li class="review">')[2]
    told = ["Sparkling", "Even the lamps.", 'class="five"', "4 Good", ">olivia</a>", "owner of", "<summary>In detail"]
    places = [page.index(words) for words in told]
    assert places == sorted(places)
    assert page.index("Professionalism: 5 Excellent · Efficiency: 3 Fine") > places[-1]


def test_a_profile_leads_to_all_reviews_only_where_it_does_not_show_them(client, job, monkeypatch):
    monkeypatch.setattr("evaluations.templatetags.evaluations.NEWEST", 1)
    second, are_offered = create_offer(cleaning=create_cleaning(), status=OfferStatus.COMPLETED), []
    for offer in (job, second):
        send(client, offer, "olivia")
        send(client, offer, "carl")
        page = read(client, "/people/carl/")
        are_offered.append("All reviews of" in page)
        assert page.count('<li class="review">') == 1
    assert are_offered == [False, True]


def test_a_profile_says_what_is_confirmed(client, job):
    assert [words in read(client, "/people/carl/") for words in ("E-mail confirmed", "Member since")] == [True, True]
    job.cleaner.emailaddress_set.update(verified=False)
    assert [words in read(client, "/people/carl/") for words in ("E-mail confirmed", "Member since")] == [False, True]


def test_whoever_has_had_them_can_invite_and_others_only_block_or_report(client, job):
    invite, block = f"/cleanings/new/?like={job.cleaning_id}&amp;for=carl", "/people/carl/block/"
    pages = {name: read(client, "/people/carl/", name) for name in ("olivia", "stan", "carl", "")}
    assert [name for name, page in pages.items() if invite in page] == ["olivia"]
    assert [name for name, page in pages.items() if block in page] == ["olivia", "stan"]
    assert [name for name, page in pages.items() if "/report/?of=profile-carl" in page] == ["olivia", "stan", ""]
    assert [name for name, page in pages.items() if "Edit profile" in page] == ["carl"]


def test_of_a_hidden_one_a_line_is_left(client, job):
    send(client, job, "olivia")
    send(client, job, "carl")
    Evaluation.objects.get(subject=job.cleaner).hide(by=create_user("ada"), reason=HideReason.PRIVATE)
    for path in ("/people/carl/", "/people/carl/evaluations/"):
        page = read(client, path)
        assert re.search("Hidden by our staff: a review of .*Reason: It told something private", page)
        assert "Sparkling" not in page
        assert "<b>4.0</b>" not in page


def test_the_list_is_paged_and_takes_as_many_queries_with_one_as_with_thirty(client, django_assert_num_queries):
    create_cast()
    for number in range(22):
        offer = create_offer(cleaning=create_cleaning(name=f"Job {number}"), status=OfferStatus.COMPLETED)
        Evaluation.write(offer, by=offer.cleaner, overall_rating=5)
        Evaluation.write(offer, by=offer.cleaning.owner, overall_rating=4)
        let_a_day_pass(Evaluation)
        if number in (0, 21):
            with django_assert_num_queries(3):
                client.get("/people/carl/evaluations/")
    first = read(client, "/people/carl/evaluations/")
    second = read(client, f"/people/carl/evaluations/{re.search(r'[?]after=[0-9.]+', first)[0]}")
    assert (first.count("4 Good"), second.count("4 Good")) == (20, 2)
    assert "Job 21" in first
    assert "Job 0" in second


def test_the_newest_is_the_one_that_was_published_last(client, job):
    later = create_offer(cleaning=create_cleaning(), status=OfferStatus.COMPLETED)
    Evaluation.write(job, by=job.cleaning.owner, overall_rating=1, headline="First written")
    Evaluation.write(later, by=later.cleaning.owner, overall_rating=1, headline="Then written")
    for offer in (later, job):
        Evaluation.write(offer, by=offer.cleaner, overall_rating=5)
    page = read(client, "/people/carl/evaluations/")
    assert page.index("First written") < page.index("Then written")


def test_a_closed_account_has_no_evaluations_page_and_its_words_stay(client, job):
    send(client, job, "olivia")
    send(client, job, "carl")
    job.cleaning.owner.is_active = False
    job.cleaning.owner.save(update_fields=["is_active"])
    client.logout()
    assert client.get("/people/olivia/evaluations/").status_code == 404
    page = read(client, "/people/carl/evaluations/")
    assert "Sparkling" in page
    assert "Former member" in page


def test_whose_turn_it_is_stands_on_the_page_of_the_cleaning(client, job):
    page = job.cleaning.get_absolute_url()
    for username, name in (("olivia", "carl"), ("carl", "olivia")):
        assert f"Review {name}" in read(client, page, username)
    for username in ("", "stan", "cora"):
        assert "Review carl" not in read(client, page, username)
    send(client, job, "olivia")
    page = read(client, page, "olivia")
    assert "Review carl" not in page
    assert "We publish it once carl has written too" in page


def test_an_owner_compares_offers_by_the_rating_of_their_cleaners(client, job):
    Evaluation.write(job, by=job.cleaning.owner, overall_rating=3)
    Evaluation.write(job, by=job.cleaner, overall_rating=5)
    cleaning = create_cleaning()
    for username in ("stan", "carl"):
        create_offer(cleaning=cleaning, cleaner=create_user(username))
    path = f"/cleanings/{cleaning.pk}/offers/"
    oldest, rated = (read(client, f"{path}?sort={sort}", "olivia") for sort in ("oldest", "rating"))
    assert "<b>3.0</b>" in oldest
    assert "No reviews yet" in oldest
    assert oldest.index("Accept stan") < oldest.index("Accept carl")
    assert rated.index("Accept carl") < rated.index("Accept stan")


@pytest.mark.parametrize(("stars", "is_open"), [("", False), ("3", True), ("9", True)])
def test_the_details_are_folded_until_one_is_rated_or_refused(client, job, stars, is_open):
    answer = send(client, job, "olivia", overall_rating="", efficiency=stars)
    assert ("<details open>" in answer.content.decode()) is is_open
