"""A node's copy of the policies in PostgreSQL: how long until it is in step."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

from callguard.households.replica import Replica, ReplicaState

from .node import BenchError

PATIENCE = 300.0
"""Seconds; a million policies take about two minutes."""


async def copied(url: str, path: Path, policies: int) -> float:
    """Return the seconds until *path* holds all *policies* of the database at *url*.

    Raises:
        BenchError: it does not within five minutes.

    """
    there = asyncio.Event()

    def told(state: ReplicaState) -> None:
        if state.in_step and state.policies == policies:
            there.set()

    replica = Replica(url, path, lambda: datetime.now(UTC), told)
    began = time.perf_counter()
    task = asyncio.create_task(replica.run())
    try:
        async with asyncio.timeout(PATIENCE):
            await there.wait()
        return time.perf_counter() - began
    except TimeoutError:
        raise BenchError(f"no copy after five minutes: {replica.state.fault}") from None
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
