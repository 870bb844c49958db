"""What one step of a source changes in its list."""

from collections.abc import Iterable
from dataclasses import dataclass

from pyroaring import BitMap64

from .listing import Terms


@dataclass(frozen=True, slots=True)
class Add:
    """List numbers; one that the source has listed before gets these terms instead.

    A listing on trial stands beside a real one: neither replaces the other.
    """

    numbers: tuple[range, ...]
    terms: Terms


@dataclass(frozen=True, slots=True)
class Remove:
    """Take numbers off this source's list; one that is not on it is passed over."""

    numbers: tuple[range, ...]


Operation = Add | Remove


def bitmap(spans: Iterable[range]) -> BitMap64:
    """Return the numbers of *spans* as one set."""
    singles: list[int] = []
    numbers = BitMap64()
    for span in spans:
        if len(span) == 1:
            singles.append(span.start)
        else:
            numbers.add_range(span.start, span.stop)
    numbers.update(singles)
    return numbers
