from collections.abc import Callable, Sequence
from datetime import datetime

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, path, reverse
from django.utils.cache import patch_cache_control
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.views.decorators.http import require_POST

from cleanings.states import IllegalMove
from core.admin import NOTHING, VerbsAdmin, lines
from core.formatting import when_label
from reports import looks
from reports.choices import Outcome, SubjectKind
from reports.forms import DecisionForm
from reports.models import Report


def admin_link(row: Model, label: str) -> str:
    """The label alone where the admin has no page for the row."""
    try:
        url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        return label
    return format_html('<a href="{}">{}</a>', url, label)


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin) -> list[tuple[str, str]]:
        return [("appealed", "Appealed"), ("decided", "Decided"), ("all", "All")]

    def choices(self, changelist):
        first, *others = super().choices(changelist)
        return [first | {"display": "Open"}, *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        if self.value() == "all":
            return queryset
        if self.value() == "appealed":
            return queryset.appealed()
        return queryset.decided() if self.value() == "decided" else queryset.open()


@admin.register(Report)
class ReportAdmin(VerbsAdmin):
    """Staff who are a party find no page of the report: they could read who reported it."""

    list_display = ["__str__", "reason", "is_urgent", "waiting", "status", "taken_by", "accused"]
    list_filter = [StateFilter, "reason", "kind"]
    search_fields = ["=id", "=subject_id", "accused__username", "reporter__username", "email"]
    search_help_text = "Number of the report or of what it is about, a username, or the address of a reporter."
    field_labels = {"accused": "about", "copy": "what it said"}
    sortable_by = ()
    verbs = {"take": forms.Form, "decide": DecisionForm, "settle": DecisionForm}
    consequences = {
        "take": "The others see that you look into it. We tell nobody else.",
        "decide": "We tell the reporter at once, and the person it is about if something is done. Both can appeal "
        "within six months; someone else then decides.",
        "settle": "Both sides are told at once. Each can appeal once, so anyone who has not appealed can do so if this "
        "is worse for them than the decision before. What that one did and this one does not is taken back. But a "
        "closed job stays closed, what other decisions ask for stays in force, and what is hidden stays hidden when "
        "you deactivate the account.",
    }
    labels = {"take": "Take it", "settle": "Decide about the appeal"}
    look_buttons = {
        SubjectKind.MESSAGE: ("admin:reports_report_thread", "Read the messages"),
        SubjectKind.PHOTO: ("admin:reports_report_photo", "See the photo"),
    }
    permissions = dict.fromkeys(verbs, "reports.decide_report")
    fieldsets = [
        ("What is reported", {"fields": ["kind", "copy", "as_it_is", "accused_link"]}),
        ("Who reports it, and why", {"fields": ["reason", "text", "reported_by", "created_at"]}),
        ("Progress", {"fields": ["status", "waiting", "taken_by", "taken_at"]}),
        ("What was decided", {"fields": ["decided", "appealed", "earlier"]}),
    ]
    readonly_fields = [name for _, options in fieldsets for name in options["fields"]]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        reports = super().get_queryset(request).reviewable_by(request.user)
        return reports.with_people().prefetch_related("decisions__by__profile", "appeals")

    def get_object(self, request: HttpRequest, *args, **kwargs) -> Report | None:
        report = super().get_object(request, *args, **kwargs)
        if report:
            report.reviewer = request.user
        return report

    def get_ordering(self, request: HttpRequest) -> Sequence:
        return Report.objects.in_queue_order().query.order_by

    def get_verb_form(self, request: HttpRequest, verb: str, queryset: QuerySet[Report]) -> forms.Form:
        if verb == "take":
            return super().get_verb_form(request, verb, queryset)
        possible = [report.outcomes_for(request.user) for report in queryset]
        outcomes = [outcome for outcome in Outcome if all(outcome in each for each in possible)]
        return DecisionForm(request.POST if "confirmed" in request.POST else None, outcomes=outcomes)

    def answer_after(self, verb: str, queryset: QuerySet[Report]) -> HttpResponse | None:
        """Whoever takes a report goes on to read it."""
        is_single = verb == "take" and len(queryset) == 1
        return redirect("admin:reports_report_change", queryset[0].pk) if is_single else None

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        figures = Report.objects.reviewable_by(request.user).figures()
        return super().changelist_view(request, (extra_context or {}) | {"figures": figures})

    def render_change_form(self, request: HttpRequest, context: dict, *args, obj: Report, **kwargs):
        context |= {"possible_verbs": self.possible_verbs(request, obj)} | self.look_at(request, obj)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def possible_verbs(self, request: HttpRequest, report: Report) -> list[tuple[str, str]]:
        buttons = [
            ("take", report.can_be_taken_by(request.user)),
            ("decide", report.can_be_decided_by(request.user)),
            ("settle", report.can_be_settled_by(request.user)),
        ]
        return [(verb, self.label_of(verb)) for verb, is_possible in buttons if is_possible]

    def look_at(self, request: HttpRequest, report: Report) -> dict[str, str]:
        """The button to what only two people see; empty where it cannot be looked at."""
        if looks.why_not_look(report, request.user):
            return {}
        url_name, label = self.look_buttons[SubjectKind(report.kind)]
        return {"look_url": reverse(url_name, args=[report.pk]), "look_label": label}

    def get_urls(self) -> list:
        look = [("thread", self.thread_view), ("photo", self.photo_view)]
        urls = [
            path(f"<id:pk>/{name}/", self.admin_site.admin_view(require_POST(view)), name=f"reports_report_{name}")
            for name, view in look
        ]
        return urls + super().get_urls()

    def thread_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show(request, pk, "Read the messages.", self.show_thread)

    def photo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.show(request, pk, "Saw the photo.", self.show_photo)

    def show(self, request: HttpRequest, pk: int, what: str, show: Callable) -> HttpResponse:
        report = get_object_or_404(self.get_queryset(request), pk=pk)
        try:
            answer = show(request, report)
        except IllegalMove as refusal:
            messages.error(request, str(refusal))
            return redirect("admin:reports_report_change", report.pk)
        self.log_change(request, report, what)
        patch_cache_control(answer, private=True, no_store=True)
        return answer

    def show_thread(self, request: HttpRequest, report: Report) -> HttpResponse:
        thread = looks.read_messages(report, by=request.user)
        context = self.admin_site.each_context(request) | {"title": "Messages", "report": report, "thread": thread}
        return render(request, "admin/reports/report/thread.html", context)

    def show_photo(self, request: HttpRequest, report: Report) -> HttpResponse:
        try:
            photo = looks.see_photo(report, by=request.user)
        except FileNotFoundError as error:
            raise Http404("The file is gone.") from error
        return HttpResponse(photo, content_type="image/webp")

    @admin.display(description="urgent")
    def is_urgent(self, report: Report) -> str:
        return "Yes" if report.is_urgent else NOTHING

    @admin.display(description="waiting for")
    def waiting(self, report: Report) -> str:
        since = self.waiting_since(report)
        return timesince(since) if since else NOTHING

    def waiting_since(self, report: Report) -> datetime | None:
        if report.is_appealed:
            decided = report.last_decision.at
            return min((appeal.at for appeal in report.appeals.all() if appeal.at > decided), default=decided)
        return report.created_at if report.is_open else None

    @admin.display(description="at this moment")
    def as_it_is(self, report: Report) -> str:
        subject = report.subject
        if subject is None:
            return "It is gone."
        row = report.accused if subject.kind == SubjectKind.PROFILE else subject.row
        return admin_link(row, "Hidden by our staff" if subject.is_hidden else "Everyone who saw it still does")

    @admin.display(description="about")
    def accused_link(self, report: Report) -> str:
        return admin_link(report.accused, report.accused.username)

    @admin.display(description="reporter")
    def reported_by(self, report: Report) -> str:
        if report.reporter:
            return admin_link(report.reporter, report.reporter.username)
        return f"{report.name}, {report.email} (no account)"

    @admin.display(description="decisions")
    def decided(self, report: Report) -> str:
        return lines(
            (f"{when_label(each.at)}, {each.by.username}", f"{each.get_outcome_display()}. {each.facts}")
            for each in report.decisions.all()
        )

    @admin.display(description="appeals")
    def appealed(self, report: Report) -> str:
        return lines(
            (f"{when_label(each.at)}, {'the reporter' if each.by_reporter else 'the other side'}", each.text)
            for each in report.appeals.all()
        )

    @admin.display(description="earlier decisions about the same person")
    def earlier(self, report: Report) -> str:
        decisions = report.earlier_decisions.filter(report__in=Report.objects.reviewable_by(report.reviewer))
        return lines(
            (admin_link(each.report, str(each.report)), f"{when_label(each.at)}, {each.get_outcome_display()}")
            for each in decisions[:20]
        )
