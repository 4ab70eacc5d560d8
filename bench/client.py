"""Requests to the site in this process, as a server makes them; needs Django."""

from __future__ import annotations

from io import BytesIO
from urllib.parse import unquote
from wsgiref.util import setup_testing_defaults

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.load import BenchError, Request
from marketplace.wsgi import application

TRANSACTION_WORDS = {"BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"}


def send(request: Request) -> None:
    """Raises BenchError for another status than the expected one."""
    found: list[str] = []
    answer = application(environment(request), lambda status, headers: found.append(status))
    for _ in answer:
        pass
    answer.close()
    if found[0][:3] != request.expected.decode():
        raise BenchError(f"{request.path} was answered with {found[0]}.")


def environment(request: Request) -> dict:
    path, _, query = request.path.partition("?")
    headers = {"Host": "127.0.0.1", "Content-Length": str(len(request.body)), **request.headers}
    variables = {f"HTTP_{name}".upper().replace("-", "_"): value for name, value in headers.items()}
    for name in ("CONTENT_LENGTH", "CONTENT_TYPE"):
        variables[name] = variables.pop(f"HTTP_{name}", "")
    variables |= {
        "REQUEST_METHOD": "POST" if request.is_post else "GET",
        "PATH_INFO": unquote(path),
        "QUERY_STRING": query,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": BytesIO(request.body),
    }
    setup_testing_defaults(variables)
    return variables


def statements_of(request: Request) -> list[dict[str, str]]:
    """Each with its `sql` and its `time` in seconds, without those that begin and end transactions."""
    with CaptureQueriesContext(connection) as captured:
        send(request)
    return [query for query in captured if query["sql"].split()[0] not in TRANSACTION_WORDS]
