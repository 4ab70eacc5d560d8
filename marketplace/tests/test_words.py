"""Words that docs/words.md rules out, looked for in our own sentences: on pages, in mails, in templates and in code."""

import ast
import re
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.template.loader import render_to_string
from django.utils.timezone import now

from core.fields import CleanCharField, CleanTextField
from marketplace.testing import rolled_back
from marketplace.tests.helpers import VALUES, all_forms, clone_client, pages_of
from marketplace.tests.test_errors import ways_on
from notifications.emails import email_about
from notifications.models import Notification
from notifications.tests.cases import NOTIFIED, before

ROOT = Path(settings.BASE_DIR)
MARK = "§"
# What people read of a page though it is no text of it.
READ = {"alt", "title", "aria-label", "placeholder", "content", "label"}
# What programs write keeps the names of the model.
CODE = {"script", "style", "code", "pre"}
INLINE = {"a", "abbr", "b", "bdi", "code", "em", "i", "mark", "small", "span", "strong", "time"}


def ruled_out():
    """The list at the end of docs/words.md, with the endings that verbs and nouns take."""
    text = (ROOT / "docs" / "words.md").read_text().partition("## Words that never appear")[2]
    words = [word.strip() for word in text.rpartition("\n\n")[2].replace("\n", " ").split(",")]
    assert len(words) > 20
    return re.compile(r"\b(?:" + "|".join(re.escape(word) for word in words) + r")(?:s|d|ed)?\b", re.IGNORECASE)


RULED_OUT = ruled_out()


class Sentences(HTMLParser):
    """The words of a page as they are read: tags inside a sentence do not part it."""

    def __init__(self, html):
        super().__init__()
        self.words, self.is_code = "", False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.is_code = self.is_code or tag in CODE
        self.words += "" if tag in INLINE else "\n"
        is_button = tag == "input" and dict(attrs).get("type") == "submit"
        for name, value in attrs:
            if value and (name in READ or (name == "value" and is_button)):
                self.words += f"\n{value}\n"

    def handle_endtag(self, tag):
        self.is_code = self.is_code and tag not in CODE
        self.words += "" if tag in INLINE else "\n"

    def handle_data(self, data):
        if not self.is_code:
            self.words += data


def found_in(text):
    """Each word with the line around it."""
    lines = (" ".join(re.sub(r"https?://\S+", MARK, line).split()) for line in text.splitlines())
    return {(found[0].lower(), line[:160]) for line in lines for found in RULED_OUT.finditer(line)}


def found_on(html, typed=None):
    """What `typed` finds gives way to a mark. A sentence of a template runs over several lines."""
    html = typed.sub(MARK, html) if typed else html
    words = Sentences(re.sub(r"\s+", " ", html)).words
    # Where a template closes a tag under a condition, its attributes are left over.
    return found_in(re.sub(r'[\w-]+="[^"]*"', MARK, words))


def typed_by_people(*more):
    """Finds all that a field for words of people holds, the longest first."""
    texts = set(more)
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, CleanCharField | CleanTextField):
                texts |= set(models.QuerySet(model).values_list(field.attname, flat=True))
    texts |= {escape(text) for text in texts if text}
    longest_first = sorted((text for text in texts if text), key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)")


def tell(found):
    """A line for each word, with the first place where it is said so."""
    first = {hit: place for place, hits in reversed(found.items()) for hit in hits}
    return [f"{word}: {line} [{place}]" for (word, line), place in sorted(first.items())]


@pytest.mark.long
def test_every_page_has_a_way_on_and_no_word_that_is_ruled_out(sample_site):
    pages, typed = dict(pages_of(sample_site)), typed_by_people()
    assert len(pages) > 300
    assert tell({place: found_on(page, typed) for place, page in pages.items()}) == []
    assert [place for place, page in pages.items() if "/admin/" not in place and not ways_on(page)] == []


@pytest.mark.long
def test_no_answer_to_a_form_has_a_word_that_is_ruled_out(sample_site):
    typed, found = typed_by_people(*VALUES.values()), {}
    for role, client, target, filled in all_forms(sample_site):
        for name, values in (("filled", filled), ("empty", dict.fromkeys(filled, ""))):
            with rolled_back():
                answer = clone_client(client).post(target, values, follow=True)
            if answer["Content-Type"].startswith("text/html"):
                found[f"{role} {target} {name}"] = found_on(answer.content.decode(), typed)
    assert len(found) > 100
    assert tell(found) == []


@pytest.mark.django_db
@pytest.mark.parametrize("kind", NOTIFIED)
def test_no_mail_about_an_event_has_a_word_that_is_ruled_out(kind):
    with before(kind) as act:
        act()
    notices = list(Notification.objects.all())
    assert notices
    for notice in notices:
        mail = email_about([notice])
        html = mail.alternatives[0].content
        assert found_in(f"{mail.subject}\n{mail.body}\n{notice.sentence}") | found_on(html) == set()


MAILS = sorted(
    str(path.relative_to(ROOT / "templates")) for path in (ROOT / "templates").rglob("email/*.*") if path.name[0] != "_"
)


@pytest.mark.parametrize("template", MAILS)
def test_no_template_of_a_mail_has_a_word_that_is_ruled_out(template):
    newest = {"url": "/", "button_label": "See the job"}
    context = {"timestamp": now(), "stop": "/", "site_url": "http://testserver", "newest": newest}
    text = render_to_string(template, context)
    assert (found_on(text) if template.endswith("html") else found_in(text)) == set()


def words_of_template(source):
    """Both sides of each condition, and words handed to included templates: with a space or a capital."""
    tags = " ".join(re.findall(r"{%.*?%}", source, re.DOTALL))
    handed_on = [text for text in re.findall(r'\w="([^"]*)"', tags) if " " in text or text[:1].isupper()]
    source = re.sub(r"{{.*?}}", MARK, re.sub(r"{#.*?#}", "", source), flags=re.DOTALL)
    return re.sub(r"{%.*?%}", "<br>", source, flags=re.DOTALL), "\n".join(handed_on)


def test_no_template_has_a_word_that_is_ruled_out():
    found = {}
    for path in (ROOT / "templates").rglob("*.*"):
        source, handed_on = words_of_template(path.read_text())
        found[path.relative_to(ROOT)] = found_on(source) | found_in(handed_on)
    assert len(found) > 100
    assert tell(found) == []


def sentences_of_code(path):
    """What reads like words: with a space, or a capital at its beginning, and no docstring."""
    tree = ast.parse(path.read_text())
    left_out = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            left_out.add(node.value)
        # Programmers read these.
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("logger.", "logging.", "TypeError")):
            left_out |= set(node.args)
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in left_out
        if is_text and (" " in node.value or node.value[:1].isupper()):
            yield node.value


def test_no_string_of_the_code_has_a_word_that_is_ruled_out():
    """Catalogues of events and refusals, choices, labels and faults of forms among them."""
    found = {}
    for app in {config.name.partition(".")[0] for config in apps.get_app_configs()}:
        for path in (ROOT / app).rglob("*.py"):
            if not {"tests", "migrations", "management", "demo"} & set(path.parts[len(ROOT.parts) :]):
                texts = sentences_of_code(path)
                found[path.relative_to(ROOT)] = set().union(*(found_in(text) for text in texts))
    assert len(found) > 100
    assert tell(found) == []


def test_what_a_person_typed_is_left_alone_and_our_own_word_is_found(sample_site):
    description = "Whoever comes, click here & reject nothing."
    type(sample_site.open).objects.filter(pk=sample_site.open.pk).update(description=description)
    page = sample_site.clients["anonymous"].get(sample_site.open.get_absolute_url()).content.decode()
    assert {"whoever", "click here", "reject"} <= {word for word, _ in found_on(page)}
    assert not {"whoever", "click here"} & {word for word, _ in found_on(page, typed_by_people())}
    planted = page.replace("</main>", "<p>As <b>it\n  stands</b></p><img alt='Oops'></main>")
    assert {"as it stands", "oops"} <= {word for word, _ in found_on(planted, typed_by_people())}


def test_words_are_found_in_each_form_and_only_as_words():
    text = "It was rejected.\nTwo evaluations\nhandstands\nPLEASE wait\nSpleased"
    assert {word for word, _ in found_in(text)} == {"rejected", "evaluations", "please"}
    source, handed_on = words_of_template('{% include "x.html" with label="Reject it" %}{% if a %}Oops{% endif %}')
    assert {word for word, _ in found_on(source) | found_in(handed_on)} == {"oops", "reject"}
