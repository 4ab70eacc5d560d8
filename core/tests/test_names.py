"""Names that would speak for the site, or lead away from it."""

import pytest
from django.core.exceptions import ValidationError

from core.names import impersonates_site, is_reserved_username, skeleton, validate_no_address


@pytest.mark.parametrize(
    "name",
    [
        *("The staff", "the  STAFF", "The site", "The owner", "You", "Former member", "Swept", "Swept staff"),
        *("swept support", "Team Swept", "The Swept team", "Support", "Swept-Support!", "S.w.e.p.t", "Thé stáff"),
        *("Тhe staff", "ТНЕ ЅТАFF", "St4ff", "The $taff", "The s!te", "Ｔｈｅ　ｓｔａｆｆ", "𝐓𝐡𝐞 𝐬𝐭𝐚𝐟𝐟", "Ⓢⓦⓔⓟⓣ"),
        *("Svvept", "Forrner member", "F0rmer Member", "The\u200bstaff", "ᴛʜᴇ sɪᴛᴇ", "Υου", "Staff 2", "24 Swept team"),
        *("🆂🆆🅴🅿🆃", "Sw\u0323ept", "The owner ★", "“The staff”", "Administrator", "ꓢꓪꓰꓑꓔ"),
    ],
)
def test_the_sites_own_words_are_known_however_they_are_written(name):
    assert impersonates_site(name)


@pytest.mark.parametrize(
    "name",
    [
        *("Ann Swept", "Stafford", "Young", "Theo", "Thé", "Yu", "The Nguyen", "Owen Owner", "Sweptson", "Teamer"),
        *("Ann", "李", "علي", "Анна", "Ann Staff", "Simon Team", "Youssef", "Site-Marie", "🧹", "", "St. John", "2"),
    ],
)
def test_honest_names_speak_for_nobody_else(name):
    assert not impersonates_site(name)


def test_the_name_of_the_site_is_kept_whatever_it_is(settings):
    settings.SITE_NAME = "Clean & Co."
    assert impersonates_site("Team clean/co")
    assert impersonates_site("Clеan & Cо")
    assert not impersonates_site("Swept")


@pytest.mark.parametrize(
    "username",
    [
        *("admin", "Admin", "staff", "support-team", "swept", "Swept_Support", "sw3pt", "st4ff", "root", "r00t", "you"),
        *("administrator", "postmaster", "webmaster", "hostmaster", "abuse", "security", "noreply", "no-reply", "info"),
        *("mailer-daemon", "www-data", "former-1a2b", "Former_member", "former", "admin1", "the-site", "support24"),
    ],
)
def test_usernames_of_site_and_servers_are_kept(username):
    assert is_reserved_username(username)


@pytest.mark.parametrize(
    "username", ["maria", "ann-swept", "stafford", "theo", "formerly", "rootsy", "team-ann", "yo2"]
)
def test_other_usernames_can_be_had(username):
    assert not is_reserved_username(username)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Free prize http://evil.example/win",
            "www.evil.example",
            "ann@example.org",
            "evil.example/win",
            "X HTTPS://Y",
        ),
        *(
            "see www。evil.example",
            "evil．example／win",
            "a@b",
            "t.co/x",
            "evil.example?x=1",
            "http：//evil",
            "bad.example:80/x",
        ),
        *(
            "ev\u200bil.example/win",
            "http:\\\\evil",
            "пример.рф/вин",
            "ww\u00adw.evil",
            "evil.example⁄win",
            "(Ann@ b@c)",
        ),
    ],
)
def test_a_name_with_an_address_is_refused(name):
    with pytest.raises(ValidationError):
        validate_no_address(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "St. John",
            "Dr.Who",
            "Node.js club",
            "J.R.R. Tolkien",
            "Ann / Bob",
            "Flat 3/4",
            "2.5 rooms/week",
            "Ann: maid",
        ),
        *("Wwwhat a day", "Ann @ home", "Kitchen & bath, 1st/2nd floor", "e.g. windows", "Booking.com flat", "12.5/h"),
    ],
)
def test_an_honest_name_is_no_address(name):
    assert validate_no_address(name) is None


def test_names_that_look_alike_have_one_skeleton():
    alike = ["Carl Lee", "carl  lee", "Càrl Lee", "Сarl Lее", "CARL-LEE", "Carl Lee.", "Ｃarl Lee", "Car1 Lee"]
    assert len({skeleton(name) for name in alike}) == 1
    assert len({skeleton(name) for name in ("Carl Lee", "Carla Lee", "Carol Lee", "Karl Lee", "李", "علي")}) == 6


def test_a_very_long_name_is_read_at_once():
    assert not impersonates_site("the" * 20_000 + "x")
