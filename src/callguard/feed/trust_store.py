"""The root on this machine's disk: ``root.json`` is in force, ``root.<version>.json`` has been."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from ..blocklist.errors import TrustError
from .root_file import MAX_BYTES
from .trust import Trust


class TrustStore:
    """A node's trust folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def path(self) -> Path:
        """The root file that is in force."""
        return self.folder / "root.json"

    def load(self) -> Trust | None:
        """Return the trust in force; nothing if no root has been installed.

        Raises:
            TrustError: the file cannot be read or used.

        """
        if not self.path.exists():
            return None
        try:
            return Trust.from_bytes(read_root(self.path))
        except TrustError as error:
            message = str(error)
            where = "" if str(self.path) in message else f"{self.path}: "
            raise TrustError(f"{where}{message}") from error

    def stamp(self) -> tuple[int, int] | None:
        """Return what changes when another root is in force: time and inode of its file."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino

    def install(self, data: bytes, now: datetime) -> Trust:
        """Take a root file in: the first is pinned, each later one must follow from it.

        The one that is in force already is taken in again without a word.

        Raises:
            TrustError: it is refused (see :meth:`Trust.update`), or the disk does not take it;
                what was in force stays.

        """
        try:
            with self._locked():
                before = self.load()
                if before is not None and before.to_bytes() == data:
                    return before
                if before is None:
                    trust = Trust.from_bytes(data)
                    trust.check_fresh(now)
                else:
                    trust = before.update(data, now)
                replace(self.folder / f"root.{trust.version}.json", data)
                replace(self.path, data)
                return trust
        except OSError as error:
            raise TrustError(f"{self.folder} cannot be written: {error.strerror}") from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the folder: of two that install at once, the slower must not undo the other."""
        self.folder.mkdir(parents=True, exist_ok=True)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def read_root(path: Path) -> bytes:
    """Return the bytes of a root file, one more than the limit at most.

    Raises:
        TrustError: it cannot be read.

    """
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise TrustError(f"{path} cannot be read: {error.strerror}") from error


def replace(path: Path, data: bytes) -> None:
    """Write a file durably, in one step.

    Raises:
        OSError: the disk does not take it; the file of before is untouched.

    """
    temporary = path.with_name(f"{path.name}.new")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)  # half a file has no place on a full disk
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
