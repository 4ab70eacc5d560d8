from typing import cast

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.views.generic import FormView

from accounts.models import User
from cleanings.mixins import VerbFormMixin
from cleanings.states import IllegalMove
from core.formatting import day_label
from core.paging import Segment
from core.views import KeysetListView
from evaluations.forms import NoShowForm, form_for
from evaluations.models import Evaluation
from offers.mixins import OfferMixin
from offers.models import Offer


class EvaluationCreateView(OfferMixin, VerbFormMixin, FormView):
    """Checks whose job it was first, then whether an evaluation is possible."""

    template_name = "evaluations/evaluation_form.html"

    @cached_property
    def offer(self) -> Offer:
        return self.get_object()

    @cached_property
    def subject(self) -> User:
        # `get_object` is for the two sides alone.
        return cast(User, self.offer.other_side(self.request.user))

    def require_possible(self) -> None:
        if why_not := Evaluation.why_not(self.offer, self.request.user):
            raise IllegalMove(why_not)

    def get(self, request, *args, **kwargs) -> HttpResponse:
        try:
            self.require_possible()
        except IllegalMove:
            if self.offer.evaluations.by(request.user).exists():
                return redirect(self.offer.cleaning)
            raise
        return super().get(request, *args, **kwargs)

    def post(self, request, *args, **kwargs) -> HttpResponse:
        self.require_possible()
        return super().post(request, *args, **kwargs)

    def get_form_class(self) -> type[NoShowForm]:
        return form_for(self.offer, self.request.user)

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(offer=self.offer, subject=self.subject, **kwargs)

    def carry_out(self, form: NoShowForm) -> HttpResponse:
        evaluation = Evaluation.write(self.offer, by=self.request.user, **form.said)
        name = self.subject.isolated_name
        if evaluation.is_published:
            sentence = f"Your review of {name} is published, and so is {name}’s of you."
        else:
            date = day_label(evaluation.publishes_at)
            sentence = f"Thank you. We publish your review of {name} on {date} at the latest."
        messages.success(self.request, sentence)
        return redirect(self.offer.cleaning)


class EvaluationListView(KeysetListView):
    template_name = "evaluations/evaluation_list.html"

    @cached_property
    def person(self) -> User:
        members = User.objects.filter(is_active=True).select_related("profile")
        return get_object_or_404(members, username=self.kwargs["username"])

    def get_segments(self) -> list[Segment]:
        published = self.person.evaluations.published().with_people().with_answers()
        return [Segment(published, ("publishes_at",), is_descending=True)]

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(person=self.person, **kwargs)
