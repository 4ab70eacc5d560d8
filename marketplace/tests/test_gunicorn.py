"""gunicorn by itself: requests that it cannot read, a reload with a typo in .env, a worker that dies."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from marketplace.tests.processes import (
    HERE,
    PRODUCTION,
    ask,
    asking,
    copy_code,
    free_port,
    get,
    gunicorn,
    manage,
    wait_for,
    workers_of,
)  # fmt: skip
from marketplace.tests.rounds import rounds

pytestmark = pytest.mark.slow

# What nginx tells with its own answers is what gunicorn tells with its own.
HEADERS = {
    name.lower(): value
    for name, value in re.findall(
        r'add_header (\S+) "?([^"\n]+?)"? always;', (HERE / "deploy/headers.conf").read_text()
    )
}


class Site:
    """A copy of the code, with a .env, a gunicorn that serves it, and the reload of its unit."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        copy_code(folder)
        self.write_env()
        for command in ("migrate", "collectstatic --noinput"):
            assert manage(folder, *command.split()).returncode == 0

    def write_env(self, **changed: str) -> None:
        values = PRODUCTION | {"HTTPS": "0", "PORT": str(self.port), "TRUSTED_PROXY_COUNT": "1"} | changed
        (self.folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in values.items()))

    def reload(self) -> subprocess.CompletedProcess:
        """Do what `systemctl reload swept` does: the lines of the unit, one after the other, until one fails."""
        for line in re.findall(r"^ExecReload=(.+)$", (HERE / "deploy/swept.service").read_text(), re.MULTILINE):
            line = line.replace("/srv/swept/.venv/bin/python", shlex.quote(sys.executable))
            done = subprocess.run(
                shlex.split(line.replace("$MAINPID", str(self.process.pid))),
                cwd=self.folder,
                env={"PATH": os.environ["PATH"]},
                capture_output=True,
                text=True,
            )
            if done.returncode:
                break
        return done

    def wait_for(self, is_so: Callable[[], bool]) -> None:
        wait_for(is_so, self.process, self.folder / "log")

    def name(self) -> str:
        """What the site calls itself."""
        return re.search(rb"<title>.* - (.*)</title>", get(self.port, "/help/")[1])[1].decode()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("swept"))
    with gunicorn(site.folder, site.port) as site.process:
        yield site


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\nHost: swept.example\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost swept.example\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: swept.example\r\nA b: c\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: swept.example\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: swept.example\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
        (b"G<script>T / HTTP/1.1\r\nHost: swept.example\r\n\r\n", 400),
        (b"GET /" + b"a" * 5_000 + b" HTTP/1.1\r\nHost: swept.example\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: swept.example\r\nA: " + b"a" * 9_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: swept.example\r\nTransfer-Encoding: what\r\n\r\n", 501),
    ],
)
def test_what_gunicorn_cannot_read_gets_the_site_s_page_and_every_header(site, request_bytes, status):
    found, headers, text = ask(site.port, request_bytes)
    assert found == status
    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    assert headers["cache-control"] == "no-store"
    assert text == (HERE / "deploy/errors/unreadable.html").read_text()


def test_what_it_can_read_gets_the_site_s_own_page_and_no_header_fewer(site):
    request = b"GET /no-such-page/ HTTP/1.1\r\nHost: swept.example\r\n\r\n"
    status, headers, text = ask(site.port, request)
    assert (status, "Page not found" in text) == (404, True)
    # The site says HSTS over HTTPS only.
    assert headers.keys() >= HEADERS.keys() - {"strict-transport-security"}


TYPOS = {
    "SECRET_KEY": "", "ALLOWED_HOSTS": "*", "HTTPS": "maybe", "DATABASE_URL": "mysql://x/y", "TIME_ZONE": "Mars",
    "LOG_LEVEL": "LOUD", "WEB_CONCURRENCY": "four", "TRUSTED_PROXY_COUNT": "one", "PORT": "80000",
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), TYPOS.items())
def test_a_reload_with_a_typo_says_so_and_keeps_what_serves(site, name, value):
    before = workers_of(site.process), site.name()
    site.write_env(**{name: value})
    refused = site.reload()
    # A worker of a later test, which replaces another, reads the file again.
    site.write_env()
    assert refused.returncode != 0
    assert re.search(rf"^Swept cannot start: .*{name}", refused.stderr, re.MULTILINE), refused.stderr
    assert (workers_of(site.process), site.name()) == before


def test_a_good_reload_loses_no_request(site):
    for number in range(rounds(1, full=6)):
        workers, before, after = workers_of(site.process), site.name(), f"Brushed {number}"
        site.write_env(SITE_NAME=after)
        with asking(site.name) as found:
            assert site.reload().returncode == 0
            site.wait_for(lambda: found[after] and workers.isdisjoint(workers_of(site.process)))  # noqa: B023
        assert found.keys() == {before, after}


@pytest.mark.parametrize("kill", range(rounds(1, full=100)))
def test_a_worker_that_is_killed_cuts_no_more_than_its_threads_held(site, kill):
    with asking(lambda: get(site.port, "/help/")[0], people=16) as found:
        site.wait_for(lambda: found[200] > 40)
        served, (worker,) = found[200], workers_of(site.process)
        os.kill(worker, signal.SIGKILL)
        site.wait_for(lambda: found[200] > served + 80 and worker not in workers_of(site.process))
    assert found.total() - found[200] <= 4
