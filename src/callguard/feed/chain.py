"""What a node believes of one source: the only ways from one state of its list to the next.

The whole argument is here, and it is pure: bytes go in, and either a new state comes out or an
error is raised and nothing has changed. Fetching the bytes is the follower's business.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..blocklist.errors import BatchError, ForkedFeed, MissingBatch, ReplayedBatch
from ..blocklist.node_list import NodeList
from .batch import Batch, read_batch
from .brake import brake
from .heartbeat import Heartbeat, read_heartbeat
from .snapshot import Manifest, assemble
from .trusted_source import SourceTrust


@dataclass(frozen=True, slots=True)
class Step:
    """A new state, and what somebody should know of how it came about."""

    kept: NodeList
    alarm: str = ""


def apply_batch(kept: NodeList, token: bytes, trust: SourceTrust, now: datetime) -> Step:
    """Return the state after a signed batch.

    Raises:
        BatchError: it is not valid, or not what the source may say; ReplayedBatch: it has been
            applied; ForkedFeed: another with this number has been; MissingBatch: it does not
            follow on the last one. TrustError: its key is not the source's.

    """
    batch = read_batch(token, trust, now)
    one = kept.list
    where = f"source {trust.name}: batch {batch.sequence}"
    if batch.sequence == one.sequence and batch.digest != one.head:
        raise ForkedFeed(f"{where} is not the one that was applied: the source has two histories")
    if batch.sequence <= one.sequence:
        raise ReplayedBatch(f"{where} again; {one.sequence} is applied")
    if batch.sequence != one.sequence + 1:
        raise MissingBatch(f"{where} does not follow on batch {one.sequence}")
    if batch.previous != one.head:
        raise ForkedFeed(
            f"{where} follows on another batch {one.sequence} than the one that was applied: the "
            "source has two histories"
        )
    if kept.heard_at is not None and batch.issued_at < kept.heard_at:
        raise BatchError(f"{where} is dated before what the source said last")
    changed = one.apply(batch.operations, batch.sequence, batch.digest)
    if changed.digest() != batch.set_digest:
        raise BatchError(f"{where} does not make the list that the source says it makes")
    held, fault = brake(kept, changed, trust.quota, batch.issued_at)
    return Step(_heard(held, batch), f"{where} is held: {fault}" if fault else "")


def apply_heartbeat(kept: NodeList, token: bytes, trust: SourceTrust, now: datetime) -> Step:
    """Return the state after a signed heartbeat.

    Raises:
        BatchError: it is not valid; ReplayedBatch: a later one has been taken in; MissingBatch:
            it names a batch that has not arrived; ForkedFeed: it names another history.
            TrustError: its key is not the source's.

    """
    heartbeat = read_heartbeat(token, trust, now)
    one = kept.list
    where = f"source {trust.name}: a heartbeat after batch {heartbeat.sequence}"
    if heartbeat.sequence < one.sequence or not _newer(kept, heartbeat):
        raise ReplayedBatch(f"{where} again")
    if heartbeat.sequence > one.sequence:
        raise MissingBatch(f"{where}, and batch {one.sequence} is the last that arrived")
    if heartbeat.head != one.head:
        raise ForkedFeed(f"{where} names another list: the source has two histories")
    return Step(_heard(kept, heartbeat))


def apply_snapshot(
    kept: NodeList, manifest: Manifest, chunks: Sequence[bytes], trust: SourceTrust
) -> Step:
    """Return the state after a snapshot whose manifest has been checked.

    Raises:
        BatchError: chunks are missing or damaged, or the list is not the one that was signed;
            ReplayedBatch: it is not newer than what is kept; ForkedFeed: it is another history.

    """
    one = kept.list
    where = f"source {trust.name}: snapshot {manifest.sequence}"
    if manifest.sequence == one.sequence and manifest.head != one.head:
        raise ForkedFeed(f"{where} is of another batch than the one that was applied")
    if manifest.sequence <= one.sequence:
        raise ReplayedBatch(f"{where} is not newer than batch {one.sequence}")
    held, fault = brake(kept, assemble(manifest, chunks), trust.quota, manifest.issued_at)
    return Step(_heard(held, manifest), f"{where} is held: {fault}" if fault else "")


def _heard(kept: NodeList, said: Batch | Heartbeat | Manifest) -> NodeList:
    if not _newer(kept, said):
        return kept
    return replace(kept, heard_at=said.issued_at, fresh_until=said.expires_at)


def _newer(kept: NodeList, said: Batch | Heartbeat | Manifest) -> bool:
    return kept.heard_at is None or said.issued_at > kept.heard_at
