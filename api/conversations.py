from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router

from accounts.models import User
from api.answers import answer, created, page
from api.authentication import ACTS, READS, READS_PUBLIC, MemberRequest, PublicRequest
from api.cleanings import get_cleaning
from api.offers import OFFER, get_offer
from api.representations import message_data, question_data
from api.schemas import (
    AnswerInput,
    Message,
    MessageInput,
    Messages,
    Nothing,
    Question,
    QuestionInput,
    Questions,
    problems,
)
from cleanings.states import IllegalMove
from conversations import models, notices
from core.paging import Segment

router = Router(tags=["Questions and messages"])

QUESTIONS = "/cleanings/{id:cleaning_id}/questions/"
QUESTION = f"{QUESTIONS}{{id:question_id}}/"
CHANGED = {200: Question, **problems(409)}


def get_question(cleaning_id: int, question_id: int, reader: User | AnonymousUser) -> models.Question:
    visible = models.Question.objects.visible_to(reader).with_people()
    return get_object_or_404(visible, pk=question_id, cleaning=cleaning_id)


@router.get(QUESTIONS, auth=READS_PUBLIC, response={200: Questions}, url_name="questions")
def list_questions(request: PublicRequest, cleaning_id: int, after: str = "") -> HttpResponse:
    """List the questions about a job, the newest first. You see answered ones, and your own."""
    reader = request.auth
    questions = get_cleaning(cleaning_id, reader).questions.visible_to(reader).not_withdrawn().with_people()
    segment = Segment(questions, ("pk",), is_descending=True)
    return page(request, [segment], lambda question: question_data(question, reader))


@router.post(QUESTIONS, auth=ACTS, response={201: Question, **problems(409)}, url_name="questions")
def ask_question(request: MemberRequest, cleaning_id: int, payload: QuestionInput) -> HttpResponse:
    """Ask the owner a question. Everyone can read it once it is answered."""
    question = models.Question.ask(get_cleaning(cleaning_id, request.auth), by=request.auth, text=payload.text)
    return created(question_data(question, request.auth))


@router.get(QUESTION, auth=READS_PUBLIC, response={200: Question}, url_name="question")
def read_question(request: PublicRequest, cleaning_id: int, question_id: int) -> HttpResponse:
    """Read a question, with its answer."""
    return answer(question_data(get_question(cleaning_id, question_id, request.auth), request.auth))


@router.post(f"{QUESTION}answer/", auth=ACTS, response=CHANGED)
def answer_question(request: MemberRequest, cleaning_id: int, question_id: int, payload: AnswerInput) -> HttpResponse:
    """Answer a question as the owner. We tell who asked, and everyone with an offer that waits."""
    found = get_question(cleaning_id, question_id, request.auth)
    found.give_answer(by=request.auth, answer=payload.answer)
    return answer(question_data(found, request.auth))


@router.post(f"{QUESTION}correct/", auth=ACTS, response=CHANGED)
def correct_answer(request: MemberRequest, cleaning_id: int, question_id: int, payload: AnswerInput) -> HttpResponse:
    """Correct your answer, within 15 minutes."""
    found = get_question(cleaning_id, question_id, request.auth)
    found.correct_answer(by=request.auth, answer=payload.answer)
    return answer(question_data(found, request.auth))


@router.post(f"{QUESTION}withdraw/", auth=ACTS, response=CHANGED)
def withdraw_question(
    request: MemberRequest, cleaning_id: int, question_id: int, payload: Nothing | None = None
) -> HttpResponse:
    """Withdraw your question while nobody has answered it."""
    found = get_question(cleaning_id, question_id, request.auth)
    found.withdraw(by=request.auth)
    return answer(question_data(found, request.auth))


@router.get(f"{OFFER}messages/", auth=READS, response={200: Messages, **problems(409)}, url_name="messages")
def list_messages(request: MemberRequest, cleaning_id: int, username: str, after: str = "") -> HttpResponse:
    """List the messages of an agreed job, the newest first. Reading the first page marks them as read."""
    reader, offer = request.auth, get_offer(cleaning_id, username, request.auth)
    if why_not := models.Message.why_not_read(offer, reader):
        raise IllegalMove(why_not)
    if not after and request.META["REQUEST_METHOD"] == "GET":
        # Marked before the messages are read, so that one that comes meanwhile stays unread.
        notices.unread(reader, offer).mark_read()
    segment = Segment(offer.messages.with_author(), ("pk",), is_descending=True)
    return page(request, [segment], lambda message: message_data(message, reader))


@router.post(f"{OFFER}messages/", auth=ACTS, response={201: Message, **problems(409)}, url_name="messages")
def send_message(request: MemberRequest, cleaning_id: int, username: str, payload: MessageInput) -> HttpResponse:
    """Write to the other side of an agreed job."""
    offer = get_offer(cleaning_id, username, request.auth)
    message = models.Message.say(offer, by=request.auth, text=payload.text)
    return answer(message_data(message, request.auth), 201)
