"""Many nodes' followers in one process, for ``script/bench feed``.

``python -m benches.feed_followers URL FOLDER COUNT`` follows URL with COUNT followers, each with a
connection and a folder of its own in FOLDER, and prints ``ready`` once each has a list. When stdin
ends, it prints one JSON object: the batches, and when each follower had written and told of each.
"""

import asyncio
import json
import sys
import time
from collections import defaultdict
from pathlib import Path

import uvloop

from callguard.blocklist.store import ListStore
from callguard.feed.connect import connect_async
from callguard.feed.follower import Change, Follower
from callguard.feed.trust_store import TrustStore


class One:
    """One node's follower, and when it has written which batch."""

    def __init__(self, url: str, folder: Path, name: str, told: dict[int, list[int]]) -> None:
        self._told = told
        self.follower = Follower(
            connect_async(url), TrustStore(folder / "trust"), ListStore(folder / name), self._note
        )
        self.follower.load()

    def _note(self, change: Change) -> None:
        if change.source:
            sequence = self.follower.lists[change.source].list.sequence
            self._told[sequence].append(time.perf_counter_ns())


async def follow(url: str, folder: Path, count: int) -> None:
    """Run the followers until stdin ends."""
    told: dict[int, list[int]] = defaultdict(list)
    nodes = [One(url, folder, f"{sys.argv[4]}-{n}", told) for n in range(count)]
    tasks = [asyncio.create_task(one.follower.run()) for one in nodes]
    while not all(one.list.sequence for node in nodes for one in node.follower.lists.values()):
        await asyncio.sleep(0.01)
    print("ready", flush=True)  # noqa: T201
    await asyncio.to_thread(sys.stdin.read)
    print(json.dumps(told), flush=True)  # noqa: T201
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


if __name__ == "__main__":
    uvloop.install()
    asyncio.run(follow(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
