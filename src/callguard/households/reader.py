"""Reads policies for the screener: from memory, renewed from local disk when they changed."""

import sqlite3
import time
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from ..screening import Policy
from ..screening.policy import NO_CONSENT
from .written import read_written

MAX_CACHED_BYTES = 16_000_000
"""What policies may take in memory, about: the lines of the last calls of an exchange, or all of a
home. Another line's is read from the file in 10 µs."""

_BESIDES_BYTES = 600
"""What a policy takes beside its document."""

FRESH_SECONDS = 0.005
"""How long the file counts as unchanged since it was last asked. Asking takes system calls and what
they push out of the processor's caches; under load fifty calls are there within this time."""


class PolicyUnavailable(Exception):
    """The policies cannot be read; whoever asked must do without a verdict."""


class _Known(NamedTuple):
    """What a line's policy was when it was last read."""

    version: int
    """Of the file."""
    document: bytes | None
    """None: the line has no household."""
    policy: Policy


class PolicyReader:
    """The policies in one SQLite file, read-only; any process's change counts 5 ms later.

    Waits for nobody: the file is in write-ahead mode, in which readers and writers do not block
    each other. Not for use by several threads.
    """

    def __init__(self, path: Path, *, recording: bool = True) -> None:
        """Read from *path*; without *recording*, which cannot be had, policies agree to none."""
        self._path = path
        self._recording = recording
        self._cache: dict[int, _Known] = {}
        self._cached_bytes = 0
        self._connection: sqlite3.Connection | None = None
        self._file_version = -1
        self._version = 0
        """Counts the changes that were seen. The file changes with each call that comes into the
        log, a policy hardly ever: what was read before is compared with the file, and kept."""
        self._fresh_until = 0.0
        self._immutable = False
        self._inode = 0

    def policy(self, line: int | None) -> Policy:
        """Return the policy of *line* (E.164 digits); one without consent if it has no household.

        Raises:
            PolicyUnavailable: the file is missing, damaged or of another version, and the line's
                policy is not in memory either.

        """
        if line is None:
            return NO_CONSENT
        try:
            now = time.monotonic()
            if now >= self._fresh_until:
                self._note_changes()
                self._fresh_until = now + FRESH_SECONDS
            known = self._cache.get(line)
            if known is not None and known.version == self._version:
                return known.policy
            policy = self._read(line, known)
        except (sqlite3.Error, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            self.close()
            known = self._cache.get(line)
            if known is not None and isinstance(error, sqlite3.Error | OSError):
                return known.policy
            raise PolicyUnavailable(
                f"policies cannot be read from {self._path}: {error}"
            ) from error
        if self._immutable:
            self.close()  # such a connection would never see a change
        return policy

    def _read(self, line: int, known: _Known | None) -> Policy:
        connection = self._connection or self._open()
        row = connection.execute(
            "SELECT document FROM policy_documents WHERE line = ?", (line,)
        ).fetchone()
        document: bytes | None = row[0] if row else None
        if known is not None and known.document == document:
            policy = known.policy
        else:
            policy = NO_CONSENT if document is None else read_written(document)
            if policy.recorded and not self._recording:
                policy = replace(policy, recorded=False)
            taken = _BESIDES_BYTES + len(document or b"")
            if self._cached_bytes + taken > MAX_CACHED_BYTES:
                self._cache.clear()
                self._cached_bytes = 0
            self._cached_bytes += taken
        self._cache[line] = _Known(self._version, document, policy)
        return policy

    def _note_changes(self) -> None:
        if self._connection is not None and self._inode != self._path.stat().st_ino:
            self.close()  # a damaged copy has been replaced by another
        connection = self._connection or self._open()
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        if version != self._file_version:
            self._version += 1
            self._file_version = version

    def close(self) -> None:
        """Close the file; the next question opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._fresh_until = 0.0

    def _open(self) -> sqlite3.Connection:
        name = quote(str(self._path.absolute()))
        connection = sqlite3.connect(f"file:{name}?mode=ro", uri=True, isolation_level=None)
        try:
            connection.execute("PRAGMA busy_timeout = 200")
            connection.execute("SELECT 1 FROM policy_documents LIMIT 1")
            self._immutable = False
        except sqlite3.OperationalError:
            connection.close()
            if not self._path.is_file():
                raise
            # A full or read-only disk has no room for the reader's own index of the write-ahead
            # log; without it the file is read as it stood at its last checkpoint.
            connection = sqlite3.connect(f"file:{name}?immutable=1", uri=True, isolation_level=None)
            self._immutable = True
        connection.text_factory = bytes
        self._connection = connection
        self._inode = self._path.stat().st_ino
        self._file_version = -1
        return connection
