"""``script/bench feed``: how soon a published number is refused, and what ten million take."""

import json
import random
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from callguard.blocklist.node_list import NodeList
from callguard.blocklist.store import ListStore
from callguard.feed.connect import connect

from . import feed_lists
from .feed_import import import_rows
from .feed_many import many_followers
from .feed_node import running_node
from .feed_police import Police, server
from .node import plain_environment, temporary_folder
from .report import Report, Target

TARGETS = {
    "enforced_p99_ms": Target(at_most=50),
    "followers_p99_ms": Target(at_most=500),
    "snapshot_s": Target(at_most=2),
    "disk_ms": Target(at_most=500),
    "worker_start_ms": Target(at_most=500),
    "miss_us": Target(at_most=3),
    "hit_us": Target(at_most=3),
    "worker_private_mb": Target(at_most=15),
    "node_pss_mb": Target(at_most=250),
    "delta_ms": Target(at_most=20),
    "refresh_ms": Target(at_most=5),
    "delta_wait_max_ms": Target(at_most=5),
    "import_s": Target(at_most=60),
}
GROWTH = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
GROWING = ("miss_us", "hit_us", "worker_start_ms", "worker_lists_mb", "disk_ms", "follower_mb")


def run(*, quick: bool) -> Report:
    """Measure; ``quick`` does a little of everything, for a smoke test."""
    report = Report("feed", targets=TARGETS)
    sizes = GROWTH[:2] if quick else GROWTH
    with temporary_folder() as folder:
        police = Police(folder, feed_lists.SOURCES)
        for size in sizes:
            data = folder / f"{size}"
            lists = _lay_out(data, size, police)
            grown = {**_probe("worker", data, hits=_hits(lists)), **_disk(_probe("disk", data))}
            for name in GROWING:
                report.rounds.setdefault(f"growth_{name}", []).append(round(grown[name], 2))
        report.rounds["growth_numbers"] = [float(size) for size in sizes]
        report.figures = {"numbers": sum(len(one.list.listed) for one in lists), **grown}
        report.figures |= _snapshot(folder, lists, police)
        report.figures |= running_node(data, lists[1:3], police, quick=quick)
        report.figures |= many_followers(quick=quick)
        report.figures |= import_rows(folder, 2_000 if quick else 1_000_000)
    report.figures = {name: round(value, 2) for name, value in report.figures.items()}
    return report


def _lay_out(data: Path, size: int, police: Police) -> list[NodeList]:
    store = ListStore(data / "lists")
    lists = list(feed_lists.draw(size))
    for one in lists:
        store.save(one)
    store.save_union(feed_lists.SOURCES)
    police.trusted_in(data / "trust")
    return lists


def _hits(lists: Iterable[NodeList]) -> list[int]:
    chance = random.Random(5)  # noqa: S311 - the same numbers in every run
    hits = [
        one.list.listed[chance.randrange(len(one.list.listed))]
        for one in lists
        for _ in range(100)
        if one.list.listed
    ]
    chance.shuffle(hits)
    return hits


def _probe(what: str, data: Path, *more: str, hits: Sequence[int] = ()) -> dict[str, float]:
    """Run one probe of ``feed_probe`` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benches.feed_probe", what, str(data), *more],
        input=json.dumps(hits) + "\n",
        env=plain_environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    if what != "worker":
        return found
    return {
        "worker_start_ms": found["start_ms"],
        "miss_us": found["miss_us"],
        "hit_us": found["hit_us"],
        "not_found": found["not_found"],
        "worker_lists_mb": found["memory_mb"],
        "refresh_ms": found["refresh_ms"],
    }


def _disk(found: dict[str, float]) -> dict[str, float]:
    return {"disk_ms": found["load_ms"], "follower_mb": found["memory_mb"]}


def _snapshot(folder: Path, lists: Iterable[NodeList], police: Police) -> dict[str, float]:
    """Start nodes that have nothing from the snapshots of all sources."""
    with server(folder / "snapshots") as url:
        for one in lists:
            police.publisher(connect(url), one.list).snapshot()
        taken = []
        for n in range(3):
            data = folder / f"new-{n}"
            police.trusted_in(data / "trust")
            taken.append(_probe("snapshot", data, url)["snapshot_s"])
    return {"snapshot_s": median(taken)}
