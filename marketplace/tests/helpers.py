"""Every address and every form of the site, a sample site to visit them in, and somebody of each role who does."""

import re
from copy import deepcopy
from datetime import timedelta
from html import unescape
from urllib.parse import urljoin, urlsplit

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.test import Client
from django.urls import URLResolver, get_resolver, resolve, reverse

from accounts.models import Block, Profile, User
from cleanings.alerts import stop_url
from cleanings.models import Bookmark, Cleaning, Event, Photo, SavedSearch
from cleanings.states import Kind
from conversations.models import Message, Question
from evaluations.models import Evaluation
from marketplace.testing import (
    PASSWORD,
    create_cast,
    create_cleaning,
    create_no_show,
    create_offer,
    create_photo,
    create_user,
    move_start,
)
from notifications.emails import token_for
from notifications.models import Notification, SiteOnly
from offers.changes import Change
from offers.models import Offer
from reports.models import Appeal, Decision, Report
from reports.subjects import find_subject

ROLES = ("anonymous", "stan", "carl", "cora", "olivia", "ada")
ARGUMENTS = {"key": "a-key", "uidb36": "1", "section": "pages"}
SITE = "http://testserver"
# Statuses with a page that only a fault of the site, or too much of something, brings.
TROUBLE = ("405", "413", "429", "429_limit", "500", "503")
# What a form is filled with where the page itself suggests nothing.
VALUES = {
    "name": "A name", "cleaning_type": "full_clean", "city": "Ghent", "postcode": "9000", "street_address": "Street 1",
    "estimated_hours": "3", "hourly_rate": "20", "message": "Some words", "reason": "other", "note": "A note",
    "full_name": "Some Body", "phone_number": "+32 2 555 12 34", "login": "stan", "username": "somebody",
    "email": "somebody@example.org", "password": PASSWORD, "oldpassword": PASSWORD, "password1": "yellow-broom-9",
    "overall_rating": "4", "headline": "A headline", "comment": "A comment", "answer": "An answer",
    "text": "A message of some length", "good_faith": "on", "query": "city=Antwerp", "cadence": "daily",
    "shows": "The kitchen", "place": "1", "audience": "members", "kind": "job",
}  # fmt: skip


def routes():
    """Name and arguments of every page but those below admin/, which Django itself tests, and those for programs.

    Once each: some of ours have the name and address of one of allauth's, which nobody reaches.
    """
    return list(dict.fromkeys(routes_below(get_resolver().url_patterns)))


def routes_below(patterns, namespace="", above=()):
    for entry in patterns:
        if isinstance(entry, URLResolver) and str(entry.pattern).startswith("api/"):
            continue
        if str(entry.pattern).lstrip("^").startswith("admin/"):
            continue
        arguments = (*above, *entry.pattern.regex.groupindex)
        if not isinstance(entry, URLResolver):
            yield f"{namespace}{entry.name}", arguments
        else:
            yield from routes_below(entry.url_patterns, f"{entry.namespace}:" if entry.namespace else "", arguments)


class SampleSite:
    """Olivia's cleanings: open with Carl's offer, and assigned to Cora, who is to answer a change; without an offer;
    changed; begun by Carl, and missed by him. Stan has asked about the first two, and has an answer on the second. He
    has reported the first, and may appeal.
    """

    def __init__(self):
        create_cast()
        self.open, self.assigned = create_cleaning(), create_cleaning()
        create_offer(cleaning=self.open)
        create_offer(cleaning=self.open, cleaner=create_user("former"))
        User.objects.filter(username="former").update(is_active=False)
        create_offer(cleaning=self.assigned)
        self.asked, self.answered = (
            Question.ask(cleaning, by=create_user("stan"), text="Is there a lift?")
            for cleaning in (self.open, self.assigned)
        )
        self.answered.give_answer(by=create_user("olivia"), answer="Yes, there is.")
        agreed = create_offer(cleaning=self.assigned, cleaner=create_user("cora"), status="accepted")
        agreed.suggest(by=create_user("olivia"), estimated_hours=4, street_address="New Lane 5")
        # Without a notification, which opening the page would mark as read.
        Message.objects.create(offer=agreed, author=create_user("cora"), text="Where is the key?")
        self.bare, self.changed, self.started = (create_cleaning() for _ in range(3))
        create_offer(cleaning=self.changed)
        self.changed.edit(by=create_user("olivia"), estimated_hours=5)
        create_offer(cleaning=self.started, status="accepted")
        move_start(self.started, timedelta(hours=-1))
        self.done = create_offer(cleaning=create_cleaning(owner=create_user("stan")), status="completed").cleaning
        self.missed = create_no_show(cleaning=create_cleaning()).cleaning
        self.photos = {
            cleaning.pk: create_photo(cleaning=cleaning, audience="everybody")
            for cleaning in (self.open, self.bare, self.changed)
        }
        self.photos[self.assigned.pk] = create_photo(cleaning=self.assigned, by=create_user("cora"), kind="before")
        self.search = SavedSearch.add(by=create_user("carl"), query="city=Ghent", name="Ghent", cadence="daily")
        Bookmark.add(self.bare, by=create_user("carl"))
        subject = find_subject(f"cleaning-{self.open.pk}", create_user("stan"))
        assert subject
        report = Report.file(subject, by=create_user("stan"), reason="other", text="This is not a job at all.")
        report.decide(by=create_user("ada"), outcome="nothing", facts="It is a job like others here.")
        self.report_key = report.reporter_key
        self.token = token_for(create_user("carl"), ["chosen", "rejected"])
        create_user("carl").profile.renew_calendar()
        self.calendar_key = Profile.objects.get(user__username="carl").calendar_key
        self.clients = {role: Client() for role in ROLES}
        for role in ROLES[1:]:
            self.clients[role].force_login(create_user(role))

    def address(self, name, arguments, cleaning=None):
        """The address of a route, below the open cleaning and Carl's offer, or the assigned one and Cora's."""
        cleaning = cleaning or self.open
        known = ARGUMENTS | {
            "pk": cleaning.pk,
            "username": self.cleaner_of(cleaning),
            "photo": self.photo_of(cleaning).pk,
            "question": (self.answered if cleaning == self.assigned else self.asked).pk,
            "search": self.search.pk,
            "signed": stop_url(self.search).split("/")[-2],
            "token": self.token,
            "calendar_key": self.calendar_key,
            "report_key": self.report_key,
        }
        query = f"?of=cleaning-{cleaning.pk}" if name == "reports:create" else ""
        return reverse(name, kwargs={argument: known[argument] for argument in arguments}) + query

    def photo_of(self, cleaning):
        """For everybody and Olivia's, or Cora's of before."""
        return self.photos.get(cleaning.pk) or self.photos[self.open.pk]

    @property
    def cleanings(self):
        return self.open, self.assigned, self.bare, self.changed, self.started, self.done, self.missed

    def cleaner_of(self, cleaning):
        return "cora" if cleaning == self.assigned else "carl"


def admin_addresses():
    yield reverse("admin:index")
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        if row := QuerySet(model).first():
            yield reverse(f"{name}_change", args=[row.pk])


def pages_of(sample_site):
    """Every page that an address shows to somebody, each once a role."""
    for role, client in sample_site.clients.items():
        for name, arguments in routes():
            for path in sorted({sample_site.address(name, arguments, cleaning) for cleaning in sample_site.cleanings}):
                answer = client.get(path)
                if answer.status_code != 302 and answer["Content-Type"].startswith("text/html"):
                    yield f"{role} {path}", answer.content.decode()
    for path in ("/nowhere/", "/?q=%00"):
        yield path, sample_site.clients["anonymous"].get(path).content.decode()
    for path in admin_addresses():
        yield path, sample_site.clients["ada"].get(path).content.decode()
    for status in TROUBLE:
        yield f"/{status}/", render_to_string(f"{status}.html")


def clone_client(client, **options):
    """The same session in another browser."""
    other = Client(**options)
    other.cookies = deepcopy(client.cookies)
    return other


def rows(*dropped):
    """Everything that the site knows, but the sessions and who looked at whose contact, as text."""
    found = [Profile.objects.order_by("user__username").values("user__username", "full_name", "phone_number", "bio")]
    models = (User, Cleaning, Offer, Change, Photo, Question, Message, Evaluation, Notification, SiteOnly, LogEntry)
    models += (SavedSearch, Bookmark, Block, Report, Decision, Appeal)
    found += [model.objects.order_by("pk").values() for model in models]
    # The design asks for these lines: they are written when a page shows a street or a phone number.
    found.append(Event.objects.exclude(kind=Kind.SEE).order_by("pk").values())
    return [[str({name: row[name] for name in row if name not in dropped}) for row in table] for table in found]


def links_of(page):
    """Where the links and the searching forms of a page lead."""
    found = re.findall(r'<a\b[^>]*?\shref="([^"]*)"', page)
    for tag in re.findall(r"<form\b[^>]*>", page):
        if 'method="post"' not in tag:
            found += re.findall(r'\saction="([^"]*)"', tag)
    return [unescape(link) for link in found]


def crawl(client, *avoided):
    """Every page that links lead to from the home page, but what is avoided: address -> answer, redirects followed."""
    waiting, answers, reported = ["/"], {}, set()
    while waiting:
        path = waiting.pop()
        if path in answers or path.startswith(avoided):
            continue
        answers[path] = client.get(path, follow=True)
        if answers[path]["Content-Type"].startswith("text/html"):
            for link in links_of(answers[path].content.decode()):
                target = urlsplit(urljoin(f"{SITE}{answers[path].request['PATH_INFO']}", link))
                # A place of the page itself: the address above lacks its query.
                is_left_out = link.startswith("#")
                if target.path == "/report/" and not is_left_out:
                    # One of each kind: there is one for nearly all that a page shows.
                    kind = target.query.partition("-")[0]
                    is_left_out = kind in reported
                    reported.add(kind)
                if target.netloc == "testserver" and target.scheme == "http" and not is_left_out:
                    # The filters of the admin multiply without end.
                    query = "" if target.path.startswith("/admin/") else target.query
                    waiting.append(target._replace(scheme="", netloc="", fragment="", query=query).geturl())
    return answers


def forms_of(client, path):
    """The forms that a page sends, but the button to log out: where to, with which fields and values."""
    answer = client.get(path)
    page = answer.content.decode() if answer["Content-Type"].startswith("text/") else ""
    for tag, inside in re.findall(r'(<form\b[^>]*method="post"[^>]*>)(.*?)</form>', page, re.DOTALL):
        action = re.search(r'\saction="([^"]*)"', tag)
        target = unescape(action[1]) if action else path
        if target == reverse("account_logout") != path:
            continue
        values = {}
        for field in re.findall(r"<(?:input|textarea|select|button)\b[^>]*>", inside):
            # A preview only shows what is typed.
            if (name := re.search(r'\sname="([^"]+)"', field)) and name[1] != "preview":
                value = re.search(r'\svalue="([^"]*)"', field)
                given = unescape(value[1]) if value and 'type="radio"' not in field else ""
                values[name[1]] = given or VALUES.get(name[1], "")
        yield target, values


def all_forms(sample_site):
    """Every form of the site as whoever may fill it: role, client, address and values."""
    seen = set()
    for role, client in sample_site.clients.items():
        for name, arguments in routes():
            for path in sorted({sample_site.address(name, arguments, cleaning) for cleaning in sample_site.cleanings}):
                for target, values in forms_of(client, path):
                    kind = name, resolve(urlsplit(target).path).view_name, *values
                    if kind not in seen:
                        seen.add(kind)
                        yield role, client, target, values


def order_of_faults(page):
    """The controls that the box links to, in its order and in that of the page."""
    box = re.search(r'<div class="error-summary".*?</div>', page, re.DOTALL)
    links = re.findall(r'href="#([^"]+)"', box[0]) if box else []
    return links, sorted(links, key=lambda name: page.find(f'id="{name}"'))
