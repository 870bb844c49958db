"""What a node has taken in from each source, as it was signed: who listed a number, when and why.

One file a source and month, ``<source>/2026-11.jsonl``, one line a statement: a batch, or the
manifest of a snapshot, which stands for all batches before it that have not come one by one. A
line is on disk before the list that it makes::

    {"received": "2026-11-24T03:00:00.120Z", "sequence": 12, "jws": "eyJhbGciOiJFZDI1NTE5Ii…"}
"""

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
from .statement import MALFORMED, Kind, peek

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
        self._last: dict[str, int] = {}

    def append(self, source: str, tokens: Sequence[bytes], now: datetime) -> None:
        """Write signed statements that have been verified, in their order, durably.

        One that has been written since this process began is not written again.

        Raises:
            StoreError: the disk does not take them.

        """
        last = self._last.get(source, 0)
        lines = [
            {"received": write_moment(now), "sequence": sequence, "jws": token.decode()}
            for token in tokens
            if (sequence := peek(token)[1]["sequence"]) > last
        ]
        if not lines:
            return
        folder = self.folder / source
        path = folder / f"{now:%Y-%m}.jsonl"
        text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            new = not path.exists()
            with path.open("ab") as file:
                file.write(_end_of_torn_line(path) + text.encode())
                file.flush()
                os.fsync(file.fileno())
            if new:
                _sync(folder)
                self._let_go(folder)
        except OSError as error:
            raise StoreError(
                f"the audit trail of {source} cannot be written: {error.strerror}"
            ) from error
        self._last[source] = lines[-1]["sequence"]

    def entries(self, source: str) -> Iterator[Entry]:
        """Yield what is in the trail of *source*, the oldest first, each statement once."""
        seen: set[str] = set()
        for path in _months(self.folder / source):
            with path.open(encoding="utf-8", errors="replace") as file:
                for number, line in enumerate(file, 1):
                    try:
                        record = json.loads(line)
                        token = record["jws"]
                        if token not in seen:
                            yield _entry(source, record)
                            seen.add(token)
                    except MALFORMED:
                        # Half a line, which a power cut left.
                        log.warning("%s, line %d is no statement", path, number)

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


def _end_of_torn_line(path: Path) -> bytes:
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return b""
        file.seek(-1, os.SEEK_END)
        return b"" if file.read(1) == b"\n" else b"\n"


def _months(folder: Path) -> list[Path]:
    return sorted(folder.glob("????-??.jsonl"))


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
