"""Calls at a steady mean rate: ``python -m benches.portal_caller FILE``, a process of its own.

Reads one JSON line for each round from stdin (port, rate, seconds) and writes one for each to
stdout: milliseconds from connecting to the whole command of each call, and how many failed. FILE
holds a JSON list of AGI environments. A call comes when its time has come, whatever the others do:
the pauses between them are drawn from an exponential distribution, as those of independent callers.
"""

import json
import random
import select
import sys
import time
from pathlib import Path
from typing import Any

from .fastagi_client import PATIENCE, Session

_MARK = b"CALLGUARD_ACTION="


def play(order: dict[str, Any], environments: list[bytes], chance: random.Random) -> dict[str, Any]:
    """Place the calls of one round; return what came of them."""
    address = ("127.0.0.1", order["port"])
    poll = select.epoll()
    sessions: dict[int, Session] = {}
    taken: list[float] = []
    failed = 0
    due = time.perf_counter()
    ends = due + order["seconds"]
    last = ends + PATIENCE
    while (now := time.perf_counter()) < last and (sessions or due < ends):
        while due <= now and due < ends:
            session = Session(time.perf_counter())
            session.socket.connect(address)
            session.socket.send(chance.choice(environments))
            sessions[session.socket.fileno()] = session
            poll.register(session.socket.fileno(), select.EPOLLIN)
            due += chance.expovariate(order["rate"])
        wait = (due if due < ends else last) - time.perf_counter()
        for descriptor, _ in poll.poll(max(wait, 0)):
            session = sessions[descriptor]
            if _receive(session):
                continue
            session.socket.close()
            del sessions[descriptor]
            if _MARK in session.command:
                taken.append((session.answered - session.began) * 1000)
            else:
                failed += 1
    for session in sessions.values():
        session.socket.close()
    poll.close()
    return {"ms": taken, "failed": failed + len(sessions)}


def _receive(session: Session) -> bool:
    """Take what a server says; tell whether the connection is still open."""
    try:
        data = session.socket.recv(8192)
    except ConnectionResetError:
        data = b""
    session.command += data
    if data.endswith(b"\n"):
        session.answered = time.perf_counter()
        session.socket.send(b"200 result=0\n")
    return bool(data)


def main() -> None:
    """Play rounds until stdin ends."""
    environments = [text.encode() for text in json.loads(Path(sys.argv[1]).read_text())]
    chance = random.Random(300)  # noqa: S311 - the same calls in every run
    for line in sys.stdin:
        print(json.dumps(play(json.loads(line), environments, chance)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
