"""A signed statement of any source and kind, read for people: what it says, or why not."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ..blocklist.errors import BatchError, TrustError
from ..blocklist.listing import Terms
from ..blocklist.moments import write_moment
from ..blocklist.operation import Add, Operation
from .batch import Batch, read_batch
from .heartbeat import Heartbeat, read_heartbeat
from .snapshot import Manifest, read_manifest
from .statement import MALFORMED, Kind, one_line, peek
from .trusted_source import SourceTrust

Said = Batch | Heartbeat | Manifest


@dataclass(frozen=True, slots=True)
class Reading:
    """A statement whose signature holds."""

    said: Said

    def __str__(self) -> str:
        """Return what it says, in one line."""
        said = self.said
        begin = f"source {said.source}: "
        at = write_moment(said.issued_at)
        if isinstance(said, Heartbeat):
            until = write_moment(said.expires_at)
            return f"{begin}heartbeat after batch {said.sequence}, {at}, the next by {until}"
        if isinstance(said, Manifest):
            total = sum(count for _, count, _, _ in said.groups)
            return f"{begin}snapshot after batch {said.sequence}, {at}: {_numbers(total)}"
        parts = [_did(operation) for operation in said.operations]
        return f"{begin}batch {said.sequence}, {at}: {'; '.join(parts) or 'changes nothing'}"


def read_statement(token: bytes, sources: Mapping[str, SourceTrust], now: datetime) -> Reading:
    """Check a signed statement of one of *sources* and return what it says.

    Raises:
        TrustError: its source is none of them, or its key does not hold at *now* (aware).
        BatchError: it is no statement, not valid, or not within the source's rights.

    """
    try:
        header, content = peek(token)
        kind, source = Kind(header["typ"]), str(content["source"])
    except MALFORMED as error:
        raise BatchError(f"not a signed statement: {one_line(error)}") from error
    trust = sources.get(source)
    if trust is None:
        raise TrustError(f"source {source[:40]!r} is not trusted; {_names(sources)}")
    return Reading(_READERS[kind](token, trust, now))


_READERS: Mapping[Kind, Callable[[bytes, SourceTrust, datetime], Said]] = {
    Kind.BATCH: read_batch,
    Kind.HEARTBEAT: read_heartbeat,
    Kind.SNAPSHOT: read_manifest,
}


def _did(operation: Operation) -> str:
    total = _numbers(sum(len(span) for span in operation.numbers))
    if isinstance(operation, Add):
        return f"lists {total} ({', '.join(_terms(operation.terms))})"
    return f"takes {total} off"


def _terms(terms: Terms) -> Iterable[str]:
    yield terms.category.value
    if terms.evidence:
        yield f"reference {terms.evidence!r}"
    if terms.until is not None:
        yield f"until {write_moment(terms.until)}"
    if terms.simulated:
        yield "on trial"


def _numbers(total: int) -> str:
    return f"{total:,} number{'s'[: total != 1]}"


def _names(sources: Mapping[str, SourceTrust]) -> str:
    return f"there are {', '.join(sorted(sources))}" if sources else "there is none"
