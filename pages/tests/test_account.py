"""The page of one's account: each part beside its state."""

import re
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Block, Profile
from cleanings.models import Bookmark, SavedSearch
from marketplace.testing import create_cleaning, create_user, text_of
from notifications.models import SiteOnly
from notifications.topics import topics_by_heading

pytestmark = pytest.mark.django_db

URL = "/accounts/"


@pytest.fixture
def client():
    client = Client()
    client.force_login(create_user("stan"))
    return client


def states(client):
    """What the page says of each part."""
    main = text_of(client.get(URL)).partition("<main")[2]
    found = re.findall(r'<li> <a href="[^"]*">([^<]*)</a>(?: <span>([^<]*)</span>)? </li>', main)
    return {unescape(label): state for label, state in found}


def test_a_new_account_has_what_it_has(client):
    assert states(client) == {
        "Photo": "None", "Name": "None", "About you": "Nothing yet", "Town": "None", "Phone number": "None",
        "E-mail": "stan@example.org", "Password": "Set", "Second factor and passkeys": "Off",
        "Where you’re logged in": "Here", "Access tokens": "None", "Mails about jobs": "All",
        "Saved searches": "0", "Saved jobs": "0",
        "Your calendar": "Off", "People you’ve blocked": "0", "Download everything": "", "Close your account": "",
    }  # fmt: skip


def test_states_follow_what_was_chosen(client):
    stan = create_user("stan")
    about = {"full_name": "Stan Laurel", "bio": "Hello.", "city": "Ghent", "photo": "0" * 32, "calendar_key": uuid4()}
    Profile.objects.filter(user=stan).update(**about)
    stan.authenticator_set.create(type="totp", data={})
    Block.objects.create(blocker=stan, blocked=create_user("carl"))
    SavedSearch.add(by=stan, query="city=Ghent", name="Ghent", cadence="daily")
    Bookmark.add(create_cleaning(), by=stan)
    found = states(client)
    assert [found[part] for part in ("Photo", "Name", "About you", "Town")] == [
        "Yes",
        "Stan Laurel",
        "Written",
        "Ghent",
    ]
    switches = [found[part] for part in ("Second factor and passkeys", "Your calendar")]
    assert switches == ["On", "On"]
    assert [found[part] for part in ("Saved searches", "Saved jobs", "People you’ve blocked")] == ["1", "1", "1"]


def test_mails_are_all_some_or_none(client):
    topics = [topic for group in topics_by_heading().values() for topic in group]
    for left, said in (([], "All"), (topics[:2], f"{len(topics) - 2} of {len(topics)} kinds"), (topics, "None")):
        SiteOnly.objects.choose(create_user("stan"), left)
        assert states(client)["Mails about jobs"] == said


def test_every_part_leads_to_its_page(client):
    page = text_of(client.get(URL))
    main = page.partition("<main")[2].partition("</main>")[0]
    links = {unescape(url).partition("#")[0] for url in re.findall(r'href="([^"]+)"', main)}
    assert len(links) > 10
    assert {client.get(url, follow=True).status_code for url in links} == {200}


def test_the_header_leads_to_it_by_the_first_name(client):
    Profile.objects.filter(user__username="stan").update(full_name="Stan Laurel")
    header = text_of(client.get("/cleanings/")).partition("<header")[2].partition("</header>")[0]
    (link,) = re.findall(rf'<a href="{URL}">(.*?)</a>', header)
    assert re.sub(r"<span class=\"face.*?</span>", "", link).strip() == (
        '<span class="text-truncate">Stan</span><span class="visually-hidden">: your account</span>'
    )


def test_nobody_else_sees_it():
    assert Client().get(URL).url == f"/accounts/login/?next={URL}"
