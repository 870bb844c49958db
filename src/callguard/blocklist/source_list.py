"""One source's list: immutable; an operation of the source gives the next one."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from pyroaring import BitMap64

from .errors import BatchError
from .listing import Terms
from .operation import Operation, Remove, bitmap
from .roaring import FrozenSet, canonical

GENESIS = "0" * 64
"""The ``head`` of a list before its source's first batch."""

MAX_GROUPS = 16_384
"""Different terms in one list. Each is a bitmap of its own, so their number is bounded."""


_FEW = 1_000
"""So many numbers at most are looked up in a group one by one; for more, its set is read whole."""


@dataclass(frozen=True, slots=True)
class Group:
    """The numbers that a source listed on the same terms.

    They are kept as bytes, a tenth of what the sets take: most groups are never asked again.
    """

    terms: Terms
    data: bytes | memoryview
    """The set of numbers, in its canonical form."""
    digest: str
    """The SHA-256 of ``data``, in hexadecimal."""

    @classmethod
    def of(cls, terms: Terms, numbers: BitMap64) -> Self:
        """Make a group, and take its digest."""
        data = canonical(numbers)
        return cls(terms, data, hashlib.sha256(data).hexdigest())

    @property
    def simulated(self) -> bool:
        """Whether the numbers are listed on trial."""
        return self.terms.simulated

    @property
    def numbers(self) -> BitMap64:
        """The numbers, as a new set."""
        return BitMap64.deserialize(bytes(self.data))

    def __len__(self) -> int:
        return len(self.numbers)

    def __contains__(self, number: int) -> bool:
        return number in FrozenSet(memoryview(self.data))

    def touches(self, numbers: BitMap64) -> bool:
        """Tell whether any of *numbers* is in the group."""
        if len(numbers) > _FEW:
            return not self.numbers.isdisjoint(numbers)
        mine = FrozenSet(memoryview(self.data))
        return any(number in mine for number in numbers)


@dataclass(frozen=True, slots=True)
class SourceList:
    """The numbers that one source lists, after its batch number ``sequence``."""

    source: str
    sequence: int = 0
    head: str = GENESIS
    """The digest of the last batch applied."""
    groups: tuple[Group, ...] = ()
    """The newest first."""
    listed: BitMap64 = field(default_factory=BitMap64)
    """All numbers, those on trial aside."""

    @classmethod
    def of(cls, source: str, sequence: int, head: str, groups: Iterable[Group]) -> Self:
        """Make a list of its groups."""
        kept = tuple(groups)
        return cls(source, sequence, head, kept, union(one for one in kept if not one.simulated))

    def apply(self, operations: Iterable[Operation], sequence: int, head: str) -> Self:
        """Return the list after the *operations* of the batch *sequence*, whose digest is *head*.

        Raises:
            BatchError: there would be more groups than ``MAX_GROUPS``.

        """
        members: dict[Terms, Group | BitMap64] = {group.terms: group for group in self.groups}
        listed = self.listed.copy()
        for operation in operations:
            changed = bitmap(operation.numbers)
            # A number that is listed for the first time, as most are, is in no group.
            again = changed & listed
            if isinstance(operation, Remove):
                _take(again, members, [one for one in members if not one.simulated])
                _take(changed, members, [one for one in members if one.simulated])
                listed -= changed
                continue
            new = operation.terms
            moved = changed if new.simulated else again
            _take(moved, members, [one for one in members if one.simulated == new.simulated])
            members[new] = _numbers(members[new]) | changed if new in members else changed
            if not new.simulated:
                listed |= changed
        left = {terms: one for terms, one in members.items() if isinstance(one, Group) or len(one)}
        if len(left) > MAX_GROUPS:
            raise BatchError(
                f"source {self.source}: batch {sequence} makes {len(left)} different terms; "
                f"a list has at most {MAX_GROUPS}"
            )
        groups = [
            one if isinstance(one, Group) else Group.of(terms, one) for terms, one in left.items()
        ]
        groups.sort(key=lambda group: group.terms.listed_at, reverse=True)
        return type(self)(self.source, sequence, head, tuple(groups), listed)

    def whole(self) -> BitMap64:
        """Return all numbers, those on trial too."""
        trial = union(one for one in self.groups if one.simulated)
        return self.listed | trial if trial else self.listed

    def digest(self) -> str:
        """Return the set digest: equal lists, and only they, have the same."""
        total = hashlib.sha256()
        for line, digest in sorted((group.terms.line(), group.digest) for group in self.groups):
            total.update(f"{line}\n{digest}\n".encode())
        return total.hexdigest()

    def find(self, number: int) -> Terms | None:
        """Return the terms of *number* (E.164 digits): real ones before those on trial."""
        found = [group.terms for group in self.groups if number in group]
        return min(found, key=lambda terms: terms.simulated, default=None)


def union(groups: Iterable[Group]) -> BitMap64:
    """Return the numbers of all *groups*."""
    numbers = BitMap64()
    for group in groups:
        numbers |= group.numbers
    return numbers


def _take(
    changed: BitMap64, members: dict[Terms, Group | BitMap64], groups: Iterable[Terms]
) -> None:
    if not changed:
        return
    for terms in groups:
        one = members[terms]
        touched = one.touches(changed) if isinstance(one, Group) else not one.isdisjoint(changed)
        if touched:
            members[terms] = _numbers(one) - changed


def _numbers(one: Group | BitMap64) -> BitMap64:
    return one.numbers if isinstance(one, Group) else one
