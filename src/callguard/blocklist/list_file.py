"""A source's list as one file, which is looked up where it lies: mapped, not loaded.

::

    callguard list 2
    <SHA-256 of the header> <SHA-256 of the body>
    <header: one line of JSON>
    <body: three tables of positions, the terms as lines of JSON, the bitmaps>

The bitmaps are those of all numbers, of the held ones, of each block of 64 groups (if there are
more), and of each group. A number that is listed is found by asking the whole, the blocks and then
one block's groups: no list, however many groups it has, takes more than a few hundred questions.
"""

import hashlib
import json
import mmap
import os
from array import array
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from pyroaring import BitMap64

from .errors import StoreError
from .listing import Listing, Terms, Trial
from .moments import read_moment, write_moment
from .node_list import NodeList
from .roaring import DAMAGED, FrozenSet, canonical
from .source_list import Group, SourceList, union

_MAGIC = b"callguard list 2\n"
_BLOCK = 64
_DIGESTS = 2 * 64 + 2


def to_bytes(kept: NodeList) -> bytes:
    """Return the file's content."""
    groups = kept.list.groups
    blocks: list[bytes] = []
    if len(groups) > _BLOCK:
        starts = range(0, len(groups), _BLOCK)
        blocks = [canonical(union(groups[start : start + _BLOCK])) for start in starts]
    bitmaps = [
        canonical(kept.list.whole()),
        canonical(kept.held),
        *blocks,
        *(group.data for group in groups),
    ]
    terms = [group.terms.line().encode() for group in groups]
    digests = [bytes.fromhex(group.digest) for group in groups]
    body = b"".join([_positions(terms), _positions(bitmaps), b"".join(digests), *terms, *bitmaps])
    header = (
        json.dumps(
            {
                "source": kept.source,
                "sequence": kept.list.sequence,
                "head": kept.list.head,
                "groups": len(groups),
                "blocks": len(blocks),
                "body": len(body),
                "shadow": kept.shadow,
                "held_since": kept.held_since,
                "additions": [[write_moment(moment), count] for moment, count in kept.additions],
                "heard_at": write_moment(kept.heard_at) if kept.heard_at else None,
                "fresh_until": write_moment(kept.fresh_until) if kept.fresh_until else None,
            }
        ).encode()
        + b"\n"
    )
    digest = f"{hashlib.sha256(header).hexdigest()} {hashlib.sha256(body).hexdigest()}\n"
    return b"".join([_MAGIC, digest.encode(), header, body])


def _positions(parts: Sequence[bytes | memoryview]) -> bytes:
    ends = array("Q", [0])
    for part in parts:
        ends.append(ends[-1] + len(part))
    return ends.tobytes()


class ListFile:
    """A source's list in its file's bytes."""

    __slots__ = (
        "_bitmap_at", "_bitmaps", "_body", "_body_digest", "_digests", "_terms", "_terms_at",
        "_whole", "header",
    )  # fmt: skip

    def __init__(self, data: memoryview) -> None:
        """Take the bytes; only the header is checked now.

        Raises:
            StoreError: they are not a list, or not a whole one.

        """
        start = len(_MAGIC) + _DIGESTS
        if bytes(data[: len(_MAGIC)]) != _MAGIC:
            raise StoreError("not a list of this version of callguard")
        digests = bytes(data[len(_MAGIC) : start]).split()
        end = _line_end(data, start)
        if len(digests) != 2 or hashlib.sha256(data[start:end]).hexdigest().encode() != digests[0]:
            raise StoreError("its header is damaged")
        try:
            self.header: dict[str, Any] = json.loads(bytes(data[start:end]))
            groups, blocks = self.header["groups"], self.header["blocks"]
            self._body_digest = digests[1]
            self._body = data[end:]
            if len(self._body) != self.header["body"]:
                raise StoreError("it is cut short")
            first, second = 8 * (groups + 1), 8 * (2 + blocks + groups + 1)
            self._terms_at = self._body[:first].cast("Q")
            self._bitmap_at = self._body[first : first + second].cast("Q")
            self._digests = self._body[first + second : first + second + 32 * groups]
            self._terms = self._body[first + second + 32 * groups :]
            self._bitmaps = self._terms[self._terms_at[-1] :]
            self._whole = FrozenSet(self._bitmap(0))
        except (KeyError, *DAMAGED) as error:
            raise StoreError(f"not a whole list: {error}") from error

    @classmethod
    def open(cls, path: Path) -> Self:
        """Map the file at *path* into memory.

        Raises:
            StoreError: it is damaged; OSError: it cannot be read.

        """
        with path.open("rb") as file:
            if not os.fstat(file.fileno()).st_size:
                raise StoreError("it is empty")
            return cls(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))

    @property
    def source(self) -> str:
        """The source's name."""
        return str(self.header["source"])

    @property
    def version(self) -> tuple[int, str]:
        """What tells one state of the list from another: its batch's number and digest."""
        return int(self.header["sequence"]), str(self.header["head"])

    @property
    def whole(self) -> FrozenSet:
        """All numbers on the list, those on trial too."""
        return self._whole

    def find(self, number: int, now: datetime) -> list[Listing]:
        """Return the listings of *number* (E.164 digits) that have not ended at *now*.

        There are two at most: a real one and one on trial.
        """
        if number not in self._whole:
            return []
        found: list[Listing] = []
        groups, blocks = self.header["groups"], self.header["blocks"]
        for block in range(max(blocks, 1)):
            if blocks > 1 and number not in FrozenSet(self._bitmap(2 + block)):
                continue
            for group in range(block * _BLOCK, min(groups, (block + 1) * _BLOCK)):
                if number in FrozenSet(self._bitmap(2 + blocks + group)):
                    terms = self._read_terms(group)
                    if not terms.ended(now):
                        found.append(Listing(self.source, terms, self._trial(number, terms)))
        return found

    def _trial(self, number: int, terms: Terms) -> Trial | None:
        if terms.simulated:
            return Trial.SIMULATED
        if self.header["shadow"]:
            return Trial.SHADOW
        return Trial.HELD if number in FrozenSet(self._bitmap(1)) else None

    def load(self) -> NodeList:
        """Read the whole list, after checking its digest.

        Raises:
            StoreError: it is damaged.

        """
        if hashlib.sha256(self._body).hexdigest().encode() != self._body_digest:
            raise StoreError("it is damaged")
        header = self.header
        try:
            groups = [
                Group(
                    self._read_terms(group),
                    self._bitmap(2 + header["blocks"] + group),
                    self._digests[32 * group : 32 * group + 32].hex(),
                )
                for group in range(header["groups"])
            ]
            return NodeList(
                self._list(groups),
                header["shadow"],
                _deserialize(self._bitmap(1)),
                header["held_since"],
                tuple((read_moment(moment), count) for moment, count in header["additions"]),
                read_moment(header["heard_at"]) if header["heard_at"] else None,
                read_moment(header["fresh_until"]) if header["fresh_until"] else None,
            )
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(f"not a list of this version of callguard: {error}") from error

    def _list(self, groups: list[Group]) -> SourceList:
        source, sequence, head = self.source, *self.version
        if any(group.simulated for group in groups):
            return SourceList.of(source, sequence, head, groups)
        # Without numbers on trial, the whole is what is listed, and no group need be read.
        return SourceList(source, sequence, head, tuple(groups), _deserialize(self._bitmap(0)))

    def _bitmap(self, position: int) -> memoryview:
        return self._bitmaps[self._bitmap_at[position] : self._bitmap_at[position + 1]]

    def _read_terms(self, group: int) -> Terms:
        line = self._terms[self._terms_at[group] : self._terms_at[group + 1]]
        try:
            return Terms.from_json(json.loads(bytes(line)))
        except (AttributeError, KeyError) as error:
            raise ValueError(f"terms that are none: {error}") from error


def _deserialize(data: memoryview) -> BitMap64:
    return BitMap64.deserialize(bytes(data))


def _line_end(data: memoryview, start: int) -> int:
    """Return where the line that begins at *start* ends, its newline included."""
    window = bytes(data[start : start + 65_536])
    end = window.find(b"\n")
    if end < 0:
        raise StoreError("its header is damaged")
    return start + end + 1
