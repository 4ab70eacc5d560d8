"""The header's links of a member: rendered once for each shape, and filled in for each page."""

from functools import cache
from typing import NamedTuple

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from core.fragments import fill
from core.templatetags.text import bdi

register = template.Library()

# The pages to which the header leads.
LINKED = (
    "cleanings:list", "cleanings:mine", "offers:mine", "dashboard", "cleanings:create", "notifications:list",
    "accounts:account",
)  # fmt: skip


class Shape(NamedTuple):
    """All on which the markup depends, and nobody's words."""

    # The name of the linked page that is read; empty on all others.
    page: str
    has_unread: bool
    has_photo: bool
    is_staff: bool


@cache
def pattern_of(shape: Shape) -> SafeString:
    profile = {"public_photo": shape.has_photo, "small_photo": "{small_photo}", "large_photo": "{large_photo}"}
    user = {"is_authenticated": True, "is_staff": shape.is_staff, "short_name": "{name}"}
    face = {"is_active": True, "profile": profile, "face": "{face}", "initials": "{initials}"}
    context = {
        "user": user | face,
        "unread_count": "{unread}" if shape.has_unread else "",
        "request": {"path": reverse(shape.page) if shape.page else ""},
        "csrf_token": "{csrf_token}",
    }
    return render_to_string("_site_links.html", context)


@register.simple_tag(takes_context=True)
def member_links(context: Context) -> SafeString:
    user, page, unread = context["user"], context["request"].resolver_match, context["unread_count"]
    face = user.shown_face
    photos = face["profile"]
    name = page.view_name if page else ""
    shape = Shape(name if name in LINKED else "", bool(unread), bool(photos), user.is_staff)
    return fill(
        pattern_of(shape),
        unread=unread,
        name=bdi(user.short_name),
        face=face["face"],
        initials=face["initials"],
        small_photo=photos.get("small_photo", ""),
        large_photo=photos.get("large_photo", ""),
        csrf_token=context["csrf_token"],
    )
