"""The queue of reports: who sees what in which order, and what staff do there."""

from datetime import timedelta
from statistics import median

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from marketplace.testing import create_cast, create_cleaning, create_offer, create_user, text_of
from reports.choices import Outcome, Reason, ReportStatus, Side
from reports.models import DECIDED_ALREADY, Report
from reports.tests.helpers import FACTS, RESTRICTED, TEXT, create_report, create_support, decided

pytestmark = [pytest.mark.long, pytest.mark.django_db]

QUEUE = reverse("admin:reports_report_changelist")
RELATED = [
    "reports=1", "reports__isnull=False", "reports__id__exact=1", "reports__reason=illegal",
    "reports_about__isnull=False", "decisions__isnull=False", "blocks__isnull=False", "groups__user__reports=1",
    "is_staff__reports=1",
]  # fmt: skip
APPEAL = "This was only a joke between friends of mine."


@pytest.fixture
def staff(client):
    """The browser of Sam, a member of the support group."""
    create_cast()
    client.force_login(create_support())
    return client


def page_of(client, report):
    return client.get(reverse("admin:reports_report_change", args=[report.pk]))


def act(client, verb, *reports, **typed):
    chosen = {"action": verb, "_selected_action": [report.pk for report in reports]} | typed
    return client.post(QUEUE, chosen, follow=True)


def confirm(client, verb, *reports, **typed):
    answer = act(client, verb, *reports, confirmed="yes", **typed)
    for report in reports:
        report.refresh_from_db()
    return answer


def shown(client, query=""):
    return [report.pk for report in client.get(f"{QUEUE}{query}").context["cl"].result_list]


def test_urgent_ones_come_first_and_then_the_oldest(staff):
    other, illegal, newest = (create_report(reason=reason) for reason in (Reason.OTHER, Reason.ILLEGAL, Reason.SCAM))
    done, appealed = decided(create_report()), decided(create_report(reason=Reason.OTHER))
    appealed.appeal(Side.REPORTER, text=APPEAL)
    assert shown(staff) == [illegal.pk, other.pk, newest.pk, appealed.pk]
    assert (shown(staff, "?state=appealed"), shown(staff, "?state=decided")) == ([appealed.pk], [done.pk])
    assert len(shown(staff, "?state=all")) == 5


def test_the_page_of_a_report_holds_what_it_takes_to_decide(staff):
    decided(create_report(text="This is what came earlier."), outcome=Outcome.HIDE, **RESTRICTED)
    job = create_cleaning(description="Bring your own canary.")
    report = decided(create_report(job))
    report.appeal(Side.REPORTER, text=APPEAL)
    job.edit(by=job.owner, description="As it is.")
    page = text_of(page_of(staff, report))
    wanted = ["Bring your own canary.", TEXT, "stan", "olivia", FACTS, APPEAL, "It is hidden", f"/cleaning/{job.pk}/"]
    assert [words for words in wanted if words not in page] == []


def test_whoever_decides_reads_the_report_beside_the_form_and_can_go_back_to_it(staff):
    first, second = create_report(), create_report(text="The rent is a false promise.")
    page = text_of(act(staff, "decide", second))
    back = reverse("admin:reports_report_change", args=[second.pk])
    words = (f"<h1>Decide: {second}</h1>", "The rent is a false promise.", second.get_reason_display(), f'"{back}"')
    assert [each for each in words if each not in page] == []
    both = text_of(act(staff, "decide", first, second))
    assert [each in both for each in ("Decide: the selected reports", "Leave them as they are")] == [True, True]


def test_whoever_takes_one_report_goes_on_to_read_it(staff):
    report, *others = (create_report(reason=Reason.OTHER) for _ in range(3))
    taken = [confirm(staff, "take", report), confirm(staff, "take", *others)]
    one = reverse("admin:reports_report_change", args=[report.pk])
    assert [answer.request["PATH_INFO"] for answer in taken] == [one, QUEUE]


def test_the_page_of_a_report_says_that_what_it_is_about_is_gone(staff):
    report = create_report(job := create_cleaning(description="Bring your own canary."))
    gone = "It is gone."
    assert gone not in text_of(page_of(staff, report))
    job.delete(by=job.owner)
    page = text_of(page_of(staff, report))
    assert (gone in page, "Bring your own canary." in page) == (True, True)


def test_staff_find_no_report_to_which_they_are_a_party(staff):
    report = create_report(create_cleaning(owner=create_user("sam")))
    assert (shown(staff), page_of(staff, report).status_code) == ([], 302)
    assert staff.get(QUEUE).context["figures"].open == 0
    confirm(staff, "decide", report, outcome=Outcome.NOTHING, facts=FACTS)
    assert report.status == ReportStatus.NEW
    staff.force_login(create_user("ada"))
    assert (shown(staff), page_of(staff, report).status_code) == ([report.pk], 200)
    assert staff.get(QUEUE).context["figures"].open == 1


def test_whoever_becomes_a_party_later_finds_neither_page_nor_row_of_the_report(staff):
    report, other = create_report(job := create_cleaning()), create_report()
    decided(report, by=create_user("ada"))
    assert (page_of(staff, report).status_code, shown(staff, "?state=all")) == (200, [report.pk, other.pk])
    assert str(report) in text_of(page_of(staff, other))
    create_offer(cleaning=job, cleaner=create_user("sam"), status="accepted")
    assert (page_of(staff, report).status_code, shown(staff, "?state=all")) == (302, [other.pk])
    assert str(report) not in text_of(page_of(staff, other))


def test_no_list_of_the_admin_finds_rows_by_a_report_a_block_or_a_secret_address(staff):
    report = decided(create_report("profile-sam"), by=create_user("ada"), outcome=Outcome.HIDE, **RESTRICTED)
    people, notices = reverse("admin:accounts_user_changelist"), reverse("admin:notifications_notification_changelist")
    paths = [f"{people}?{query}" for query in RELATED] + [f"{notices}?url__contains=a", f"{notices}?thread__gte=r"]
    assert {path: staff.get(path).status_code for path in paths} == dict.fromkeys(paths, 400)
    allowed = [f"{people}?is_staff__exact=1", f"{people}?groups__id__exact=1", f"{notices}?topic__exact=decided"]
    assert [staff.get(path).status_code for path in allowed] == [200] * 3
    notice = create_user("sam").notifications.get(topic="decided")
    page = staff.get(reverse("admin:notifications_notification_change", args=[notice.pk]))
    assert (notice.thread, notice.thread in page.content.decode()) == (f"report-{report.pk}", False)


def test_taking_deciding_and_settling_go_through_the_verbs_and_into_the_log(staff):
    report = create_report()
    confirm(staff, "take", report)
    assert (report.status, report.taken_by) == (ReportStatus.TAKEN, create_user("sam"))
    confirm(staff, "decide", report, outcome=Outcome.HIDE, **RESTRICTED)
    assert (report.status, report.subject.is_hidden) == (ReportStatus.DECIDED, True)
    report.appeal(Side.ACCUSED, text=APPEAL)
    assert "decided by someone who made no decision" in text_of(
        confirm(staff, "settle", report, outcome="nothing", facts=FACTS)
    )
    staff.force_login(create_support("sue"))
    confirm(staff, "settle", report, outcome=Outcome.NOTHING, facts=FACTS)
    assert (report.status, report.subject.is_hidden) == (ReportStatus.SETTLED, False)
    log = LogEntry.objects.order_by("pk").values_list("user__username", "change_message")
    assert list(log) == [
        ("sam", "Chose “Take it”."), ("sam", "Chose “Decide”."), ("sue", "Chose “Decide about the appeal”.")
    ]  # fmt: skip


def test_what_will_happen_is_said_before_and_only_fitting_outcomes_are_offered(staff):
    job, profile = create_report(), create_report("profile-olivia")
    page = text_of(act(staff, "decide", job))
    assert [f'value="{outcome}"' in page for outcome in Outcome] == [True] * 4
    assert "pending offers are turned down" in page
    page = text_of(act(staff, "decide", profile))
    assert [f'value="{outcome}"' in page for outcome in Outcome] == [True, True, False, True]
    assert job.decision is None


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"outcome": "hide", "facts": FACTS}, "Choose the rule that was broken."),
        ({"outcome": "nothing", "facts": f"{FACTS} Stan said so."}, "Leave out who reported it"),
        ({"outcome": "nothing", "facts": "Too short"}, "Write at least 20 characters"),
    ],
)
def test_a_refused_decision_keeps_what_was_typed(staff, typed, sentence):
    report = create_report()
    page = text_of(confirm(staff, "decide", report, **typed))
    assert (sentence in page, typed["facts"] in page) == (True, True)
    assert (report.status, LogEntry.objects.count()) == (ReportStatus.NEW, 0)


def test_a_refused_decision_about_several_says_of_each_why(staff):
    reports = [create_report(), create_report()]
    page = text_of(confirm(staff, "decide", *reports, outcome=Outcome.HIDE, facts=FACTS))
    assert [f"{report}: Choose the rule that was broken." in page for report in reports] == [True, True]
    assert [report.status for report in reports] == [ReportStatus.NEW] * 2
    assert LogEntry.objects.count() == 0


def test_a_second_decision_is_refused_with_a_sentence(staff):
    report, other = create_report(), create_report()
    confirm(staff, "take", report)
    create_support("sue")
    report.decide(by=create_user("sue"), outcome=Outcome.NOTHING, facts=FACTS)
    confirm(staff, "decide", other, outcome=Outcome.NOTHING, facts=FACTS)
    typed = {"outcome": Outcome.NOTHING, "facts": FACTS}
    chosen = {"action": "decide", "_selected_action": [report.pk], "confirmed": "yes"}
    assert DECIDED_ALREADY in text_of(staff.post(f"{QUEUE}?state=all", chosen | typed, follow=True))
    assert (report.decisions.get().by.username, other.decision.by.username) == ("sue", "sam")


def test_whoever_only_looks_decides_nothing(staff):
    report, sam = create_report(), create_user("sam")
    assert 'value="decide"' in page_of(staff, report).content.decode()
    assert '<option value="decide">' in staff.get(QUEUE).content.decode()
    sam.groups.clear()
    sam.user_permissions.add(*sam.user_permissions.model.objects.filter(codename="view_report"))
    assert 'value="decide"' not in page_of(staff, report).content.decode()
    assert '<option value="decide">' not in staff.get(QUEUE).content.decode()
    confirm(staff, "decide", report, outcome=Outcome.NOTHING, facts=FACTS)
    assert report.status == ReportStatus.NEW


def test_the_figures_on_top_equal_their_recomputation(staff):
    now, hours = timezone.now(), [1, 5, 30, 2]
    for taken in hours:
        report = create_report()
        Report.objects.filter(pk=report.pk).update(created_at=now - timedelta(hours=taken))
        decided(report)
    oldest = create_report()
    Report.objects.filter(pk=oldest.pk).update(created_at=now - timedelta(days=3))
    create_report()
    figures = staff.get(QUEUE).context["figures"]
    reports = list(Report.objects.all())
    waiting = [report for report in reports if report.is_open]
    took = [(each.decision.at - each.created_at) / timedelta(hours=1) for each in reports if each.decision]
    assert (figures.open, figures.oldest) == (len(waiting), min(report.created_at for report in waiting))
    assert figures.median_hours == pytest.approx(median(took))
    assert "2 open" in text_of(staff.get(QUEUE))


@pytest.mark.parametrize("items", [1, 10])
def test_the_queue_takes_the_same_number_of_queries(staff, items, django_assert_num_queries):
    for _ in range(items):
        create_report()
    staff.get(QUEUE)
    with django_assert_num_queries(10):
        staff.get(QUEUE)
