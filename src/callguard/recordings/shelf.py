"""The folder in which recordings lie encrypted, by the names of their calls.

::

    ID.cgr        the recording, a container
    ID.waiting    what is known of it while its call is not in the database yet, and its key

It can be shared by several nodes. Files come whole, or not at all: they are written aside and then
given their names.
"""

import contextlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from .errors import NoRoom, RecordingElsewhere

RESERVE_BYTES = 32 * 1024 * 1024
"""Left free on the disk: the journal of verdicts may lie on it too, and comes first."""

_SEALED, _WAITING, _ASIDE = ".cgr", ".waiting", ".aside"


class Kind(StrEnum):
    """What was recorded."""

    CALL = "call"
    """A warned call, from the warning on."""
    MESSAGE = "message"
    """What a caller left who was not put through."""


class Flaw(StrEnum):
    """Why a recording is not whole."""

    NONE = ""
    DISK_FULL = "disk-full"
    INTERRUPTED = "interrupted"
    """Asterisk or the machine stopped during the call."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A recording that is encrypted, and not in the database yet."""

    call_id: str
    kind: Kind
    flaw: Flaw
    seconds: int
    key: bytes
    """The recording's, wrapped under the node's."""
    wrapped_by: str
    """The name of that node's key."""


class Shelf:
    """The recordings in *folder*, which is made when it is first needed."""

    def __init__(self, folder: Path, reserve: int = RESERVE_BYTES) -> None:
        self.folder = folder
        self._reserve = reserve

    def put(self, call_id: str, container: Iterable[bytes], size: int) -> None:
        """Write a recording to the disk, whole; *size* is about how many bytes it has.

        Raises:
            NoRoom: the disk would be full.
            OSError: the disk fails.

        """
        self._make()
        if shutil.disk_usage(self.folder).free < size + self._reserve:
            raise NoRoom(f"the disk has no room for recordings; make some in {self.folder}")
        self._write(f"{call_id}{_SEALED}", container)

    def put_waiting(self, one: Waiting) -> None:
        """Write what is known of a recording."""
        content = {
            "kind": one.kind.value,
            "flaw": one.flaw.value,
            "seconds": one.seconds,
            "key": one.key.hex(),
            "wrapped_by": one.wrapped_by,
        }
        self._write(f"{one.call_id}{_WAITING}", [json.dumps(content).encode()])

    def waiting(self) -> Iterator[Waiting]:
        """Yield the recordings that are not in the database yet; one that is damaged is left."""
        for name in self._names(_WAITING):
            try:
                content = json.loads((self.folder / f"{name}{_WAITING}").read_bytes())
                yield Waiting(
                    name,
                    Kind(content["kind"]),
                    Flaw(content["flaw"]),
                    int(content["seconds"]),
                    bytes.fromhex(content["key"]),
                    str(content["wrapped_by"]),
                )
            except (ValueError, KeyError, TypeError, FileNotFoundError):
                continue

    def is_waiting(self, call_id: str) -> bool:
        """Tell whether the call's recording is encrypted, and not in the database yet."""
        return (self.folder / f"{call_id}{_WAITING}").exists()

    def settle(self, call_id: str) -> None:
        """Take that the recording is in the database."""
        (self.folder / f"{call_id}{_WAITING}").unlink(missing_ok=True)

    def has(self, call_id: str) -> bool:
        """Tell whether the call's recording is here."""
        return (self.folder / f"{call_id}{_SEALED}").exists()

    def open(self, call_id: str) -> BinaryIO:
        """Open a recording.

        Raises:
            RecordingElsewhere: it is not here.

        """
        try:
            return (self.folder / f"{call_id}{_SEALED}").open("rb")
        except FileNotFoundError as error:
            raise RecordingElsewhere(
                "the recording is not at this node: it lies at the one that took the call, or is "
                "lost"
            ) from error

    def remove(self, call_ids: Iterable[str]) -> None:
        """Remove recordings, and what is known of them, if they are here."""
        for call_id in call_ids:
            for kind in (_WAITING, _SEALED):
                (self.folder / f"{call_id}{kind}").unlink(missing_ok=True)

    def forget(self, call_ids: Iterable[str]) -> None:
        """Remove recordings whose keys are gone, as far as that can be done now.

        What is left is removed with the next sweep.
        """
        with contextlib.suppress(OSError):
            self.remove(call_ids)

    def older_than(self, moment: float) -> list[str]:
        """Return the calls whose recordings were written before *moment* (seconds of the epoch).

        Those that wait for the database are not among them.
        """
        return [
            name
            for name in self._names(_SEALED)
            if not self.is_waiting(name) and self._written(f"{name}{_SEALED}") < moment
        ]

    def clear(self, moment: float) -> None:
        """Remove what was being written by somebody who was killed, before *moment*."""
        for name in self._names(_ASIDE):
            if self._written(f"{name}{_ASIDE}") < moment:
                (self.folder / f"{name}{_ASIDE}").unlink(missing_ok=True)

    def count_waiting(self) -> int:
        """Return how many recordings are not in the database yet."""
        return len(self._names(_WAITING))

    def _written(self, name: str) -> float:
        try:
            return (self.folder / name).stat().st_mtime
        except FileNotFoundError:
            return float("inf")

    def _names(self, kind: str) -> list[str]:
        try:
            return sorted(
                path.name.removesuffix(kind)
                for path in self.folder.iterdir()
                if path.name.endswith(kind)
            )
        except FileNotFoundError:
            return []

    def _make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def _write(self, name: str, pieces: Iterable[bytes]) -> None:
        aside = self.folder / f"{name}.{os.getpid()}{_ASIDE}"
        try:
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                for piece in pieces:
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            aside.rename(self.folder / name)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
