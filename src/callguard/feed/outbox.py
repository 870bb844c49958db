"""A source's own copy of what it has said: the list, and the last batches as they were signed.

This folder is the authority, and Redis is filled from it: what Redis lost is published again. A
batch is in it, durably, before Redis hears of it.
"""

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from ..blocklist.errors import StoreError
from ..blocklist.moments import read_moment, write_moment
from ..blocklist.node_list import NodeList
from ..blocklist.source_list import SourceList
from ..blocklist.store import ListStore

KEPT_BATCHES = 1_000
"""So far back a node can follow batch by batch; before, it takes the snapshot."""

_BATCH = re.compile(r"(\d+)\.batch")


class Outbox:
    """One source's folder. Use it under :meth:`locked`."""

    def __init__(self, folder: Path, source: str) -> None:
        self.folder = folder
        self.source = source
        self._store = ListStore(folder)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder: a source says one thing after the other.

        Raises:
            StoreError: the folder cannot be made or locked.

        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(self.folder, os.O_RDONLY)
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError as error:
            raise StoreError(f"the outbox {self.folder} cannot be used: {error}") from error
        try:
            yield
        finally:
            os.close(handle)

    def load(self) -> SourceList:
        """Return the source's list as it has last been signed.

        Raises:
            StoreError: it is damaged; a list recovered from the feed takes its place if the
                folder is moved away.

        """
        return self._store.load(self.source).list

    def keep(self, one: SourceList, token: bytes = b"") -> None:
        """Write a batch and the list after it; without a batch, the list alone.

        Raises:
            StoreError: the disk does not take it; the batch counts as never signed.

        """
        if token:
            path = self._path(one.sequence)
            try:
                with path.open("wb") as file:
                    file.write(token)
                    file.flush()
                    os.fsync(file.fileno())
            except OSError as error:
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)
                raise StoreError(f"{path} cannot be written: {error.strerror}") from error
        self._store.save(NodeList(one))
        for sequence in self.batches():
            if not one.sequence - KEPT_BATCHES < sequence <= one.sequence:
                self._path(sequence).unlink(missing_ok=True)

    def said_at(self) -> datetime | None:
        """Return when the source has said anything last; None if that is not known."""
        try:
            return read_moment(self._said.read_text(encoding="ascii").strip())
        except (OSError, ValueError):
            return None

    def note_said(self, moment: datetime) -> None:
        """Note when the source says something.

        Raises:
            StoreError: the disk does not take it.

        """
        temporary = self._said.with_suffix(".new")
        try:
            temporary.write_text(write_moment(moment), encoding="ascii")
            temporary.replace(self._said)
        except OSError as error:
            raise StoreError(f"{self._said} cannot be written: {error.strerror}") from error

    @property
    def _said(self) -> Path:
        return self.folder / "said"

    def batches(self) -> list[int]:
        """Return the numbers of the batches kept, in order."""
        found = (_BATCH.fullmatch(path.name) for path in self.folder.glob("*.batch"))
        return sorted(int(match[1]) for match in found if match)

    def batch(self, sequence: int) -> bytes:
        """Return one batch as it was signed.

        Raises:
            StoreError: it is not there.

        """
        try:
            return self._path(sequence).read_bytes()
        except OSError as error:
            raise StoreError(
                f"batch {sequence} is not in the outbox {self.folder}: {error.strerror}"
            ) from error

    def _path(self, sequence: int) -> Path:
        return self.folder / f"{sequence}.batch"
