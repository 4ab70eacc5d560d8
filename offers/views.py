from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe
from django.views.generic import DetailView, FormView, TemplateView

from accounts.models import Profile
from cleanings import states
from cleanings.calendar import calendar_response, escaped
from cleanings.constraints import CleaningType
from cleanings.mixins import VerbFormMixin
from cleanings.states import IllegalMove, Kind, Move, OfferStatus, TermsChanged
from core.formatting import count_word
from core.fragments import rendered
from core.paging import Segment, built_segment
from core.statements import Statement
from core.views import KeysetListView, query_of
from offers.actions import (
    CleaningActions,
    change_url,
    evaluation_url,
    next_offer_action,
    next_offer_step,
    offer_actions,
)
from offers.calendar import entries_of
from offers.changes import Change
from offers.clashes import clashes_of
from offers.comparison import RateLine, card_of, heading, next_step
from offers.forms import (
    AcceptForm,
    CancelForm,
    ChangeAnswerForm,
    ChangeForm,
    ConfirmForm,
    MoveForm,
    NoShowAnswerForm,
    OfferForm,
    ReleaseForm,
)
from offers.mixins import ClashMixin, CleaningMixin, OfferMixin, get_offer_or_404, offers_of
from offers.models import Offer
from offers.prices import kept_price
from offers.querysets import NEVER, OfferQuerySet

TABS = {"ahead": "Ahead", "pending": "Waiting", "past": "Past"}
ORDERS = {"ahead": "Soonest first.", "pending": "Newest first.", "past": "Latest first."}
EMPTY_SENTENCES = {
    "ahead": "No jobs ahead. When someone accepts your offer, the job appears here.",
    "pending": "No offers waiting. The offers you make appear here until the owner decides.",
    "past": "Nothing here yet. Jobs you’ve done and offers that have ended appear here.",
}


def offers_to_compare(column: str, cleaning: int, at: datetime) -> OfferQuerySet:
    """The offers with the column to sort by. Their ratings count what is published at the moment."""
    offers = Offer.objects.filter(cleaning=cleaning).not_rescinded().with_faces().with_jobs_done().with_ratings(at)
    offers = offers.with_revision().with_rank().with_block().with_number_waiting(cleaning)
    # The gaps are added only where they sort, because the database computes them for every row.
    if column == "rating_gap":
        return offers.with_rating_gap()
    return offers.with_jobs_gap() if column == "jobs_gap" else offers


COLUMNS = {"rate": "hourly_rate", "rating": "rating_gap", "jobs": "jobs_gap", "oldest": "created_at"}
SORTS = {sort: built_segment(partial(offers_to_compare, column), ("rank", column)) for sort, column in COLUMNS.items()}


class OfferListView(CleaningMixin, KeysetListView):
    template_name = "offers/offer_list.html"
    labels = {"rate": "lowest rate", "rating": "rating", "jobs": "jobs done", "oldest": "oldest"}

    def get_segments(self) -> list[Segment]:
        if not self.cleaning.is_owned_by(self.request.user):
            raise PermissionDenied
        sort = self.request.GET.get("sort")
        self.sort = sort if sort in SORTS else "rate"
        return [SORTS[self.sort](self.cleaning.pk, timezone.now())]

    def get_query(self) -> dict[str, str]:
        return {"sort": self.sort}

    def get_context_data(self, **kwargs) -> dict:
        context = super().get_context_data(labels=self.labels.items(), **kwargs)
        offers, place = context["object_list"], query_of(self.request, "sort", "after")
        for offer in offers:
            offer.cleaning = self.cleaning
        cards = rendered("offers/_card.html", [card_of(offer, self.request.user, place) for offer in offers])
        shown = list(zip(offers, cards, strict=True))
        waiting = offers[0].number_waiting if offers else 0
        return context | {
            "sort": self.sort,
            "place": place,
            "title": heading(self.cleaning, offers, waiting),
            "next_step": next_step(self.cleaning, offers, waiting),
            "rate_line": self.get_rate_line(offers),
            "in_play": [pair for pair in shown if pair[0].status in states.IN_PLAY],
            "over": [pair for pair in shown if pair[0].status not in states.IN_PLAY],
        }

    def get_rate_line(self, offers: list[Offer]) -> str:
        pending = [offer for offer in offers if offer.status == OfferStatus.PENDING]
        if not pending:
            return ""
        kind = CleaningType(self.cleaning.cleaning_type)
        line = RateLine(pending, self.cleaning.hourly_rate, kept_price(self.cleaning.city, kind))
        return rendered("offers/_rate_line.html", [line.facts | {"city": self.cleaning.city}])[0]


def offers_made_by(cleaner: int) -> OfferQuerySet:
    return Offer.objects.filter(cleaner=cleaner).with_cleaning().with_block()


offers_ahead = built_segment(lambda cleaner, never: offers_made_by(cleaner).ahead().with_start(never), ("start",))
OWN_OFFERS: dict[str, Callable[[int], Segment]] = {
    "ahead": lambda cleaner: offers_ahead(cleaner, NEVER),
    "pending": built_segment(lambda cleaner: offers_made_by(cleaner).pending(), ("created_at",), is_descending=True),
    "past": built_segment(lambda cleaner: offers_made_by(cleaner).past(), ("status_since",), is_descending=True),
}


@Statement
def count_by_status(cleaner: int) -> QuerySet:
    return Offer.objects.filter(cleaner=cleaner).values_list("status").annotate(Count("pk"))


class MyOffersView(KeysetListView):
    template_name = "offers/offer_mine.html"

    @cached_property
    def chosen(self) -> str:
        chosen = self.request.GET.get("show")
        return chosen if chosen in TABS else "ahead"

    def get_segments(self) -> list[Segment]:
        return [OWN_OFFERS[self.chosen](self.request.user.pk)]

    def get_query(self) -> dict[str, str]:
        return {"show": self.chosen}

    def get_context_data(self, **kwargs) -> dict:
        context = super().get_context_data(chosen=self.chosen, **kwargs)
        offers = context["object_list"]
        for offer in offers:
            offer.cleaner = self.request.user
        Change.objects.attach_to([offer for offer in offers if offer.status == OfferStatus.ACCEPTED])
        clashes = clashes_of(self.request.user, [offer.cleaning for offer in offers]) if self.chosen == "ahead" else {}
        rows = [
            (offer, next_offer_action(offer, self.request.user), clashes.get(offer.cleaning_id, ())) for offer in offers
        ]
        return context | {
            "tabs": self.get_tabs(),
            "rows": rows,
            "order": ORDERS[self.chosen],
            "empty_sentence": EMPTY_SENTENCES[self.chosen],
        }

    def get_tabs(self) -> list[tuple[str, str, int]]:
        counts: dict[str, int] = dict(count_by_status.tuples(self.request.user.pk))
        return [
            (name, label, sum(counts.get(status, 0) for status in states.OFFER_LISTS[name]))
            for name, label in TABS.items()
        ]


def offers_with_figures(cleaning: int, username: str) -> OfferQuerySet:
    return offers_of(cleaning, username).with_ratings().with_jobs_done()


class OfferDetailView(OfferMixin, DetailView):
    template_name = "offers/offer_detail.html"

    def get_object(self, queryset=None) -> Offer:
        return get_offer_or_404(self.cleaning, self.kwargs["username"], self.request.user, offers_with_figures)

    def get_context_data(self, **kwargs) -> dict:
        timeline = self.cleaning.events.about(self.object.cleaner).lines_for(self.request.user)
        is_mine = self.object.cleaner == self.request.user
        return super().get_context_data(
            timeline=timeline,
            available=CleaningActions(offer_actions(self.object, self.request.user, self.place_in_list)),
            is_mine=is_mine,
            next_step=next_offer_step(self.object, self.request.user),
            **kwargs,
        )


class MoveFormView(VerbFormMixin, FormView):
    """The order of checks: 404 and 403, then whether the move is possible, then the form."""

    move: Move

    @cached_property
    def offer(self) -> Offer:
        return self.get_offer()

    def get_offer(self) -> Offer:
        offer = self.get_object()
        if not offer.has_role_for(self.request.user, self.move):
            raise PermissionDenied
        return offer

    def require_possible(self) -> None:
        if why_not := self.offer.why_not(self.move):
            raise IllegalMove(why_not)

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        self.require_possible()
        return super().get(request, *args, **kwargs)

    def form_invalid(self, form) -> HttpResponse:
        self.require_possible()
        return super().form_invalid(form)


class OfferCreateView(ClashMixin, CleaningMixin, MoveFormView):
    form_class = OfferForm
    template_name = "offers/offer_form.html"
    move = states.OFFER

    def get_object(self) -> Offer:
        return Offer.get_or_new(self.cleaning, self.request.user)

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if self.offer.status == OfferStatus.PENDING:
            return redirect(self.offer)
        self.require_possible()
        return self.render_to_response(self.get_context_data())

    def get_initial(self) -> dict:
        return {"hourly_rate": self.cleaning.hourly_rate, "version": self.cleaning.version}

    def carry_out(self, form: OfferForm) -> HttpResponse:
        offer = Offer.make(self.cleaning, by=self.request.user, **form.cleaned_data)
        messages.success(self.request, f"Your offer is sent. We’ve told {self.cleaning.owner.short_name}.")
        return redirect(offer)


class MoveView(OfferMixin, MoveFormView):
    """A GET that comes too late gets the same 409 as the POST."""

    form_class: type = MoveForm
    # `done_one` and `done_many` are for a move that changes the offers of one or of several others too.
    done: str
    done_one = done_many = ""

    @property
    def template_name(self) -> str:
        return f"offers/offer_{self.move.kind}.html"

    def get_initial(self) -> dict:
        return {"revision": self.offer.revision, "version": self.cleaning.version}

    def get_context_data(self, **kwargs) -> dict:
        return super().get_context_data(offer=self.offer, others=self.count_others(), **kwargs)

    def count_others(self) -> int:
        return self.cleaning.offers.others_of(self.offer, self.move).count()

    def carry_out(self, form) -> HttpResponse:
        verb = getattr(self.offer, self.move.kind)
        self.others = verb(by=self.request.user, **form.cleaned_data) or 0
        messages.success(self.request, self.get_done_message())
        return redirect(self.get_success_url())

    def get_done_sentence(self) -> str:
        if not self.others:
            return self.done
        return self.done_one if self.others == 1 else self.done_many

    def get_done_message(self) -> str:
        return self.get_done_sentence().format(
            name=self.offer.cleaner.short_name,
            owner=self.cleaning.owner.short_name,
            number=count_word(self.others),
        )

    def get_success_url(self) -> str:
        return self.cleaning.get_absolute_url()

    def conflict(self, refusal: IllegalMove) -> HttpResponse:
        """Show the form again for changed terms, so that the person can look at them; all else is a conflict."""
        if not isinstance(refusal, TermsChanged):
            return super().conflict(refusal)
        form = self.form_class(initial=self.get_initial())
        return self.render_to_response(self.get_context_data(form=form, refusal=refusal), status=409)


class ReviseView(ClashMixin, MoveView):
    form_class = OfferForm
    move = states.REVISE
    done = "Your offer is changed. We’ve told {owner}."

    def get_initial(self) -> dict:
        return super().get_initial() | {"hourly_rate": self.offer.hourly_rate, "message": self.offer.message}

    def get_success_url(self) -> str:
        return self.offer.get_absolute_url()


class AcceptView(MoveView):
    form_class = AcceptForm
    move = states.ACCEPT
    done = "You chose {name}. We’ve told {name}."
    done_one = "You chose {name}. We’ve told {name} and one other."
    done_many = "You chose {name}. We’ve told {name} and the {number} others."

    def conflict(self, refusal: IllegalMove) -> HttpResponse:
        seen = AcceptForm(self.request.POST)
        if isinstance(refusal, TermsChanged) and seen.is_valid():
            rate = self.offer.rate_at(seen.cleaned_data["revision"])
            self.extra_context = {
                "rate_before": rate if rate != self.offer.hourly_rate else None,
                "changes": self.cleaning.changes_since(seen.cleaned_data["version"] or self.cleaning.version),
            }
        return super().conflict(refusal)


class RejectView(MoveView):
    move = states.REJECT
    done = "You turned down {name}’s offer. We’ve told {name}."

    def get_success_url(self) -> str:
        return reverse("offers:list", args=[self.cleaning.pk]) + self.place_in_list


class ReasonView(MoveView):
    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {"offer": self.offer}


class ReleaseView(ReasonView):
    form_class = ReleaseForm
    move = states.RELEASE
    done = "You cancelled the job with {name}. It’s open again."
    done_one = "You cancelled the job with {name}. It’s open again, and one earlier offer is back in play."
    done_many = "You cancelled the job with {name}. It’s open again, and {number} earlier offers are back in play."
    done_undecided = "You cancelled the job with {name}. Now decide who sees the job."

    def get_done_sentence(self) -> str:
        return self.done_undecided if self.offer.cleaning.is_undecided else super().get_done_sentence()

    def get_done_message(self) -> str:
        name = self.offer.cleaner.short_name
        link = format_html(' <a href="{}">Say that {} didn’t turn up</a>.', evaluation_url(self.offer), name)
        return format_html("{}{}", super().get_done_message(), link if self.offer.absentee else "")

    def get_success_url(self) -> str:
        return reverse("offers:list", args=[self.cleaning.pk])


class CompleteView(MoveView):
    move = states.COMPLETE
    done = "The job is done. We’ve told {name}."


class ConfirmView(ClashMixin, MoveView):
    form_class = ConfirmForm
    move = states.CONFIRM
    done = "You kept your offer. We’ve told {owner}."

    def get_success_url(self) -> str:
        return self.offer.get_absolute_url()


class RescindView(MoveView):
    move = states.RESCIND
    done = "You withdrew your offer. We’ve told {owner}."


class CancelView(ReasonView):
    form_class = CancelForm
    move = states.CANCEL
    done = "You cancelled the job. We’ve told {owner}."
    done_one = "You cancelled the job. We’ve told {owner} and the cleaner whose offer is back in play."
    done_many = "You cancelled the job. We’ve told {owner} and the {number} cleaners whose offers are back in play."
    done_without_owner = "You cancelled the job. It’s closed, because its owner is no longer a member."

    def get_done_sentence(self) -> str:
        return super().get_done_sentence() if self.cleaning.owner.is_active else self.done_without_owner


class AnswerNoShowView(OfferMixin, MoveFormView):
    form_class = NoShowAnswerForm
    template_name = "offers/offer_answer_no_show.html"

    def get_offer(self) -> Offer:
        return self.get_object()

    def require_possible(self) -> None:
        if why_not := self.offer.why_not_answer_no_show(self.request.user):
            raise IllegalMove(why_not)

    def get_context_data(self, **kwargs) -> dict:
        other = self.offer.other_side(self.request.user)
        return super().get_context_data(offer=self.offer, other=other, **kwargs)

    def carry_out(self, form: NoShowAnswerForm) -> HttpResponse:
        self.offer.answer_no_show(by=self.request.user, **form.cleaned_data)
        messages.success(self.request, "Your answer is sent. It appears beside the review once that is published.")
        return redirect(self.offer)


class ChangeView(OfferMixin, MoveFormView):
    """Shows the open change beside what is agreed, or a form to suggest one."""

    form_class = ChangeForm

    @property
    def template_name(self) -> str:
        return "offers/change_detail.html" if self.offer.open_change else "offers/change_form.html"

    def get_offer(self) -> Offer:
        return self.get_object()

    def require_possible(self) -> None:
        if why_not := self.offer.why_not_suggest(self.request.user):
            raise IllegalMove(why_not)

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not self.offer.open_change:
            self.require_possible()
        return self.render_to_response(self.get_context_data())

    def get_form_kwargs(self) -> dict:
        return super().get_form_kwargs() | {"offer": self.offer, "by": self.request.user}

    def get_context_data(self, **kwargs) -> dict:
        change = self.offer.open_change
        if change:
            kwargs |= self.compare(change)
        other = self.offer.other_side(self.request.user)
        return super().get_context_data(offer=self.offer, other=other, change=change, **kwargs)

    def compare(self, change: Change) -> dict:
        reader = self.request.user
        if self.request.method != "HEAD":
            change.record_look(by=reader)
        is_cleaner = reader == self.offer.cleaner
        clashes = clashes_of(reader, [change.suggested_job]) if is_cleaner else {}
        return {
            "rows": [*change.rows_for(reader), change.pay_row],
            "is_mine": change.by_id == reader.pk,
            "clashes": clashes.get(self.cleaning.pk, ()),
        }

    def carry_out(self, form: ChangeForm) -> HttpResponse:
        change = self.offer.suggest(by=self.request.user, note=form.cleaned_data["note"], **form.suggested)
        messages.success(self.request, f"Your suggestion is sent. We’ve told {self.other_name}.")
        return redirect(change)

    @property
    def other_name(self) -> str:
        return self.offer.other_side(self.request.user).short_name


class ChangeAnswerView(ChangeView):
    """Answers the change that the page showed. If the change is another by then, the page shows it first."""

    kind: Kind
    done: str

    def get(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        return redirect(change_url(self.get_object()))

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        form = ChangeAnswerForm(request.POST)
        change = self.offer.changes.filter(pk=form.cleaned_data["change"]).first() if form.is_valid() else None
        if change is None:
            raise TermsChanged("This isn’t the change that you saw.")
        getattr(change, self.kind)(by=request.user)
        messages.success(request, self.done.format(other=self.other_name))
        return redirect(self.cleaning)

    def conflict(self, refusal: IllegalMove) -> HttpResponse:
        self.offer = self.get_offer()
        if not self.offer.open_change:
            return super().conflict(refusal)
        form = ChangeForm(offer=self.offer, by=self.request.user)
        return self.render_to_response(self.get_context_data(form=form, refusal=refusal), status=409)


class AgreeView(ChangeAnswerView):
    kind = Kind.AGREE
    done = "You agreed to the change. We’ve told {other}."


class DeclineView(ChangeAnswerView):
    kind = Kind.DECLINE
    done = "You declined the change, and the job stays as it was. We’ve told {other}."


class WithdrawView(ChangeAnswerView):
    kind = Kind.WITHDRAW
    done = "You withdrew your suggestion. We’ve told {other}."


@login_not_required
@require_safe
@cache_control(private=True, no_store=True)
def calendar_file(request: HttpRequest, calendar_key: UUID) -> HttpResponse:
    """Open to anyone who knows the address, because calendar programs do not log in."""
    profile = get_object_or_404(Profile.objects.select_related("user"), calendar_key=calendar_key)
    if not profile.user.is_active:
        raise Http404("This account has ended.")
    answer = calendar_response(
        entries_of(profile.user),
        f"{settings.SITE_NAME}.ics",
        **{"X-WR-CALNAME": escaped(f"Jobs on {settings.SITE_NAME}")},
    )
    answer["X-Robots-Tag"] = "noindex"
    return answer


class CalendarAddressView(TemplateView):
    template_name = "offers/calendar.html"

    def get_context_data(self, **kwargs) -> dict:
        key = self.request.user.profile.calendar_key
        url = f"{settings.SITE_URL}{reverse('offers:calendar_file', args=[key])}" if key else ""
        return super().get_context_data(calendar_url=url, **kwargs)


@require_POST
def renew_calendar(request: HttpRequest) -> HttpResponseRedirect:
    had_one = request.user.profile.calendar_key is not None
    request.user.profile.renew_calendar()
    messages.success(
        request,
        "Your calendar has a new address. The old one no longer works." if had_one else "Your calendar is ready.",
    )
    return redirect("offers:calendar")


@require_POST
def stop_calendar(request: HttpRequest) -> HttpResponseRedirect:
    request.user.profile.stop_calendar()
    messages.success(request, "Your calendar is off, and its address no longer works.")
    return redirect("offers:calendar")
