"""The lists on this machine's disk: one file a source, replaced whole, never half-written."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from . import list_file, union
from .errors import StoreError
from .list_file import ListFile
from .node_list import NodeList
from .source_list import SourceList
from .union import Union

_SUFFIX = ".list"


class ListStore:
    """A folder of list files, and their union."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def union(self) -> Path:
        """The file of the union."""
        return self.folder / "union"

    @property
    def state(self) -> Path:
        """The file in which the follower tells how the feed stands."""
        return self.folder / "state.json"

    def path(self, source: str) -> Path:
        """Return the file of *source*."""
        return self.folder / f"{source}{_SUFFIX}"

    def save(self, kept: NodeList) -> None:
        """Write one source's list, durably, in one step.

        Raises:
            StoreError: the disk does not take it; the file of before is untouched.

        """
        path = self.path(kept.source)
        try:
            before = ListFile.open(path)
        except (StoreError, OSError):
            before = None
        self._write(path, list_file.pieces(kept, before), f"the list of {kept.source}")

    def save_union(self, sources: Iterable[str]) -> bool:
        """Write the union of the lists of *sources*; return False if it is on disk already.

        A list that cannot be read is left out: it is asked by itself.

        Raises:
            StoreError: the disk does not take it.

        """
        lists: list[ListFile] = []
        for source in sources:
            with contextlib.suppress(StoreError):
                lists.append(self.open(source))
        covered = {one.source: one.version for one in lists}
        with contextlib.suppress(StoreError, OSError):
            if Union.open(self.union).covered == covered:
                return False
        sets = (one.whole for one in lists)
        self._write(self.union, union.pieces(covered, sets), "the union of the lists")
        return True

    def _write(self, path: Path, data: Iterable[bytes | memoryview], what: str) -> None:
        temporary = path.with_name(f"{path.name}.new")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                file.writelines(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            self._sync()
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)  # half a file has no place on a full disk
            raise StoreError(f"{what} cannot be written: {error}") from error

    def remove(self, source: str) -> None:
        """Delete one source's list.

        Raises:
            StoreError: the disk does not let it go.

        """
        try:
            self.path(source).unlink(missing_ok=True)
            self._sync()
        except OSError as error:
            raise StoreError(f"the list of {source} cannot be removed: {error}") from error

    def approve(self, source: str) -> None:
        """Have the follower enforce what it holds of *source*: within a second, or when it starts.

        Raises:
            StoreError: there is no such list, or the disk does not take it.

        """
        try:
            if not self.path(source).exists():
                raise StoreError(f"there is no list of a source {source[:40]!r} on this node")
            self._approval(source).touch()
            self._sync()
        except OSError as error:
            raise StoreError(f"the approval of {source} cannot be written: {error}") from error

    def approved(self, source: str) -> bool:
        """Tell whether what is held of *source* has been approved."""
        return self._approval(source).exists()

    def forget_approval(self, source: str) -> None:
        """Forget an approval that has been carried out."""
        with contextlib.suppress(OSError):
            self._approval(source).unlink()

    def _approval(self, source: str) -> Path:
        return self.folder / f"{source}.approved"

    def _sync(self) -> None:
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def open(self, source: str) -> ListFile:
        """Map one source's list into memory, for look-ups.

        Raises:
            StoreError: the file is damaged or unreadable, or another source's.

        """
        path = self.path(source)
        try:
            file = ListFile.open(path)
        except StoreError as error:
            raise StoreError(f"the list of {source} ({path}): {error}") from error
        except OSError as error:
            raise StoreError(f"the list of {source} cannot be read: {error}") from error
        if file.source != source:
            raise StoreError(f"the list of {source} is that of {file.source}: {path}")
        return file

    def load(self, source: str) -> NodeList:
        """Read one source's list, whole and checked; an empty one if there is no file.

        Raises:
            StoreError: the file is damaged or unreadable, or another source's.

        """
        if not self.path(source).exists():
            return NodeList(SourceList(source))
        file = self.open(source)
        try:
            return file.load()
        except StoreError as error:
            raise StoreError(f"the list of {source} ({self.path(source)}): {error}") from error

    def stamps(self) -> dict[str, tuple[int, int]]:
        """Return each list file's source, with what changes when it is written: time and inode."""
        stamps: dict[str, tuple[int, int]] = {}
        for path in sorted(self.folder.glob(f"*{_SUFFIX}")):
            with contextlib.suppress(FileNotFoundError):
                status = path.stat()
                stamps[path.stem] = (status.st_mtime_ns, status.st_ino)
        return stamps
