from datetime import timedelta
from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.decorators.cache import cache_control
from django.views.generic import FormView

from accounts.rate_limits import REPORTS_PER_ADDRESS, RateLimitExceeded, network_address
from cleanings.mixins import VerbFormMixin
from cleanings.states import IllegalMove
from core.exceptions import LimitReached
from reports.choices import ReportStatus, Side, SubjectKind
from reports.forms import AppealForm, MemberReportForm, ReportForm
from reports.history import history
from reports.models import Report
from reports.sentences import SENTENCES
from reports.subjects import Subject, find_subject

WAITS = {
    ReportStatus.NEW: "We have your report. Someone on our staff will read it.",
    ReportStatus.TAKEN: "We have your report. Someone on our staff is looking into it.",
}

never_cached = method_decorator(cache_control(private=True, no_store=True), name="dispatch")


def count_address(request: HttpRequest) -> None:
    try:
        REPORTS_PER_ADDRESS.consume(network_address(request))
    except RateLimitExceeded as refusal:
        again = timezone.now() + timedelta(seconds=refusal.seconds)
        raise LimitReached(refusal.sentence, again=again) from refusal


@never_cached
@method_decorator(login_not_required, name="dispatch")
class ReportView(VerbFormMixin, FormView):
    template_name = "reports/report_form.html"

    @cached_property
    def subject(self) -> Subject:
        reference = self.request.POST.get("of") or self.request.GET.get("of", "")
        subject = find_subject(reference, self.request.user)
        if subject is None:
            raise Http404
        if not subject.can_be_reported_by(self.request.user):
            raise PermissionDenied
        return subject

    def get_form_class(self) -> type[MemberReportForm]:
        return MemberReportForm if self.request.user.is_authenticated else ReportForm

    def get_initial(self) -> dict:
        return {"of": self.subject.reference}

    def get_context_data(self, **kwargs) -> dict:
        subject = self.subject
        photo = subject.row if subject.kind == SubjectKind.PHOTO else None
        heading = SENTENCES[subject.type.prefix or subject.kind].report
        return super().get_context_data(subject=subject, photo=photo, heading=heading, **kwargs)

    def carry_out(self, form: MemberReportForm) -> HttpResponse:
        by = self.request.user if self.request.user.is_authenticated else None
        report = Report.file(self.subject, by=by, count=partial(count_address, self.request), **form.facts)
        if report.text != form.facts["text"]:
            messages.info(self.request, "You’ve reported this before, and we’re still on it. Here is what you wrote.")
        return redirect(report.url_for(Side.REPORTER))


@never_cached
@method_decorator(login_not_required, name="dispatch")
class ReportDetailView(VerbFormMixin, FormView):
    """For anyone with the key: one is the reporter's, the other that of the person whom the decision concerns."""

    form_class = AppealForm
    http_method_names = ["get", "head"]
    templates = {Side.REPORTER: "reports/report_receipt.html", Side.ACCUSED: "reports/report_statement.html"}

    @cached_property
    def report(self) -> Report:
        found = Report.objects.with_key(self.kwargs["report_key"]).prefetch_related("decisions", "appeals")
        return get_object_or_404(found)

    @cached_property
    def side(self) -> Side:
        return self.report.side_of(self.kwargs["report_key"])

    def get_template_names(self) -> list[str]:
        return [self.templates[self.side]]

    def get_context_data(self, **kwargs) -> dict:
        report, side = self.report, self.side
        decision = report.last_decision
        return super().get_context_data(
            report=report,
            waits=WAITS.get(ReportStatus(report.status), ""),
            decision=decision,
            sentence=decision and decision.sentence_for(side),
            facts=decision and decision.facts_for(side),
            history=history(report, side),
            appeal_url=report.url_for(side) + "appeal/",
            why_not=report.why_not_appeal(side),
            **kwargs,
        )

    def dispatch(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        response = super().dispatch(request, *args, **kwargs)
        # Never the address of this page, which is secret. "no-referrer" would take the origin from the form as well,
        # and without that it is refused.
        response.headers["Referrer-Policy"] = "strict-origin"
        return response


class AppealView(ReportDetailView):
    http_method_names = ["post"]

    def form_invalid(self, form: AppealForm) -> HttpResponse:
        if why_not := self.report.why_not_appeal(self.side):
            raise IllegalMove(why_not)
        return super().form_invalid(form)

    def carry_out(self, form: AppealForm) -> HttpResponse:
        self.report.appeal(self.side, text=form.cleaned_data["text"])
        return redirect(self.report.url_for(self.side))
