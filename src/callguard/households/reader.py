"""Reads policies for the screener: from memory, renewed from local disk when they changed."""

import sqlite3
import time
from hashlib import blake2b
from pathlib import Path
from urllib.parse import quote

from ..screening import Policy
from ..screening.policy import NO_CONSENT
from .document import decode

MAX_CACHED = 200_000
"""Policies kept in memory, about 1 KiB each."""

FRESH_SECONDS = 0.001
"""How long the file counts as unchanged since it was last asked: asking takes 3 µs, a fifth of a
verdict, and under load the next call is there within a tenth of this."""


class PolicyUnavailable(Exception):
    """The policies cannot be read; whoever asked must do without a verdict."""


class PolicyReader:
    """The policies in one SQLite file, read-only; any process's change counts a millisecond later.

    Waits for nobody: the file is in write-ahead mode, in which readers and writers do not block
    each other. Not for use by several threads.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._cache: dict[int, Policy] = {}
        self._decoded: dict[int, tuple[bytes, Policy]] = {}
        """Policies with the digest of their document: the file changes with each call that comes
        into the log, a policy hardly ever, and to decode one takes longer than all the rest."""
        self._connection: sqlite3.Connection | None = None
        self._version = -1
        self._fresh_until = 0.0
        self._immutable = False

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
                self._drop_what_changed()
                self._fresh_until = now + FRESH_SECONDS
            cached = self._cache.get(line)
            if cached is not None:
                return cached
            connection = self._connection or self._open()
            row = connection.execute(
                "SELECT document FROM policy_documents WHERE line = ?", (line,)
            ).fetchone()
            policy = self._decode(line, row[0]) if row else NO_CONSENT
        except (sqlite3.Error, ValueError, KeyError, TypeError, AttributeError) as error:
            self.close()
            known = self._cache.get(line)
            if known is not None:
                return known
            raise PolicyUnavailable(
                f"policies cannot be read from {self._path}: {error}"
            ) from error
        if self._immutable:
            self.close()  # such a connection would never see a change
        if len(self._cache) >= MAX_CACHED:
            self._cache.clear()
        self._cache[line] = policy
        return policy

    def _decode(self, line: int, document: str) -> Policy:
        digest = blake2b(document.encode(), digest_size=16).digest()
        known = self._decoded.get(line)
        if known is not None and known[0] == digest:
            return known[1]
        policy = decode(document)
        if len(self._decoded) >= MAX_CACHED:
            self._decoded.clear()
        self._decoded[line] = (digest, policy)
        return policy

    def _drop_what_changed(self) -> None:
        connection = self._connection or self._open()
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            self._cache.clear()
            self._version = version

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
        self._connection = connection
        self._version = -1
        return connection
