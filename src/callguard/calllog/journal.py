"""The journal: verdicts on this node's disk, before any caller hears of them.

Each process appends to a file of its own and holds a lock on it (flock) while it does; the kernel
lets go when the process ends, however it ends. A file without a lock is finished: the collector
brings it into the database and removes it. So a file is sealed soon after its first record.
"""

import contextlib
import fcntl
import os
import queue
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .segment import BEGINNING, MARK, frame, holds_records

PATIENCE = 0.05
"""Seconds that an answer waits for its record to be on disk; then it goes out all the same."""

SEAL_SECONDS = 0.5
"""A file takes records for so long: as late as that a call comes into the log of calls."""

BUSY_BYTES = 32 * 1024
SEAL_SECONDS_WHEN_BUSY = 3.0
"""A file that has so much by then is left open longer: making one is work for the disk."""

SEAL_BYTES = 256 * 1024

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


@dataclass(slots=True)
class _File:
    """An open file, locked, and how far it is filled."""

    handle: int
    size: int = len(MARK)
    many: bool = False
    """There are many already."""


class Journal:
    """One process's own file in *folder*; for one thread at a time, but for ``make_spare``.

    With ``ahead`` a file is filled with that many zeros when it is made: to write over them is all
    that the disk has to do for a record, while one that grows a file waits for whatever else the
    file system has to write down, which took several times as long under load.
    """

    def __init__(
        self, folder: Path, clock: Callable[[], float] = time.monotonic, *, ahead: int = 0
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._ahead = ahead
        self._file: _File | None = None
        self._begun_at = 0.0
        self._spares: queue.SimpleQueue[_File] = queue.SimpleQueue()

    def make_spare(self) -> None:
        """Have the next file ready, so that no record has to wait for one; in any one thread.

        Raises:
            JournalFull: the journal has grown to its bound.
            OSError: the folder or the file cannot be made.

        """
        if self._spares.empty():
            self._spares.put(self._make())

    def append(self, records: Sequence[bytes]) -> None:
        """Write *records*; they are on disk when this returns.

        Raises:
            OSError: they are not: the disk is full, broken or gone, or the journal at its bound.

        """
        if self._file is None:
            try:
                self._file = self._spares.get_nowait()
            except queue.Empty:
                self._file = self._make()
            self._begun_at = self._clock()
        file = self._file
        data = frame(records)
        try:
            _write(file.handle, data, file.size)
            os.fdatasync(file.handle)
        except OSError:
            self.seal()
            raise
        file.size += len(data)

    @property
    def due(self) -> float | None:
        """Seconds until the file is to be sealed, 0 if it is time; None: no file is open."""
        file = self._file
        if file is None:
            return None
        if file.size >= SEAL_BYTES:
            return 0.0
        if file.many:
            seconds = SEAL_SECONDS_WHEN_MANY
        else:
            seconds = SEAL_SECONDS if file.size < BUSY_BYTES else SEAL_SECONDS_WHEN_BUSY
        return max(0.0, self._begun_at + seconds - self._clock())

    def seal(self) -> None:
        """Leave the file to the collector; the next record goes into another."""
        if self._file is not None:
            file, self._file = self._file, None
            with contextlib.suppress(OSError):
                os.ftruncate(file.handle, file.size)  # what was made ahead, or written in part
            os.close(file.handle)

    def close(self) -> None:
        """Leave everything to the collector."""
        self.seal()
        while not self._spares.empty():
            os.close(self._spares.get().handle)

    def _make(self) -> _File:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        sizes = [entry.stat().st_size for entry in os.scandir(self._folder) if _is_file(entry)]
        if sum(sizes) >= MAX_BYTES:
            raise JournalFull
        name = f"{time.time_ns():020d}-{os.getpid()}"
        made = self._folder / f"{name}.new"  # not yet one for the collector
        handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _write(handle, MARK + bytes(self._ahead), 0)
            os.fsync(handle)
            made.rename(self._folder / f"{name}{SUFFIX}")
            _sync_folder(self._folder)
        except BaseException:
            os.close(handle)
            made.unlink(missing_ok=True)
            raise
        return _File(handle, many=len(sizes) >= MANY_FILES)


def files_with_records(folder: Path) -> list[Path]:
    """Return the files that hold records now, those that processes still add to among them."""
    found: list[Path] = []
    for path in folder.glob(f"*{SUFFIX}"):
        with contextlib.suppress(OSError), path.open("rb") as file:
            if holds_records(file.read(BEGINNING)):
                found.append(path)
    return sorted(found)


def waiting(folder: Path) -> tuple[int, int]:
    """Return how many files wait to be brought into the database, and their bytes."""
    files, size = 0, 0
    for path in files_with_records(folder):
        with contextlib.suppress(OSError):
            size += path.stat().st_size
            files += 1
    return files, size


def _is_file(entry: "os.DirEntry[str]") -> bool:
    return entry.name.endswith(SUFFIX)


def _write(handle: int, data: bytes, at: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(handle, view, at)
        view, at = view[written:], at + written


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
