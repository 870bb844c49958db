"""Unions of a list's groups, and unions of these: few questions lead to a number's group.

A list has a group for each batch, thousands in the end. Sixteen groups each, counted from the
oldest, have a union; sixteen of these unions have another; and so on, until 32 at most are left.
New groups come at the young end, so that the unions of the old ones stay as they are from one state
of the list to the next.
"""

from collections.abc import Callable, Iterable, Sequence

from pyroaring import BitMap64

from .roaring import canonical
from .source_list import Group, union

FAN = 16
"""Groups, or unions, under one union."""
TOP = 32
"""So many are asked one by one: a list of a month, a batch a day, needs no union."""

Part = tuple[bytes, bytes | memoryview]
"""The digests of a union's groups, one after the other, the youngest first; and its numbers."""


def widths(groups: int) -> list[int]:
    """Return how many unions each level has, for so many groups; the lowest level comes first."""
    found: list[int] = []
    while groups > TOP:
        groups = -(-groups // FAN)
        found.append(groups)
    return found


def build(
    groups: Sequence[Group], before: Callable[[int, int], Part | None]
) -> list[list[bytes | memoryview]]:
    """Return the unions of each level over *groups* (the newest first), the oldest union first.

    ``before(level, position)`` returns what the list had there before, if anything; what still
    holds is used again.
    """
    levels: list[list[bytes | memoryview]] = []
    for level, width in enumerate(widths(len(groups))):
        unions: list[bytes | memoryview] = []
        for position in range(width):
            members = groups[span(len(groups), level, position)]
            digests = b"".join(bytes.fromhex(group.digest) for group in members)
            known, numbers = before(level, position) or (b"", b"")
            if digests == known:
                unions.append(numbers)
            elif known and digests.endswith(known):
                grown = BitMap64.deserialize(bytes(numbers))
                grown |= union(members[: (len(digests) - len(known)) // 32])
                unions.append(canonical(grown))
            elif level:
                children = levels[-1][FAN * position : FAN * (position + 1)]
                unions.append(canonical(_merged(children)))
            else:
                unions.append(canonical(union(members)))
        levels.append(unions)
    return levels


def span(groups: int, level: int, position: int) -> slice:
    """Return which of so many groups, the newest first, are under one union."""
    size = FAN ** (level + 1)
    return slice(max(groups - size * (position + 1), 0), groups - size * position)


def _merged(parts: Iterable[bytes | memoryview]) -> BitMap64:
    numbers = BitMap64()
    for part in parts:
        numbers |= BitMap64.deserialize(bytes(part))
    return numbers
