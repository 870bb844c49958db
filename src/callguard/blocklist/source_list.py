"""One source's list: immutable; an operation of the source gives the next one."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from pyroaring import BitMap64

from .errors import BatchError
from .listing import Terms
from .operation import Operation, Remove, bitmap
from .roaring import canonical

GENESIS = "0" * 64
"""The ``head`` of a list before its source's first batch."""

MAX_GROUPS = 16_384
"""Different terms in one list. Each is a bitmap of its own, so their number is bounded."""


@dataclass(frozen=True, slots=True)
class Group:
    """The numbers that a source listed on the same terms."""

    terms: Terms
    numbers: BitMap64
    digest: str
    """SHA-256 of the canonical bytes of ``numbers``, in hexadecimal."""

    @classmethod
    def of(cls, terms: Terms, numbers: BitMap64) -> Self:
        """Make a group, and take its digest."""
        return cls(terms, numbers, hashlib.sha256(canonical(numbers)).hexdigest())


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
        real = [group.numbers for group in kept if not group.terms.simulated]
        return cls(source, sequence, head, kept, BitMap64().union(*real) if real else BitMap64())

    def apply(self, operations: Iterable[Operation], sequence: int, head: str) -> Self:
        """Return the list after the *operations* of the batch *sequence*, whose digest is *head*.

        Raises:
            BatchError: there would be more groups than ``MAX_GROUPS``.

        """
        members = {group.terms: group.numbers for group in self.groups}
        listed = self.listed.copy()
        for operation in operations:
            changed = bitmap(operation.numbers)
            if isinstance(operation, Remove):
                _take(changed, members, [*members])
                listed -= changed
                continue
            new = operation.terms
            # A number that is listed for the first time, as most are, is in no group.
            if new.simulated or not changed.isdisjoint(listed):
                _take(changed, members, [one for one in members if one.simulated == new.simulated])
            members[new] = members.get(new, BitMap64()) | changed
            if not new.simulated:
                listed |= changed
        if len(members) > MAX_GROUPS:
            raise BatchError(
                f"source {self.source}: batch {sequence} makes {len(members)} different terms; "
                f"a list has at most {MAX_GROUPS}"
            )
        known = {group.terms: group for group in self.groups}
        groups = [
            known[terms]
            if terms in known and known[terms].numbers is numbers
            else Group.of(terms, numbers)
            for terms, numbers in members.items()
            if numbers
        ]
        groups.sort(key=lambda group: group.terms.listed_at, reverse=True)
        return type(self)(self.source, sequence, head, tuple(groups), listed)

    def digest(self) -> str:
        """Return the set digest: equal lists, and only they, have the same."""
        total = hashlib.sha256()
        for line, digest in sorted((group.terms.line(), group.digest) for group in self.groups):
            total.update(f"{line}\n{digest}\n".encode())
        return total.hexdigest()

    def find(self, number: int) -> Terms | None:
        """Return the terms of *number* (E.164 digits): real ones before those on trial."""
        found = [group.terms for group in self.groups if number in group.numbers]
        return min(found, key=lambda terms: terms.simulated, default=None)


def _take(changed: BitMap64, members: dict[Terms, BitMap64], groups: Iterable[Terms]) -> None:
    for terms in groups:
        if not members[terms].isdisjoint(changed):
            members[terms] = members[terms] - changed
