"""Where the follower stands in each stream, and what it has said of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from ..blocklist.node_list import NodeList
from .streams import BATCH, EntryId
from .trusted_source import SourceTrust


@dataclass(slots=True, kw_only=True)
class Place:
    """Where the follower stands in one stream."""

    cursor: EntryId = (0, 0)
    """The last entry that has been looked at, good or bad."""
    fault: str = ""
    """What was refused last, or why what the stream says is not in force."""
    looked_again: float = -inf
    """When the stream was last read again because of a fault (the loop's time)."""
    no_stream: bool = False
    """Something else stands in its place in Redis; one read of all streams would fail for all."""
    refused: EntryId = (0, 0)
    """The last entry that was refused with an alarm; it may be read many times."""

    @property
    def faulty(self) -> bool:
        """Whether the stream is to be read again."""
        return bool(self.fault)


@dataclass(slots=True, kw_only=True)
class FollowedSource(Place):
    """One source that is followed."""

    trust: SourceTrust
    kept: NodeList
    unwritten: str = ""
    """Why the disk did not take the list."""
    refused_snapshot: str = ""
    """What the last snapshot was refused for."""
    silent: bool = False
    resyncing: bool = False

    @property
    def faulty(self) -> bool:
        """Whether the stream is to be read again."""
        return bool(self.fault or self.unwritten)


def in_its_place(kept: NodeList, position: EntryId, fields: Mapping[bytes, bytes]) -> bool:
    """Tell whether what has been taken in before stands where its source wrote it.

    After a snapshot, or a fault, a stream is read from further back. Elsewhere it is a replay.
    """
    sequence, part = position
    heard = int(kept.heard_at.timestamp() * 1000) if kept.heard_at is not None else 0
    return sequence <= kept.list.sequence and (not part if BATCH in fields else part <= heard)
