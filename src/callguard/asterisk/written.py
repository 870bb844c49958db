"""The files of a folder that a program writes and a person may edit: no edit is lost unawares.

Beside the files lies a record of what was written, by digest. A file that is neither as it was
written nor as it is to be has been edited, or was there before.
"""

import difflib
import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .conf import SECRET, SiteError

RECORD = ".callguard-written.json"
"""Digests of what was written, a list for each file."""
KEPT = ".edited"
"""What the name of an edited file ends with once it is written over."""
_HIDDEN = re.compile(rf"((?:{'|'.join(sorted(SECRET))})\s*=>?\s*)(\S.*)", re.IGNORECASE)


class EditedError(SiteError):
    """Files were edited by hand and are not written over; the message names them."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What writing would do, by the files' names."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    edited: tuple[str, ...]
    """As a person left them, and different from what is to be written."""
    dropped: tuple[str, ...]
    """Written once, and not needed any more."""

    @property
    def any(self) -> bool:
        """Tell whether anything is to be done."""
        return bool(self.new or self.changed or self.edited or self.dropped)


@dataclass(frozen=True, slots=True)
class Written:
    """The written files of *folder*."""

    folder: Path

    def changes(self, files: Mapping[str, str]) -> Changes:
        """Compare *files*, texts by name, with what lies in the folder.

        Raises:
            OSError: a file cannot be read.

        """
        record = self._record()
        new: list[str] = []
        changed: list[str] = []
        edited: list[str] = []
        for name, text in files.items():
            there = self._read(name)
            if there is None:
                new.append(name)
            elif there != text.encode():
                ours = _digest(there) in record.get(name, ())
                (changed if ours else edited).append(name)
        dropped = [
            name
            for name, digests in record.items()
            if name not in files
            and (there := self._read(name)) is not None
            and _digest(there) in digests
        ]
        return Changes(tuple(new), tuple(changed), tuple(edited), tuple(dropped))

    def write(self, files: Mapping[str, str], *, force: bool = False) -> Changes:
        """Write *files*, each whole or not at all, readable by their owner only.

        With ``force`` edited files are written over too, and kept beside as ``….edited``.

        Raises:
            EditedError: files have been edited, and not ``force``; nothing has been written.
            OSError: the folder cannot be written; every file is as it was, or as it is to be.

        """
        changes = self.changes(files)
        if changes.edited and not force:
            raise EditedError(
                f"in {self.folder} somebody has edited {', '.join(changes.edited)}: nothing was "
                f"written; --diff shows what would change, --force writes and keeps each as …{KEPT}"
            )
        touched = (*changes.new, *changes.changed, *changes.edited)
        made = {name: self._prepare(name, files[name]) for name in touched}
        digests = {name: [_digest(text.encode())] for name, text in files.items()}
        before = self._record()
        # Cut short in the middle, what was there and what is to be are both known as our own.
        self._keep_record(
            {name: [*digests.get(name, ()), *before.get(name, ())] for name in digests | before}
        )
        for name in changes.edited:
            (self.folder / name).replace(self.folder / f"{name}{KEPT}")
        for name, path in made.items():
            path.replace(self.folder / name)
        for name in changes.dropped:
            (self.folder / name).unlink()
        self._keep_record(digests)
        return changes

    def diff(self, files: Mapping[str, str]) -> str:
        """Return what writing *files* would change, as a unified diff that shows no secret."""
        changes = self.changes(files)
        parts: list[str] = []
        for name in sorted({*changes.new, *changes.changed, *changes.edited, *changes.dropped}):
            there = (self._read(name) or b"").decode("utf-8", "replace").split("\n")
            wanted = files.get(name, "").split("\n")
            parts += difflib.unified_diff(
                _without_secrets(there, ()),
                _without_secrets(wanted, there),
                f"{name} (as it is)",
                f"{name} (to be written)",
                lineterm="",
            )
        return "\n".join(parts)

    def _read(self, name: str) -> bytes | None:
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def _record(self) -> dict[str, list[str]]:
        """Read the record; without one, or with a damaged one, every file counts as edited."""
        try:
            record = json.loads((self.folder / RECORD).read_bytes())
        except (FileNotFoundError, ValueError):
            return {}
        if not isinstance(record, dict):
            return {}
        return {
            name: [str(digest) for digest in digests]
            for name, digests in record.items()
            if isinstance(digests, list) and _is_below(name)
        }

    def _keep_record(self, record: Mapping[str, list[str]]) -> None:
        text = json.dumps(record, indent=1, sort_keys=True) + "\n"
        self._prepare(RECORD, text).replace(self.folder / RECORD)

    def _prepare(self, name: str, text: str) -> Path:
        """Write a file beside the one of that name; return its path."""
        path = self.folder / f"{name}.new"
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        return path


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _is_below(name: str) -> bool:
    """Tell whether a name of the record is one that was written: it is about to be deleted."""
    path = Path(name)
    return not path.is_absolute() and ".." not in path.parts


def _without_secrets(lines: list[str], before: list[str] | tuple[()]) -> list[str]:
    """Return the lines with every secret hidden, and told if it was another before."""
    return [
        _HIDDEN.sub(rf"\1(hidden{'' if line in before or not before else ', another'})", line)
        for line in lines
    ]
