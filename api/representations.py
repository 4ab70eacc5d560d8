"""Rows as JSON, each as its reader may see it; `schemas.py` says the same to programs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from accounts.hiding import HIDDEN_BY_STAFF
from accounts.models import NAME_COLUMNS, User
from api.answers import moment, money
from api.problems import REFERENCE
from cleanings.contact import Contact
from cleanings.models import Cleaning, Event
from cleanings.states import Kind
from conversations.models import Message, Question
from evaluations.models import PARTS, Evaluation
from notifications.models import Notification
from offers.changes import Change
from offers.models import Offer

Reader = User | AnonymousUser
Data = dict[str, Any]

# Lists read no other columns.
CLEANING = (
    "owner", "name", "description", "area", "cleaning_type", "supplies", "pets", "hourly_rate", "estimated_hours",
    "starts_at", "city", "postcode", "status", "hidden_at", "version", "offers_count", "created_at", "updated_at",
    *(f"owner__{name}" for name in NAME_COLUMNS),
)  # fmt: skip


def address(path: str) -> str:
    return f"{settings.SITE_URL}{REFERENCE}{path}"


def address_of_offer(offer: Offer) -> str:
    return address(f"cleanings/{offer.cleaning_id}/offers/{offer.cleaner.username}/")


def person_ref(person: User) -> Data:
    return {"username": person.username if person.is_active else None, "name": person.display_name}


def person_data(person: User, reader: Reader) -> Data:
    profile = person.profile
    is_hidden = profile.is_hidden_from(reader)
    return person_ref(person) | {
        "url": address(f"people/{person.username}/"),
        "city": "" if is_hidden else profile.city,
        "bio": "" if is_hidden else profile.bio,
        "photo": None if is_hidden or not profile.photo else f"{settings.SITE_URL}{profile.large_photo}",
        "member_since": moment(person.date_joined),
        "is_hidden": profile.is_hidden,
    }


def me_data(person: User, unread: int) -> Data:
    profile = person.profile
    return person_data(person, person) | {
        "email": person.email,
        "full_name": profile.full_name,
        "phone_number": profile.phone_number,
        "postcode": profile.postcode,
        "unread": unread,
    }


def cleaning_data(cleaning: Cleaning, reader: Reader) -> Data:
    return {
        "id": cleaning.pk,
        "url": address(f"cleanings/{cleaning.pk}/"),
        "page": f"{settings.SITE_URL}/cleanings/{cleaning.pk}/",
        "owner": person_ref(cleaning.owner),
        "name": cleaning.name_for(reader),
        "description": "" if cleaning.is_hidden_from(reader) else cleaning.description,
        "area": cleaning.area,
        "cleaning_type": cleaning.cleaning_type,
        "supplies": cleaning.supplies,
        "pets": cleaning.pets,
        "hourly_rate": money(cleaning.hourly_rate),
        "estimated_hours": money(cleaning.estimated_hours),
        "starts_at": moment(cleaning.starts_at),
        "city": cleaning.city,
        "postcode": cleaning.postcode,
        "status": cleaning.status,
        "takes_offers": cleaning.takes_offers,
        "is_hidden": cleaning.is_hidden,
        "version": cleaning.version,
        "offers_count": cleaning.offers_count,
        "created_at": moment(cleaning.created_at),
        "updated_at": moment(cleaning.updated_at),
    }


def cleaning_detail(cleaning: Cleaning, reader: Reader, contact: Contact | None) -> Data:
    is_owner = cleaning.is_owned_by(reader)
    street = cleaning.street_address if is_owner else contact and contact.street_address
    return cleaning_data(cleaning, reader) | {
        "street_address": street or None,
        "contact": contact_data(contact) if contact and not contact.is_over else None,
        "reservation": reservation_data(cleaning) if is_owner or cleaning.is_reserved_for(reader) else None,
    }


def contact_data(contact: Contact) -> Data:
    return {"person": person_ref(contact.person), "phone_number": contact.phone_number}


def reservation_data(cleaning: Cleaning) -> Data | None:
    if cleaning.reserved_for is None:
        return None
    return {
        "reserved_for": person_ref(cleaning.reserved_for),
        "reserved_until": moment(cleaning.reserved_until),
        "then_open": cleaning.then_open,
    }


def offer_data(offer: Offer, reader: Reader) -> Data:
    return {
        "url": address_of_offer(offer),
        "cleaning": offer.cleaning_id,
        "cleaner": person_ref(offer.cleaner),
        "hourly_rate": money(offer.hourly_rate),
        "total": money(offer.total),
        "message": "" if offer.is_hidden_from(reader) else offer.message,
        "status": offer.status,
        "status_since": moment(offer.status_since),
        "revision": offer.revision,
        "cleaning_version": offer.cleaning_version,
        "is_current": offer.is_current,
        "is_hidden": offer.is_hidden,
        "created_at": moment(offer.created_at),
        "updated_at": moment(offer.updated_at),
    }


def change_data(change: Change, reader: Reader) -> Data:
    """Shows the street only to a reader who may see it. That it changes is no secret between the two."""
    terms = dict(change.terms)
    if "street_address" in terms and not change.shows_street_to(reader):
        terms["street_address"] = None
    return {
        "id": change.pk,
        "url": f"{address_of_offer(change.offer)}change/",
        "by": person_ref(change.by),
        "terms": terms,
        "note": change.note,
        "status": change.status,
        "created_at": moment(change.created_at),
        "expires_at": moment(change.expires_at),
    }


def evaluation_data(evaluation: Evaluation, reader: Reader) -> Data:
    """Of a hidden evaluation, only that there is one. The job is named where everyone may know of it."""
    is_hidden = evaluation.is_hidden_from(reader)
    cleaning = evaluation.offer.cleaning
    said = {name: None if is_hidden else getattr(evaluation, name) for name in ("overall_rating", *PARTS)}
    return {
        "id": evaluation.pk,
        "author": person_ref(evaluation.author),
        "subject": person_ref(evaluation.subject),
        "cleaning": cleaning.pk if cleaning.is_public and not cleaning.is_closed else None,
        "no_show": evaluation.no_show and not is_hidden,
        **said,
        "headline": "" if is_hidden else evaluation.headline,
        "comment": "" if is_hidden else evaluation.comment,
        "answer": "" if is_hidden else getattr(evaluation, "answer", None) or "",
        "is_hidden": evaluation.is_hidden,
        "is_published": evaluation.is_published,
        "publishes_at": moment(evaluation.publishes_at),
    }


def question_data(question: Question, reader: Reader) -> Data:
    return {
        "id": question.pk,
        "url": address(f"cleanings/{question.cleaning_id}/questions/{question.pk}/"),
        "asker": person_ref(question.asker),
        "text": HIDDEN_BY_STAFF if question.is_hidden_from(reader) else question.text,
        "asked_at": moment(question.asked_at),
        "answer": HIDDEN_BY_STAFF if question.is_answer_hidden_from(reader) else question.answer,
        "answered_at": moment(question.answered_at),
        "withdrawn_at": moment(question.withdrawn_at),
        "is_hidden": question.is_hidden,
    }


def message_data(message: Message, reader: Reader) -> Data:
    return {
        "id": message.pk,
        "author": person_ref(message.author),
        "text": HIDDEN_BY_STAFF if message.is_hidden_from(reader) else message.text,
        "at": moment(message.at),
        "is_hidden": message.is_hidden,
    }


def notification_data(notification: Notification) -> Data:
    return {
        "id": notification.pk,
        "sentence": notification.sentence,
        "page": f"{settings.SITE_URL}{notification.url}",
        "topic": notification.topic,
        "created_at": moment(notification.created_at),
        "read_at": moment(notification.read_at),
    }


def news_data(event: Event, reader: Reader) -> Data:
    return {
        "id": event.pk,
        "event": "updated" if event.kind == Kind.EDIT else "created",
        "at": moment(event.at),
        "cleaning": cleaning_data(event.cleaning, reader),
    }
