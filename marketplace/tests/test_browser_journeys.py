"""The ten journeys that the site is for, each in several modes with the same rows at its end."""

import re
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import User
from accounts.tests.pictures import corners, saved
from cleanings.models import Cleaning, Event
from cleanings.states import Kind
from evaluations.models import Evaluation
from marketplace.testing import PASSWORD, create_cast, create_cleaning, create_offer, create_user, move_start
from marketplace.tests.person import MODES, Person, in_modes
from offers.models import Offer

pytestmark = [pytest.mark.slow, pytest.mark.browser]

STREET = "Hidden Lane 12"
THREE_OFFERS = ["olivia post", "carl offer > olivia", "cora offer > olivia", "stan offer > olivia"]


@pytest.fixture
def person(visit, mode):
    """Somebody at a browser of their own: `person()` is nobody, `person("carl")` is logged in."""
    return lambda username="": Person(visit(username, **MODES[mode]), mode)


@pytest.fixture
def attic(db) -> Cleaning:
    create_cast()
    return create_cleaning(name="Attic")


@pytest.fixture
def three_offers(attic) -> Cleaning:
    """Carl's, Cora's and Stan's for the attic; the last is the cheapest."""
    for name, rate in (("carl", "24"), ("cora", "22.50"), ("stan", "21")):
        create_offer(cleaning=attic, cleaner=create_user(name), hourly_rate=Decimal(rate))
    return attic


def outcome() -> list[str]:
    """The attic with its offers, and what has happened, with who was told of it."""
    cleaning = Cleaning.objects.get()
    offers = ", ".join(
        f"{offer.cleaner} {offer.status} at {offer.hourly_rate}"
        for offer in cleaning.offers.order_by("cleaner__username")
    )
    # Written when a page shows a street or a phone number.
    events = cleaning.events.exclude(kind=Kind.SEE).order_by("pk")
    return [f"{cleaning.status}: {offers}", *map(line_of, events)]


def line_of(event: Event) -> str:
    told = event.notifications.order_by("recipient__username").values_list("recipient__username", flat=True)
    about = event.cleaner if event.cleaner and event.cleaner != event.actor else ""
    return " ".join(
        filter(None, [f"{event.actor} {event.kind} {about}".strip(), event.reason, *(f"> {name}" for name in told)])
    )


def link_in_mail() -> str:
    return re.search(r"http://localhost:8000(/accounts/\S+)", mail.outbox[-1].body)[1]


def log_in(person: Person, login: str, password: str = PASSWORD) -> None:
    person.write("E-mail or username", login)
    person.write("Password", password)
    person.press("Log in")


def written(moment: datetime) -> str:
    """As a field for a date and a time holds it."""
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"


def accept(owner: Person, name: str) -> None:
    owner.open("/dashboard/")
    owner.follow("Compare offers for Attic")
    owner.follow(f"Accept {name}")
    owner.press(f"Accept {name}")
    owner.is_told(f"You chose {name}. We’ve told {name}")


def hear(person: Person, sentence: str) -> None:
    """Open the page that a notification leads to."""
    person.open("/dashboard/")
    person.follow(re.compile("^Notifications"))
    person.press(re.compile(f"^New {sentence}"))


@in_modes("320 x 256", "script off")
def test_1_sign_up_confirm_from_the_mail_log_in_and_log_out(person):
    maria = person()
    maria.open("/")
    maria.follow("Sign up")
    maria.write("Username", "maria")
    maria.write("E-mail address", "maria@example.org")
    maria.write("Password", PASSWORD)
    maria.press("Sign up")
    maria.stands_at("Check your e-mail")
    maria.open(link_in_mail())
    maria.press("Yes, confirm my address")
    maria.is_told("maria@example.org is confirmed")
    log_in(maria, "maria")
    maria.is_told("You are logged in as maria")
    maria.press("Log out")
    maria.is_told("You are logged out")
    user = User.objects.get()
    assert [*user.emailaddress_set.values_list("email", "verified", "primary")] == [("maria@example.org", True, True)]
    assert (user.username, user.is_active, user.check_password(PASSWORD)) == ("maria", True, True)


# A description has none: a browser without the script cuts it where it becomes too long.
FAULTS = {
    "Name": ("", "Enter a name for the job, like “Spring clean of a flat”."),
    "Dusting": ("", "Choose a type of cleaning."),
    "City": ("", "Enter the city."),
    "Postcode": ("", "Enter the postcode."),
    "Street and number": ("", "Enter street and number."),
    "Start": ("2020-01-01T10:00", "Enter a start between now and a year from now, or leave it empty."),
    "Estimated hours": ("30", "Enter between half an hour (0.5) and 24 hours."),
    "Hourly rate": ("a lot", "Enter the rate in euros, like 22.50."),
}


@in_modes("keyboard", "320 x 256")
def test_2_post_with_one_fault_in_each_field_mend_them_post_and_edit(person):
    create_cast()
    starts_at = timezone.now() + timedelta(days=3)
    olivia = person("olivia")
    olivia.open("/dashboard/")
    olivia.follow("Post a job")
    for label, (text, _) in FAULTS.items():
        if text:
            olivia.write(label, text)
    olivia.press("Post the job")
    for label, (text, sentence) in FAULTS.items():
        olivia.mend(sentence, label)
        if text:
            olivia.holds(label, text)
    olivia.write("Name", "Attic")
    olivia.choose("Spot clean")
    olivia.write("Description", "Two rooms")
    olivia.write("City", "Ghent")
    olivia.write("Postcode", "9000")
    olivia.write("Street and number", STREET)
    olivia.write("Start", written(starts_at))
    olivia.write("Estimated hours", "3")
    olivia.write("Hourly rate", "€ 20,00")
    olivia.press("Post the job")
    olivia.is_told("Your job is open.")
    olivia.follow("Change the job")
    olivia.unfold("Supplies and pets (optional)")
    olivia.choose("Yes", "Pets at home")
    olivia.write("Hourly rate", "21")
    olivia.press("Save the job")
    olivia.is_told("Your job is saved.")
    assert outcome() == ["open: ", "olivia post", "olivia edit"]
    values = "name", "cleaning_type", "description", "city", "postcode", "street_address", "estimated_hours", "pets"
    assert Cleaning.objects.values_list(*values).get() == (
        ("Attic", "spot_clean", "Two rooms", "Ghent", "9000", STREET, Decimal(3), "yes")
    )
    cleaning = Cleaning.objects.get()
    assert (written(cleaning.starts_at), cleaning.hourly_rate) == (written(starts_at), Decimal(21))


@in_modes("360 px", "script off")
def test_3_filters_stand_through_pages_a_job_and_the_way_back(person):
    create_cast()
    for number in range(23):
        create_cleaning(name=f"Loft {number}", city="Namur", hourly_rate=Decimal(60 - number))
    create_cleaning(name="Cellar", hourly_rate=Decimal(15))
    nobody = person()
    nobody.open("/")
    nobody.follow("All open jobs")
    nobody.unfold("More filters")
    nobody.write("Where", "NAMUR")
    nobody.select("Sort by", "Highest rate first")
    nobody.press("Show jobs")
    first, second = [f"Loft {number}" for number in range(20)], ["Loft 20", "Loft 21", "Loft 22"]
    filtered = ["23 jobs", "Remove the filter In NAMUR"]
    nobody.reads(*filtered)
    nobody.finds(*first)
    nobody.follow("Next 20")
    nobody.reads(*filtered)
    nobody.finds(*second)
    nobody.follow("Loft 21")
    nobody.stands_at("Loft 21")
    nobody.go_back()
    nobody.reads(*filtered)
    nobody.finds(*second)
    nobody.follow("Previous 20")
    nobody.finds(*first)
    nobody.follow("Remove the filter In NAMUR")
    nobody.reads("24 jobs", "Highest rate first")


@in_modes("keyboard", "script off")
def test_4_a_stranger_makes_an_offer_through_the_log_in_revises_rescinds_and_offers_again(person, attic):
    carl = person()
    carl.open("/")
    carl.follow("Attic")
    carl.follow("Make an offer")
    log_in(carl, "carl")
    carl.stands_at("Make an offer")
    carl.write("Your rate an hour", "24")
    carl.write("Message", "Hello")
    carl.press("Make an offer")
    carl.is_told("Your offer is sent. We’ve told olivia.")
    carl.follow("Change your offer")
    carl.write("Your rate an hour", "21,50")
    carl.press("Change your offer")
    carl.is_told("Your offer is changed. We’ve told olivia.")
    carl.follow("Withdraw your offer")
    carl.press("Withdraw your offer")
    carl.is_told("You withdrew your offer. We’ve told olivia.")
    carl.follow("Make an offer")
    carl.write("Your rate an hour", "23")
    carl.press("Make an offer")
    carl.is_told("Your offer is sent.")
    assert outcome() == [
        "open: carl pending at 23.00",
        "olivia post",
        "carl offer > olivia",
        "carl revise > olivia",
        "carl rescind > olivia",
        "carl offer > olivia",
    ]
    assert Offer.objects.get().message == ""


@in_modes("360 px", "dark")
def test_5_compare_three_offers_sort_and_accept_one_who_alone_sees_the_street_and_prints_a_sheet(person, three_offers):
    olivia = person("olivia")
    olivia.open("/dashboard/")
    olivia.follow("Compare offers for Attic")
    olivia.finds("stan", "cora", "carl", level=2)
    olivia.follow("oldest")
    olivia.finds("carl", "cora", "stan", level=2)
    olivia.follow("Accept cora")
    olivia.press("Accept cora")
    olivia.is_told("You chose cora. We’ve told cora and the two others.")
    cora, carl, stan = map(person, ("cora", "carl", "stan"))
    hear(cora, "You’ve got the job")
    cora.reads("Your job with olivia", STREET)
    for other in (carl, stan):
        other.open("/offers/?show=past")
        other.follow("Attic")
        other.reads("Turned down")
        other.follow("Attic")
        other.reads("Turned down")
        other.reads_nothing_of(STREET)
    assert cora.prints_sheets() == 1
    assert outcome() == [
        "assigned: carl rejected at 24.00, cora accepted at 22.50, stan rejected at 21.00",
        *THREE_OFFERS,
        "olivia accept",
        "olivia accept cora > cora",
        "olivia accept carl > carl",
        "olivia accept stan > stan",
    ]


@in_modes("keyboard", "mouse")
def test_6_a_revised_offer_meets_look_again_and_the_second_of_two_accepts_things_have_changed(person, three_offers):
    olivia, cora = person("olivia"), person("cora")
    page = f"/cleanings/{three_offers.pk}/offers"
    olivia.open(f"{page}/cora/accept/")
    other_tab = olivia.open_tab(f"{page}/carl/accept/")
    cora.open("/offers/?show=pending")
    cora.follow("Change your offer for Attic")
    cora.write("Your rate an hour", "30")
    cora.press("Change your offer")
    cora.is_told("Your offer is changed.")
    olivia.press("Accept cora")
    olivia.is_warned("Look again.")
    olivia.reads("the rate was €22.50 an hour. Now it’s €30 an hour.")
    other_tab.press("Accept carl")
    other_tab.is_told("You chose carl.")
    olivia.press("Accept cora")
    olivia.stands_at("Things have changed")
    olivia.reads("You chose carl at")
    olivia.follow("Go to the job")
    olivia.reads("Your job with carl")
    assert outcome() == [
        "assigned: carl accepted at 24.00, cora rejected at 30.00, stan rejected at 21.00",
        *THREE_OFFERS,
        "cora revise > olivia",
        "olivia accept",
        "olivia accept carl > carl",
        "olivia accept cora > cora",
        "olivia accept stan > stan",
    ]


@in_modes("320 x 256", "dark")
def test_7_move_the_start_of_which_the_cleaner_hears_and_confirms_and_accept(person, attic):
    create_offer(cleaning=attic)
    later = attic.starts_at + timedelta(days=1)
    olivia, carl = person("olivia"), person("carl")
    olivia.open("/dashboard/")
    olivia.follow("My jobs")
    olivia.follow("Attic")
    olivia.follow("Change the job")
    olivia.write("Start", written(later))
    olivia.press("Save the job")
    olivia.is_told("1 offer is waiting for its cleaner to keep it.")
    hear(carl, "This job has changed")
    carl.follow("Keep your offer")
    carl.press("Keep your offer")
    carl.is_told("You kept your offer. We’ve told olivia.")
    accept(olivia, "carl")
    assert outcome() == [
        "assigned: carl accepted at 22.50",
        "olivia post",
        "carl offer > olivia",
        "olivia edit > carl",
        "carl confirm > olivia",
        "olivia accept",
        "olivia accept carl > carl",
    ]
    assert written(Cleaning.objects.get().starts_at) == written(later)


@in_modes("360 px", "script off")
def test_8_cancel_with_a_reason_accept_one_who_is_back_and_release_them_for_a_no_show(person, three_offers):
    Offer.objects.get(cleaner__username="carl").accept(by=three_offers.owner)
    olivia, carl, cora = map(person, ("olivia", "carl", "cora"))
    hear(carl, "You’ve got the job")
    carl.follow("Cancel the job")
    carl.press("Cancel the job")
    carl.mend("Choose a reason.", "I can’t come")
    carl.choose("I can’t come")
    carl.write("Note", "My knee.")
    carl.press("Cancel the job")
    carl.is_told("You cancelled the job. We’ve told olivia and the two cleaners whose offers are back in play.")
    hear(cora, "This job is open again")
    cora.reads("Waiting", "Your offer is back in play")
    accept(olivia, "cora")
    move_start(three_offers, timedelta(hours=-1))
    olivia.open("/cleanings/mine/")
    olivia.follow("Attic")
    olivia.follow("Cancel the job")
    olivia.choose("Didn’t turn up")
    olivia.press("Cancel the job")
    olivia.is_told("You cancelled the job with cora. It’s open again, and one earlier offer is back in play.")
    assert outcome() == [
        "open: carl cancelled at 24.00, cora cancelled at 22.50, stan pending at 21.00",
        *THREE_OFFERS,
        "olivia accept",
        "olivia accept carl > carl",
        "olivia accept cora > cora",
        "olivia accept stan > stan",
        "carl cancel",
        "carl cancel cannot_come > olivia",
        "carl cancel cora > cora",
        "carl cancel stan > stan",
        "olivia accept",
        "olivia accept cora > cora",
        "olivia accept stan > stan",
        "olivia release",
        "olivia release cora no_show > cora",
        "olivia release stan > stan",
    ]


@in_modes("320 x 256", "script off")
def test_9_complete_and_evaluate_each_other_neither_reading_the_first_before_the_second(person, attic):
    create_offer(cleaning=attic, status="accepted")
    move_start(attic, timedelta(hours=-1))
    olivia, carl, nobody = map(person, ("olivia", "carl", ""))
    olivia.open("/dashboard/")
    olivia.follow("Mark as done for Attic")
    olivia.follow("Mark as done")
    olivia.press("Mark as done")
    olivia.is_told("The job is done. We’ve told carl.")
    olivia.follow("Review carl")
    olivia.choose("4 Good", "Overall")
    olivia.write("Headline", "Bright windows")
    olivia.press("Send review")
    olivia.is_told("We publish your review of carl on")
    hear(carl, "olivia reviewed you")
    carl.reads_nothing_of("Bright windows")
    carl.choose("5 Excellent", "Overall")
    carl.write("Headline", "Fresh rolls")
    nobody.open("/people/carl/")
    nobody.reads("New here: no reviews yet")
    nobody.reads_nothing_of("Bright windows")
    carl.press("Send review")
    carl.is_told("Your review of olivia is published, and so is olivia’s of you.")
    for name, mean, headline in (("carl", "4.0 of 5", "Bright windows"), ("olivia", "5.0 of 5", "Fresh rolls")):
        nobody.open(f"/people/{name}/")
        nobody.reads(mean, "1 review", headline)
    assert outcome() == [
        "completed: carl completed at 22.50",
        "olivia post",
        "carl offer > olivia",
        "olivia accept",
        "olivia accept carl > carl",
        "olivia complete",
        "olivia complete carl > carl",
        "olivia evaluate carl > carl",
        "carl evaluate > olivia",
    ]
    said = Evaluation.objects.published().order_by("pk").values_list("author__username", "overall_rating", "headline")
    assert [*said] == [("olivia", 4, "Bright windows"), ("carl", 5, "Fresh rolls")]


@in_modes("mouse", "dark")
def test_10_photo_wrong_too_big_good_and_removed_then_reset_the_password_and_close_the_account(person, media):
    create_user("carl")
    for name, data in {
        "page.jpg": b"<!doctype html>",
        "large.jpg": b"\xff\xd8\xff".ljust(21_000_000),
        "me.png": saved(corners(), "PNG"),
    }.items():
        (media / name).write_bytes(data)
    carl = person("carl")
    carl.open("/dashboard/")
    carl.follow(re.compile("your account$"))
    carl.follow("Photo")
    for name, sentence in {
        "page.jpg": "Choose a JPG, PNG, WebP or AVIF.",
        "large.jpg": "Choose a photo under 20 MB.",
    }.items():
        carl.attach("Photo", media / name)
        carl.press("Save profile")
        carl.mend(sentence, "Photo")
    carl.attach("Photo", media / "me.png")
    carl.sees_the_photo_chosen()
    carl.press("Save profile")
    carl.is_told("Your profile is saved.")
    assert carl.main.locator("img").evaluate("(photo) => photo.decode().then(() => photo.naturalWidth)") == 128
    carl.follow("Edit profile")
    carl.choose("Remove this photo")
    carl.press("Save profile")
    carl.is_told("Your profile is saved.")
    carl.press("Log out")
    carl.follow("Log in")
    carl.follow("Reset a forgotten password")
    carl.write("E-mail address", "carl@example.org")
    carl.press("Send the link")
    carl.stands_at("Check your e-mail")
    carl.open(link_in_mail())
    carl.write("New password", "another-broom-42")
    carl.press("Save new password")
    carl.open("/accounts/login/")
    log_in(carl, "carl", "another-broom-42")
    carl.follow(re.compile("your account$"))
    carl.follow("Close your account")
    carl.write("Password", "another-broom-42")
    carl.press("Close account")
    carl.is_told("Your account is closed")
    user = User.objects.get()
    assert (user.is_active, user.has_usable_password(), user.email, bool(user.profile.photo)) == (
        False,
        False,
        "",
        False,
    )
