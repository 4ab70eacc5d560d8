from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.views.generic import FormView

from cleanings.mixins import VerbFormMixin
from cleanings.models import Cleaning
from cleanings.states import IllegalMove
from conversations import notices
from conversations.forms import AnswerForm, MessageForm, QuestionForm
from conversations.models import Message, Question
from core.paging import Segment
from core.views import KeysetListView
from offers.actions import Action, offer_actions
from offers.mixins import CleaningMixin, OfferMixin
from offers.models import Offer


class MessageListView(OfferMixin, VerbFormMixin, KeysetListView, FormView):
    """Opening the newest page marks its notices as read; the other side does not see that."""

    form_class = MessageForm
    template_name = "conversations/message_list.html"

    @cached_property
    def offer(self) -> Offer:
        return self.get_object()

    def get_segments(self) -> list[Segment]:
        return [Segment(self.offer.messages.with_author(), ("pk",), is_descending=True)]

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(
            offer=self.offer,
            other=self.offer.other_side(self.request.user),
            why_not=Message.why_not(self.offer, self.request.user),
            ending=self.get_ending_actions() if self.offer.has_block else [],
            read_until=Message.read_until(self.offer),
            **kwargs,
        )

    def get_ending_actions(self) -> list[Action]:
        """What is left to do where nobody can write."""
        return [action for action in offer_actions(self.offer, self.request.user) if action.is_ending]

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if why_not := Message.why_not_read(self.offer, request.user):
            raise IllegalMove(why_not)
        is_newest = not request.GET.get("after")
        unread = notices.unread(request.user, self.offer)
        # Before the messages are read from the database, so that one that comes meanwhile stays unread.
        if request.method == "GET" and is_newest and unread.exists():
            unread.mark_read()
            # What was counted before the view.
            request.user.unread_count = None
        return super().get(request, *args, **kwargs)

    def form_invalid(self, form: MessageForm) -> HttpResponse:
        if why_not := Message.why_not(self.offer, self.request.user):
            raise IllegalMove(why_not)
        return super().form_invalid(form)

    def carry_out(self, form: MessageForm) -> HttpResponse:
        Message.say(self.offer, by=self.request.user, text=form.cleaned_data["text"])
        messages.success(self.request, "Your message is sent.")
        return redirect(notices.messages_url(self.offer))


def questions_of(cleaning: Cleaning) -> str:
    return f"{cleaning.get_absolute_url()}#questions"


class QuestionListView(CleaningMixin, VerbFormMixin, KeysetListView, FormView):
    """Public, because answered questions are. People log in before they ask."""

    form_class = QuestionForm
    template_name = "conversations/question_list.html"

    def get_segments(self) -> list[Segment]:
        questions = self.cleaning.questions.visible_to(self.request.user).not_withdrawn().with_people().with_block()
        return [Segment(questions, ("pk",), is_descending=True)]

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(
            can_ask=not self.cleaning.is_owned_by(self.request.user),
            why_not=Question.why_not_ask(self.cleaning, self.request.user),
            **kwargs,
        )

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if self.cleaning.is_owned_by(request.user):
            raise PermissionDenied
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: QuestionForm) -> HttpResponse:
        if why_not := Question.why_not_ask(self.cleaning, self.request.user):
            raise IllegalMove(why_not)
        return super().form_invalid(form)

    def carry_out(self, form: QuestionForm) -> HttpResponse:
        Question.ask(self.cleaning, by=self.request.user, text=form.cleaned_data["text"])
        messages.success(self.request, f"Your question is sent. We’ve told {self.cleaning.owner.isolated_name}.")
        return redirect(questions_of(self.cleaning))


class QuestionMixin(VerbFormMixin):
    """Answers 404 for a question that the person may not see, 403 for one that is not theirs to change."""

    predicate: str
    why_not: str

    @cached_property
    def question(self) -> Question:
        visible = Question.objects.visible_to(self.request.user).with_people()
        question = get_object_or_404(visible, pk=self.kwargs["question"])
        if not getattr(question, self.predicate)(self.request.user):
            raise PermissionDenied
        return question

    def get_cleaning_id(self) -> int:
        return self.question.cleaning_id

    def require_possible(self) -> None:
        if why_not := self.why_not:
            raise IllegalMove(why_not)

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(question=self.question, cleaning=self.question.cleaning, **kwargs)

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        self.require_possible()
        return super().get(request, *args, **kwargs)

    def form_invalid(self, form) -> HttpResponse:
        self.require_possible()
        return super().form_invalid(form)

    def get_success_url(self) -> str:
        return questions_of(self.question.cleaning)


class AnswerView(QuestionMixin, FormView):
    form_class = AnswerForm
    template_name = "conversations/question_answer.html"
    predicate = "is_put_to"

    @property
    def why_not(self) -> str:
        return self.question.why_not_correct if self.question.is_answered else self.question.why_not_answer

    def get_initial(self) -> dict:
        return {"answer": self.question.answer, "corrects": self.question.is_answered}

    def get_context_data(self, **kwargs) -> dict:
        can_edit = self.question.cleaning.can_be_edited_by(self.request.user)
        return super().get_context_data(can_edit=can_edit, **kwargs)

    def carry_out(self, form: AnswerForm) -> HttpResponse:
        answer = form.cleaned_data["answer"]
        if form.cleaned_data["corrects"]:
            self.question.correct_answer(by=self.request.user, answer=answer)
            messages.success(self.request, "Your answer is changed.")
        else:
            self.question.give_answer(by=self.request.user, answer=answer)
            name = self.question.asker.isolated_name
            messages.success(self.request, f"Your answer is published. We’ve told {name}.")
        return redirect(self.get_success_url())


class WithdrawView(QuestionMixin, FormView):
    form_class = forms.Form
    template_name = "conversations/question_withdraw.html"
    predicate = "is_asked_by"

    @property
    def why_not(self) -> str:
        return self.question.why_not_withdraw

    def carry_out(self, form: forms.Form) -> HttpResponse:
        self.question.withdraw(by=self.request.user)
        messages.success(self.request, "Your question is withdrawn.")
        return redirect(self.get_success_url())
