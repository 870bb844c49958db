"""What a node has taken in from each source, as it was signed: who listed a number, when and why.

One file a source and month, ``<source>/2026-11.jsonl``, one line a statement: a batch, or the
manifest of a snapshot, which stands for all batches before it that have not come one by one. A
line is on disk before the list that it makes::

    {"received": "2026-11-24T03:00:00.120Z", "sequence": 12, "jws": "eyJhbGciOiJFZDI1NTE5Ii…"}
"""

import io
import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ..blocklist.errors import StoreError
from ..blocklist.listing import Terms
from ..blocklist.moments import read_moment, write_moment
from ..blocklist.operation import Add, Operation
from .batch import read_operation
from .statement import MALFORMED, Kind, digest, peek

log = logging.getLogger(__name__)

KEPT_MONTHS = 24
"""So long a trail is kept: longer than a listing usually stands."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement in the trail."""

    source: str
    received_at: datetime
    kind: Kind
    sequence: int
    issued_at: datetime
    operations: tuple[Operation, ...]
    """Of a batch; a snapshot's numbers are not kept a second time."""


@dataclass(frozen=True, slots=True)
class Event:
    """What became of one number."""

    source: str
    sequence: int
    """The batch that did it."""
    issued_at: datetime
    received_at: datetime
    terms: Terms | None
    """On which terms it was listed; None: it was taken off."""


class AuditTrail:
    """The trail in a folder. One process appends to it; any may read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._written: dict[str, frozenset[str]] = {}

    def append(self, source: str, tokens: Sequence[bytes], now: datetime) -> None:
        """Write signed statements that have been verified, in their order, durably.

        What was in the last writing is not written again: it comes again and again while the disk
        has no room for the list.

        Raises:
            StoreError: the disk does not take them.

        """
        written = self._written.get(source, frozenset())
        lines = [
            {
                "received": write_moment(now),
                "sequence": peek(token)[1]["sequence"],
                "jws": token.decode(),
            }
            for token in tokens
            if digest(token) not in written
        ]
        if not lines:
            return
        folder = self.folder / source
        path = folder / f"{now:%Y-%m}.jsonl"
        text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            new = not path.exists() or not path.stat().st_size
            _append(path, text.encode())
            if new:
                _sync(folder)
                self._let_go(folder)
        except OSError as error:
            raise StoreError(
                f"the audit trail of {source} cannot be written: {error.strerror}"
            ) from error
        self._written[source] = frozenset(map(digest, tokens))

    def entries(self, source: str) -> Iterator[Entry]:
        """Yield what is in the trail of *source*, the oldest first, each statement once."""
        seen: set[str] = set()
        for path in _months(self.folder / source):
            with path.open(encoding="utf-8", errors="replace") as file:
                for number, line in enumerate(file, 1):
                    try:
                        record = json.loads(line)
                        entry, name = _entry(source, record), digest(record["jws"].encode())
                    except MALFORMED:
                        # Half a line, which a power cut left.
                        log.warning("%s, line %d is no statement", path, number)
                    else:
                        if name not in seen:
                            yield entry
                        seen.add(name)

    def history(self, number: int) -> list[Event]:
        """Return what became of *number* (E.164 digits), over all sources, the oldest first."""
        found: list[Event] = []
        for folder in sorted(self.folder.glob("*/")):
            for entry in self.entries(folder.name):
                found += _events(entry, number)
        return sorted(found, key=lambda event: (event.issued_at, event.source, event.sequence))

    def _let_go(self, folder: Path) -> None:
        for path in _months(folder)[:-KEPT_MONTHS]:
            path.unlink(missing_ok=True)


def _events(entry: Entry, number: int) -> Iterator[Event]:
    for operation in entry.operations:
        if any(number in span for span in operation.numbers):
            terms = operation.terms if isinstance(operation, Add) else None
            yield Event(entry.source, entry.sequence, entry.issued_at, entry.received_at, terms)


def _entry(source: str, record: Mapping[str, Any]) -> Entry:
    token = record["jws"].encode()
    header, content = peek(token)
    issued_at = read_moment(content["issued"])
    return Entry(
        source,
        read_moment(record["received"]),
        Kind(header["typ"]),
        content["sequence"],
        issued_at,
        tuple(read_operation(entry, issued_at) for entry in content.get("operations", ())),
    )


def _append(path: Path, lines: bytes) -> None:
    """Write lines at the end of a file, all or, unless the power goes, none."""
    with path.open("ab+", buffering=0) as file:
        end = file.seek(0, os.SEEK_END)
        rest = memoryview(lines if _ends_with_line(file, end) else b"\n" + lines)
        try:
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        except OSError:
            file.truncate(end)
            raise


def _ends_with_line(file: io.FileIO, end: int) -> bool:
    """Tell whether a line that is written at the *end* of a file stands by itself."""
    if not end:
        return True
    file.seek(end - 1)
    return file.read(1) == b"\n"


def _months(folder: Path) -> list[Path]:
    return sorted(folder.glob("????-??.jsonl"))


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
