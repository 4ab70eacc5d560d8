"""Gunicorn as in production, on a free port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from bench.load import BenchError, Connection, Request

HERE = Path(__file__).resolve().parent.parent
OWN_TIMES, TIMES_OF_ENDED_CHILDREN = (11, 12), (13, 14)


def processor_seconds(pid: int, times: tuple[int, int] = OWN_TIMES) -> float:
    """As Linux counts them, to a hundredth."""
    # Behind the name, which can contain anything.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(fields[time]) for time in times) / os.sysconf("SC_CLK_TCK")


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Server:
    def __init__(self, database_url: str, log: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.workers = int(os.environ.get("WEB_CONCURRENCY") or os.cpu_count() or 1)
        self.asked = 0
        self.environment = os.environ | {"DATABASE_URL": database_url, "WEB_CONCURRENCY": str(self.workers)}
        self.log = log

    def __enter__(self) -> Server:
        command = [str(Path(sys.executable).parent / "gunicorn"), "--bind", f"127.0.0.1:{self.port}"]
        # A proxy opens a connection for each request; those of the benchmark stay open.
        command += ["--worker-connections", "1000", "--keep-alive", "2"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=HERE, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        for _ in range(300):
            if self.process.poll() is not None:
                break
            if self.answers():
                return self
            time.sleep(0.1)
        self.__exit__()
        raise BenchError(f"gunicorn did not start: {self.log.read_text()[-600:]}")

    def __exit__(self, *error) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            for worker in self.worker_ids():
                os.kill(worker, 9)
            self.process.kill()
            self.process.wait()

    def answers(self) -> bool:
        try:
            connection = Connection(self.port)
            connection.send(Request("/livez").as_bytes("127.0.0.1"), b"200")
            return connection.receive()
        except OSError:
            return False

    def worker_ids(self) -> list[int]:
        return children_of(self.process.pid)

    def processor_seconds(self) -> float:
        """What all workers have used so far."""
        return sum(map(processor_seconds, self.worker_ids()))

    @staticmethod
    def postgresql_seconds() -> float:
        """What all processes of the PostgreSQL that `script/bench` started have used so far."""
        pid = int(Path(os.environ["BENCH_SCRATCH"], "pg", "postmaster.pid").read_text().split()[0])
        seconds = 0.0
        for child in children_of(pid):
            # One that has ended in between, as autovacuum does, counts with its parent, which is asked last.
            with suppress(FileNotFoundError, ProcessLookupError):
                seconds += processor_seconds(child)
        return seconds + processor_seconds(pid, TIMES_OF_ENDED_CHILDREN)

    def memory_in_megabytes(self) -> float:
        sizes = []
        for worker in self.worker_ids():
            lines = Path(f"/proc/{worker}/status").read_text().splitlines()
            sizes += [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")]
        return max(sizes)
