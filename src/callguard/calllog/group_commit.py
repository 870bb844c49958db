"""Verdicts made durable many at a time, before their callers hear anything.

The records of all questions that have arrived are written together and synced once, in a thread;
then their answers go out, and meanwhile the next group gathers. A disk that is slow, full or broken
costs no call: after ``PATIENCE`` the answer goes out whatever the disk does, and while it is slow
the next ones do not wait at all.
"""

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from .counts import Slot
from .journal import PATIENCE, Journal

log = logging.getLogger(__name__)

MAX_WAITING = 10_000
"""Records held while the disk does not answer, about 5 MB; further ones are not kept."""

BUSY_GROUP = 2
GATHER_SECONDS = 0.005
FULL_GROUP = 32
"""After two or more that came together the next group gathers for a moment, or until it is full: a
visit to the thread costs a worker more than a verdict does, and by themselves groups stay small,
since most disks are quick. So a worker that answers a call now and then answers it at once."""

CLOSE_SECONDS = 2.0

SAY_SECONDS = 60.0
"""A disk that is bad and good by turns is complained about so often."""


@dataclass(slots=True)
class _Waiting:
    record: bytes
    answer: Callable[[], None] | None
    """None once it has been called."""
    due: float


class GroupCommit:
    """Writes a worker's verdicts to its journal. Made and used in a running loop."""

    def __init__(self, journal: Journal, slot: Slot) -> None:
        self._journal = journal
        self._slot = slot
        self._loop = asyncio.get_running_loop()
        self._gathering: list[_Waiting] = []
        self._writing: list[_Waiting] = []
        self._scheduled: asyncio.Handle | None = None
        self._slow = False
        self._complained = False
        self._quiet_until = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._groups: queue.SimpleQueue[list[bytes] | None] = queue.SimpleQueue()
        self._closing = False
        self._spare_wanted = threading.Event()
        self._threads = [
            threading.Thread(target=work, name="journal", daemon=True)
            for work in (self._write_groups, self._make_spares)
        ]
        for thread in self._threads:
            thread.start()

    def keep(self, record: bytes, answer: Callable[[], None]) -> None:
        """Write *record*, then call *answer*; at the latest ``PATIENCE`` seconds from now."""
        if self._slow:
            # The disk is known not to answer: this call need not find it out again.
            answer()
            if len(self._gathering) >= MAX_WAITING:
                self._slot.lost += 1
            else:
                self._slot.late += 1
                self._gathering.append(_Waiting(record, None, 0.0))
            self._slot.tell()
            return
        due = self._loop.time() + PATIENCE
        self._gathering.append(_Waiting(record, answer, due))
        if self._timer is None:
            self._timer = self._loop.call_at(due, self._lose_patience)
        if self._writing:
            return
        if self._scheduled is None:
            # Not at once: other questions that arrived with this one go into the same group.
            self._scheduled = self._loop.call_soon(self._send_group)
        elif len(self._gathering) >= FULL_GROUP:
            self._send_group()

    def close(self) -> None:
        """Write what there is, and end the thread; answers that still wait go out."""
        for one in (*self._writing, *self._gathering):
            self._release(one)
        if self._gathering:
            self._groups.put([one.record for one in self._gathering])
            self._gathering = []
        self._groups.put(None)
        self._closing = True
        self._spare_wanted.set()
        for thread in self._threads:
            thread.join(CLOSE_SECONDS)
        if not any(thread.is_alive() for thread in self._threads):
            self._journal.close()
        for timer in (self._timer, self._scheduled):
            if timer is not None:
                timer.cancel()

    def _send_group(self) -> None:
        if self._scheduled is not None:
            self._scheduled.cancel()
            self._scheduled = None
        if self._gathering and not self._writing:
            self._writing, self._gathering = self._gathering, []
            self._groups.put([one.record for one in self._writing])

    def _written(self, fault: OSError | None) -> None:
        """Take note, in the loop, that the group has been written, or could not be."""
        written, self._writing = self._writing, []
        for one in written:
            self._release(one)
        if fault is None:
            self._slot.kept += len(written)
        else:
            self._slot.lost += len(written)
        self._note(fault)
        if len(written) >= BUSY_GROUP and len(self._gathering) < FULL_GROUP:
            self._scheduled = self._loop.call_later(GATHER_SECONDS, self._send_group)
        else:
            self._send_group()

    def _note(self, fault: OSError | None) -> None:
        if fault is not None:
            self._complain(
                f"verdicts are given and not kept: the journal cannot be written: "
                f"{fault.strerror or fault}"
            )
        elif self._complained:
            self._complained = False
            log.warning("the journal is written again, and every verdict is kept")
        self._slot.faulty = fault is not None
        self._slow = False
        self._slot.tell()

    def _lose_patience(self) -> None:
        self._timer = None
        now = self._loop.time() + 0.001  # uvloop's clock counts whole milliseconds
        overdue = [one for one in (*self._writing, *self._gathering) if one.answer is not None]
        for one in overdue:
            if one.due > now:
                self._timer = self._loop.call_at(one.due, self._lose_patience)
                return
            self._release(one)
            self._slot.late += 1
            self._slow = self._slot.faulty = True
            self._slot.tell()
            self._complain(
                f"the journal's disk takes more than {PATIENCE * 1000:.0f} ms: verdicts are given "
                "before they are kept"
            )

    def _complain(self, what: str) -> None:
        now = self._loop.time()
        if now >= self._quiet_until:
            self._quiet_until = now + SAY_SECONDS
            self._complained = True
            log.error("%s", what)

    def _release(self, one: _Waiting) -> None:
        answer, one.answer = one.answer, None
        if answer is not None:
            answer()

    # The rest runs in the threads.

    def _write_groups(self) -> None:
        journal = self._journal
        while True:
            try:
                group = self._groups.get(timeout=journal.due)
            except queue.Empty:
                self._seal()
                continue
            if group is None:
                journal.seal()
                return
            fault: OSError | None = None
            try:
                journal.append(group)
            except OSError as error:
                fault = error
            with contextlib.suppress(RuntimeError):  # the loop is gone
                self._loop.call_soon_threadsafe(self._written, fault)
            if journal.due == 0.0:
                self._seal()

    def _seal(self) -> None:
        self._journal.seal()
        self._spare_wanted.set()

    def _make_spares(self) -> None:
        while not self._closing:
            with contextlib.suppress(OSError):  # a record will meet it again, and tell
                self._journal.make_spare()
            self._spare_wanted.wait()
            self._spare_wanted.clear()
