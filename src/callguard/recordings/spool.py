"""The folder in which Asterisk leaves what it records, in clear, for as short a time as can be.

::

    call-ID-UNIQUE.part.wav       a warned call is being recorded (or Asterisk stopped meanwhile)
    call-ID.wav                   it is over; Asterisk has closed the file
    message-ID-UNIQUE.part.wav    a caller is leaving a message
    message-ID.wav                the message is over
    name-ID.wav                   a name, for one call; Asterisk itself removes it

ID is the call's name, UNIQUE the ``Uniqueid`` of the caller's channel.
"""

import contextlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .shelf import Kind

_NAME = re.compile(
    r"(?P<kind>call|message)-(?P<id>[0-9a-f]{16})(?:-(?P<unique>[^/]{1,150})\.part)?\.wav"
)

NAME_KEPT_SECONDS = 3600
"""A name is needed for the minutes in which it is asked for and offered; beyond, Asterisk stopped
before it could remove it."""

FULL_BYTES = 128 * 1024
"""With less room than this, 8 seconds of a call, recordings are being cut off."""


@dataclass(frozen=True, slots=True)
class Left:
    """One file of a recording."""

    path: Path
    kind: Kind
    call_id: str
    unique: str
    """The channel that it is being recorded from; empty: the file is closed."""
    size: int
    changed_at: float
    """Seconds of the epoch."""

    def open(self) -> BinaryIO:
        """Open the file; not what a link leads to.

        Raises:
            OSError: it cannot be read, or is no file.

        """
        descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError("it is no file")
        return os.fdopen(descriptor, "rb")


class Spool:
    """What lies in *folder*."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def left(self) -> list[Left]:
        """Return the recordings, the oldest first.

        Raises:
            OSError: the folder is not there, or cannot be read.

        """
        found = []
        with os.scandir(self.folder) as entries:
            for entry in entries:
                name = _NAME.fullmatch(entry.name)
                if name is None:
                    continue
                try:
                    known = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue  # it has just been given its other name
                found.append(
                    Left(
                        Path(entry.path),
                        Kind(name["kind"]),
                        name["id"],
                        name["unique"] or "",
                        known.st_size,
                        known.st_mtime,
                    )
                )
        return sorted(found, key=lambda one: one.changed_at)

    def is_full(self) -> bool:
        """Tell whether the disk has no room for what is being recorded."""
        room = os.statvfs(self.folder)
        return room.f_bavail * room.f_frsize < FULL_BYTES

    def forget_names(self, now: float) -> None:
        """Remove names that Asterisk was to remove and did not; *now* in seconds of the epoch."""
        for path in self.folder.glob("name-*.wav"):
            with contextlib.suppress(FileNotFoundError):
                if now - path.lstat().st_mtime > NAME_KEPT_SECONDS:
                    path.unlink()
