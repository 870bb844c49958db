"""Many nodes' followers in one process, for ``script/bench feed``.

``python -m benches.feed_followers URL FOLDER NAME…`` follows URL with a follower for each NAME,
each with a connection and a folder of its own in FOLDER, and prints ``ready`` once each has a list.
It reads a line, the number of the last batch, and when each follower has that batch, it prints a
JSON list for each: up to which batch it had written when.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

import uvloop

from callguard.blocklist.store import ListStore
from callguard.feed.audit import AuditTrail
from callguard.feed.connect import connect_async
from callguard.feed.follower import Follower
from callguard.feed.keeper import Change
from callguard.feed.trust_store import TrustStore


class One:
    """One node's follower, and when it had written up to which batch."""

    def __init__(self, url: str, folder: Path, name: str) -> None:
        self.told: list[tuple[int, int]] = []
        self.follower = Follower(
            connect_async(url),
            TrustStore(folder / "trust"),
            ListStore(folder / name),
            self._note,
            audit=AuditTrail(folder / f"{name}-audit"),
        )
        self.follower.load()

    def _note(self, change: Change) -> None:
        sequence = self.follower.lists[change.source].list.sequence
        self.told.append((sequence, time.perf_counter_ns()))


async def follow(url: str, folder: Path, names: list[str]) -> None:
    """Run the followers until each has the last batch."""
    nodes = [One(url, folder, name) for name in names]
    tasks = [asyncio.create_task(one.follower.run()) for one in nodes]
    await _reached(nodes, 1)
    print("ready", flush=True)  # noqa: T201
    await _reached(nodes, int(await asyncio.to_thread(sys.stdin.readline)))
    print(json.dumps([one.told for one in nodes]), flush=True)  # noqa: T201
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _reached(nodes: list[One], sequence: int) -> None:
    while not all(one.told and one.told[-1][0] >= sequence for one in nodes):
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(follow(sys.argv[1], Path(sys.argv[2]), sys.argv[3:]))
