"""One thread sends prepared bytes and reads only status and length; each status is checked, because errors are fast."""

from __future__ import annotations

import json
import re
import resource
import select
import socket
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from bench.server import Server

CONNECTIONS = 8
MOST_TRIES = 80
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
# Sent as cookie and as header, which Django compares.
CSRF_TOKEN = "bench" * 6 + "00"


class BenchError(Exception):
    pass


@dataclass(frozen=True)
class Request:
    """`member` is the id of the user who is logged in, 0 for nobody; with a `form` it is a POST.

    A program sends a `token` instead, and its POST is the object `sent`, answered with `status`.
    """

    path: str
    member: int = 0
    form: dict | None = None
    token: str = ""
    sent: dict | None = None
    status: int = 0

    @property
    def is_post(self) -> bool:
        return self.form is not None or self.sent is not None

    @property
    def expected(self) -> bytes:
        return str(self.status or (200 if self.form is None else 302)).encode()

    @property
    def headers(self) -> dict[str, str]:
        found = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if self.member:
            found["Cookie"] = f"sessionid={session_key(self.member)}; csrftoken={CSRF_TOKEN}"
        if self.form is not None:
            found |= {"X-CSRFToken": CSRF_TOKEN, "Content-Type": "application/x-www-form-urlencoded"}
        if self.sent is not None:
            found["Content-Type"] = "application/json"
        return found

    @property
    def body(self) -> bytes:
        if self.sent is not None:
            return json.dumps(self.sent).encode()
        return urlencode(self.form).encode() if self.form else b""

    def as_bytes(self, host: str) -> bytes:
        lines = [f"{'POST' if self.is_post else 'GET'} {self.path} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.is_post:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode() + self.body


def session_key(member: int) -> str:
    return f"bench{member:027d}"


@dataclass(frozen=True)
class Result:
    """`python` and `postgresql` are processor time of all workers and of the database in seconds.

    `asking` is the share of one core that the bench took.
    """

    seconds: float
    times: list[float]
    python: float
    postgresql: float
    asking: float

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds

    def percentile(self, percent: int) -> float:
        """In milliseconds."""
        ordered = sorted(self.times)
        return 1000 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]

    def each(self, seconds: float) -> float:
        """For one request, in milliseconds."""
        return 1000 * seconds / len(self.times)


class Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answer, self.end, self.sent_at = b"", 0, 0.0
        self.request, self.expected = b"", b""

    def send(self, request: bytes, expected: bytes) -> None:
        self.request, self.expected, self.answer, self.end = request, expected, b"", 0
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bool:
        """Return whether the response is complete; raises BenchError for a wrong one."""
        chunk = self.socket.recv(1 << 18)
        if not chunk:
            raise BenchError(f"The server hung up on {self.first_line}.")
        self.answer += chunk
        if not self.end:
            head = self.answer.find(b"\r\n\r\n")
            if head < 0:
                return False
            if self.answer[9:12] != self.expected:
                status, expected = self.answer[9:12].decode(), self.expected.decode()
                raise BenchError(f"{self.first_line} was answered with {status} instead of {expected}.")
            length = LENGTH.search(self.answer, 0, head)
            if not length:
                raise BenchError(f"{self.first_line} was answered without a length.")
            self.end = head + 4 + int(length[1])
        return len(self.answer) >= self.end

    def is_over(self) -> bool:
        return bool(select.select([self.socket], [], [], 0)[0])

    @property
    def first_line(self) -> str:
        return self.request.split(b" HTTP", 1)[0].decode()


def connect(port: int, workers: int) -> list[Connection]:
    """As many to each worker, as a proxy has in the long run."""
    chosen, others, count = [], [], Counter()
    request = Request("/bench/worker").as_bytes("127.0.0.1")
    for attempt in range(MOST_TRIES):
        connection = Connection(port)
        connection.send(request, b"200")
        while not connection.receive():
            pass
        process = connection.answer[-8:].rpartition(b"\n")[2]
        if count[process] < ceil(CONNECTIONS / workers) or attempt >= MOST_TRIES - CONNECTIONS:
            chosen.append(connection)
            count[process] += 1
        else:
            others.append(connection)
        if len(chosen) == CONNECTIONS:
            break
    for connection in others:
        connection.socket.close()
    # The server may have closed some while the others were opened.
    return [Connection(port) if connection.is_over() else connection for connection in chosen]


def run_load(server: Server, feed: Iterator[tuple[bytes, bytes]], seconds: float) -> Result:
    connections = {connection.socket.fileno(): connection for connection in connect(server.port, server.workers)}
    poll, times = select.epoll(), []
    used, begun = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    python, postgresql = server.processor_seconds(), server.postgresql_seconds()
    try:
        waiting = 0
        for number, connection in connections.items():
            if request := next(feed, None):
                poll.register(number, select.EPOLLIN)
                connection.send(*request)
                waiting += 1
        while waiting:
            ready = poll.poll(30)
            if not ready:
                raise BenchError("The server did not answer within 30 seconds.")
            for number, _ in ready:
                connection = connections[number]
                if not connection.receive():
                    continue
                done = time.perf_counter()
                times.append(done - connection.sent_at)
                request = next(feed, None) if done - begun < seconds else None
                if request:
                    connection.send(*request)
                else:
                    waiting -= 1
    finally:
        poll.close()
        for connection in connections.values():
            connection.socket.close()
    took, now = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
    if not times:
        raise BenchError("No request was left to send.")
    asking = (now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime) / took
    python, postgresql = server.processor_seconds() - python, server.postgresql_seconds() - postgresql
    return Result(took, times, python, postgresql, asking)
