"""Who reported is for staff alone: neither name nor address nor words reach the person whom it is about."""

from html import unescape

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from mailqueue.admin import MailAdmin
from mailqueue.models import Mail
from marketplace.testing import create_cast, create_cleaning, create_user, text_of
from marketplace.tests.helpers import crawl
from notifications.models import Notification
from reports.choices import Outcome, Side
from reports.models import Appeal, Decision
from reports.tests.helpers import FACTS, RESTRICTED, create_report, create_support, decided

pytestmark = [pytest.mark.long, pytest.mark.django_db]

CANARIES = ("Canary Reporter", "canary-member", "canary@nowhere.example", "canary-words", "canary-appeal")
OF_MEMBER = [CANARIES[0], CANARIES[1], "canary-member@example.org", *CANARIES[3:]]
OF_NOBODY = [CANARIES[0], CANARIES[2], *CANARIES[3:]]


def create_reports():
    """One of each kind of reporter, on two jobs of Olivia's, hidden, appealed by both sides and settled."""
    create_cast()
    member = create_user("canary-member")
    member.profile.full_name = "Canary Reporter"
    member.profile.save()
    text = "Nobody but me can have written such canary-words about it."
    reports = [
        create_report(create_cleaning(), by="canary-member", text=text),
        create_report(create_cleaning(), by="", name="Canary Reporter", email="canary@nowhere.example", text=text),
    ]
    for report in reports:
        decided(report, Outcome.HIDE)
        report.appeal(Side.ACCUSED, text="I disagree, because it is a fair job.")
        report.appeal(Side.REPORTER, text="Hiding is too little for it, says canary-appeal.")
        report.settle(by=create_user("ada"), outcome=Outcome.DEACTIVATE, **RESTRICTED)
        User.objects.filter(username="olivia").update(is_active=True)
    return reports


def read_by(username, *paths, avoid="/admin/"):
    """All that a browser gets to see, headers included, that follows every link and opens these paths."""
    client = Client()
    client.force_login(User.objects.get(username=username))
    answers = [*crawl(client, avoid).values(), *(client.get(path) for path in paths)]
    return "\n".join(f"{dict(answer.items())} {answer.content.decode(errors='replace')}" for answer in answers)


def mails_to(*addresses):
    messages = [message for message in mail.outbox if set(message.to) & set(addresses)]
    return "\n".join(
        f"{message.subject} {message.body} {message.alternatives} {message.extra_headers}" for message in messages
    )


def found(canaries, text):
    return [canary for canary in canaries if canary in text]


def test_the_accused_meets_the_reporter_nowhere_and_the_reporter_finds_all_of_it():
    of_member, of_nobody = create_reports()
    own = read_by("canary-member", *(report.url_for(Side.REPORTER) for report in (of_member, of_nobody)))
    assert found(OF_MEMBER[:2] + OF_MEMBER[3:4], own) == OF_MEMBER[:2] + OF_MEMBER[3:4]
    statements = [report.url_for(Side.ACCUSED) for report in (of_member, of_nobody)]
    page = read_by("olivia", *statements, "/accounts/export/", "/notifications/")
    assert all(path in page for path in statements)
    secret = {*OF_MEMBER, *OF_NOBODY, *(str(report.reporter_key) for report in (of_member, of_nobody))}
    assert found(secret, page) == []
    told = mails_to("olivia@example.org")
    assert FACTS in told
    assert found(secret, told) == []
    assert found(secret, str(list(create_user("olivia").notifications.values()))) == []


def test_the_reporter_meets_neither_the_key_nor_the_appeal_of_the_accused():
    reports = create_reports()
    page = read_by("canary-member", reports[0].url_for(Side.REPORTER), "/accounts/export/")
    told = mails_to("canary-member@example.org", "canary@nowhere.example")
    accused = [str(reports[0].accused_key), "it is a fair job"]
    assert (found(accused, page), found(accused, told)) == ([], [])
    assert found(accused, read_by("olivia", reports[0].url_for(Side.ACCUSED))) != []


def test_staff_who_are_accused_find_the_reporter_in_no_page_of_the_admin():
    create_cast()
    create_support("sam")
    create_support("sue")
    report = create_report("profile-sam", by="", name="Canary Reporter", email="canary@nowhere.example")
    decided(report, Outcome.HIDE, by=create_user("ada"))
    canaries = ["Canary Reporter", "canary@nowhere.example"]
    paths = [
        f"/admin/reports/report/{report.pk}/change/",
        f"/admin/reports/report/?state=all&q={report.pk}",
        f"/admin/reports/report/?state=all&q={report.email}",
    ]
    assert found(canaries, read_by("sue", *paths, avoid="/nothing/")) == canaries
    assert found(canaries[:1], read_by("sam", *paths, avoid="/nothing/")) == []


def test_what_the_log_of_the_staff_keeps_names_nobody_and_holds_no_words():
    reports = create_reports()
    rows = [*reports, *Decision.objects.all(), *Appeal.objects.all()]
    kept = "\n".join(map(str, rows))
    assert len(set(kept.splitlines())) == len(rows) == 10
    assert found([*OF_MEMBER, *OF_NOBODY, "olivia", "sam", "ada", FACTS, "a fair job"], kept) == []


def test_what_reporters_are_told_is_in_no_list_of_notifications_and_mails_for_staff():
    create_cast()
    report = decided(create_report(), Outcome.HIDE)
    client = Client()
    client.force_login(create_support())
    notice = Notification.objects.get(topic="decided")
    page = unescape(client.get("/admin/notifications/notification/").content.decode())
    assert (notice.subject in page, "that you reported" in page) == (True, False)
    shown = client.get(f"/admin/notifications/notification/{notice.pk}/change/").content.decode()
    assert (notice.sentence[:10] in shown, str(report.accused_key) in shown) == (True, False)


@pytest.mark.usefixtures("queue")
def test_a_superuser_who_is_accused_finds_the_reporter_in_no_mail_of_the_queue():
    create_cast()
    create_report("profile-ada", by="", name="Canary Reporter", email="canary@nowhere.example")
    Mail.objects.update(traceback="Error: refused <canary@nowhere.example>")
    receipt, client = Mail.objects.get(), Client()
    client.force_login(create_user("ada"))
    queue = "/admin/mailqueue/mail/"
    pages = {path: text_of(client.get(path)) for path in (queue, f"{queue}{receipt.pk}/change/", f"{queue}?q=canary")}
    assert "canary@nowhere.example" in receipt.recipient
    assert [path for path, page in pages.items() if "nowhere" in page or "report" in page.partition("<main")[2]] == []
    assert (str(receipt.pk) in pages[queue], str(receipt.pk) in pages[f"{queue}?q=canary"]) == (True, False)


@pytest.mark.usefixtures("queue")
def test_that_there_is_a_mail_about_a_report_is_for_superusers_to_know(rf):
    create_cast()
    decided(create_report(), Outcome.HIDE)
    request = rf.get("/")
    shown = {}
    for username in ("ada", "sam"):
        request.user = create_user(username)
        shown[username] = MailAdmin(Mail, None).get_queryset(request).count()
    assert shown == {"ada": Mail.objects.count(), "sam": 0}
    assert Mail.objects.count() == 3
