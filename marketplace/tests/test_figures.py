"""Figures of docs/hardness.md that take minutes and a quiet machine; with -s each is printed."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from statistics import median, quantiles
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client

from accounts.tests.helpers import log_in, sign_up
from accounts.tests.pictures import REFUSED
from marketplace.testing import create_user
from marketplace.tests.processes import get, gunicorn, manage, wait_for, workers_of
from marketplace.tests.test_gunicorn import Site
from marketplace.tests.test_production import machine  # noqa: F401
from offers.tests.test_races import TOKEN

pytestmark = [pytest.mark.slow, pytest.mark.thorough]

MAKE_OWNERS = """
from django.conf import settings
from django.test import Client
from marketplace.testing import create_cleaning, create_user
for number in range({people}):
    owner = create_user(f"owner{{number}}")
    client = Client(headers={{"host": "swept.example"}})
    client.force_login(owner)
    print("owner", create_cleaning(owner=owner).pk, client.cookies[settings.SESSION_COOKIE_NAME].value)
"""
COUNT_EDITS = """
from cleanings.models import Cleaning
for cleaning in Cleaning.objects.all():
    print("edits", cleaning.pk, cleaning.description.split()[-1], cleaning.events.filter(kind="edit").count())
"""


def shell(site, code):
    done = manage(site.folder, "shell", "--verbosity", "0", "-c", code)
    assert done.returncode == 0, done.stderr
    return done.stdout


def send(port, path, values, headers):
    """Post as a browser does; return the status, or the error that cut it off."""
    body = urlencode(values | {"csrfmiddlewaretoken": TOKEN})
    headers |= {"Host": "swept.example", "Content-Type": "application/x-www-form-urlencoded"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", path, body, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()


class Editors:
    """Owners who number their edits, each of one cleaning, and remember which were answered."""

    def __init__(self, site, people=4):
        self.port, self.stopped = site.port, threading.Event()
        self.last, self.answered, self.cut = {}, defaultdict(int), 0
        found = re.findall(r"owner (\d+) (\w+)", shell(site, MAKE_OWNERS.format(people=people)))
        self.threads = [threading.Thread(target=self.edit, args=owner) for owner in found]

    def edit(self, pk, session):
        cookie = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={TOKEN}"
        facts = {"name": "Attic", "cleaning_type": "full_clean", "hourly_rate": "20", "estimated_hours": "3"}
        facts |= {"city": "Ghent", "postcode": "9000", "street_address": "Street 1"}
        number = 0
        while not self.stopped.is_set():
            number += 1
            facts["description"] = f"Edit {number}"
            status = send(
                self.port, f"/cleanings/{pk}/edit/", facts, {"Cookie": cookie, "X-Forwarded-For": "192.0.2.1"}
            )
            if status == 302:
                self.last[pk] = number
                self.answered[pk] += 1
            elif isinstance(status, str):
                self.cut += 1
                time.sleep(0.02)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


def test_no_answered_edit_is_lost_however_workers_and_the_site_are_killed(tmp_path):
    site, kills, restarts = Site(tmp_path), 100, []
    with Editors(site) as editors:
        for number in range(21):
            began = time.monotonic()
            with gunicorn(site.folder, site.port) as process:
                restarts.append(time.monotonic() - began)
                for _ in range(kills // 20 if number else 0):
                    served, (worker,) = sum(editors.answered.values()), workers_of(process)
                    os.kill(worker, signal.SIGKILL)
                    wait_for(lambda: sum(editors.answered.values()) > served + 8, process, site.folder / "log")  # noqa: B023
                if number < 20:
                    for pid in {process.pid, *workers_of(process)}:
                        os.kill(pid, signal.SIGKILL)
                    process.wait()
    answered = sum(editors.answered.values())
    print(f"{answered} edits answered, {editors.cut} cut or refused, slowest start {max(restarts):.1f} s")
    found = re.findall(r"edits (\d+) (\d+) (\d+)", shell(site, COUNT_EDITS))
    lost = [pk for pk, last, events in found if int(last) < editors.last[pk] or int(events) < editors.answered[pk]]
    assert (lost, len(found)) == ([], 4)
    assert max(restarts) <= 5


def p95(seconds):
    return quantiles(seconds, n=20)[-1] * 1000


def waits(ask, seconds):
    """How long each answer takes of somebody who asks again and again."""
    found, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.monotonic()
        assert ask() == 200
        found.append(time.monotonic() - began)
        time.sleep(0.05)
    return found


def test_others_are_answered_while_200_clients_drip(machine):  # noqa: F811
    with ThreadPoolExecutor(1) as pool:
        clients = [socket.create_connection(("127.0.0.1", machine.http)) for _ in range(200)]
        others = pool.submit(waits, lambda: machine.get("/cleanings/")[0], 20)
        for letter in b"GET / HTTP/1.1\r\nHost: sw":
            for client in clients:
                try:
                    client.send(bytes([letter]))
                except OSError:
                    # nginx waits for headers no longer than ten seconds.
                    continue
            time.sleep(0.8)
        found = p95(others.result())
    for client in clients:
        client.close()
    print(f"others: p95 {found:.0f} ms")
    assert found <= 300


def test_the_list_is_answered_during_a_flood_of_log_ins(tmp_path):
    site, stopped, statuses = Site(tmp_path), threading.Event(), defaultdict(int)

    def guess(number):
        headers = {"Cookie": f"{settings.CSRF_COOKIE_NAME}={TOKEN}", "X-Forwarded-For": f"192.0.2.{number % 10 + 1}"}
        typed = {"login": f"member{number % 200}", "password": "wrong"}
        statuses[send(site.port, "/accounts/login/", typed, headers)] += 1

    def flood(pool):
        number = 0
        while not stopped.wait(0.01):
            pool.submit(guess, number)
            number += 1

    with gunicorn(site.folder, site.port), ThreadPoolExecutor(16) as pool:
        flooding = threading.Thread(target=flood, args=[pool])
        flooding.start()
        found = p95(waits(lambda: get(site.port, "/cleanings/")[0], 60))
        stopped.set()
        flooding.join()
        pool.shutdown(cancel_futures=True)
    print(f"list: p95 {found:.0f} ms; log-ins: {dict(statuses)}")
    assert found <= 500
    assert set(statuses) <= {200, 429}


MEASURE = """
import json, resource, sys, time
import django
django.setup()
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from accounts.photos import PROFILE_PHOTOS
file, before = ContentFile(open(sys.argv[1], "rb").read()), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.monotonic()
try:
    PROFILE_PHOTOS.clean(file)
except ValidationError:
    took = time.monotonic() - began
    print(json.dumps([took * 1000, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024]))
"""


def test_a_photo_bomb_is_refused_at_once(tmp_path):
    file = tmp_path / "bomb.png"
    file.write_bytes(REFUSED["13,000 x 13,000"][0]())
    environ = os.environ | {"DJANGO_SETTINGS_MODULE": "marketplace.settings_test"}
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(file)], env=environ, cwd=settings.BASE_DIR, capture_output=True
    )
    milliseconds, megabytes = json.loads(done.stdout)
    print(f"{milliseconds:.0f} ms, {megabytes:.0f} MB")
    assert (milliseconds <= 100, megabytes <= 150) == (True, True)


def ask_for_a_link(client, name):
    client.post("/accounts/password/reset/", {"email": f"{name}@example.org"})


def try_to_log_in(client, name):
    log_in(client, name, "wrong")


def sign_up_with_the_address(client, name):
    sign_up(client, username=f"nova{time.monotonic_ns()}"[:30], email=f"{name}@example.org")


@pytest.mark.django_db
@pytest.mark.parametrize("act", [ask_for_a_link, try_to_log_in, sign_up_with_the_address])
def test_known_and_unknown_take_as_long(act, settings, no_limits):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    found = defaultdict(list)
    for number in range(50):
        create_user(f"known{number}")
        for name in ("known", "unknown"):
            client, began = Client(), time.perf_counter()
            act(client, f"{name}{number}")
            found[name].append((time.perf_counter() - began) * 1000)
    known, unknown = median(found["known"]), median(found["unknown"])
    print(f"{act.__name__}: known {known:.1f} ms, unknown {unknown:.1f} ms")
    assert abs(known - unknown) <= 10
