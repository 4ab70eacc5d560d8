"""Staff hide what people write or show: who may, and that it comes back as it was."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied

from accounts.hiding import Hideable
from accounts.models import User
from cleanings.models import Bookmark, Event
from cleanings.photos import PhotoKind
from cleanings.states import IllegalMove, OfferStatus
from conversations.models import Message, Question
from evaluations.models import Evaluation
from marketplace.testing import create_cast, create_cleaning, create_offer, create_photo, create_user, move_start

pytestmark = [pytest.mark.long, pytest.mark.django_db]

# By kind, the names of those it concerns.
PARTIES = {
    "cleaning": {"olivia", "carl"},
    "photo": {"olivia"},
    "photo_after": {"olivia", "carl"},
    "offer": {"olivia", "carl"},
    "question": {"olivia", "stan"},
    "message": {"olivia", "carl"},
    "profile": {"carl"},
}


@pytest.fixture
def things(private):
    """One of each, about the same job."""
    create_cast()
    cleaning = create_cleaning()
    photo = create_photo(cleaning=cleaning)
    question = Question.ask(cleaning, by=create_user("stan"), text="Is there a lift?")
    question.give_answer(by=cleaning.owner, answer="Yes, there is.")
    offer = create_offer(cleaning=cleaning, status=OfferStatus.ACCEPTED)
    return {
        "cleaning": cleaning,
        "photo": photo,
        "photo_after": create_photo(cleaning=cleaning, by=offer.cleaner, kind=PhotoKind.AFTER),
        "offer": offer,
        "question": question,
        "message": Message.say(offer, by=offer.cleaner, text="Until Monday."),
        "profile": offer.cleaner.profile,
    }


def stored(thing):
    return type(thing)._base_manager.filter(pk=thing.pk).values().get()


def with_permission(user):
    user.user_permissions.add(Permission.objects.get(codename="hide_content"))
    return User.objects.get(pk=user.pk)


def test_everything_that_can_be_hidden_is_tried(things):
    assert {type(thing) for thing in things.values()} == set(Hideable.__subclasses__())


@pytest.mark.parametrize("kind", PARTIES)
def test_staff_hide_it_and_bring_it_back_without_an_event(kind, things):
    thing, ada = things[kind], create_user("ada")
    before, events = stored(thing), Event.objects.count()
    thing.hide(by=ada)
    assert {**before, "hidden_at": thing.hidden_at, "hidden_by_id": ada.pk} == stored(thing)
    assert thing.is_hidden
    thing.unhide(by=ada)
    assert (stored(thing), Event.objects.count()) == (before, events)


@pytest.mark.parametrize("kind", PARTIES)
def test_nobody_hides_without_the_permission_or_what_concerns_themselves(kind, things):
    thing = things[kind]
    with pytest.raises(PermissionDenied):
        thing.hide(by=create_user("sam", is_staff=True))
    people = [with_permission(create_user(name)) for name in ("olivia", "carl", "stan", "sam")]
    assert {person.username for person in people if not thing.can_be_hidden_by(person)} == PARTIES[kind]
    with pytest.raises(PermissionDenied):
        thing.hide(by=next(person for person in people if person.username in PARTIES[kind]))
    thing.hide(by=people[-1])


@pytest.mark.parametrize("kind", PARTIES)
def test_in_two_tabs_it_is_hidden_once_and_brought_back_once(kind, things):
    thing, ada = things[kind], create_user("ada")
    other = type(thing)._base_manager.get(pk=thing.pk)
    thing.hide(by=ada)
    with pytest.raises(IllegalMove, match="hidden already"):
        other.hide(by=create_user("eve", is_superuser=True))
    other.unhide(by=ada)
    with pytest.raises(IllegalMove, match="not hidden"):
        thing.unhide(by=ada)
    assert stored(thing)["hidden_by_id"] is None


def in_admin(client, username, thing):
    """Whether the list has it, and whether it has a page."""
    User.objects.filter(username=username).update(is_staff=True, is_superuser=True)
    client.force_login(create_user(username))
    path = f"/admin/{thing._meta.app_label}/{thing._meta.model_name}/"
    found = client.get(path).context["cl"].queryset.filter(pk=thing.pk).exists()
    return found, client.get(f"{path}{thing.pk}/change/").status_code == 200


@pytest.mark.parametrize(
    ("kind", "side"),
    [("cleaning", "carl"), ("photo", "olivia"), ("offer", "olivia"), ("question", "olivia"), ("review", "olivia")],
)
def test_staff_who_are_a_side_of_what_is_hidden_find_it_nowhere_in_the_admin(kind, side, things, client):
    offer = things["offer"]
    if kind == "review":
        move_start(offer.cleaning, timedelta(hours=-1))
        offer.complete(by=offer.cleaning.owner)
        things["review"] = Evaluation.write(offer, by=offer.cleaner, overall_rating=2)
    thing = things[kind]
    assert in_admin(client, side, thing) == (True, True)
    thing.hide(by=create_user("ada"), **({"reason": "other"} if kind == "review" else {}))
    assert (in_admin(client, side, thing), in_admin(client, "ada", thing)) == ((False, False), (True, True))


@pytest.mark.parametrize(
    "rows", ["offers/offer", "conversations/question", "cleanings/event", "cleanings/photo", "cleanings/bookmark"]
)
def test_staff_who_are_a_side_of_a_hidden_job_find_nothing_by_its_name(rows, things, client):
    job = things["cleaning"]
    Bookmark.add(job, by=create_user("cora"))
    User.objects.filter(username="carl").update(is_staff=True, is_superuser=True)

    def found_by(username):
        client.force_login(create_user(username))
        return client.get(f"/admin/{rows}/?q={job.name.split()[0]}").context["cl"].result_count

    number = found_by("carl")
    job.hide(by=create_user("ada"))
    assert (number > 0, found_by("carl"), found_by("ada")) == (True, 0, number)


def test_the_name_of_a_hidden_job_and_the_words_of_its_photos_are_in_no_other_list_of_the_admin(things, client):
    lists = ["offers/offer", "conversations/question", "cleanings/event", "cleanings/photo", "cleanings/bookmark"]
    Bookmark.add(things["cleaning"], by=create_user("cora"))

    def found():
        client.force_login(create_user("ada"))
        pages = {name: client.get(f"/admin/{name}/").content.decode() for name in lists}
        return [
            name for name, page in pages.items() if things["cleaning"].name in page or things["photo"].shows in page
        ]

    assert found() == lists
    things["cleaning"].hide(by=create_user("ada"))
    assert found() == []


def test_a_deactivated_member_of_the_staff_hides_nothing(things):
    ada = create_user("ada")
    User.objects.filter(pk=ada.pk).update(is_active=False)
    with pytest.raises(PermissionDenied):
        things["offer"].hide(by=ada)
    User.objects.filter(pk=ada.pk).update(is_active=True)
    things["offer"].hide(by=ada)


def test_a_removed_photo_is_not_hidden(things):
    photo = things["photo"]
    same = type(photo).objects.get(pk=photo.pk)
    photo.remove(by=photo.by)
    with pytest.raises(IllegalMove, match="gone"):
        same.hide(by=create_user("ada"))
