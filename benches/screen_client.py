"""The proxies of ``script/bench carrier``: a process of its own that asks ``POST /api/v1/screen``.

``python -m benches.screen_client PORT TOKEN SECONDS CONNECTIONS FILE``; FILE holds a JSON list of
questions. It prints one JSON object.
"""

import json
import select
import socket
import sys
import time
from pathlib import Path

WARM_UP = 0.3
"""Seconds that do not count."""


def play(
    port: int, token: str, seconds: float, connections: int, bodies: list[bytes]
) -> dict[str, float]:
    """Ask over so many connections, one question after the other on each."""
    requests = [
        b"POST /api/v1/screen HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %b\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
        % (token.encode(), len(body), body)
        for body in bodies
    ]
    poll = select.epoll()
    sockets: dict[int, socket.socket] = {}
    sent: dict[int, float] = {}
    for _ in range(connections):
        one = socket.create_connection(("127.0.0.1", port))
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sockets[one.fileno()] = one
        poll.register(one.fileno(), select.EPOLLIN)
    asked, failed = 0, 0
    latencies: list[float] = []
    begins = time.perf_counter() + WARM_UP
    ends = begins + seconds
    for descriptor, one in sockets.items():
        sent[descriptor] = time.perf_counter()
        one.sendall(requests[asked % len(requests)])
        asked += 1
    while (now := time.perf_counter()) < ends:
        for descriptor, _ in poll.poll(1):
            answer = sockets[descriptor].recv(65_536)
            now = time.perf_counter()
            if b'"route":' not in answer or b'"open":' in answer:
                failed += 1
            if sent[descriptor] >= begins:
                latencies.append(now - sent[descriptor])
            sent[descriptor] = now
            sockets[descriptor].sendall(requests[asked % len(requests)])
            asked += 1
    for one in sockets.values():
        one.close()
    latencies.sort()
    return {
        "asked": asked,
        "per_s": len(latencies) / seconds,
        "failed": failed,
        "p50_ms": latencies[len(latencies) // 2] * 1000,
        "p99_ms": latencies[len(latencies) * 99 // 100] * 1000,
    }


def main() -> None:
    """Play one round."""
    port, token, seconds, connections, path = sys.argv[1:]
    bodies = [text.encode() for text in json.loads(Path(path).read_text())]
    print(json.dumps(play(int(port), token, float(seconds), int(connections), bodies)))  # noqa: T201


if __name__ == "__main__":
    main()
