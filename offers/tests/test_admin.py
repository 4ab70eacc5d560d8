"""What staff do in the admin: statuses change by verbs alone, behind a page that asks once more."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from cleanings.models import Cleaning
from cleanings.states import OfferStatus
from marketplace.testing import create_cast, create_cleaning, create_offer
from offers.models import Offer

pytestmark = [pytest.mark.long, pytest.mark.django_db]

LISTS = [
    "accounts_user",
    "cleanings_cleaning",
    "cleanings_event",
    "offers_change",
    "offers_offer",
    "notifications_notification",
    "mailqueue_mail",
]


@pytest.fixture
def ada(client):
    client.force_login(create_cast()[4])
    return client


def act(client, model, verb, *things, **values):
    """Send the admin action for a verb on these rows, and return the answer."""
    chosen = {"action": verb, "_selected_action": [thing.pk for thing in things]}
    return client.post(reverse(f"admin:{model}_changelist"), chosen | values, follow=True)


def test_an_action_asks_before_it_calls_the_verb(ada):
    offer = create_offer()
    page = act(ada, "offers_offer", "reject", offer).content.decode()
    assert "<h1>Turn down: carl&#x27;s offer on Spring clean of a flat</h1>" in page
    assert Offer.objects.get().status == "pending"
    act(ada, "offers_offer", "reject", offer, confirmed="yes")
    assert Offer.objects.get().status == "rejected"
    assert offer.cleaning.events.last().actor.username == "ada"
    assert LogEntry.objects.get().object_id == str(offer.pk)


def test_an_illegal_move_comes_back_as_its_sentence_and_leaves_no_log(ada):
    offer = create_offer(status=OfferStatus.REJECTED)
    page = act(ada, "offers_offer", "accept", offer, confirmed="yes").content.decode()
    assert "This offer has been turned down." in page
    assert (Offer.objects.get().status, LogEntry.objects.count()) == ("rejected", 0)


def test_staff_decline_a_change_by_its_verb_and_none_is_edited(ada):
    offer = create_offer(status=OfferStatus.ACCEPTED)
    change = offer.suggest(by=offer.cleaner, estimated_hours="4")
    page = ada.get(reverse("admin:offers_change_change", args=[change.pk]))
    assert ("Estimated hours: 4 hours" in page.content.decode(), b'name="status"' in page.content) == (True, False)
    assert "In all: €90" in page.content.decode()
    act(ada, "offers_change", "decline", change, confirmed="yes")
    change.refresh_from_db()
    assert (change.status, offer.cleaning.events.last().actor.username) == ("declined", "ada")
    page = ada.get(reverse("admin:offers_change_change", args=[change.pk])).content.decode()
    assert ("Estimated hours: 4 hours" in page, "In all" in page) == (True, False)
    assert (
        "This change has been declined." in act(ada, "offers_change", "agree", change, confirmed="yes").content.decode()
    )


def test_an_action_with_a_reason_asks_for_it(ada):
    offer = create_offer(status=OfferStatus.ACCEPTED)
    assert "Choose a reason." in act(ada, "offers_offer", "release", offer, confirmed="yes").content.decode()
    assert Offer.objects.get().status == "accepted"
    page = act(ada, "offers_offer", "release", offer, confirmed="yes", reason="no_show").content.decode()
    assert "The job hasn’t started yet, so nobody has failed to turn up." in page
    assert Offer.objects.get().status == "accepted"
    act(ada, "offers_offer", "release", offer, confirmed="yes", reason="other")
    assert Offer.objects.get().status == "cancelled"


def test_no_form_of_the_admin_writes_a_status(ada):
    offer = create_offer()
    forged = {"status": "accepted", "version": "9", "offers_count": "9", "revision": "9"}
    offer_url = reverse("admin:offers_offer_change", args=[offer.pk])
    cleaning_url = reverse("admin:cleanings_cleaning_change", args=[offer.cleaning_id])
    assert ada.post(offer_url, forged).status_code == 403
    assert ada.post(cleaning_url, admin_page(ada, cleaning_url) | forged | {"name": "Loft"}).status_code == 302
    assert Cleaning.objects.get().name == "Loft"
    assert (Offer.objects.get().status, Offer.objects.get().revision) == ("pending", 1)
    assert Cleaning.objects.values_list("status", "version", "offers_count").get() == ("open", 1, 1)


def admin_page(client, url):
    """What the admin's form would send if nothing were changed."""
    form = client.get(url).context["adminform"].form
    values = {field.name: field.field.widget.format_value(field.value()) or "" for field in form.visible_fields()}
    return values | dict(form.seen_values) | {"cleaning_type": form["cleaning_type"].value()}


def test_an_older_page_of_the_admin_overwrites_nothing_that_it_did_not_change(ada):
    cleaning = create_cleaning()
    url = reverse("admin:cleanings_cleaning_change", args=[cleaning.pk])
    page = admin_page(ada, url)
    assert 'name="initial-hourly_rate"' in ada.get(url).content.decode()
    cleaning.edit(by=cleaning.owner, hourly_rate="30")
    assert ada.post(url, page | {"name": "Renamed"}).status_code == 302
    assert Cleaning.objects.values_list("name", "hourly_rate").get() == ("Renamed", 30)


def test_a_job_that_is_closed_while_staff_save_it_says_so_and_stays_as_it_was(ada, monkeypatch):
    cleaning = create_cleaning()
    url = reverse("admin:cleanings_cleaning_change", args=[cleaning.pk])
    page = admin_page(ada, url)
    lock = Cleaning.lock

    def close_before_lock(job):
        Cleaning.objects.update(status="closed", status_since=timezone.now())
        lock(job)

    monkeypatch.setattr(Cleaning, "lock", close_before_lock)
    answer = ada.post(url, page | {"name": "Renamed"}, follow=True)
    assert answer.redirect_chain == [(url, 302)]
    assert [str(message) for message in answer.context["messages"]] == ["This job is closed."]
    assert (Cleaning.objects.get().name, LogEntry.objects.count()) == (cleaning.name, 0)


def test_staff_accept_what_the_confirming_page_showed(ada):
    offer = create_offer()
    assert f'name="seen-{offer.pk}" value="1"' in act(ada, "offers_offer", "accept", offer).content.decode()
    offer.revise(by=offer.cleaner, hourly_rate="999")
    act(ada, "offers_offer", "accept", offer, confirmed="yes", **{f"seen-{offer.pk}": "1"})
    assert Offer.objects.get().status == "pending"
    act(ada, "offers_offer", "accept", offer, confirmed="yes", **{f"seen-{offer.pk}": "2"})
    assert Offer.objects.get().status == "accepted"


def test_terms_edited_by_staff_raise_the_version_and_tell_the_cleaners(ada):
    offer = create_offer()
    url = reverse("admin:cleanings_cleaning_change", args=[offer.cleaning_id])
    assert ada.post(url, admin_page(ada, url) | {"estimated_hours": "8", "starts_at": ""}).status_code == 302
    offer = Offer.objects.select_related("cleaning").get()
    assert (offer.cleaning.version, offer.cleaning.starts_at, offer.is_outdated) == (2, None, True)
    notifications = offer.cleaning.events.last().notifications
    assert set(notifications.values_list("recipient__username", flat=True)) == {"carl", "olivia"}


def test_an_assigned_cleaning_can_only_be_looked_at(ada):
    cleaning = create_offer(status=OfferStatus.ACCEPTED).cleaning
    url = reverse("admin:cleanings_cleaning_change", args=[cleaning.pk])
    assert ada.get(url).status_code == 200
    assert ada.post(url, {"name": "Other"}).status_code == 403


def test_closing_and_deleting_are_verbs_too(ada):
    with_offer, without = create_offer().cleaning, create_cleaning()
    page = act(ada, "cleanings_cleaning", "delete", with_offer, without, confirmed="yes").content.decode()
    assert "This job has offers, so it can’t be deleted." in page
    assert list(Cleaning.objects.all()) == [with_offer]
    act(ada, "cleanings_cleaning", "close", with_offer, confirmed="yes")
    assert (Cleaning.objects.get().status, Offer.objects.get().status) == ("closed", "rejected")


def test_staff_pages_take_at_most_25_queries_however_many_rows(ada, django_assert_max_num_queries):
    for number in range(12):
        create_offer(cleaning=create_cleaning(name=f"Job {number}"))
    for model in LISTS:
        for query in ({}, {"q": "carl"}):
            with django_assert_max_num_queries(25):
                assert ada.get(reverse(f"admin:{model}_changelist"), query).status_code == 200, model


@pytest.mark.parametrize("model", LISTS)
def test_nothing_is_deleted_in_the_admin_past_the_verbs(ada, model):
    create_offer()
    assert "delete_selected" not in ada.get(reverse(f"admin:{model}_changelist")).content.decode()


def test_staff_without_the_permission_look_but_do_not_move(client):
    from django.contrib.auth.models import Permission

    cora = create_cast()[2]
    cora.is_staff = True
    cora.save()
    cora.user_permissions.add(Permission.objects.get(codename="view_offer"))
    client.force_login(cora)
    offer = create_offer()
    assert client.get(reverse("admin:offers_offer_changelist")).status_code == 200
    act(client, "offers_offer", "reject", offer, confirmed="yes")
    assert Offer.objects.get().status == "pending"
