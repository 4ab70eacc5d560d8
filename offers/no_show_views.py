"""The page on which somebody answers that they did not turn up."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property

from cleanings.states import IllegalMove
from offers.forms import NoShowAnswerForm
from offers.mixins import MoveFormView, OfferMixin
from offers.models import Offer


class AnswerNoShowView(OfferMixin, MoveFormView):
    """Answer, once, that one did not turn up. It moves nothing, and belongs to whichever side it is said of."""

    form_class = NoShowAnswerForm
    template_name = "offers/offer_answer_no_show.html"

    @cached_property
    def offer(self) -> Offer:
        return self.get_object()

    def require_possible(self) -> None:
        if objection := self.offer.objection_to_answer(self.request.user):
            raise IllegalMove(objection)

    def get_context_data(self, **kwargs) -> dict:
        other = self.offer.other_side(self.request.user)
        return super().get_context_data(offer=self.offer, other=other, **kwargs)

    def carry_out(self, form: NoShowAnswerForm) -> HttpResponse:
        self.offer.answer_no_show(by=self.request.user, **form.cleaned_data)
        messages.success(self.request, "Your answer is sent. It appears beside the evaluation once that is published.")
        return redirect(self.offer)
