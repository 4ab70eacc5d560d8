"""The commands of docs/api.md, run as they are written, and what it says that they answer."""

import json
import re
import shutil
import subprocess

import pytest
from django.conf import settings

from demo.loader import PASSWORD
from marketplace.testing import create_user

PAGE = settings.BASE_DIR / "docs" / "api.md"
ANY = "…"
END = "--- the end of a block ---"


def blocks_of(text):
    """The commands of each block, and the answers shown below it."""
    found = re.findall(r"^```sh\n(.*?)^```\n(?:\n```json\n(.*?)^```)?", text, re.MULTILINE | re.DOTALL)
    return [(commands, answers_in(answers)) for commands, answers in found]


def answers_in(text):
    """One JSON value after the other."""
    answers, text = [], text.strip()
    while text:
        answer, end = json.JSONDecoder().raw_decode(text)
        answers.append(answer)
        text = text[end:].strip()
    return answers


def fits(shown, given):
    """A key `…` says that there are others."""
    if shown == ANY:
        return True
    if not isinstance(shown, dict):
        return shown == given
    named = shown.keys() - {ANY}
    return (
        (ANY in shown or named == given.keys())
        and named <= given.keys()
        and all(fits(shown[name], given[name]) for name in named)
    )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_every_command_answers_what_the_page_shows(live_server, settings):
    if not shutil.which("curl"):
        pytest.skip("no curl")
    settings.SITE_URL = live_server.url
    for username in ("olivia", "carl"):
        person = create_user(username)
        person.set_password(PASSWORD)
        person.save()
    blocks = blocks_of(PAGE.read_text().replace("http://localhost:8000", live_server.url))
    script = f"\necho '{END}'\n".join(commands for commands, _ in blocks)
    done = subprocess.run(["sh", "-eu"], input=script, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    outputs = done.stdout.split(END)
    assert len(outputs) == len(blocks) > 8
    for (commands, shown), output in zip(blocks, outputs, strict=True):
        given = answers_in(output)
        assert len(given) == len(shown), commands
        assert all(map(fits, shown, given)), (commands, given)


def test_another_answer_is_noticed():
    shown = {"status": "open", "owner": {"name": ANY}, ANY: ANY}
    assert fits(shown, {"status": "open", "owner": {"name": "Olivia"}, "id": 1})
    assert not fits(shown, {"status": "closed", "owner": {"name": "Olivia"}})
    assert not fits(shown, {"status": "open", "owner": {"name": "Olivia", "email": "x"}})
    assert not fits(shown, {"status": "open"})
    assert not fits({"status": "open"}, {"status": "open", "id": 1})
