"""For `gunicorn`, started in this folder, behind a proxy that buffers."""

import json
import multiprocessing
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import environ
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from marketplace.logs import JsonFormatter, client_and_account, redacted

HERE = Path(__file__).resolve().parent


class Variables(environ.Env):
    # A copy: values of .env in this process would hide an edited .env from the next workers.
    ENVIRON = dict(os.environ)


Variables.read_env(HERE / ".env")


def integer(name: str, default: int, least: int = 0, most: int = 1000) -> int:
    value = Variables().str(name, "").strip() or str(default)
    if not (value.isascii() and value.isdigit() and least <= int(value[:9]) <= most):
        sys.exit(f"Swept cannot start: {name} is {value!r}; set it to a whole number from {least} to {most}.")
    return int(value)


wsgi_app = "marketplace.wsgi"
chdir = str(HERE)

# For the proxy on this machine alone. In a container, where nobody else reaches the port: `--bind 0.0.0.0:8000`.
bind = f"127.0.0.1:{integer('PORT', 8000, least=1, most=65535)}"

# Threads let a worker answer while another request of it waits for the database. Each holds a connection of its own:
# workers x threads x machines stays below PostgreSQL's max_connections.
workers = integer("WEB_CONCURRENCY", 0) or multiprocessing.cpu_count()
threads = 4

# A worker accepts no more than its threads can answer, and the rest waits for any worker: one that is killed cuts off
# its current requests alone. The proxy opens a connection for each request anyway.
worker_connections = threads
keepalive = 0

# Seconds after which a silent worker is replaced. A request waits for the database for 5 at most.
timeout = 30
graceful_timeout = 30

# Workers report by a file, which a busy disk would delay.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108

# Nothing is loaded before the workers fork: each opens its own connections, and a reload (HUP) reads the code again.
preload_app = False
control_socket_disable = True

# Gunicorn ignores forwarding headers: Django alone reads X-Forwarded-For and -Proto, as far as TRUSTED_PROXY_COUNT
# allows.
forwarded_allow_ips = ""
TRUSTED_PROXY_COUNT = integer("TRUSTED_PROXY_COUNT", 0)


class JsonLogger(Logger):
    """One JSON object a line, so that nothing in a request can forge one."""

    def setup(self, cfg):
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonFormatter())

    def access(self, resp, req, environ, request_time):
        line = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": "INFO",
            "logger": "access",
            **client_and_account(environ, TRUSTED_PROXY_COUNT),
            "method": environ.get("REQUEST_METHOD") or "",
            "path": redacted(environ.get("RAW_URI") or ""),
            "status": int(str(resp.status).split()[0]),
            "bytes": resp.sent,
            "ms": request_time // timedelta(milliseconds=1),
            "agent": environ.get("HTTP_USER_AGENT", ""),
        }
        self.access_log.info(json.dumps(line))


logger_class = JsonLogger
accesslog = "-"

HEADERS = re.findall(r'^add_header (\S+) "?(.+?)"? always;', (HERE / "deploy/headers.conf").read_text(), re.MULTILINE)
UNREADABLE = (HERE / "deploy/errors/unreadable.html").read_bytes()


class ErrorPageSocket:
    """Replaces the page of an error of gunicorn by the site's, with the same status."""

    def __init__(self, client) -> None:
        self.client = client

    def __getattr__(self, name: str):
        return getattr(self.client, name)

    def sendall(self, data: bytes) -> None:
        headers = [
            *HEADERS,
            ("Cache-Control", "no-store"),
            ("Connection", "close"),
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(UNREADABLE))),
        ]
        status_line = data.split(b"\r\n", 1)[0]
        lines = [f"{name}: {value}\r\n".encode("ascii") for name, value in headers]
        self.client.sendall(b"".join([status_line, b"\r\n", *lines, b"\r\n", UNREADABLE]))


class SweptWorker(ThreadWorker):
    def handle_error(self, req, client, addr, exc):
        super().handle_error(req, ErrorPageSocket(client), addr, exc)


worker_class = SweptWorker


def on_starting(server):
    """Stop with one sentence about an unusable setting, where each worker would print a traceback."""
    # In a process of its own: workers after a reload would not import again what this one has imported.
    if subprocess.run([sys.executable, "manage.py", "check"], cwd=HERE, stdout=subprocess.DEVNULL).returncode:
        sys.exit(1)
