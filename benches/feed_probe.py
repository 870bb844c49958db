"""What a process of a node takes for its lists, each in a process of its own.

``python -m benches.feed_probe worker FOLDER`` does as a worker, ``disk FOLDER`` as the services
when they start from the disk, ``snapshot FOLDER URL`` when they start with nothing. Each prints one
JSON object. FOLDER is a node's data folder. What is imported is there before the clock starts, as
in a node, whose processes are forked.
"""

import asyncio
import json
import os
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import uvloop

from callguard.blocklist.live import LiveIndex
from callguard.blocklist.store import ListStore
from callguard.feed.audit import AuditTrail
from callguard.feed.connect import connect_async
from callguard.feed.follower import Follower
from callguard.feed.trust_store import TrustStore

from .feed_lists import scattered
from .node import anonymous_mb

ASKED = 2_000
_MISSES = (816010000000, 816099999999)


def worker(data: Path) -> dict[str, float]:
    """Start, look up hits and misses, map one changed list again."""
    store = ListStore(data / "lists")
    _forget_pages(store)
    before = anonymous_mb(os.getpid())
    now = datetime.now(UTC)
    began = time.perf_counter()
    live = LiveIndex(store)
    live.find(_MISSES[0], now)
    started = time.perf_counter() - began
    # Drawn by another process's means: what is drawn here must not count as the worker's memory.
    hits = json.loads(sys.stdin.readline())
    missed = sum(live.find(number, now) is None for number in hits)
    drawn = scattered(ASKED * 2, *_MISSES, random.Random(7))  # noqa: S311
    misses = [number for number in drawn if live.find(number, now) is None][:ASKED]
    figures = {
        "start_ms": started * 1000,
        "miss_us": _look_up(live, misses, now),
        "hit_us": _look_up(live, hits, now),
        "not_found": float(missed),
        "memory_mb": anonymous_mb(os.getpid()) - before,
    }
    source, *_ = store.stamps()
    os.utime(store.path(source))
    began = time.perf_counter()
    live.refresh()
    return {**figures, "refresh_ms": (time.perf_counter() - began) * 1000}


def _look_up(live: LiveIndex, numbers: list[int], now: datetime) -> float:
    clock, find = time.perf_counter_ns, live.find
    taken = []
    for number in numbers:
        began = clock()
        find(number, now)
        taken.append(clock() - began)
    return median(taken) / 1000


def disk(data: Path) -> dict[str, float]:
    """Load the lists as the follower does when it starts."""
    store = ListStore(data / "lists")
    _forget_pages(store)
    follower = _follower(data, "unix:///nowhere", [])
    before = anonymous_mb(os.getpid())
    began = time.perf_counter()
    follower.load()
    taken = time.perf_counter() - began
    return {
        "load_ms": taken * 1000,
        "memory_mb": anonymous_mb(os.getpid()) - before,
    }


def snapshot(data: Path, url: str) -> dict[str, float]:
    """Begin with nothing: fetch every source's snapshot, and give a first verdict."""
    return asyncio.run(_snapshot(data, url))


async def _snapshot(data: Path, url: str) -> dict[str, float]:
    written: list[str] = []
    began = time.perf_counter()
    follower = _follower(data, url, written)
    follower.load()
    running = asyncio.create_task(follower.run())
    while not set(written) >= follower.lists.keys():
        await asyncio.sleep(0.002)
    LiveIndex(ListStore(data / "lists")).find(_MISSES[0], datetime.now(UTC))
    taken = time.perf_counter() - began
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    numbers = sum(len(one.list.listed) for one in follower.lists.values())
    return {"snapshot_s": taken, "numbers": float(numbers)}


def _follower(data: Path, url: str, written: list[str]) -> Follower:
    return Follower(
        connect_async(url),
        TrustStore(data / "trust"),
        ListStore(data / "lists"),
        lambda change: written.append(change.source),
        audit=AuditTrail(data / "audit"),
    )


def _forget_pages(store: ListStore) -> None:
    """Have the kernel drop the files from memory: the start is from the disk itself."""
    for path in [*store.folder.iterdir()]:
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


if __name__ == "__main__":
    uvloop.install()
    probes = {"worker": worker, "disk": disk, "snapshot": snapshot}
    what, folder, *more = sys.argv[1:]
    print(json.dumps(probes[what](Path(folder), *more)))  # type: ignore[operator]  # noqa: T201
