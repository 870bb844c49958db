"""One source's list: immutable; applying a batch gives the next one."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from pyroaring import BitMap64

from .batch import GENESIS, Add, Batch
from .errors import MissingBatch, ReplayedBatch, StoreError
from .listing import Category, Listing, Terms

_MAGIC = b"callguard list 1\n"


@dataclass(frozen=True, slots=True)
class SourceList:
    """The numbers that one source lists, after its batch number ``sequence``.

    Numbers that were listed on the same terms share one Roaring bitmap over their E.164 digits, the
    newest group first; ``numbers`` is the union of all, so that a caller who is not listed costs
    one look-up.
    """

    source: str
    sequence: int = 0
    head: str = GENESIS
    """The digest of the last batch applied."""
    groups: tuple[tuple[Terms, BitMap64], ...] = ()
    numbers: BitMap64 = field(default_factory=BitMap64)

    def find(self, number: int, now: datetime) -> Listing | None:
        """Return the listing of *number* (E.164 digits) that is in force at *now*, or None."""
        if number not in self.numbers:
            return None
        for terms, members in self.groups:
            if number in members:
                return Listing(self.source, terms) if terms.in_force(now) else None
        return None

    def apply(self, batch: Batch) -> Self:
        """Return the list after *batch*, whose signature has been verified.

        Raises:
            ReplayedBatch: the batch has been applied already.
            MissingBatch: it does not follow on the last one, by number and by digest.

        """
        if batch.sequence <= self.sequence:
            raise ReplayedBatch(
                f"source {self.source}: batch {batch.sequence} again; {self.sequence} is applied"
            )
        if batch.sequence != self.sequence + 1 or batch.previous != self.head:
            raise MissingBatch(
                f"source {self.source}: batch {batch.sequence} does not follow on "
                f"batch {self.sequence} ({self.head[:12]})"
            )
        groups = list(self.groups)
        numbers = self.numbers.copy()
        for operation in batch.operations:
            changed = _bitmap(operation.numbers)
            groups = [
                (terms, members - changed if members.intersect(changed) else members)
                for terms, members in groups
            ]
            if isinstance(operation, Add):
                numbers |= changed
                for position, (terms, members) in enumerate(groups):
                    if terms == operation.terms:
                        groups[position] = (terms, members | changed)
                        break
                else:
                    groups.insert(0, (operation.terms, changed))
            else:
                numbers -= changed
        return type(self)(
            self.source,
            batch.sequence,
            batch.digest,
            tuple((terms, members) for terms, members in groups if members),
            numbers,
        )

    def to_bytes(self) -> bytes:
        """Return the form that is kept on disk: a JSON line, then the bitmaps it describes."""
        blobs = [members.serialize() for _, members in self.groups]
        header = {
            "source": self.source,
            "sequence": self.sequence,
            "head": self.head,
            "groups": [
                {**_terms_to_json(terms), "bytes": len(blob)}
                for (terms, _), blob in zip(self.groups, blobs, strict=True)
            ],
        }
        return _MAGIC + json.dumps(header).encode() + b"\n" + b"".join(blobs)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read back what :meth:`to_bytes` wrote.

        The caller vouches that these are the bytes this machine wrote: a damaged bitmap can be
        accepted by Roaring's reader.

        Raises:
            StoreError: they are not.

        """
        if not data.startswith(_MAGIC):
            raise StoreError("not a callguard list")
        try:
            start = data.index(b"\n", len(_MAGIC)) + 1
            header = json.loads(data[len(_MAGIC) : start])
            groups: list[tuple[Terms, BitMap64]] = []
            for group in header["groups"]:
                end = start + group["bytes"]
                groups.append((_terms_from_json(group), BitMap64.deserialize(data[start:end])))
                start = end
            source, sequence, head = header["source"], header["sequence"], header["head"]
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(f"not a whole callguard list: {error}") from error
        numbers = BitMap64()
        for _, members in groups:
            numbers |= members
        return cls(source, sequence, head, tuple(groups), numbers)


def _bitmap(spans: Iterable[range]) -> BitMap64:
    singles: list[int] = []
    bitmap = BitMap64()
    for span in spans:
        if len(span) == 1:
            singles.append(span.start)
        else:
            bitmap.add_range(span.start, span.stop)
    bitmap.update(singles)
    return bitmap


def _terms_to_json(terms: Terms) -> dict[str, Any]:
    return {
        "category": terms.category.value,
        "listed_at": terms.listed_at.isoformat(),
        "until": terms.until.isoformat() if terms.until else None,
        "evidence": terms.evidence,
        "simulated": terms.simulated,
    }


def _terms_from_json(values: dict[str, Any]) -> Terms:
    return Terms(
        Category(values["category"]),
        datetime.fromisoformat(values["listed_at"]),
        datetime.fromisoformat(values["until"]) if values["until"] else None,
        values["evidence"],
        values["simulated"],
    )
