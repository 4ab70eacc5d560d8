"""What the pages of offers say."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Profile
from cleanings.states import OfferStatus
from core.views import KeysetListView
from marketplace.testing import (
    create_cast,
    create_cleaning,
    create_no_show,
    create_offer,
    create_user,
    move_start,
    text_of,
)
from offers.models import Offer

pytestmark = [pytest.mark.long, pytest.mark.django_db]


@pytest.fixture
def cast():
    return create_cast()


@pytest.fixture
def logged_in(client, cast):
    """Logs one of the cast in and returns their client."""

    def log_in(name):
        client.force_login(next(person for person in cast if person.username == name))
        return client

    return log_in


def test_the_accept_page_says_whom_one_chooses_and_who_is_notified(logged_in, cast):
    cleaning = create_cleaning()
    offer = create_offer(cleaning=cleaning)
    create_offer(cleaning=cleaning, cleaner=cast[2])
    page = text_of(logged_in("olivia").get(f"{offer.get_absolute_url()}accept/"))
    assert "Accept carl’s offer?" in page
    assert "<b>€67.50 in all</b><small>€22.50 an hour</small>" in page
    assert "We’ll tell the one other cleaner that you chose someone else." in page
    assert 'name="revision" value="1"' in page


def test_an_offer_revised_meanwhile_is_shown_again_before_it_is_accepted(logged_in, cast):
    offer = create_offer()
    Offer.objects.get().revise(by=cast[1], hourly_rate=Decimal("40"))
    answer = logged_in("olivia").post(f"{offer.get_absolute_url()}accept/", {"revision": "1"})
    assert answer.status_code == 409
    assert "Look again." in text_of(answer)
    assert "the rate was €22.50 an hour. Now it’s €40 an hour." in text_of(answer)
    assert 'name="revision" value="2"' in text_of(answer)
    assert Offer.objects.get().status == "pending"


@pytest.mark.parametrize("revision", ["", "0", "-1", "abc", "2", "9" * 40, "1.0", "١"])
def test_an_accept_without_the_revision_shown_is_refused(logged_in, revision):
    offer = create_offer()
    answer = logged_in("olivia").post(f"{offer.get_absolute_url()}accept/", {"revision": revision})
    assert (answer.status_code, Offer.objects.get().status) == (409, "pending")
    logged_in("olivia").post(f"{offer.get_absolute_url()}accept/", {"revision": "1"})
    assert Offer.objects.get().status == "accepted"


def test_a_double_click_on_accept_lands_on_the_result_twice(logged_in):
    offer = create_offer()
    answers = [logged_in("olivia").post(f"{offer.get_absolute_url()}accept/", {"revision": "1"}) for _ in range(2)]
    assert [(answer.status_code, answer.url) for answer in answers] == [(302, f"/cleanings/{offer.cleaning_id}/")] * 2


def test_a_move_that_came_too_late_shows_how_things_stand(logged_in, cast):
    cleaning = create_cleaning(name="Attic")
    late = create_offer(cleaning=cleaning, cleaner=cast[2])
    create_offer(cleaning=cleaning, status=OfferStatus.ACCEPTED)
    answer = logged_in("olivia").post(f"{late.get_absolute_url()}accept/", {"revision": "1"})
    assert answer.status_code == 409
    assert "Someone has been chosen." in text_of(answer)
    assert "Taken" in text_of(answer)
    assert "You chose" in text_of(answer)
    assert "See all offers" in text_of(answer)


def test_who_has_a_pending_offer_is_led_to_it(logged_in):
    offer = create_offer()
    answer = logged_in("carl").get(f"/cleanings/{offer.cleaning_id}/offers/new/")
    assert (answer.status_code, answer.url) == (302, offer.get_absolute_url())


@pytest.mark.parametrize("status", [OfferStatus.REJECTED, OfferStatus.CANCELLED])
def test_who_was_rejected_or_cancelled_meets_a_conflict(logged_in, status):
    offer = create_offer(status=status)
    assert logged_in("carl").get(f"/cleanings/{offer.cleaning_id}/offers/new/").status_code == 409


def test_the_owner_compares_by_rate_or_oldest_first(logged_in, cast):
    cleaning = create_cleaning()
    create_offer(cleaning=cleaning, cleaner=cast[1], hourly_rate=Decimal("30"))
    create_offer(cleaning=cleaning, cleaner=cast[2], hourly_rate=Decimal("18"))
    create_offer(cleaning=cleaning, cleaner=cast[3], status=OfferStatus.RESCINDED)
    olivia, path = logged_in("olivia"), f"/cleanings/{cleaning.pk}/offers/"
    answer = olivia.get(path)
    assert [offer.cleaner.username for offer, _ in answer.context["in_play"]] == ["cora", "carl"]
    assert answer.context["over"] == []
    assert "€2 less than asked" in text_of(answer)
    assert "€10 more than asked" in text_of(answer)
    oldest = olivia.get(f"{path}?sort=oldest")
    assert [offer.cleaner.username for offer, _ in oldest.context["in_play"]] == ["carl", "cora"]


def test_an_outdated_offer_has_its_reason_in_the_place_of_accept(logged_in, cast):
    offer = create_offer()
    offer.cleaning.edit(by=cast[0], starts_at=None, street_address="Other Lane 3")
    page = text_of(logged_in("olivia").get(f"/cleanings/{offer.cleaning_id}/offers/"))
    assert "Made before you changed the start and the street and number. You can accept it once carl keeps it." in page
    assert "Accept carl" not in page
    assert "Turn down" in page


def test_an_offer_that_an_agreed_rate_left_behind_names_no_changes(logged_in, cast):
    cleaning = create_cleaning()
    create_offer(cleaning=cleaning, cleaner=cast[2])
    chosen = create_offer(cleaning=cleaning, status=OfferStatus.ACCEPTED)
    chosen.suggest(by=chosen.cleaner, hourly_rate=30).agree(by=cast[0])
    chosen.refresh_from_db()
    chosen.release(by=cast[0], reason="other")
    page = text_of(logged_in("olivia").get(f"/cleanings/{cleaning.pk}/offers/"))
    assert "Made before the job changed. You can accept it once cora keeps it." in page


def test_my_offers_are_in_three_lists_without_the_rescinded(logged_in):
    for status in OfferStatus:
        create_offer(cleaning=create_cleaning(name=f"The {status} one"), status=status)
    carl = logged_in("carl")
    shown = {
        name: {offer.status for offer, *_ in carl.get(f"/offers/?show={name}").context["rows"]}
        for name in ("ahead", "pending", "past")
    }
    assert shown == {
        "ahead": {"accepted"},
        "pending": {"pending"},
        "past": {"rejected", "cancelled", "completed"},
    }


def test_the_accepted_cleaner_gets_street_and_phone_and_the_rejected_one_does_not(logged_in, cast):
    olivia, carl, cora, *_ = cast
    olivia.profile.phone_number = "+32 2 555 12 34"
    olivia.profile.save()
    cleaning = create_cleaning()
    create_offer(cleaning=cleaning, cleaner=cora)
    create_offer(cleaning=cleaning, cleaner=carl, status=OfferStatus.ACCEPTED)
    pages = {name: text_of(logged_in(name).get(f"/cleanings/{cleaning.pk}/")) for name in ("carl", "cora", "stan")}
    assert {name: "Hidden Lane 12" in page for name, page in pages.items()} == {
        "carl": True,
        "cora": False,
        "stan": False,
    }
    assert {name: "+32 2 555 12 34" in page for name, page in pages.items()} == {
        "carl": True,
        "cora": False,
        "stan": False,
    }
    assert 'href="tel:+3225551234"' in pages["carl"]


def test_the_owner_gets_the_phone_of_the_accepted_cleaner(logged_in, cast):
    carl = cast[1]
    carl.profile.phone_number = "+32 9 111 22 33"
    carl.profile.save()
    offer = create_offer(status=OfferStatus.ACCEPTED)
    assert "+32 9 111 22 33" in text_of(logged_in("olivia").get(offer.cleaning.get_absolute_url()))


def test_whose_move_it_is_comes_before_what_was_typed(logged_in):
    offer = create_offer(status=OfferStatus.ACCEPTED)
    assert logged_in("carl").post(f"{offer.get_absolute_url()}release/").status_code == 403
    assert "Choose a reason." in text_of(logged_in("olivia").post(f"{offer.get_absolute_url()}release/"))


def test_a_release_says_how_many_offers_count_again(logged_in, cast):
    cleaning = create_cleaning()
    create_offer(cleaning=cleaning, cleaner=cast[2], status=OfferStatus.RESCINDED)
    create_offer(cleaning=cleaning, cleaner=cast[3])
    offer = create_offer(cleaning=cleaning, status=OfferStatus.ACCEPTED)
    page = text_of(logged_in("olivia").get(f"{offer.get_absolute_url()}release/"))
    assert "One earlier offer is back in play, and we’ll tell its cleaner." in page


def test_a_card_counts_the_jobs_that_its_cleaner_completed(logged_in):
    create_offer(status=OfferStatus.COMPLETED)
    offer = create_offer()
    assert "1 job done" in text_of(logged_in("olivia").get(f"/cleanings/{offer.cleaning_id}/offers/"))


def test_whether_a_move_is_possible_comes_before_what_was_typed(logged_in):
    offer = create_offer(status=OfferStatus.REJECTED)
    carl, wrong = logged_in("carl"), {"hourly_rate": "abc", "message": "I would still come."}
    answer = carl.post(f"/cleanings/{offer.cleaning_id}/offers/new/", wrong)
    assert answer.status_code == 409
    assert "I would still come." in text_of(answer)
    olivia = logged_in("olivia")
    assert olivia.post(f"/cleanings/{offer.cleaning_id}/offers/new/", wrong).status_code == 403
    assert olivia.post(f"{offer.get_absolute_url()}release/").status_code == 409


def test_an_accept_page_from_before_a_confirmed_change_shows_the_change(logged_in, cast):
    offer = create_offer()
    offer.cleaning.edit(by=cast[0], estimated_hours=Decimal("20"))
    offer.confirm(by=cast[1], version=2)
    answer = logged_in("olivia").post(f"{offer.get_absolute_url()}accept/", {"revision": "1", "version": "1"})
    assert answer.status_code == 409
    assert "<td>3 hours</td><td>20 hours</td>" in text_of(answer)


def test_a_page_from_two_revisions_ago_names_the_rate_that_it_showed(logged_in, cast):
    offer = create_offer()
    for rate in ("30", "40"):
        Offer.objects.get().revise(by=cast[1], hourly_rate=rate)
    answer = logged_in("olivia").post(f"{offer.get_absolute_url()}accept/", {"revision": "2"})
    assert "the rate was €30 an hour. Now it’s €40 an hour." in text_of(answer)


def test_an_offer_s_own_lines_speak_to_its_reader(logged_in):
    offer = create_offer()
    assert "You offered €22.50 an hour." in text_of(logged_in("carl").get(offer.get_absolute_url()))
    assert "carl offered €22.50 an hour." in text_of(logged_in("olivia").get(offer.get_absolute_url()))


def test_a_revived_offer_says_so_to_its_cleaner_with_keep_and_rescind_at_hand(logged_in, cast):
    olivia, carl, cora, *_ = cast
    coras = create_offer(cleaning=create_cleaning(), cleaner=cora)
    revive(coras, olivia, carl)
    page = text_of(logged_in("cora").get(coras.get_absolute_url()))
    assert (
        "Your offer is back in play, because the chosen cleaner is gone. Do nothing to keep it, or withdraw it." in page
    )
    assert "Withdraw your offer" in page
    assert "is back in play, because" not in logged_in("olivia").get(coras.get_absolute_url()).content.decode()
    assert [offer.is_revived for offer in coras.cleaning.offers.order_by("pk")] == [True, False]
    coras.revise(by=cora, hourly_rate="23")
    assert "is back in play, because" not in logged_in("cora").get(coras.get_absolute_url()).content.decode()


def test_a_job_that_ended_for_a_no_show_leads_its_cleaner_to_the_answer(cast, logged_in):
    page = logged_in("carl")
    of_no_show, of_cancelled = create_no_show(), create_offer(status=OfferStatus.CANCELLED)
    assert "Answer the no-show" in page.get(of_no_show.cleaning.get_absolute_url()).content.decode()
    assert "Answer the no-show" not in page.get(of_cancelled.cleaning.get_absolute_url()).content.decode()


def test_a_revived_offer_for_other_terms_says_what_its_cleaner_can_do(cast, logged_in):
    olivia, carl, cora, *_ = cast
    coras = create_offer(cleaning=create_cleaning(), cleaner=cora)
    coras.cleaning.edit(by=olivia, hourly_rate="30")
    revive(coras, olivia, carl)
    gone, out = (
        "Your offer is back in play, because the chosen cleaner is gone.",
        "Your offer was made before the job changed.",
    )
    page = text_of(logged_in("cora").get(coras.get_absolute_url()))
    assert f"{gone} Keep it for the changed job, change it or withdraw it.</p>" in page
    assert f"{out} Keep it or change it" in page
    move_start(coras.cleaning, timedelta(hours=-1))
    page = text_of(logged_in("cora").get(coras.get_absolute_url()))
    assert f"{gone}</p>" in page
    assert f"{out} The start has passed, so you can’t keep it unless olivia moves the start." in page


def revive(offer, owner, other):
    chosen = create_offer(cleaning=offer.cleaning, cleaner=other)
    chosen.accept(by=owner)
    chosen.cancel(by=other, reason="other")
    offer.refresh_from_db()


def test_the_username_is_beside_every_name_that_is_another_word(logged_in, cast):
    cleaning = create_cleaning()
    for person in cast[1:3]:
        create_offer(cleaning=cleaning, cleaner=person)
    Profile.objects.filter(user=cast[1]).update(full_name="Cora")
    answer = logged_in("olivia").get(f"/cleanings/{cleaning.pk}/offers/")
    assert ["· carl" in text_of(answer), "· cora" in text_of(answer)] == [True, False]


@pytest.mark.parametrize(
    ("number", "heading"),
    [(0, "No offers yet"), (1, "One offer to choose from"), (3, "Three offers to choose from")],
)
def test_the_heading_counts_what_the_owner_can_choose_from(logged_in, number, heading):
    cleaning = create_cleaning()
    for place in range(number):
        create_offer(cleaning=cleaning, cleaner=create_user(f"cleaner{place}"))
    assert f"<h1>{heading}</h1>" in text_of(logged_in("olivia").get(f"/cleanings/{cleaning.pk}/offers/"))


def test_the_heading_counts_the_offers_of_other_pages_too(logged_in, monkeypatch):
    monkeypatch.setattr(KeysetListView, "size", 2)
    cleaning = create_cleaning()
    for place in range(3):
        create_offer(cleaning=cleaning, cleaner=create_user(f"cleaner{place}"))
    assert "<h1>Three offers" in text_of(logged_in("olivia").get(f"/cleanings/{cleaning.pk}/offers/"))


def test_whoever_was_chosen_is_in_the_heading_and_what_was_turned_down_is_folded(logged_in, cast):
    cleaning = create_cleaning()
    create_offer(cleaning=cleaning, cleaner=cast[2])
    create_offer(cleaning=cleaning, status=OfferStatus.ACCEPTED)
    page = text_of(logged_in("olivia").get(f"/cleanings/{cleaning.pk}/offers/"))
    assert "<h1>You chose carl</h1>" in page
    assert "<summary>Turned down or cancelled (1)</summary>" in page
    assert "rate-line" not in page


def test_the_most_experienced_come_first_by_jobs_done(logged_in, cast):
    create_offer(cleaner=cast[2], status=OfferStatus.COMPLETED)
    cleaning = create_cleaning()
    for person in cast[1:3]:
        create_offer(cleaning=cleaning, cleaner=person)
    answer = logged_in("olivia").get(f"/cleanings/{cleaning.pk}/offers/?sort=jobs")
    assert [offer.cleaner.username for offer, _ in answer.context["in_play"]] == ["cora", "carl"]


@pytest.mark.parametrize(
    ("others", "told"),
    [(0, "We’ve told carl."), (1, "We’ve told carl and one other."), (3, "We’ve told carl and the three others.")],
)
def test_whoever_accepts_reads_who_has_been_told(logged_in, others, told):
    offer = create_offer()
    for place in range(others):
        create_offer(cleaning=offer.cleaning, cleaner=create_user(f"cleaner{place}"))
    answer = logged_in("olivia").post(f"{offer.get_absolute_url()}accept/", {"revision": "1"}, follow=True)
    assert f"You chose carl. {told}" in text_of(answer)
    assert answer.request["PATH_INFO"] == offer.cleaning.get_absolute_url()


@pytest.mark.parametrize(
    ("others", "rest"),
    [
        (0, "It’s open again."),
        (1, "It’s open again, and one earlier offer is back in play."),
        (2, "It’s open again, and two earlier offers are back in play."),
    ],
)
def test_whoever_cancels_with_a_cleaner_reads_what_is_back_in_play(logged_in, others, rest):
    offer = create_offer()
    for place in range(others):
        create_offer(cleaning=offer.cleaning, cleaner=create_user(f"cleaner{place}"))
    offer.accept(by=offer.cleaning.owner)
    answer = logged_in("olivia").post(f"{offer.get_absolute_url()}release/", {"reason": "other"}, follow=True)
    assert f"You cancelled the job with carl. {rest}" in text_of(answer)
    assert answer.request["PATH_INFO"] == f"/cleanings/{offer.cleaning_id}/offers/"


def test_a_conflict_says_who_was_chosen_and_leads_on(logged_in, cast):
    cleaning = create_cleaning()
    late = create_offer(cleaning=cleaning, cleaner=cast[2])
    chosen = create_offer(cleaning=cleaning, status=OfferStatus.ACCEPTED)
    page = text_of(logged_in("olivia").post(f"{late.get_absolute_url()}accept/", {"revision": "1"}))
    assert 'You chose <a href="/people/carl/">carl</a> at' in page
    assert "€22.50 an hour, about €67.50 in all" in page
    assert [label in page for label in ("Go to the job", "Write to carl", "See all offers")] == [True] * 3
    page = text_of(logged_in("carl").get(f"{chosen.get_absolute_url()}edit/"))
    assert [label in page for label in ("Go to the job", "Write to olivia", "My offers")] == [True] * 3
    assert "See all offers" not in page


def test_each_side_of_an_offer_reads_what_comes_next(logged_in, cast):
    offer = create_offer()
    page = text_of(logged_in("carl").get(offer.get_absolute_url()))
    assert "olivia can accept it or turn it down. We’ll tell you either way." in page
    page = text_of(logged_in("olivia").get(offer.get_absolute_url()))
    assert "Accept it, and carl has the job. We’ll tell everyone who made an offer." in page
    assert "<b>€67.50</b> <small>in all, at €22.50 an hour</small>" in page


def test_a_row_of_my_offers_has_the_pay_and_the_next_act(logged_in):
    offer = create_offer(status=OfferStatus.ACCEPTED)
    page = text_of(logged_in("carl").get("/offers/"))
    assert "<b>€67.50</b> <small>€22.50 an hour</small>" in page
    assert f'href="{offer.cleaning.get_absolute_url()}">See the job<' in page


def test_the_first_word_of_a_name_is_on_buttons(logged_in, cast):
    offer = create_offer()
    Profile.objects.filter(user=cast[1]).update(full_name="Carl De Smet")
    page = text_of(logged_in("olivia").get(f"{offer.get_absolute_url()}accept/"))
    assert ">Accept Carl</button>" in page
    assert "<b>Carl De Smet</b>" in page


@pytest.mark.parametrize("status", [OfferStatus.PENDING, OfferStatus.REJECTED])
def test_earlier_offers_are_unfolded_where_there_is_none_to_choose(logged_in, status):
    page = logged_in("olivia").get(f"/cleanings/{create_offer(status=status).cleaning_id}/offers/").content.decode()
    assert ("<details open>" in page) is (status == OfferStatus.REJECTED)


def test_a_page_without_offers_leads_on_to_the_job(logged_in):
    cleaning = create_cleaning()
    page = text_of(logged_in("olivia").get(f"/cleanings/{cleaning.pk}/offers/"))
    assert f'<a class="btn btn-primary" href="{cleaning.get_absolute_url()}">Go to the job</a>' in page


def test_a_cleaner_who_was_turned_down_is_led_to_other_jobs(logged_in):
    offer = create_offer(status=OfferStatus.REJECTED)
    assert 'href="/cleanings/">Find jobs</a></div>' in text_of(logged_in("carl").get(offer.get_absolute_url()))


def test_an_owner_who_turned_an_offer_down_is_led_to_the_others(logged_in):
    offer = create_offer(status=OfferStatus.REJECTED)
    link = f'href="/cleanings/{offer.cleaning_id}/offers/">See all offers</a>'
    assert link in text_of(logged_in("olivia").get(offer.get_absolute_url()))
    assert link not in text_of(logged_in("carl").get(offer.get_absolute_url()))


def test_a_cleaner_whose_job_was_cancelled_is_led_to_other_jobs(logged_in):
    offer = create_offer(status=OfferStatus.CANCELLED)
    assert 'href="/cleanings/">Find jobs</a>' in text_of(logged_in("carl").get(offer.get_absolute_url()))
    assert 'href="/cleanings/">Find jobs</a>' not in text_of(logged_in("olivia").get(offer.get_absolute_url()))


def test_a_closed_job_without_offers_expects_none(logged_in):
    cleaning = create_cleaning()
    cleaning.close(by=cleaning.owner)
    assert "<h1>No offers</h1>" in text_of(logged_in("olivia").get(f"/cleanings/{cleaning.pk}/offers/"))


def test_an_offer_that_is_done_has_one_filled_button(logged_in):
    page = logged_in("olivia").get(create_offer(status=OfferStatus.COMPLETED).get_absolute_url())
    assert page.content.decode().count("btn btn-primary") == 1


@pytest.mark.parametrize(("status", "is_quiet"), [("completed", False), ("rejected", True), ("cancelled", True)])
def test_pay_that_was_not_earned_is_quiet(cast, client, status, is_quiet):
    offer = create_offer(status=status)
    client.force_login(offer.cleaner)
    assert ("pay muted" in client.get("/offers/?show=past").content.decode()) is is_quiet
