"""Watches for bursts in ``services``: counts what this node has seen, and learns what others found.

Nothing here is on the path of a verdict. While Redis is away, calls wait for the minutes that are
counted and no longer, and the bursts that are known count until they end.
"""

import asyncio
import logging
import secrets
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from ..blocklist.errors import StoreError
from ..blocklist.listing import Category
from ..blocklist.moments import cut
from ..calllog.record import Record
from ..feed.connect import FAULTS, AsyncClient
from ..feed.pseudonyms import Pseudonyms
from ..feed.report import Report
from ..feed.report_queue import ReportQueue
from ..feed.streams import entries, write_id
from ..numbers import format_number
from .active import read_file, write_file
from .counting import STREAM, Counting, Found, Limits, read
from .marks import Burst, Kind, Marks
from .sighting import Sighting, sightings

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
MAX_BACKOFF = 15.0
ANSWER_SECONDS = 10.0
MOST_WAITING = 50_000
"""Calls that wait to be counted; beyond, the oldest are not counted."""


class BurstWatch:
    """Counts and learns, for one node.

    Args:
        client: the Redis that the nodes share.
        key: what the hashes are made with, the same on every node.
        limits: from when on it is a burst.
        spared: protected numbers and known mass callers (E.164 digits).
        path: the file of the bursts in force, which the workers read.
        reports: the folder of this node's reports.
        changed: told when the file has changed.
        now: gives the time (aware).

    """

    def __init__(
        self,
        client: AsyncClient,
        key: str,
        limits: Limits,
        spared: Collection[int],
        *,
        path: Path,
        reports: Path,
        changed: Callable[[], None],
        now: Callable[[], datetime],
    ) -> None:
        self._client: Any = client
        self._marks = Marks(key)
        self._counting = Counting(client, self._marks, limits)
        self._spared = spared
        self._path = path
        self._reports = reports
        self._changed = changed
        self._now = now
        self._waiting: deque[Sighting] = deque(maxlen=MOST_WAITING)
        self._lock = threading.Lock()
        self._active: dict[str, Burst] = {}
        self._last = "-"
        self.fault = ""
        """Why nothing is counted, for people; empty: it is."""

    def seen(self, records: Iterable[Record]) -> None:
        """Take calls that have come into the log; from any thread, without waiting."""
        found = sightings(records, self._spared)
        with self._lock:
            self._waiting.extend(found)

    @property
    def active(self) -> int:
        """How many bursts are in force."""
        return len(self._active)

    async def run(self) -> None:
        """Watch until cancelled, through every fault of Redis."""
        self._begin()
        pause = LOOK_SECONDS
        while True:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await self.step()
            except (*FAULTS, OSError, TimeoutError) as error:
                if not self.fault:
                    log.warning("bursts are not counted: %s", type(error).__name__)
                self.fault = f"Redis does not answer ({type(error).__name__})"
                pause = min(pause * 2, MAX_BACKOFF)
            else:
                if self.fault:
                    log.info("bursts are counted again")
                self.fault, pause = "", LOOK_SECONDS
            await asyncio.sleep(pause)

    async def step(self) -> None:
        """Count what waits, and learn what there is to learn.

        Raises:
            redis.RedisError, OSError, TimeoutError: what was not counted waits on.

        """
        with self._lock:
            some = list(self._waiting)
        for found in await self._counting.count(some, self._now()):
            self._report(found)
        with self._lock:
            for one in some:
                if self._waiting and self._waiting[0] is one:
                    self._waiting.popleft()
        await self._learn()

    async def _learn(self) -> None:
        now = self._now()
        told = entries(await self._client.xrange(STREAM, min=self._last, count=1000))
        news = [burst for _, fields in told if (burst := read(fields, self._marks)) is not None]
        if told:
            self._last = f"({write_id(told[-1][0])}"
        for burst in news:
            known = self._active.get(burst.mark)
            if burst.until > now and (known is None or burst.until > known.until):
                self._active[burst.mark] = burst
                log.info("a burst: a %s has called about %d homes", burst.kind, burst.homes)
        over = [mark for mark, burst in self._active.items() if burst.until <= now]
        for mark in over:
            del self._active[mark]
        if news or over:
            await asyncio.to_thread(write_file, self._path, list(self._active.values()))
            self._changed()

    def _begin(self) -> None:
        """Take up what was in force before a restart."""
        try:
            self._active = {one.mark: one for one in read_file(self._path)}
        except (OSError, ValueError):
            self._active = {}

    def _report(self, found: Found) -> None:
        """Hand a candidate in to the police sources: a person there decides."""
        if not found.report:
            return
        burst, number = found.burst, found.sighting.number
        note = f"burst: about {burst.homes} homes within minutes"
        if burst.kind is Kind.RANGE:
            first = number // 100 * 100
            note += f", by numbers from {format_number(first)} to {format_number(first + 99)}"
        try:
            names = Pseudonyms.of_folder(self._reports)
            ReportQueue(self._reports).put(
                Report(
                    secrets.token_hex(8),
                    number,
                    cut(self._now()),
                    # Of no home: the node itself says it.
                    names.node(),
                    names.node(),
                    cut(found.sighting.at),
                    Category.PRECURSOR,
                    note[:200],
                )
            )
        except (StoreError, ValueError) as error:
            log.warning("a burst is not reported: %s", error)


def limits(minutes: int, homes: int, range_homes: int) -> Limits:
    """Return the limits of the settings."""
    return Limits(minutes=minutes, homes=homes, range_homes=range_homes)
