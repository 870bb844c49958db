"""The feed's keys in Redis.

Each source has one stream. The id of a batch is ``<sequence>-0``, and that of a heartbeat after it
``<sequence>-<time of issue, Unix milliseconds>``: Redis itself refuses what does not come next.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

KEY_PREFIX = "callguard:feed:"
SNAPSHOT_PREFIX = "callguard:snapshot:"
BATCH = b"batch"
HEARTBEAT = b"heartbeat"
TRUST_STREAM = "callguard:trust"
ROOT = b"root"
REPORTS_STREAM = "callguard:reports"
REPORT = b"report"

EntryId = tuple[int, int]
"""A stream entry id: ``12-0`` is ``(12, 0)``."""


def stream_key(source: str) -> str:
    """Return the stream of *source*."""
    return KEY_PREFIX + source


def snapshot_key(source: str) -> str:
    """Return the key of the manifest of *source*'s snapshot."""
    return SNAPSHOT_PREFIX + source


def chunk_key(source: str, sequence: int, chunk: int) -> str:
    """Return the key of one chunk of a snapshot."""
    return f"{SNAPSHOT_PREFIX}{source}:{sequence}:{chunk}"


def batch_id(sequence: int) -> str:
    """Return the stream entry id of a batch."""
    return f"{sequence}-0"


def heartbeat_id(sequence: int, issued_at: datetime) -> str:
    """Return the stream entry id of a heartbeat."""
    return f"{sequence}-{int(issued_at.timestamp() * 1000)}"


def read_id(entry: bytes | str) -> EntryId:
    """Read a stream entry id as Redis gives it."""
    text = entry.decode() if isinstance(entry, bytes) else entry
    sequence, _, part = text.partition("-")
    return int(sequence), int(part)


def write_id(entry: EntryId) -> str:
    """Write a stream entry id."""
    return f"{entry[0]}-{entry[1]}"


def entries_of(answer: Any) -> list[tuple[str, list[tuple[EntryId, Mapping[bytes, bytes]]]]]:
    """Return what XREAD answered, by stream key; its shape differs between RESP2 and RESP3."""
    streams = answer.items() if isinstance(answer, dict) else answer or []
    return [(key.decode(), entries(found)) for key, found in streams]


def entries(found: Any) -> list[tuple[EntryId, Mapping[bytes, bytes]]]:
    """Return the entries of one stream, as XRANGE or one stream of XREAD gives them."""
    # RESP3 wraps the entries of one stream in one more list.
    while (
        found and isinstance(found[0], list) and found[0] and isinstance(found[0][0], list | tuple)
    ):
        found = found[0]
    return [(read_id(entry[0]), entry[1] or {}) for entry in found]
