"""The calls of ``script/bench fastagi``: a process of its own that plays Asterisk's side.

``python -m benches.fastagi_client FILE`` reads one JSON line for each round from stdin (port,
seconds, concurrency) and writes one for each to stdout; it ends when stdin does. FILE holds a JSON
list of AGI environments.

Plain sockets under epoll, no event loop: a client on uvloop costs more than the servers it is to
measure and became the limit at 14,000 sessions a second.
"""

import json
import resource
import select
import socket
import sys
import time
from pathlib import Path
from typing import Any

WARM_UP = 0.3
"""Seconds of each round that do not count."""
PATIENCE = 2.0
"""Seconds after which a session that has not ended counts as failed."""

_MARK = b"CALLGUARD_ACTION="


class Round:
    """Sessions against one server, a fixed number of them at any time, for some seconds."""

    def __init__(self, port: int, seconds: float, environments: list[bytes]) -> None:
        self._address = ("127.0.0.1", port)
        self._environments = environments
        self._started = 0
        self.ended = 0
        """Sessions that ended, those of the warm-up included."""
        self._counts_from = time.perf_counter() + WARM_UP
        self._ends = self._counts_from + seconds
        self._open: dict[int, Session] = {}
        self._poll = select.epoll()
        self.latencies: list[float] = []
        """Seconds from connecting to the whole command, of each session that counts."""
        self.failed = 0

    def run(self, concurrency: int) -> None:
        """Keep *concurrency* sessions going until the time is over."""
        for _ in range(concurrency):
            self._start()
        while self._open:
            events = self._poll.poll(PATIENCE)
            for descriptor, _ in events:
                self._receive(descriptor)
            if not events or time.perf_counter() > self._ends + PATIENCE:
                self.failed += len(self._open)
                for session in self._open.values():
                    session.socket.close()
                self._open.clear()
        self._poll.close()

    def _start(self) -> None:
        environment = self._environments[self._started % len(self._environments)]
        self._started += 1
        session = Session(time.perf_counter())
        session.socket.connect(self._address)
        session.socket.send(environment)
        descriptor = session.socket.fileno()
        self._open[descriptor] = session
        self._poll.register(descriptor, select.EPOLLIN)

    def _receive(self, descriptor: int) -> None:
        session = self._open[descriptor]
        try:
            data = session.socket.recv(8192)
        except ConnectionResetError:
            data = b""
        if data:
            session.command += data
            if data.endswith(b"\n"):
                session.answered = time.perf_counter()
                session.socket.send(b"200 result=0\n")
            return
        session.socket.close()
        del self._open[descriptor]
        self.ended += 1
        now = time.perf_counter()
        if _MARK not in session.command:
            self.failed += 1
        elif self._counts_from <= session.began and now <= self._ends:
            self.latencies.append(session.answered - session.began)
        if now < self._ends:
            self._start()


class Session:
    """One call: sends the environment, takes one command, replies, waits for the end."""

    __slots__ = ("answered", "began", "command", "socket")

    def __init__(self, began: float) -> None:
        self.began = began
        self.answered = 0.0
        self.command = b""
        self.socket = socket.socket()


def play(order: dict[str, Any], environments: list[bytes]) -> dict[str, Any]:
    """Play one round and return what came of it."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.perf_counter()
    one = Round(order["port"], order["seconds"], environments)
    one.run(order["concurrency"])
    after = resource.getrusage(resource.RUSAGE_SELF)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    latencies = sorted(one.latencies)
    return {
        "sessions": one.ended,
        "sessions_per_s": len(latencies) / order["seconds"],
        "failed": one.failed,
        "p50_ms": latencies[len(latencies) // 2] * 1000 if latencies else 0.0,
        "p99_ms": latencies[len(latencies) * 99 // 100] * 1000 if latencies else 0.0,
        "client_busy": busy / (time.perf_counter() - began),
    }


def main() -> None:
    """Play rounds until stdin ends."""
    environments = [text.encode() for text in json.loads(Path(sys.argv[1]).read_text())]
    for line in sys.stdin:
        print(json.dumps(play(json.loads(line), environments)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
