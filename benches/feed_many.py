"""Two hundred followers of one source on one machine, for ``script/bench feed``."""

import contextlib
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from callguard.blocklist.source_list import SourceList
from callguard.feed.connect import connect

from .feed_lists import scattered
from .feed_police import Police, add, server
from .node import plain_environment, temporary_folder
from .report import percentile

SOURCE = "police-many"
_NUMBERS = (819010000000, 819099999999)
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder in it is made anew, for this user only
"""Two hundred nodes have two hundred disks. Here they would wait for one another's writes."""


def many_followers(*, quick: bool) -> dict[str, float]:
    """Publish to all of them: when each has it, and what that costs Redis."""
    with temporary_folder(_IN_MEMORY) as folder:
        return _follow(folder, quick=quick)


def _follow(folder: Path, *, quick: bool) -> dict[str, float]:
    followers, batches, processes = (4, 3, 2) if quick else (200, 40, 2)
    names = [f"node-{n}" for n in range(followers)]
    police = Police(folder, [SOURCE])
    police.trusted_in(folder / "many" / "trust")
    numbers = list(scattered(10_000 + batches, *_NUMBERS, random.Random(3)))  # noqa: S311
    with server(folder / "redis") as url, contextlib.ExitStack() as stack:
        client: Any = connect(url)
        publisher = police.publisher(client, SourceList(SOURCE))
        publisher.publish([add(numbers[batches:])])
        running = [
            stack.enter_context(_start(url, folder / "many", names[n::processes]))
            for n in range(processes)
        ]
        for one in running:
            assert one.stdout is not None
            one.stdout.readline()
        before = client.info()
        published: dict[int, int] = {}
        for number in numbers[:batches]:
            sequence = publisher.publish([add([number])]).sequence
            published[sequence] = time.perf_counter_ns()
            time.sleep(0.5)
        told: list[list[tuple[int, int]]] = []
        for one in running:
            out, _ = one.communicate(f"{sequence}\n")
            told += json.loads(out)
        after = client.info()
    taken = [
        (next(moment for reached, moment in one if reached >= sequence) - began) / 1e6
        for sequence, began in published.items()
        for one in told
    ]
    cpu = sum(after[f"used_cpu_{what}"] - before[f"used_cpu_{what}"] for what in ("user", "sys"))
    sent = after["total_net_output_bytes"] - before["total_net_output_bytes"]
    deliveries = followers * batches
    return {
        "followers": followers,
        "followers_p50_ms": percentile(taken, 0.5),
        "followers_p99_ms": percentile(taken, 0.99),
        "redis_cpu_us_per_follower": cpu / deliveries * 1e6,
        "redis_bytes_per_follower": sent / deliveries,
    }


def _start(url: str, folder: Path, names: list[str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "benches.feed_followers", url, str(folder), *names],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=plain_environment(),
        text=True,
    )
