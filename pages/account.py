from __future__ import annotations

from typing import NamedTuple

from allauth.usersessions.models import UserSession
from django.urls import reverse

from accounts.middleware import has_second_factor
from accounts.models import User
from notifications.topics import topics_by_heading


class Part(NamedTuple):
    label: str
    state: str
    url: str


class Group(NamedTuple):
    heading: str
    parts: list[Part]


def groups_of(user: User) -> list[Group]:
    return [
        Group("How people see you", profile_parts(user)),
        Group("Logging in", login_parts(user)),
        Group("Mails and calendar", news_parts(user)),
        Group("Privacy and data", privacy_parts(user)),
    ]


def profile_parts(user: User) -> list[Part]:
    profile, edit = user.profile, reverse("accounts:profile_update")
    return [
        Part("Photo", "Yes" if profile.photo else "None", f"{edit}#id_photo"),
        Part("Name", profile.full_name or "None", f"{edit}#id_full_name"),
        Part("About you", "Written" if profile.bio else "Nothing yet", f"{edit}#id_bio"),
        Part("Town", profile.city or "None", f"{edit}#id_city"),
        Part("Phone number", profile.phone_number or "None", f"{edit}#id_phone_number"),
    ]


def login_parts(user: User) -> list[Part]:
    tokens = user.access_tokens.valid().count()
    devices = UserSession.objects.filter(user=user).count()
    return [
        Part("E-mail", user.email, reverse("account_email")),
        Part("Password", "Set" if user.has_usable_password() else "None", reverse("account_change_password")),
        Part("Second factor and passkeys", "On" if has_second_factor(user) else "Off", reverse("mfa_index")),
        Part("Where you’re logged in", f"{devices} devices" if devices > 1 else "Here", reverse("usersessions_list")),
        Part("Access tokens", f"{tokens}" if tokens else "None", reverse("accounts:tokens")),
    ]


def news_parts(user: User) -> list[Part]:
    return [
        Part("Mails about jobs", mails(user), reverse("notifications:choices")),
        Part("Saved searches", f"{user.searches.count()}", reverse("cleanings:searches")),
        Part("Saved jobs", f"{user.bookmarks.without_blocks(user).count()}", reverse("cleanings:bookmarks")),
        Part("Your calendar", "On" if user.profile.calendar_key else "Off", reverse("offers:calendar")),
    ]


def privacy_parts(user: User) -> list[Part]:
    return [
        Part("People you’ve blocked", f"{user.blocks.count()}", reverse("accounts:blocks")),
        Part("Download everything", "", reverse("export")),
        Part("Close your account", "", reverse("accounts:close")),
    ]


def mails(user: User) -> str:
    topics = {topic for group in topics_by_heading().values() for topic in group}
    mailed = len(topics - user.site_only.topics())
    if mailed == len(topics):
        return "All"
    return f"{mailed} of {len(topics)} kinds" if mailed else "None"
