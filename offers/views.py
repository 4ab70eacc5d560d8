"""The pages of the bargain: make, compare, choose, and every other move, each through one small view."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.views.generic import DetailView

from cleanings import states
from cleanings.states import IllegalMove, LookAgain, OfferStatus
from offers.actions import moves
from offers.events import evaluate
from offers.forms import AcceptForm, CancelForm, ConfirmForm, MoveForm, OfferForm, ReleaseForm
from offers.mixins import ClashMixin, CleaningMixin, MoveFormView, OfferMixin
from offers.models import Offer


class OfferDetailView(OfferMixin, DetailView):
    """One offer: its terms, its lines of the timeline, and what can be done with it."""

    template_name = "offers/offer_detail.html"

    def get_context_data(self, **kwargs) -> dict:
        timeline = self.cleaning.events.about(self.object.cleaner).told_to(self.request.user)
        actions = moves(self.object, self.request.user, self.place_in_list)
        return super().get_context_data(
            timeline=timeline, actions=actions, is_mine=self.object.cleaner == self.request.user, **kwargs
        )


class OfferCreateView(ClashMixin, CleaningMixin, MoveFormView):
    """Make an offer, or make a rescinded one anew. Who has a pending one is led to it."""

    form_class = OfferForm
    template_name = "offers/offer_form.html"
    move = states.OFFER

    def get_object(self) -> Offer:
        return Offer.of(self.cleaning, self.request.user)

    def get(self, request, *args, **kwargs) -> HttpResponse:
        if self.offer.status == OfferStatus.PENDING:
            return redirect(self.offer)
        return super().get(request, *args, **kwargs)

    def get_initial(self) -> dict:
        return {"hourly_rate": self.cleaning.hourly_rate, "version": self.cleaning.version}

    def carry_out(self, form: OfferForm) -> HttpResponse:
        offer = Offer.make(self.cleaning, by=self.request.user, **form.cleaned_data)
        messages.success(self.request, f"Your offer is sent. We’ve told {self.cleaning.owner.isolated_name}.")
        return redirect(offer)


class MoveView(OfferMixin, MoveFormView):
    """A page that says what a move will do and who is told, and the move itself. A concrete move fills the attributes.

    The move's verb on Offer gets what the form cleaned. A GET that comes too late meets the same 409 as the POST.
    """

    form_class: type = MoveForm
    done: str

    @property
    def template_name(self) -> str:
        return f"offers/offer_{self.move.kind}.html"

    def get_initial(self) -> dict:
        return {"revision": self.offer.revision, "version": self.cleaning.version}

    def get_context_data(self, **kwargs) -> dict:
        others = self.cleaning.offers.others_of(self.offer, self.move).count()
        return super().get_context_data(offer=self.offer, others=others, **kwargs)

    def carry_out(self, form) -> HttpResponse:
        verb = getattr(self.offer, self.move.kind)
        verb(by=self.request.user, **form.cleaned_data)
        messages.success(self.request, self.get_done_message())
        return redirect(self.get_success_url())

    def get_done_message(self) -> str:
        return self.done.format(name=self.offer.cleaner.isolated_name)

    def get_success_url(self) -> str:
        return self.cleaning.get_absolute_url()

    def conflict(self, refusal: IllegalMove) -> HttpResponse:
        """Terms that changed since the page was made are shown once more, to be looked at; all else is a conflict."""
        if not isinstance(refusal, LookAgain):
            return super().conflict(refusal)
        form = self.form_class(initial=self.get_initial())
        return self.render_to_response(self.get_context_data(form=form, refusal=refusal), status=409)


class ReviseView(ClashMixin, MoveView):
    form_class = OfferForm
    move = states.REVISE
    done = "Your offer is revised. We’ve told the owner."

    def get_initial(self) -> dict:
        return super().get_initial() | {"hourly_rate": self.offer.hourly_rate, "message": self.offer.message}

    def get_success_url(self) -> str:
        return self.offer.get_absolute_url()


class AcceptView(MoveView):
    form_class = AcceptForm
    move = states.ACCEPT
    done = "You chose {name}. We’ve told {name}, and everyone who was waiting for your answer."

    def conflict(self, refusal: IllegalMove) -> HttpResponse:
        """Say which rate and which terms the owner was shown before they changed."""
        seen = AcceptForm(self.request.POST)
        if isinstance(refusal, LookAgain) and seen.is_valid():
            self.extra_context = {
                "rate_before": self.offer.rate_at(seen.cleaned_data["revision"]),
                "changes": self.cleaning.changes_since(seen.cleaned_data["version"] or self.cleaning.version),
            }
        return super().conflict(refusal)


class RejectView(MoveView):
    move = states.REJECT
    done = "You have rejected {name}’s offer."

    def get_success_url(self) -> str:
        return reverse("offers:list", args=[self.cleaning.pk]) + self.place_in_list


class ReasonView(MoveView):
    """A move that ends a job, for one of the reasons that can be given now."""

    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {"offer": self.offer}


class ReleaseView(ReasonView):
    form_class = ReleaseForm
    move = states.RELEASE
    done = "You have released {name}. The cleaning is open again."

    def get_done_message(self) -> str:
        link = format_html(' <a href="{}">Put the no-show on record</a>.', evaluate(self.offer))
        return format_html("{}{}", super().get_done_message(), link if self.offer.absentee else "")

    def get_success_url(self) -> str:
        """To the offers that count again."""
        return reverse("offers:list", args=[self.cleaning.pk])


class CompleteView(MoveView):
    move = states.COMPLETE
    done = "The job is completed. We’ve told {name}."


class ConfirmView(ClashMixin, MoveView):
    form_class = ConfirmForm
    move = states.CONFIRM
    done = "Your offer is confirmed. We’ve told the owner."

    def get_success_url(self) -> str:
        return self.offer.get_absolute_url()


class RescindView(MoveView):
    move = states.RESCIND
    done = "You have rescinded your offer. We’ve told the owner."


class CancelView(ReasonView):
    form_class = CancelForm
    move = states.CANCEL
    done = "You have cancelled the job. We’ve told everyone who needs to know."
