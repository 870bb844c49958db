"""A real node with all lists, four workers and its embedded server, for ``script/bench feed``."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from callguard.blocklist.node_list import NodeList
from callguard.blocklist.store import ListStore
from callguard.feed import chain
from callguard.feed.audit import AuditTrail
from callguard.feed.connect import connect
from callguard.feed.publisher import Publisher
from callguard.free_ports import free_ports

from .feed_asker import ask, listed, question
from .feed_lists import scattered
from .feed_police import Police, add
from .node import (
    BenchError,
    Node,
    children,
    memory_mb,
    plain_environment,
    private_mb,
)
from .report import percentile
from .traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Iterator

WORKERS = 4
PATIENCE = 10.0
"""Seconds after which a published number should have been refused long ago."""
_NEW = (816010000000, 816099999999)


def running_node(
    data: Path, lists: Sequence[NodeList], police: Police, *, quick: bool
) -> dict[str, float]:
    """Publish in the names of two of its sources to a node that has all lists."""
    node = _node(data)
    with node.running() as supervisor:
        client = connect(f"unix://{data / 'feed' / 'redis.sock'}")
        single, large = (police.publisher(client, one.list) for one in lists)
        figures = _published(node.agi_port, single, lists[0], 5 if quick else 200)
        figures |= _large(node.agi_port, large, lists[1], 2 if quick else 30)
        figures |= _memory(supervisor, node.agi_port)
    return figures | _delta(data, lists[1], police, 2 if quick else 30)


def _node(data: Path) -> Node:
    Traffic(1_000).write_households(data)
    agi, http = free_ports(2)
    settings = {"CALLGUARD_WORKERS": str(WORKERS)}
    return Node(data.parent, agi, http, {**settings, "CALLGUARD_DATA": str(data)})


def _fresh(one: NodeList, count: int, seed: int) -> list[int]:
    """Return numbers that are not on the list."""
    drawn = scattered(2 * count, *_NEW, random.Random(seed))  # noqa: S311 - the same in every run
    return list(drawn - one.list.listed)[:count]


def _published(port: int, publisher: Publisher, one: NodeList, times: int) -> dict[str, float]:
    """From the moment that Redis has a batch to the first call that is refused."""
    taken, signing = [], []
    for number in _fresh(one, times, 1):
        words = question(number)
        if listed(port, words):
            continue  # by another source
        began = time.perf_counter()
        publisher.publish([add([number])])
        published = time.perf_counter()
        while not listed(port, words):
            if time.perf_counter() > published + PATIENCE:
                raise BenchError(f"a published number is not refused after {PATIENCE:g} s")
        taken.append((time.perf_counter() - published) * 1000)
        signing.append((published - began) * 1000)
    return {
        "enforced_p50_ms": percentile(taken, 0.5),
        "enforced_p99_ms": percentile(taken, 0.99),
        "publish_p50_ms": percentile(signing, 0.5),
    }


def _large(port: int, publisher: Publisher, one: NodeList, times: int) -> dict[str, float]:
    """How long verdicts wait while batches of 1,000 numbers come, and while none does."""
    numbers = _fresh(one, 1_000 * times, 2)
    with _asking(port) as quiet:
        time.sleep(0.2 * times)
    with _asking(port) as busy:
        for n in range(times):
            publisher.publish([add(numbers[n::times])])
            time.sleep(0.1)
    return {
        "quiet_wait_p99_ms": percentile(quiet, 0.99) / 1000,
        "quiet_wait_max_ms": max(quiet) / 1000,
        "delta_wait_p99_ms": percentile(busy, 0.99) / 1000,
        "delta_wait_max_ms": max(busy) / 1000,
    }


@contextmanager
def _asking(port: int) -> "Iterator[list[float]]":
    """Ask all the time, from another process; the list has the waits (µs) afterwards."""
    waits: list[float] = []
    with subprocess.Popen(
        [sys.executable, "-m", "benches.feed_asker", str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=plain_environment(),
        text=True,
    ) as asker:
        assert asker.stdout is not None
        asker.stdout.readline()
        yield waits
        out, _ = asker.communicate("")
        waits += json.loads(out)


def _memory(supervisor: int, port: int) -> dict[str, float]:
    """What the node takes, its embedded server apart, after each worker has had calls."""
    words = question(_NEW[0])
    for _ in range(200):
        ask(port, words)
    parts = children(supervisor)
    workers = [pid for name, pid in parts.items() if name.startswith("cg worker")]
    ours = [supervisor, parts["cg services"], *workers]
    return {
        "node_pss_mb": sum(memory_mb(pid)[1] for pid in ours),
        "services_pss_mb": memory_mb(parts["cg services"])[1],
        "worker_private_mb": max(private_mb(pid) for pid in workers),
    }


def _delta(data: Path, before: NodeList, police: Police, times: int) -> dict[str, float]:
    """What the follower does with a batch of 1,000: verify, apply, note, write, and tell of it."""
    source = before.source
    tokens = [
        path.read_bytes()
        for path in sorted(
            (data.parent / f"{source}.outbox").glob("*.batch"), key=lambda path: int(path.stem)
        )
    ][:times]
    store, audit = ListStore(data.parent / "delta"), AuditTrail(data.parent / "audit")
    store.save(before)
    taken = []
    for token in tokens:
        began = time.perf_counter()
        after = chain.apply_batch(before, token, police.trust[source], datetime.now(UTC)).kept
        audit.append(source, [token], datetime.now(UTC))
        store.save(after)
        after.newly_enforced(before)
        taken.append((time.perf_counter() - began) * 1000)
        before = after
    return {"delta_ms": percentile(taken, 0.5), "delta_p99_ms": percentile(taken, 0.99)}
