"""Listening to the feed as it comes, without keeping anything."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..blocklist.errors import BatchError, TrustError
from .connect import FAULTS, Client, explain
from .reading import Reading, read_statement
from .streams import (
    BATCH,
    HEARTBEAT,
    EntryId,
    entries,
    entries_of,
    stream_key,
    write_id,
)
from .trusted_source import SourceTrust

BLOCK_MS = 1_000
"""How long one read waits for news."""
READ_ENTRIES = 64


@dataclass(frozen=True, slots=True)
class Heard:
    """One entry of a source's stream."""

    source: str
    entry: str
    """Its id in the stream."""
    token: bytes
    """As it was signed."""
    reading: Reading | None
    """What it says; None if it is not to be believed."""
    fault: str = ""
    """Why it is not."""


def tail(
    client: Client,
    sources: Mapping[str, SourceTrust],
    clock: Callable[[], datetime],
    *,
    one_by_one: bool = False,
) -> Iterator[Heard]:
    """Yield the last entry of each source's stream, and then each new one as it comes, for ever.

    ``one_by_one``: the streams lie on different nodes of a cluster, and one read cannot ask for
    them all.

    Raises:
        FeedError: Redis cannot be reached, or refuses.

    """
    keys = {stream_key(name): trust for name, trust in sources.items()}
    cursors: dict[str, EntryId] = dict.fromkeys(keys, (0, 0))
    for key, trust in keys.items():
        for entry, fields in _do(client, "xrevrange", key, count=1):
            cursors[key] = entry
            yield _hear(trust, entry, fields, clock())
    parts: Sequence[Sequence[str]] = [[key] for key in keys] if one_by_one else [[*keys]]
    while True:
        for part in parts:
            positions = {key: write_id(cursors[key]) for key in part}
            found = entries_of(
                _call(client, "xread", positions, count=READ_ENTRIES, block=BLOCK_MS)
            )
            for key, news in found:
                for entry, fields in news:
                    cursors[key] = entry
                    yield _hear(keys[key], entry, fields, clock())
            if not found:
                for key in part:
                    last = _do(client, "xrevrange", key, count=1)
                    if not last or last[0][0] < cursors[key]:
                        cursors[key] = (0, 0)  # Redis was replaced, and the stream filled anew


def _hear(
    trust: SourceTrust, entry: EntryId, fields: Mapping[bytes, bytes], now: datetime
) -> Heard:
    token = fields.get(BATCH) or fields.get(HEARTBEAT) or b""
    name = write_id(entry)
    try:
        return Heard(trust.name, name, token, read_statement(token, {trust.name: trust}, now))
    except (BatchError, TrustError) as error:
        return Heard(trust.name, name, token, None, str(error))


def _do(client: Client, command: str, *arguments: Any, **options: Any) -> Any:
    return entries(_call(client, command, *arguments, **options))


def _call(client: Client, command: str, *arguments: Any, **options: Any) -> Any:
    try:
        return getattr(client, command)(*arguments, **options)
    except FAULTS as error:
        raise explain(error) from error
