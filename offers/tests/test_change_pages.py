"""The pages of a change: what they show to whom, and what they do with what is sent."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from cleanings.models import Event
from cleanings.states import Kind, OfferStatus
from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, move_start, text_of
from offers.changes import Change
from offers.models import Offer

pytestmark = [pytest.mark.long, pytest.mark.django_db]

ANSWERS = ("agree", "decline", "withdraw")


@pytest.fixture
def job():
    """Carl's accepted offer on Olivia's cleaning."""
    create_cast()
    return create_offer(cleaning=create_cleaning(), status=OfferStatus.ACCEPTED)


@pytest.fixture
def client_for(client, job):
    def log_in(name):
        client.force_login(create_user(name))
        return client

    return log_in


def address(job, answer=""):
    return f"{job.get_absolute_url()}change/{answer and f'{answer}/'}"


def in_form(moment):
    return f"{timezone.localtime(moment):%Y-%m-%dT%H:%M}"


def fields_of(page):
    """What a browser sends of the form that suggests a change, when nothing is typed."""
    form = page.context["form"]
    shown = {field.html_name: field.value() for field in form.visible_fields()}
    shown["starts_at"] = in_form(form.instance.starts_at)
    return {name: "" if value is None else str(value) for name, value in shown.items()} | dict(form.seen_values)


def suggested(job):
    return [change.terms for change in Change.objects.open().filter(offer=job)]


@pytest.mark.parametrize("answer", ["", *ANSWERS])
def test_pages_are_for_the_two_of_the_job(client_for, job, answer):
    path = address(job, answer)
    statuses = {}
    for name in ("olivia", "carl", "cora", "stan", "ada"):
        client = client_for(name)
        statuses[name] = {getattr(client, method)(path).status_code for method in ("get", "post")}
    expected = {302, 409} if answer else {200}
    assert statuses == {"olivia": expected, "carl": expected, "cora": {403}, "stan": {403}, "ada": {403}}
    client = client_for("carl")
    assert client.put(path).status_code == 405
    client.logout()
    assert {client.get(path).url, client.post(path).url} == {f"/accounts/login/?next={path}"}


@pytest.mark.parametrize("answer", ["", *ANSWERS])
def test_a_closed_job_has_no_pages_for_strangers(client_for, answer):
    offer = create_offer(cleaning=create_cleaning())
    assert client_for("stan").get(address(offer, answer)).status_code == 403
    offer.cleaning.close(by=offer.cleaning.owner)
    assert client_for("stan").get(address(offer, answer)).status_code == 404


@pytest.mark.parametrize("status", sorted({*OfferStatus} - {OfferStatus.ACCEPTED}))
def test_nothing_is_suggested_for_a_job_that_is_not_agreed(client_for, status):
    offer = create_offer(cleaning=create_cleaning(), cleaner=create_user("cora"), status=status)
    client = client_for("cora")
    answers = [client.get(address(offer)), client.post(address(offer), {"estimated_hours": "5"})]
    assert ([answer.status_code for answer in answers], Change.objects.count()) == ([409, 409], 0)


def test_the_form_holds_what_is_agreed(client_for, job):
    form = client_for("carl").get(address(job)).context["form"]
    shown = {name: form[name].initial for name in ("starts_at", "estimated_hours", "hourly_rate")}
    start = job.cleaning.starts_at.replace(microsecond=0)
    assert shown == {"starts_at": start, "estimated_hours": 3, "hourly_rate": Decimal("22.50")}


def test_only_what_was_changed_is_suggested(client_for, job):
    client, start = client_for("carl"), job.cleaning.starts_at + timedelta(days=1)
    sent = fields_of(client.get(address(job))) | {"starts_at": in_form(start), "note": "My car is away."}
    answer = client.post(address(job), sent, follow=True)
    change = Change.objects.get()
    assert (set(change.terms), in_form(change.values["starts_at"])) == ({"starts_at"}, in_form(start))
    assert (change.by, change.note) == (job.cleaner, "My car is away.")
    assert answer.redirect_chain == [(address(job), 302)]
    assert "Your suggestion is sent. We’ve told olivia." in text_of(answer)


def test_what_is_not_sent_is_not_suggested(client_for, job):
    client_for("olivia").post(address(job), {"estimated_hours": "4.5"})
    assert suggested(job) == [{"estimated_hours": "4.50"}]


def test_a_form_with_nothing_changed_is_refused(client_for, job):
    client = client_for("olivia")
    sent = fields_of(client.get(address(job)))
    for values in (sent, sent | {"note": "Hello"}, {}, {"hourly_rate": "22,50", "starts_at": sent["starts_at"]}):
        answer = client.post(address(job), values)
        assert answer.context["form"].errors == {
            "__all__": ["That’s what you agreed already. Change at least one thing."]
        }
    assert suggested(job) == []
    client.post(address(job), sent | {"pets": "yes"})
    assert suggested(job) == [{"pets": "yes"}]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("starts_at", "", "Enter the new start. It can be moved, but not left empty."),
        ("starts_at", "2020-01-01T10:00", "Enter a start between now and a year from now."),
        ("starts_at", "soon", "Enter a start like 24/11/2026 14:00, or leave it empty."),
        ("estimated_hours", "", "Enter between half an hour (0.5) and 24 hours."),
        ("estimated_hours", "25", "Enter between half an hour (0.5) and 24 hours."),
        ("hourly_rate", "0", "Enter a rate between 1.00 and 1,000.00."),
        ("cleaning_type", "x", "Choose a type of cleaning."),
        ("city", "", "Enter the city."),
        ("note", "x" * 501, "Use at most 500 characters."),
    ],
)
def test_what_no_job_can_have_is_refused_beside_its_field(client_for, job, name, value, sentence):
    client = client_for("olivia")
    sent = fields_of(client.get(address(job))) | {"pets": "no", name: value}
    answer = client.post(address(job), sent)
    assert (answer.status_code, answer.context["form"].errors) == (200, {name: [sentence]})
    assert suggested(job) == []


def test_a_start_can_be_set_where_there_is_none(client_for, job):
    move_start(job.cleaning, None)
    client_for("carl").post(address(job), {"starts_at": "", "pets": "yes"})
    assert suggested(job) == [{"pets": "yes"}]
    start = in_form(timezone.now() + timedelta(days=2))
    client_for("carl").post(address(job), {"starts_at": start})
    assert [in_form(change.values["starts_at"]) for change in Change.objects.open()] == [start]


def test_the_place_is_the_owner_s_to_suggest(client_for, job):
    place = {"city", "postcode", "street_address"}
    assert place.isdisjoint(client_for("carl").get(address(job)).context["form"].fields)
    client_for("carl").post(address(job), dict.fromkeys(place, "Elsewhere 1"))
    assert suggested(job) == []
    assert place < client_for("olivia").get(address(job)).context["form"].fields.keys()
    client_for("olivia").post(address(job), {"street_address": "Elsewhere 1"})
    assert suggested(job) == [{"street_address": "Elsewhere 1"}]


def test_once_the_job_has_started_only_hours_and_rate_are_asked_for(client_for, job):
    move_start(job.cleaning, timedelta(hours=-1))
    page = client_for("olivia").get(address(job))
    assert set(page.context["form"].fields) == {"estimated_hours", "hourly_rate", "note"}
    client_for("olivia").post(address(job), {"hourly_rate": "25"})
    assert suggested(job) == [{"hourly_rate": "25.00"}]


def test_what_was_agreed_meanwhile_is_not_overwritten_unseen(client_for, job):
    client = client_for("olivia")
    sent = fields_of(client.get(address(job)))
    job.suggest(by=job.cleaner, hourly_rate=30).agree(by=job.cleaning.owner)
    answer = client.post(address(job), sent | {"hourly_rate": "24"})
    refused = "This has changed to “30.00” in the meantime. Look again, then save."
    assert answer.context["form"].errors == {"hourly_rate": [refused]}
    client.post(address(job), sent | {"estimated_hours": "4"})
    assert suggested(job) == [{"estimated_hours": "4.00"}]


def test_both_read_what_is_agreed_beside_what_is_suggested(client_for, job):
    job.suggest(by=job.cleaner, hourly_rate=25, estimated_hours=4, note="More rooms than I thought.")
    pages = {name: client_for(name).get(address(job)) for name in ("carl", "olivia")}
    rows = [
        ("hourly rate", "€22.50", "€25"),
        ("estimated hours", "3 hours", "4 hours"),
        ("in all", "€67.50", "€100"),
    ]
    assert [page.context["rows"] for page in pages.values()] == [rows, rows]
    assert all("More rooms than I thought." in text_of(page) for page in pages.values())
    buttons = {
        name: [word for word in ("Agree", "Decline", "Withdraw it") if f">{word}</button>" in text_of(page)]
        for name, page in pages.items()
    }
    assert buttons == {"carl": ["Withdraw it"], "olivia": ["Agree", "Decline"]}


@pytest.mark.parametrize(
    ("answer", "name", "status", "sentence"),
    [
        ("agree", "olivia", "agreed", "You agreed to the change. We’ve told carl."),
        ("decline", "olivia", "declined", "You declined the change, and the job stays as it was. We’ve told carl."),
        ("withdraw", "carl", "withdrawn", "You withdrew your suggestion. We’ve told olivia."),
    ],
)
def test_an_answer_sent_twice_lands_on_the_result_twice(client_for, job, answer, name, status, sentence):
    change = job.suggest(by=job.cleaner, estimated_hours=4)
    client = client_for(name)
    answers = [client.post(address(job, answer), {"change": change.pk}, follow=True) for _ in range(2)]
    assert [each.redirect_chain for each in answers] == [[(job.cleaning.get_absolute_url(), 302)]] * 2
    assert sentence in text_of(answers[0])
    change.refresh_from_db()
    assert change.status == status
    assert Event.objects.filter(kind=answer, cleaner=job.cleaner).count() == 1


@pytest.mark.parametrize(("answer", "name"), [("agree", "carl"), ("decline", "carl"), ("withdraw", "olivia")])
def test_nobody_answers_in_the_place_of_the_other(client_for, job, answer, name):
    change = job.suggest(by=job.cleaner, estimated_hours=4)
    assert client_for(name).post(address(job, answer), {"change": change.pk}).status_code == 403
    assert suggested(job) == [{"estimated_hours": "4.00"}]


@pytest.mark.parametrize("answer", ANSWERS)
def test_only_the_change_that_was_shown_is_answered(client_for, job, answer):
    other = create_offer(cleaning=create_cleaning(), status=OfferStatus.ACCEPTED)
    elsewhere = other.suggest(by=job.cleaner, estimated_hours=9)
    change = job.suggest(by=job.cleaner, estimated_hours=4)
    client = client_for("carl" if answer == "withdraw" else "olivia")
    for shown in ("", "0", "-1", "abc", str(change.pk + 1), str(elsewhere.pk), "9" * 40, "١", f"{change.pk}.0"):
        page = client.post(address(job, answer), {"change": shown})
        assert page.status_code == 409
        assert "Look again." in text_of(page)
        assert f'name="change" value="{change.pk}"' in text_of(page)
    assert client.post(address(job, answer)).status_code == 409
    assert [change.terms for change in Change.objects.open().order_by("pk")] == [elsewhere.terms, change.terms]


def test_a_change_that_was_replaced_is_shown_anew_and_not_agreed(client_for, job):
    first = job.suggest(by=job.cleaner, estimated_hours=4)
    second = Offer.objects.get().suggest(by=job.cleaner, estimated_hours=8)
    page = client_for("olivia").post(address(job, "agree"), {"change": first.pk})
    assert (page.status_code, Offer.objects.get().cleaning.estimated_hours) == (409, 3)
    assert "Look again." in text_of(page)
    assert page.context["rows"][0] == ("estimated hours", "3 hours", "8 hours")
    assert f'name="change" value="{second.pk}"' in text_of(page)


def test_a_change_that_was_withdrawn_shows_the_job_as_it_is(client_for, job):
    change = job.suggest(by=job.cleaner, estimated_hours=4)
    change.withdraw(by=job.cleaner)
    page = client_for("olivia").post(address(job, "agree"), {"change": change.pk})
    assert page.status_code == 409
    assert "This change has been withdrawn, or replaced by another one." in text_of(page)
    assert "3 hours" in text_of(page)
    assert "€22.50 an hour, about €67.50 in all" in text_of(page)


def test_the_other_s_change_has_to_be_answered_before_one_suggests(client_for, job):
    job.suggest(by=job.cleaner, estimated_hours=4)
    page = client_for("olivia").post(address(job), {"estimated_hours": "2", "note": "I meant less."})
    assert (page.status_code, suggested(job)) == (409, [{"estimated_hours": "4.00"}])
    assert "The other side has suggested a change. Answer that first." in text_of(page)
    assert "See the suggested change" in text_of(page)
    assert "I meant less." in text_of(page)


def test_the_page_of_the_job_leads_to_a_suggested_change_once(client_for, job):
    assert text_of(client_for("olivia").get(job.cleaning.get_absolute_url())).count(address(job)) == 1
    job.suggest(by=job.cleaner, estimated_hours=4)
    for username in ("olivia", "carl"):
        assert text_of(client_for(username).get(job.cleaning.get_absolute_url())).count(address(job)) == 1


def looks(job):
    return job.cleaning.events.filter(kind=Kind.SEE).count()


def test_each_look_of_the_cleaner_at_a_suggested_street_is_recorded(client_for, job):
    job.suggest(by=job.cleaning.owner, street_address="New Lane 5")
    for name, recorded in (("olivia", 0), ("carl", 1), ("carl", 2)):
        assert "New Lane 5" in text_of(client_for(name).get(address(job)))
        assert looks(job) == recorded
    assert "New Lane 5" in text_of(client_for("carl").post(address(job, "agree"), {"change": "0"}))
    assert looks(job) == 3
    assert client_for("carl").head(address(job)).status_code == 200
    assert looks(job) == 3


def test_a_change_without_a_street_records_no_look(client_for, job):
    job.suggest(by=job.cleaning.owner, estimated_hours=4)
    assert "Hidden Lane 12" not in text_of(client_for("carl").get(address(job)))
    assert looks(job) == 0


def test_a_suggested_street_is_gone_when_the_address_is(client_for, job):
    move_start(job.cleaning, None)
    Offer.objects.get().suggest(by=job.cleaning.owner, street_address="New Lane 5")
    assert "New Lane 5" in text_of(client_for("carl").get(address(job)))
    type(job.cleaning).objects.update(status_since=timezone.now() - timedelta(days=45))
    page = client_for("carl").get(address(job))
    assert page.context["rows"][0] == ("street and number", "", "another one")
    assert "Hidden Lane 12" not in text_of(page)
    assert looks(job) == 1


def test_the_cleaner_alone_reads_of_a_job_at_the_suggested_time(client_for, job):
    # At noon, so that the job ends on the same day.
    taken = timezone.localtime(job.cleaning.starts_at + timedelta(days=1)).replace(hour=12, minute=0)
    stans = create_cleaning(owner=create_user("stan"), starts_at=taken)
    create_offer(cleaning=stans, cleaner=job.cleaner, status=OfferStatus.ACCEPTED)
    own = create_cleaning(owner=create_user("stan"), starts_at=taken)
    create_offer(cleaning=own, cleaner=job.cleaning.owner, status=OfferStatus.ACCEPTED)
    job.suggest(by=job.cleaning.owner, starts_at=taken + timedelta(hours=1))
    pages = {name: text_of(client_for(name).get(address(job))) for name in ("carl", "olivia")}
    hint = f"You have a job from {timezone.localtime(taken):%H:%M} to"
    assert {name: hint in page for name, page in pages.items()} == {"carl": True, "olivia": False}
    assert [stans.get_absolute_url() in page for page in pages.values()] == [True, False]


def test_nothing_but_terms_and_note_is_taken_from_the_form(client_for, job):
    forged = {
        "by": "1",
        "offer": "1",
        "status": "agreed",
        "made_for": "9",
        "expires_at": "",
        "name": "x",
        "version": "9",
    }
    client_for("carl").post(address(job), {"pets": "yes", "note": "A dog"} | forged)
    change = Change.objects.get()
    assert (change.terms, change.by, change.status, change.made_for) == ({"pets": "yes"}, job.cleaner, "open", 1)


def test_the_calendar_follows_the_agreed_start(client_for, job):
    start = job.cleaning.starts_at.replace(microsecond=0) + timedelta(days=1)
    calendar = f"{job.cleaning.get_absolute_url()}calendar.ics"
    before = client_for("carl").get(calendar).content.decode()
    job.suggest(by=job.cleaner, starts_at=start, estimated_hours=4).agree(by=job.cleaning.owner)
    after = client_for("carl").get(calendar).content.decode()
    assert ("SEQUENCE:1\r\n" in before, "SEQUENCE:2\r\n" in after) == (True, True)
    assert f"DTSTART:{start:%Y%m%dT%H%M%SZ}\r\nDTEND:{start + timedelta(hours=4):%Y%m%dT%H%M%SZ}\r\n" in after


@pytest.mark.parametrize(("name", "field"), [("carl", "starts_at"), ("carl", "pets"), ("olivia", "city")])
def test_what_a_page_asked_for_before_the_start_is_refused_after_it(client_for, job, name, field):
    client, start = client_for(name), job.cleaning.starts_at
    sent = fields_of(client.get(address(job))) | {"estimated_hours": "5"}
    other = {"starts_at": in_form(start + timedelta(days=2)), "pets": "yes", "city": "Bruges"}
    with time_machine.travel(start + timedelta(hours=1)):
        answer = client.post(address(job), sent | {field: other[field]})
        assert (answer.status_code, suggested(job)) == (409, [])
        assert "Only its hours and its rate can still change." in text_of(answer)
        client.post(address(job), sent)
        assert suggested(job) == [{"estimated_hours": "5.00"}]


def test_a_place_that_the_cleaner_sends_is_left_out(client_for, job):
    client_for("carl").post(address(job), {"estimated_hours": "5", "city": "Bruges"})
    assert suggested(job) == [{"estimated_hours": "5.00"}]
