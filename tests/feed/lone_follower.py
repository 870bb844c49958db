"""A follower and nothing else, in a process that may be killed at any moment.

Python loads its libraries for longer than such a follower lives: they are loaded once, and each
line of standard input forks a follower. Its process id is printed, and its exit code once it ends.
"""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

import redis.asyncio

from callguard.blocklist.store import ListStore
from callguard.feed import follower as following
from callguard.feed import keeper as keeping
from callguard.feed.audit import AuditTrail
from callguard.feed.follower import Follower
from callguard.feed.trust_store import TrustStore

from .operator import NOW


async def follow(folder: Path, url: str) -> None:
    """Follow for ever, on a day when all that the test publishes has been said."""
    async with redis.asyncio.from_url(url) as reader:
        follower = Follower(
            reader,
            TrustStore(folder / "trust"),
            ListStore(folder / "lists"),
            lambda _: None,
            audit=AuditTrail(folder / "audit"),
            clock=lambda: NOW + timedelta(days=1),
        )
        follower.load()
        await follower.run()


def main(folder: str, url: str) -> None:
    # The union and the state are written as often as the lists.
    following.TICK_SECONDS, following.RETRY_MS = 0.001, 50
    keeping.UNION_SECONDS = 0.001
    for _ in sys.stdin:
        follower = os.fork()
        if not follower:
            asyncio.run(follow(Path(folder), url))
        print(follower, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(follower, 0)[1]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
