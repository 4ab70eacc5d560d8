"""Lines of the list of notifications: the template is rendered once for each shape, and filled in for each line."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from core.addresses import file_address
from core.fragments import fill
from core.templatetags.formatting import ago
from core.templatetags.text import bdi, unbroken

if TYPE_CHECKING:
    from notifications.models import Notification


class Shape(NamedTuple):
    is_new: bool
    has_person: bool
    has_photo: bool
    has_note: bool


@cache
def pattern_of(shape: Shape) -> str:
    profile = {"public_photo": shape.has_photo, "small_photo": "{small_photo}", "large_photo": "{large_photo}"}
    person = {"is_active": True, "profile": profile, "face": "{face}", "initials": "{initials}"}
    context = {"shape": shape, "person": person, "csrf_token": "{csrf_token}"}
    return render_to_string("notifications/_notification.html", context)


def short_sentence(sentence: str, name: str) -> str:
    """For a line below the name of the job: says “this job” instead. An earlier name of the job stays."""
    if sentence.startswith(f"{name}: "):
        return sentence.removeprefix(f"{name}: ")
    if sentence.startswith(name):
        return sentence.replace(name, "This job", 1)
    for words, instead in ((f", for {name}.", "."), (f": {name}, ", ": ")):
        sentence = sentence.replace(words, instead, 1)
    return sentence.replace(name, "this job", 1)


def line_of(notice: Notification, name: str, drawing: str, place: str, csrf_token: str) -> SafeString:
    """`name` is the job's in the heading above, `drawing` stands in for a person, `place` is the page to return to."""
    face = notice.person.shown_face if notice.person else {}
    photos = face.get("profile", {})
    sentence = short_sentence(notice.sentence, name) if name else notice.sentence
    shape = Shape(notice.read_at is None, bool(face), bool(photos), bool(notice.note))
    return fill(
        pattern_of(shape),
        pk=notice.pk,
        sentence=unbroken(bdi(sentence)),
        when=ago(notice.created_at),
        note=notice.note,
        url=notice.url,
        tile=file_address(drawing),
        face=face.get("face", ""),
        initials=face.get("initials", ""),
        small_photo=photos.get("small_photo", ""),
        large_photo=photos.get("large_photo", ""),
        place=place,
        csrf_token=csrf_token,
    )
