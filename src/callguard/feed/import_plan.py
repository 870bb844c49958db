"""What a file of numbers would change in a source's list, and the batches that change it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pyroaring import BitMap64

from ..blocklist.listing import Terms
from ..blocklist.node_list import NodeList
from ..blocklist.operation import Add, Operation, Remove
from ..blocklist.source_list import SourceList
from ..numbers.typed import MAX_RANGE
from .brake import brake
from .trusted_source import Quota

BATCH_NUMBERS = 50_000
"""Numbers in one batch: what a node takes in at one go, in a fraction of a second."""

_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)

Steps = tuple[Operation, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What would change. Counts are of numbers."""

    batches: tuple[Steps, ...]
    """The operations of each batch; they are of the moment at which each is signed."""
    total: int
    """On the list afterwards, those on trial aside."""
    new: int = 0
    changed: int = 0
    """Listed before, on other terms."""
    unchanged: int = 0
    """Listed already on these terms; not listed again, since a listing's age counts."""
    removed: int = 0
    absent: int = 0
    """To be taken off, and not on the list."""


def plan_listing(one: SourceList, wanted: Mapping[Terms, BitMap64]) -> Plan:
    """Plan to list numbers that :func:`importing.read_rows` has read."""
    now_on = {simulated: _numbers(one, simulated=simulated) for simulated in (False, True)}
    known: dict[Terms, BitMap64] = {}
    for group in one.groups:
        terms = _undated(group.terms)
        known[terms] = known.get(terms, BitMap64()) | group.numbers
    new, changed, unchanged = 0, 0, 0
    steps: list[tuple[Terms | None, BitMap64]] = []
    total = one.listed
    for terms, numbers in wanted.items():
        due = numbers - known.get(_undated(terms), BitMap64())
        unchanged += len(numbers) - len(due)
        before = len(due & now_on[terms.simulated])
        changed += before
        new += len(due) - before
        steps.append((terms, due))
        if not terms.simulated:
            total = total | due
    return Plan(tuple(_batches(steps)), len(total), new, changed, unchanged)


def plan_retraction(one: SourceList, numbers: BitMap64) -> Plan:
    """Plan to take numbers off the list."""
    there = numbers & (one.listed | _numbers(one, simulated=True))
    return Plan(
        tuple(_batches([(None, there)])),
        len(one.listed - there),
        removed=len(there),
        absent=len(numbers) - len(there),
    )


def _numbers(one: SourceList, *, simulated: bool) -> BitMap64:
    sets = [group.numbers for group in one.groups if group.terms.simulated == simulated]
    return BitMap64().union(*sets) if sets else BitMap64()


def _undated(terms: Terms) -> Terms:
    return replace(terms, listed_at=_UNDATED)


def _dated(steps: Iterable[Operation], issued_at: datetime) -> Steps:
    """Return operations as those of a batch that is issued at *issued_at*."""
    return tuple(
        replace(step, terms=replace(step.terms, listed_at=issued_at))
        if isinstance(step, Add)
        else step
        for step in steps
    )


def rehearse(
    one: SourceList, batches: Sequence[Steps], quota: Quota | None, issued_at: datetime
) -> str:
    """Apply batches as a node would; return why it would hold their numbers, or ``""``.

    A node counts what has been listed in the last 24 hours too, of which the list tells nothing.

    Raises:
        BatchError: the list would have too many different terms.

    """
    kept, held = NodeList(one), ""
    for steps in batches:
        after = kept.list.apply(_dated(steps, issued_at), kept.list.sequence + 1, "")
        if quota is None:
            kept = replace(kept, list=after)
        else:
            kept, fault = brake(kept, after, quota, issued_at)
            held = held or fault
    return held


def _batches(steps: Iterable[tuple[Terms | None, BitMap64]]) -> Iterator[Steps]:
    batch: list[Operation] = []
    room = BATCH_NUMBERS
    for terms, numbers in steps:
        spans: list[range] = []
        for whole in _spans(numbers):
            span = whole
            while span:
                if not room:
                    if spans:
                        batch.append(_operation(terms, spans))
                    yield tuple(batch)
                    batch, spans, room = [], [], BATCH_NUMBERS
                spans.append(span[:room])
                span = span[room:]
                room -= len(spans[-1])
        if spans:
            batch.append(_operation(terms, spans))
    if batch:
        yield tuple(batch)


def _operation(terms: Terms | None, spans: Iterable[range]) -> Operation:
    return Remove(tuple(spans)) if terms is None else Add(tuple(spans), terms)


def _spans(numbers: BitMap64) -> Iterator[range]:
    """Yield runs of consecutive numbers, none longer than a range may be."""
    start = stop = -1
    for number in numbers:
        if number == stop and stop - start < MAX_RANGE:
            stop += 1
            continue
        if start >= 0:
            yield range(start, stop)
        start, stop = number, number + 1
    if start >= 0:
        yield range(start, stop)
