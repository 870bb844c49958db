"""The journal's files that are finished: read in order, and removed once they are in the database.

Whoever collects holds a lock on the folder, so that the services and an erasure do not both bring
in the same calls. A file that its process still holds is left alone.
"""

import contextlib
import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import segment
from .journal import SUFFIX
from .line_event import LineEvent, read_event
from .record import Record, RecordError, read

log = logging.getLogger(__name__)

LOCK_SECONDS = 5.0
"""How long another collector is waited for."""

_LOCK = "collecting.lock"


@dataclass(frozen=True, slots=True)
class Finished:
    """One finished file, and what it holds."""

    path: Path
    records: tuple[Record, ...]
    events: tuple[LineEvent, ...]
    unreadable: int
    """Records that this version cannot read, and damaged ends; they go with the file."""


@contextmanager
def collecting(folder: Path, patience: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the journal for one collector.

    Raises:
        TimeoutError: another has held it for *patience* seconds.
        OSError: the folder cannot be made or locked.

    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        until = time.monotonic() + patience
        while not _lock(handle):
            if time.monotonic() >= until:
                raise TimeoutError(f"another program collects {folder}")
            time.sleep(0.02)
        yield
    finally:
        os.close(handle)


def finished(folder: Path) -> Iterator[Finished]:
    """Yield the finished files, the oldest first. Removing each is left to the caller.

    Raises:
        OSError: the folder cannot be read.

    """
    for name in sorted(entry.name for entry in os.scandir(folder)):
        if name.endswith(SUFFIX):
            one = _read(folder / name)
            if one is not None:
                yield one
        elif name.endswith(".new"):
            _remove_forgotten(folder / name)


def _read(path: Path) -> Finished | None:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not _lock(file.fileno()):
            return None  # its process still adds to it
        data = file.read()
    rows, whole = segment.read(data)
    records: list[Record] = []
    events: list[LineEvent] = []
    unreadable = int(not whole)
    for row in rows:
        try:
            event = read_event(row)
            if event is None:
                records.append(read(row))
            else:
                events.append(event)
        except RecordError as error:
            unreadable += 1
            log.error("%s: %s", path.name, error)
    if not whole:
        log.warning("%s ends in a record that was not finished", path.name)
    return Finished(path, tuple(records), tuple(events), unreadable)


def _remove_forgotten(path: Path) -> None:
    """Remove a file that a process was making as it died."""
    with contextlib.suppress(OSError):
        if time.time() - path.stat().st_mtime > 60:
            path.unlink()


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
