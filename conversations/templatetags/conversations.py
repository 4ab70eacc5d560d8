from django import template
from django.contrib.auth.models import AnonymousUser
from django.template import Context
from django.urls import reverse

from accounts.models import User
from cleanings.models import Cleaning
from cleanings.states import OfferStatus
from conversations.models import OVER_BLOCK, STAYS_AGREED, Message, Question
from conversations.notices import messages_url
from core.addresses import address
from offers.actions import Action
from offers.models import Offer

register = template.Library()
MOST_QUESTIONS = 10


@register.filter
def answer_hidden_from(question: Question, reader: User | AnonymousUser) -> bool:
    return question.is_answer_hidden_from(reader)


@register.simple_tag
def messages_action(offer: Offer | None, user: User | AnonymousUser) -> Action | None:
    if offer is None or not Message.can_be_read_by(user, offer):
        return None
    other = offer.other_side(user)
    name = other.short_name if other else ""
    label = f"Write to {name}" if Message.can_be_written_by(user, offer) else f"Messages with {name}"
    return Action(label, messages_url(offer))


@register.simple_tag
def over_block_sentence(offer: Offer, user: User | AnonymousUser) -> str:
    """Of an agreed job, why nobody can write and what is left to do; empty without a block."""
    sentence = offer.why_no_contact(user, OVER_BLOCK) if offer.status == OfferStatus.ACCEPTED else ""
    return f"{sentence} {STAYS_AGREED}" if sentence else ""


@register.inclusion_tag("conversations/_questions.html", takes_context=True)
def questions_about(context: Context, cleaning: Cleaning) -> dict:
    """The newest; more are on a page of their own."""
    user = context["user"]
    found = newest_questions(cleaning, user)
    can_ask = cleaning.takes_offers and cleaning.is_open_to(user) and not cleaning.is_owned_by(user)
    can_ask = can_ask and not cleaning.has_block_with(user)
    ask_url = address("conversations:questions", cleaning.pk) if can_ask else ""
    if ask_url and not user.is_authenticated:
        ask_url = f"{reverse('account_login')}?next={ask_url}"
    return {
        "cleaning": cleaning,
        "user": user,
        "questions": found[:MOST_QUESTIONS],
        "has_more": len(found) > MOST_QUESTIONS,
        "ask_url": ask_url,
    }


def newest_questions(cleaning: Cleaning, reader: User | AnonymousUser) -> list[Question]:
    """One more than are shown, if there are; without a query where `with_parts` found none."""
    if not vars(cleaning).get("has_questions", True):
        return []
    visible = cleaning.questions.visible_to(reader).not_withdrawn().with_people().with_block()
    return list(visible.newest_first()[: MOST_QUESTIONS + 1])


@register.simple_tag
def question_action(question: Question, user: User | AnonymousUser) -> Action | None:
    if question.can_be_answered_by(user):
        return Action("Answer", reverse("conversations:answer", args=[question.pk]))
    if question.can_be_corrected_by(user):
        return Action("Correct your answer", reverse("conversations:answer", args=[question.pk]))
    if question.can_be_withdrawn_by(user):
        return Action("Withdraw", reverse("conversations:withdraw", args=[question.pk]), is_ending=True)
    return None
