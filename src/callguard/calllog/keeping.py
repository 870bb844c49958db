"""The log of calls in ``services``: brings in the journal, writes how calls ended, erases old ones.

The database is asked in threads of low priority, never in the loop, and nobody waits for them.
"""

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from ..database import Database, DatabaseError
from ..households.reader import PolicyUnavailable
from ..screening import Policy
from . import record
from .alone import read_alone
from .collector import Collector
from .endings import Endings
from .group_commit import GroupCommit
from .handover import hand_over, take_over
from .outcome import Ended, Outcomes
from .record import Defence
from .retention import PAUSE_SECONDS, purge

log = logging.getLogger(__name__)

COLLECT_SECONDS = 0.5
MAX_PAUSE = 10.0
"""Longest pause while the database does not answer."""
PURGE_EVERY = timedelta(days=1)
PURGE_AGAIN_SECONDS = 60.0
"""After a purge that could not be finished."""

_NICE = 10


class Policies(Protocol):
    """Where the policy of a line is read."""

    def policy(self, line: int | None) -> Policy:
        """Return the policy of *line*; may raise ``PolicyUnavailable``."""


class CallKeeping:
    """Keeps the log of calls of one node. Made in a running loop.

    Args:
        open_database: opens the database, or raises ``DatabaseError``.
        collector: makes what brings the journal into it.
        journal: where calls that the dialplan screened alone are written.
        policies: whether their line has agreed.
        now: gives the time (aware).

    """

    def __init__(
        self,
        open_database: Callable[[], Database],
        collector: Callable[[Database], Collector],
        journal: GroupCommit,
        policies: Policies,
        now: Callable[[], datetime],
    ) -> None:
        self._open_database = open_database
        self._collector_of = collector
        self._journal = journal
        self._policies = policies
        self._now = now
        self._database: Database | None = None
        self._collector: Collector | None = None
        self._outcomes = Outcomes()
        self._endings = Endings()
        self._threads = ThreadPoolExecutor(2, "call log", initializer=_be_modest)
        self._opening = threading.Lock()
        self._stopping = threading.Event()
        self.fault = ""
        """Why the log of calls does not come on, for people; empty: it does."""
        self.strangers = 0
        """Calls that were not kept since their line belongs to no household."""
        self.unreadable = 0
        """Records of the journal that could not be read."""

    def told(self, name: str, headers: Mapping[str, str]) -> Ended | None:
        """Take an AMI event; return how a call ended with it, if one did."""
        now = self._now()
        alone = read_alone(name, headers)
        if alone is not None and self._agreed(alone.line):
            data = record.write(
                alone.verdict,
                call_id=alone.call_id,
                line=alone.line,
                at=now,
                defence=Defence.ALONE,
                hidden=None,
            )
            self._journal.keep(data, lambda: None)
        ended = self._outcomes.receive(name, headers, now)
        if ended is not None:
            self._endings.add(ended)
        return ended

    def cutting(self, call_id: str, *, done: bool) -> None:
        """Take that a call is being cut off, or that it could not be."""
        self._outcomes.cut(call_id, done=done)

    def channels(self) -> Mapping[str, str]:
        """The channels of the calls in progress, and the ``Uniqueid`` of each."""
        return self._outcomes.channels

    def missed(self, unique: str) -> None:
        """Take that a call is over whose end was not told, by the ``Uniqueid`` of its channel."""
        ended = self._outcomes.missed(unique, self._now())
        if ended is not None:
            self._endings.add(ended)

    def take_over(self, path: Path) -> None:
        """Follow the calls that the ``services`` of before handed over in the file *path*."""
        if calls := take_over(path, self._outcomes, self._now()):
            log.info("%d calls in progress are followed on", calls)

    def hand_over(self, path: Path) -> None:
        """Hand the calls in progress over, in the file *path*."""
        try:
            hand_over(path, self._outcomes, self._now())
        except OSError as error:
            log.warning("how the calls in progress end will not be known: %s", error.strerror)

    async def run(self) -> None:
        """Keep the log until cancelled."""
        purging = asyncio.create_task(self._purge())
        pause = COLLECT_SECONDS
        try:
            while True:
                if await self._in_thread(self._collect):
                    pause = COLLECT_SECONDS
                else:
                    pause = min(pause * 2, MAX_PAUSE)
                await asyncio.sleep(pause)
        finally:
            self._stopping.set()
            purging.cancel()
            await asyncio.gather(purging, return_exceptions=True)
            self._threads.shutdown(wait=True, cancel_futures=True)
            if self._database is not None:
                self._database.close()

    async def _purge(self) -> None:
        while True:
            done = await self._in_thread(self._erase_old)
            await asyncio.sleep(PURGE_EVERY.total_seconds() if done else PURGE_AGAIN_SECONDS)

    def _erase_old(self) -> bool:
        try:
            erased = purge(self._opened(), self._now(), self._rest)
        except DatabaseError as error:
            log.warning("old calls could not be erased: %s", error)
            return False
        except Exception:
            log.exception("old calls could not be erased")
            return False
        if erased:
            log.info("%d calls erased: their households keep calls no longer than that", erased)
        return True

    def _rest(self) -> bool:
        return not self._stopping.wait(PAUSE_SECONDS)

    async def _in_thread(self, work: Callable[[], bool]) -> bool:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _collect(self) -> bool:
        now = self._now()
        try:
            database = self._opened()
            if self._collector is None:
                self._collector = self._collector_of(database)
            done = self._collector.collect(now, self._endings)
            self._endings.write(database, self._outcomes.in_progress, now)
        except (DatabaseError, OSError) as error:
            self._complain(str(error))
            return False
        except Exception:
            # A bug here must not take the police lists and the rest of the services with it.
            log.exception("calls wait in the journal")
            self.fault = "an error of the program; the log has it"
            return False
        self.strangers += done.strangers
        self.unreadable += done.unreadable
        if self.fault:
            log.info("the log of calls comes on again")
            self.fault = ""
        return True

    def _opened(self) -> Database:
        with self._opening:
            if self._database is None:
                self._database = self._open_database()
            return self._database

    def _agreed(self, line: int) -> bool:
        try:
            return self._policies.policy(line).logged
        except PolicyUnavailable:
            return False  # what nobody is known to have agreed to is not kept

    def _complain(self, fault: str) -> None:
        if fault != self.fault:
            log.error("calls wait in the journal and do not come into the log: %s", fault)
        self.fault = fault


def _be_modest() -> None:
    """Have Linux run this thread after the workers."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
