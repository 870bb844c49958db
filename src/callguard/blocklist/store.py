"""The lists on this machine's disk: one file a source, replaced whole, never half-written."""

import contextlib
import hashlib
import os
from pathlib import Path

from .errors import StoreError
from .source_list import SourceList

_SUFFIX = ".list"
_DIGEST_BYTES = 32


class ListStore:
    """A folder of list files. A file is its list's bytes after their SHA-256."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, one: SourceList) -> None:
        """Write one source's list, durably, in one step.

        Raises:
            StoreError: the disk does not take it; the file of before is untouched.

        """
        path = self.folder / f"{one.source}{_SUFFIX}"
        data = one.to_bytes()
        temporary = path.with_suffix(".new")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                file.write(hashlib.sha256(data).digest() + data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            folder = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)  # half a file has no place on a full disk
            raise StoreError(f"the list of {one.source} cannot be written: {error}") from error

    def load(self, source: str) -> SourceList:
        """Read one source's list; an empty one if there is no file.

        Raises:
            StoreError: the file is damaged or unreadable, or another source's.

        """
        path = self.folder / f"{source}{_SUFFIX}"
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return SourceList(source)
        except OSError as error:
            raise StoreError(f"the list of {source} cannot be read: {error}") from error
        content = data[_DIGEST_BYTES:]
        if hashlib.sha256(content).digest() != data[:_DIGEST_BYTES]:
            raise StoreError(f"the list of {source} is damaged on disk: {path}")
        one = SourceList.from_bytes(content)
        if one.source != source:
            raise StoreError(f"the list of {source} is that of {one.source}: {path}")
        return one

    def stamps(self) -> dict[str, tuple[int, int]]:
        """Return each list file's source, with what changes when it is written: time and inode."""
        stamps: dict[str, tuple[int, int]] = {}
        for path in sorted(self.folder.glob(f"*{_SUFFIX}")):
            status = path.stat()
            stamps[path.stem] = (status.st_mtime_ns, status.st_ino)
        return stamps
