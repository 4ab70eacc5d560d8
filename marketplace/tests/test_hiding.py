"""Staff hide what people write or show: who may, and that it comes back as it was."""

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied

from accounts.hiding import Hideable
from accounts.models import User
from cleanings.models import Event
from cleanings.photos import PhotoKind
from cleanings.states import IllegalMove, OfferStatus
from conversations.models import Message, Question
from marketplace.testing import create_cast, create_cleaning, create_offer, create_photo, create_user

pytestmark = pytest.mark.django_db

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
