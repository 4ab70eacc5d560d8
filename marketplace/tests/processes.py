"""Programs that tests start on this machine: a port of their own, a bounded wait, an end by their own process."""

import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

HERE = Path(settings.BASE_DIR)
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "marketplace.settings",
    "SECRET_KEY": "k7Jq-" * 12,
    "ALLOWED_HOSTS": "swept.example",
    "WEB_CONCURRENCY": "1",
}


_held: list[socket.socket] = []


def free_port() -> int:
    """A port for a server of this test run. It stays bound, so that the kernel hands it to nobody else meanwhile.

    Servers bind with SO_REUSEADDR, to which a socket that has it too, and does not listen, is no obstacle.
    """
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    # Only now: with it, the kernel might choose a port that is held already.
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    _held.append(held)
    return held.getsockname()[1]


def address_of_the_test_database() -> str:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return re.sub(r"[^/]+$", name, settings.DATABASE_URL)


def wait_for(is_so: Callable[[], bool], process: subprocess.Popen, log: Path) -> None:
    """Wait until it is so; what the program wrote is the failure when it ends before, or takes a minute."""
    for _ in range(600):
        if is_so():
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def answers(port: int) -> bool:
    """Whether somebody takes requests there."""
    try:
        return get(port, "/livez")[0] == 200
    except OSError:
        return False


def get(port: int, path: str, host: str = "swept.example") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": host, "X-Forwarded-For": "192.0.2.1"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def ask(port: int, request: bytes) -> tuple[int, dict[str, str], str]:
    """Status, headers and text of what is answered to these very bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(request)
        answer = http.client.HTTPResponse(client)
        answer.begin()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()


@contextmanager
def running(command: list[str], is_ready: Callable[[], bool], log: Path, **options) -> Iterator[subprocess.Popen]:
    """The program, from when it is ready to the end of the block."""
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, **options)
    try:
        wait_for(is_ready, process, log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=45)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def gunicorn(folder: Path, port: int, **variables: str) -> Iterator[subprocess.Popen]:
    """gunicorn as README starts it, over the code and the .env in that folder."""
    command, environ = [sys.executable, "-m", "gunicorn"], {"PATH": os.environ["PATH"]} | variables
    with running(command, lambda: answers(port), folder / "log", cwd=folder, env=environ) as process:
        yield process


def copy_code(folder: Path) -> None:
    """The code as a clone has it, without what this machine added."""
    left_out = shutil.ignore_patterns(
        ".*_cache", ".env", ".git", ".venv", "*.sqlite3*", "__pycache__", "mail", "media", "staticfiles"
    )
    shutil.copytree(HERE, folder, ignore=left_out, dirs_exist_ok=True)


def manage(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """A command of the code in that folder, with nothing but its .env around it."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )


def workers_of(process: subprocess.Popen) -> set[int]:
    return {int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()}


@contextmanager
def asking(ask_once: Callable[[], object], people: int = 8) -> Iterator[Counter]:
    """Counts what so many people, who ask and ask until the block ends, are answered; a lost request by its error."""
    found: Counter = Counter()
    is_over = threading.Event()

    def person() -> None:
        while not is_over.is_set():
            try:
                answer = ask_once()
            except (OSError, http.client.HTTPException) as error:
                answer = type(error)
            found[answer] += 1

    threads = [threading.Thread(target=person) for _ in range(people)]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
