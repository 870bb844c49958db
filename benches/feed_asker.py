"""Calls to a running callguard, one at a time: who is asked waits for nobody else.

``python -m benches.feed_asker PORT`` prints a line, asks of an unlisted caller until stdin ends,
and prints each wait in microseconds, as one JSON list.
"""

import json
import select
import socket
import sys
import time

from .traffic import LINES, CallerID, arguments, environment

_LISTED = b"CALLGUARD_REASON=fraud-list"


def question(number: int) -> bytes:
    """Return the AGI environment of a call from *number* (E.164 digits, of Japan)."""
    return environment(["&".join(arguments(CallerID(f"0{number % 10**10}"), LINES[0]))])


def ask(port: int, environment: bytes) -> bytes:
    """Place one call's question; return the command that answers it."""
    with socket.create_connection(("127.0.0.1", port)) as session:
        session.sendall(environment)
        command = b""
        while not command.endswith(b"\n"):
            if not (data := session.recv(8192)):
                break
            command += data
        session.sendall(b"200 result=0\n")
        return command


def listed(port: int, environment: bytes) -> bool:
    """Tell whether a call is refused as listed."""
    return _LISTED in ask(port, environment)


def main() -> None:
    """Ask until stdin ends."""
    port, words = int(sys.argv[1]), question(819012345678)
    waits: list[float] = []
    ask(port, words)
    print("asking", flush=True)  # noqa: T201
    while not select.select([sys.stdin], [], [], 0)[0]:
        began = time.perf_counter_ns()
        ask(port, words)
        waits.append((time.perf_counter_ns() - began) / 1000)
        time.sleep(0.001)
    print(json.dumps(waits))  # noqa: T201


if __name__ == "__main__":
    main()
