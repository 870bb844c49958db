"""The journal: verdicts on this node's disk, before any caller hears of them.

Each process appends to a file of its own and holds a lock on it (flock) while it does; the kernel
lets go when the process ends, however it ends. A file without a lock is finished: the collector
brings it into the database and removes it. So a file is sealed soon after its first record.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from .segment import MARK, frame

PATIENCE = 0.05
"""Seconds that an answer waits for its record to be on disk; then it goes out all the same."""

SEAL_SECONDS = 0.5
"""A file takes records for so long: as late as that a call comes into the log of calls."""

SEAL_BYTES = 1024 * 1024

MANY_FILES = 64
SEAL_SECONDS_WHEN_MANY = 30.0
"""So many files mean that nobody collects, or not fast enough: then each is filled further."""

MAX_BYTES = 256 * 1024 * 1024
"""Of all files together, about half a million calls; then new ones are no longer kept, and the
oldest stay: what nobody has collected yet may be what somebody is asked about."""

SUFFIX = ".seg"


class JournalFull(OSError):
    """The journal has grown to its bound: nobody brings it into the database."""

    def __init__(self) -> None:
        super().__init__(
            f"the journal holds {MAX_BYTES // 1024 // 1024} MB that could not be brought into the "
            "database"
        )


class Journal:
    """One process's own file in *folder*; for one thread at a time."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder
        self._clock = clock
        self._file = -1
        self._size = 0
        self._sealed_at = 0.0
        self._many = False

    @property
    def filling(self) -> bool:
        """Tell whether a file is open that holds a record."""
        return self._file >= 0 and self._size > len(MARK)

    def prepare(self) -> None:
        """Have a file open, so that the next record needs none made.

        Raises:
            JournalFull: it has grown to its bound.
            OSError: the folder or the file cannot be made.

        """
        if self._file >= 0:
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        sizes = [entry.stat().st_size for entry in os.scandir(self._folder) if _is_file(entry)]
        if sum(sizes) >= MAX_BYTES:
            raise JournalFull
        self._many = len(sizes) >= MANY_FILES
        name = f"{time.time_ns():020d}-{os.getpid()}"
        made = self._folder / f"{name}.new"  # not yet one for the collector
        file = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _write(file, MARK)
            os.fdatasync(file)
            made.rename(self._folder / f"{name}{SUFFIX}")
            _sync_folder(self._folder)
        except BaseException:
            os.close(file)
            made.unlink(missing_ok=True)
            raise
        self._file, self._size = file, len(MARK)

    def append(self, records: Sequence[bytes]) -> None:
        """Write *records*; they are on disk when this returns.

        Raises:
            OSError: they are not: the disk is full, broken or gone, or the journal at its bound.

        """
        self.prepare()
        if not self.filling:
            seconds = SEAL_SECONDS_WHEN_MANY if self._many else SEAL_SECONDS
            self._sealed_at = self._clock() + seconds
        data = frame(records)
        try:
            _write(self._file, data)
            os.fdatasync(self._file)
        except OSError:
            # What was written in part ends this file: a reader goes up to it.
            self.seal()
            raise
        self._size += len(data)

    @property
    def due(self) -> float | None:
        """Seconds until the file is to be sealed, 0 if it is time; None: it can stay as it is."""
        if not self.filling:
            return None
        if self._size >= SEAL_BYTES:
            return 0.0
        return max(0.0, self._sealed_at - self._clock())

    def seal(self) -> None:
        """Leave the file to the collector; the next record goes into another."""
        if self._file >= 0:
            file, self._file, self._size = self._file, -1, 0
            os.close(file)


def waiting(folder: Path) -> tuple[int, int]:
    """Return how many files wait to be brought into the database, and their bytes."""
    with contextlib.suppress(OSError):
        sizes = [entry.stat().st_size for entry in os.scandir(folder) if _is_file(entry)]
        held = [size for size in sizes if size > len(MARK)]
        return len(held), sum(held)
    return 0, 0


def _is_file(entry: "os.DirEntry[str]") -> bool:
    return entry.name.endswith(SUFFIX)


def _write(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
