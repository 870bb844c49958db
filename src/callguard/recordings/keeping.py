"""Recordings in ``services``: encrypted when their call is over, registered, erased in time.

One thread of low priority does all of it, a recording after the other; nobody waits for it. What
was left by a callguard that was killed, or a machine that lost its power, is found like any other.
"""

import asyncio
import contextlib
import logging
import os
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ..database import Database, DatabaseError
from .errors import RecordingError
from .keys import NodeKey
from .registering import Registering
from .retention import purge, sweep
from .sealing import seal
from .shelf import Flaw, Shelf
from .spool import Left, Spool

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
MAX_PAUSE = 30.0
"""Longest pause while the database does not answer."""

QUIET_SECONDS = 60.0
"""A recording that has not grown for so long may be of a call that is over: Asterisk is asked."""

LONGEST_CALL_SECONDS = 4 * 3600.0
"""When a recording that does not grow any more is over, where Asterisk cannot be asked."""

TIDY_SECONDS = 600.0
"""How often what is too old, or known to nobody, is looked for."""

_NICE = 10


@dataclass(slots=True)
class Standing:
    """How the recordings stand, for the health pages."""

    in_clear: int = 0
    """Files that Asterisk has closed, and that are not encrypted yet."""
    in_progress: int = 0
    waiting: int = 0
    """Encrypted, and not in the database yet."""
    sealed: int = 0
    """Encrypted since the start."""
    cut_off: int = 0
    """Of them, those that are not whole."""
    full: bool = False
    """The disk on which Asterisk records is full now."""
    fault: str = ""
    """Why recordings do not come on, for people; empty: they do."""


class RecordingKeeping:
    """Looks after the recordings of one node. Made in a running loop.

    Args:
        open_database: opens the database, or raises ``DatabaseError``.
        spool: where Asterisk records.
        shelf: where recordings are kept.
        key: the file of the node's key.
        over: tells which of some channels (by their ``Uniqueid``) are no more; None where Asterisk
            cannot be asked.
        now: gives the time (aware).

    """

    def __init__(
        self,
        open_database: Callable[[], Database],
        spool: Spool,
        shelf: Shelf,
        key: Path,
        over: Callable[[Iterable[str]], Awaitable[list[str]]] | None,
        now: Callable[[], datetime],
    ) -> None:
        self._open_database = open_database
        self._spool = spool
        self._shelf = shelf
        self._key_file = key
        self._over = over
        self._now = now
        self._database: Database | None = None
        self._registering: Registering | None = None
        self._key: NodeKey | None = None
        self._cut_off: set[str] = set()
        """Calls during whose recording the disk was full."""
        self._database_from = self._tidy_from = float("-inf")
        """When the database is asked, and what is too old looked for, by ``time.monotonic``."""
        self._database_fault = ""
        self._pause = LOOK_SECONDS
        self._thread = ThreadPoolExecutor(1, "recordings", initializer=_be_modest)
        self.standing = Standing()

    async def run(self) -> None:
        """Look after them until cancelled."""
        try:
            while True:
                await self._in_thread(self._look)
                await self._look_for_abandoned()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            self._thread.shutdown(wait=True, cancel_futures=True)
            if self._database is not None:
                self._database.close()

    async def _in_thread(self, work: Callable[[], None]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _look(self) -> None:
        """Do what is to be done now."""
        faults: list[str] = []
        with self._noting(faults):
            left = self._spool.left()
            self._take_stock(left)
            for one in left:
                # One that cannot be encrypted must not keep the others in clear.
                if not one.unique:
                    with self._noting(faults):
                        self._seal(one, Flaw.NONE)
        if time.monotonic() >= self._database_from:
            with self._noting(faults):
                self._register()
                self._tidy()
                self._database_fault, self._pause = "", LOOK_SECONDS
            if faults:
                self._database_fault = faults[-1]
                self._pause = min(2 * self._pause, MAX_PAUSE)
                self._database_from = time.monotonic() + self._pause
        elif self._database_fault:
            faults.append(self._database_fault)
        self._say(faults[0] if faults else "")

    @contextmanager
    def _noting(self, faults: list[str]) -> Iterator[None]:
        """Take down what goes wrong, for people; the rest goes on."""
        try:
            yield
        except OSError as error:
            faults.append(f"{error.filename or 'the disk'}: {error.strerror or error}")
        except (DatabaseError, RecordingError) as error:
            faults.append(str(error))
        except Exception:
            # A bug here must not take the police lists and the rest of the services with it.
            log.exception("recordings wait")
            faults.append("an error of the program; the log has it")

    def _take_stock(self, left: list[Left]) -> None:
        standing = self.standing
        standing.in_progress = sum(bool(one.unique) for one in left)
        standing.in_clear = len(left) - standing.in_progress
        standing.full = self._spool.is_full()
        if standing.full:
            self._cut_off |= {one.call_id for one in left}

    def _seal(self, one: Left, flaw: Flaw) -> None:
        if one.call_id in self._cut_off:
            flaw = Flaw.DISK_FULL
        if seal(one, self._shelf, self._own_key(), flaw):
            self.standing.sealed += 1
            self.standing.cut_off += flaw is not Flaw.NONE
            if flaw is not Flaw.NONE:
                log.warning("call %s: its recording is not whole: %s", one.call_id, flaw)
        self._cut_off.discard(one.call_id)

    async def _look_for_abandoned(self) -> None:
        """Encrypt what has not been closed and never will be: Asterisk stopped meanwhile."""
        quiet = [one for one in self._growing() if time.time() - one.changed_at > QUIET_SECONDS]
        if not quiet:
            return
        if self._over is None:
            over = {
                one.unique for one in quiet if time.time() - one.changed_at > LONGEST_CALL_SECONDS
            }
        else:
            over = set(await self._over([one.unique for one in quiet]))
        await self._in_thread(
            lambda: self._seal_abandoned([one for one in quiet if one.unique in over])
        )

    def _growing(self) -> list[Left]:
        with contextlib.suppress(OSError):  # which has just been told
            return [one for one in self._spool.left() if one.unique]
        return []

    def _seal_abandoned(self, abandoned: list[Left]) -> None:
        faults: list[str] = []
        for one in abandoned:
            with self._noting(faults):
                self._seal(one, Flaw.INTERRUPTED)
        if faults:
            self._say(faults[0])

    def _register(self) -> None:
        if self._shelf.count_waiting():
            if self._registering is None:
                self._registering = Registering(self._opened(), self._shelf, self._own_key())
            self._registering.register(self._now())
        self.standing.waiting = self._shelf.count_waiting()

    def _tidy(self) -> None:
        if time.monotonic() < self._tidy_from:
            return
        self._shelf.clear(time.time() - TIDY_SECONDS)
        self._spool.forget_names(time.time())
        database = self._opened()
        erased = purge(database, self._shelf, self._now())
        if erased:
            log.info("%d recordings erased: their households keep them no longer than that", erased)
        sweep(database, self._shelf)
        self._tidy_from = time.monotonic() + TIDY_SECONDS

    def _own_key(self) -> NodeKey:
        if self._key is None:
            self._key = NodeKey(self._key_file)
        return self._key

    def _opened(self) -> Database:
        if self._database is None:
            self._database = self._open_database()
        return self._database

    def _say(self, fault: str) -> None:
        if fault and fault != self.standing.fault:
            log.error("recordings wait: %s", fault)
        elif self.standing.fault and not fault:
            log.info("the recordings come on again")
        self.standing.fault = fault


def _be_modest() -> None:
    """Have Linux run this thread after the workers."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
