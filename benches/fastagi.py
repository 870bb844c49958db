"""``script/bench fastagi``: the whole screening server, against servers that screen nothing."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from callguard.free_ports import free_ports

from .node import BenchError, Node, cpu_seconds, memory_mb, temporary_folder
from .report import Report, Target
from .traffic import Traffic, environment

TARGETS = {"ratio_streams": Target(at_least=1.0), "ratio_pyst2": Target(at_least=6)}

CONCURRENCY = 64
SERVERS = ("callguard", "streams", "streams_bulk", "pyst2")

_ANSWER = (
    "CALLGUARD_ACTION=warn,CALLGUARD_REASON=unlisted,CALLGUARD_CALL_ID=00a1b2c3d4e5f607,"
    "CALLGUARD_PROMPT=warning,CALLGUARD_RECORD=0,CALLGUARD_WHISPER=whisper-unlisted"
)
"""What the servers that screen nothing say: callguard's answer to most calls."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server to measure."""

    port: int
    pid: int


def run(*, quick: bool) -> Report:
    """Measure; ``quick`` does a little of everything, for a smoke test."""
    report = Report("fastagi", targets=TARGETS)
    traffic = Traffic(20_000 if quick else 1_000_000)
    seconds, count = (1.0, 1) if quick else (2.5, 5)
    server_core, client_core = _cores()
    with temporary_folder() as folder, contextlib.ExitStack() as stack:
        node = Node.lay_out(folder, traffic)
        calls = [environment(words).decode() for words in traffic.questions(2_000)]
        (folder / "environments.json").write_text(json.dumps(calls))
        stack.enter_context(node.running())
        os.sched_setaffinity(node.worker(), {server_core})
        servers = {"callguard": Server(node.agi_port, node.worker())}
        for kind in SERVERS[1:]:
            servers[kind] = stack.enter_context(_server(kind, server_core))
        client = stack.enter_context(_client(folder / "environments.json", client_core))
        results: dict[str, list[dict[str, Any]]] = {kind: [] for kind in SERVERS}
        for _ in range(count):
            for kind in SERVERS:
                results[kind].append(_play(client, servers[kind], seconds, CONCURRENCY))
        alone = _play(client, servers["callguard"], seconds, 1)
        rss, _ = memory_mb(node.worker())
    _fill(report, results, alone, rss)
    return report


def _fill(
    report: Report, results: dict[str, list[dict[str, Any]]], alone: dict[str, Any], rss: float
) -> None:
    rates = {
        kind: [round(one["sessions_per_s"], 1) for one in rounds]
        for kind, rounds in results.items()
    }
    ours = results["callguard"]
    middle = {kind: median(values) for kind, values in rates.items()}
    report.figures = {
        **{f"{kind}_sessions_per_s": round(value) for kind, value in middle.items()},
        **{
            f"{kind}_cpu_us": round(median(one["cpu_us"] for one in rounds), 1)
            for kind, rounds in results.items()
        },
        "ratio_streams": round(middle["callguard"] / middle["streams"], 3),
        "ratio_streams_bulk": round(middle["callguard"] / middle["streams_bulk"], 3),
        "ratio_pyst2": round(middle["callguard"] / middle["pyst2"], 2),
        "p50_ms": round(median(one["p50_ms"] for one in ours), 2),
        "p99_ms": round(median(one["p99_ms"] for one in ours), 2),
        "alone_p50_ms": round(alone["p50_ms"], 3),
        "alone_p99_ms": round(alone["p99_ms"], 3),
        "failed": sum(one["failed"] for rounds in results.values() for one in rounds),
        "client_busy": round(median(one["client_busy"] for one in ours), 2),
        "worker_rss_mb": round(rss, 1),
    }
    report.rounds = rates


def _cores() -> tuple[int, int]:
    """Return the cores for servers and client; the same one if there is but one."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[-1], allowed[0]


@contextlib.contextmanager
def _server(kind: str, core: int) -> Iterator[Server]:
    (port,) = free_ports(1)
    process = subprocess.Popen(
        [sys.executable, "-m", "benches.fastagi_servers", kind, str(port)],
        stdin=subprocess.PIPE,
        text=True,
    )
    try:
        os.sched_setaffinity(process.pid, {core})
        assert process.stdin is not None
        process.stdin.write(_ANSWER + "\n")
        process.stdin.flush()
        _wait_for(port)
        yield Server(port, process.pid)
    finally:
        process.kill()
        process.communicate()


def _wait_for(port: int) -> None:
    """Wait until a server answers a question."""
    deadline = time.monotonic() + 15
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as connection:
                connection.sendall(environment(["line="]))
                if connection.recv(4096):
                    connection.sendall(b"200 result=0\n")
                    connection.recv(4096)
                    return
        except OSError as error:
            if time.monotonic() > deadline:
                raise BenchError("a server to compare with does not start") from error
        time.sleep(0.05)


@contextlib.contextmanager
def _client(environments: Path, core: int) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benches.fastagi_client", str(environments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        os.sched_setaffinity(process.pid, {core})
        yield process
    finally:
        process.kill()
        process.communicate()


def _play(
    client: "subprocess.Popen[str]", server: Server, seconds: float, concurrency: int
) -> dict[str, Any]:
    """Have the client play one round; add what a session cost the server."""
    assert client.stdin is not None
    assert client.stdout is not None
    before = cpu_seconds(server.pid)
    order = {"port": server.port, "seconds": seconds, "concurrency": concurrency}
    client.stdin.write(json.dumps(order) + "\n")
    client.stdin.flush()
    line = client.stdout.readline()
    if not line:
        raise BenchError("the client ended; what it said is above")
    result: dict[str, Any] = json.loads(line)
    if not result["sessions_per_s"]:
        raise BenchError("a server answered no session")
    result["cpu_us"] = (cpu_seconds(server.pid) - before) / result["sessions"] * 1e6
    return result
