"""What the log of calls costs a verdict: a node's worker against one that keeps nothing."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from callguard.calllog.journal import waiting
from callguard.free_ports import free_ports

from .feed_asker import ask
from .node import BenchError, Node, plain_environment
from .report import percentile
from .traffic import Traffic, environment

RATE = 300
"""Calls a second."""
PATIENCE = 60.0
"""Seconds after which the journal should be empty, or a new node know its lines."""


def measure(
    node: Node, data: Path, traffic: Traffic, lines: Sequence[str], seconds: float, rounds: int
) -> tuple[dict[str, float], dict[str, list[float]]]:
    """Place calls to both workers in turn; return the figures, and p99 of each round."""
    calls = [environment(words) for words in traffic.questions(2_000, lines)]
    _wait_for_lines(node.agi_port, calls[0])
    file = node.folder / "environments.json"
    file.write_text(json.dumps([call.decode() for call in calls]))
    taken: dict[str, list[list[float]]] = {"on": [], "off": []}
    failed = 0
    with _unlogged(node, data) as port, _caller(file) as caller:
        for n in range(rounds + 1):
            for name, one in (("on", node.agi_port), ("off", port)):
                found = _play(caller, one, seconds if n else seconds / 4)
                _wait_for_journal(data / "journal")
                failed += found["failed"]
                if n:  # the first round warms up
                    taken[name].append(found["ms"])
    figures: dict[str, float] = {"failed": failed}
    for part, of in (("p50", 0.5), ("p99", 0.99)):
        for name, each in taken.items():
            together = [ms for one in each for ms in one]
            figures[f"{name}_{part}_ms"] = percentile(together, of)
        figures[f"added_{part}_ms"] = figures[f"on_{part}_ms"] - figures[f"off_{part}_ms"]
    by_round = {
        f"{name}_p99_ms": [round(percentile(ms, 0.99), 2) for ms in each]
        for name, each in taken.items()
    }
    figures["added_round_ms"] = median(
        on - off for on, off in zip(by_round["on_p99_ms"], by_round["off_p99_ms"], strict=True)
    )
    return figures, by_round


def disk(folder: Path, times: int) -> dict[str, float]:
    """How long the disk takes to sync a record's length, written over what is there already."""
    file = folder / "sync"
    file.write_bytes(bytes(512 * times))
    taken = []
    with file.open("r+b", buffering=0) as opened:
        os.fsync(opened.fileno())
        for n in range(times):
            began = time.perf_counter()
            os.pwrite(opened.fileno(), b"." * 512, 512 * n)
            os.fdatasync(opened.fileno())
            taken.append((time.perf_counter() - began) * 1000)
    return {"fdatasync_p50_ms": percentile(taken, 0.5), "fdatasync_p99_ms": percentile(taken, 0.99)}


def _wait_for_lines(port: int, call: bytes) -> None:
    """Wait until a node has its policies: with PostgreSQL they have to come first."""
    deadline = time.monotonic() + PATIENCE
    while b"no-consent" in (answer := ask(port, call)) or not answer:
        if time.monotonic() > deadline:
            raise BenchError(f"the node does not know its lines after {PATIENCE:g} s")
        time.sleep(0.05)


def _wait_for_journal(folder: Path) -> None:
    """Wait until all calls are in the database: the next round is to have no part in it."""
    deadline = time.monotonic() + PATIENCE
    while waiting(folder) != (0, 0):
        if time.monotonic() > deadline:
            raise BenchError(f"calls are not in the database after {PATIENCE:g} s")
        time.sleep(0.05)


@contextlib.contextmanager
def _unlogged(node: Node, data: Path) -> Iterator[int]:
    """Run a worker that keeps nothing, and yield its port."""
    (port,) = free_ports(1)
    settings = {"CALLGUARD_DATA": str(data), "CALLGUARD_AGI_PORT": str(port), **node.settings}
    with node.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "benches.portal_unlogged"],
            env=plain_environment() | settings,
            stdin=subprocess.PIPE,
            stderr=log,
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                ask(port, environment(["line="]))
                break
            except ConnectionRefusedError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise BenchError("a worker without a journal does not start") from None
            time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.communicate()


@contextlib.contextmanager
def _caller(file: Path) -> "Iterator[subprocess.Popen[str]]":
    process = subprocess.Popen(
        [sys.executable, "-m", "benches.portal_caller", str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _play(caller: "subprocess.Popen[str]", port: int, seconds: float) -> dict[str, Any]:
    assert caller.stdin is not None
    assert caller.stdout is not None
    caller.stdin.write(json.dumps({"port": port, "rate": RATE, "seconds": seconds}) + "\n")
    caller.stdin.flush()
    line = caller.stdout.readline()
    if not line:
        raise BenchError("the caller ended; what it said is above")
    found: dict[str, Any] = json.loads(line)
    if not found["ms"]:
        raise BenchError("no call was answered")
    return found
