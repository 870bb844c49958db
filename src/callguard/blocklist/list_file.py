"""A source's list as one file, which is looked up where it lies: mapped, not loaded.

::

    callguard list 2
    <SHA-256 of the header> <SHA-256 of the body>
    <header: one line of JSON>
    <body: three tables of positions, the terms as lines of JSON, the bitmaps>

The bitmaps are those of all numbers, of the held ones, the unions of ``group_tree.py`` level by
level, and those of the groups. A number that is listed is found by asking the whole, then the
unions from the top, then the groups under one of these.
"""

import hashlib
import json
import mmap
import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from itertools import accumulate, chain, islice
from pathlib import Path
from typing import Any, Self, TypeVar

from pyroaring import BitMap64

from . import group_tree
from .errors import StoreError
from .listing import Listing, Terms, Trial
from .moments import read_moment, write_moment
from .node_list import NodeList
from .roaring import DAMAGED, EMPTY, Bucket, FrozenSet, canonical
from .source_list import Group, SourceList

_T = TypeVar("_T")
_MAGIC = b"callguard list 2\n"
_DIGESTS = 2 * 64 + 2
_ASKED = {
    **dict.fromkeys(("source", "head"), str),
    **dict.fromkeys(("sequence", "groups", "unions", "body"), int),
    **dict.fromkeys(("trials", "shadow"), bool),
}
"""What a look-up needs of the header: nothing else is looked at before the whole list is read."""
_KEPT = 64
"""Bitmaps of one list that stay ready to be asked, and terms that stay read: some KiB each, which
every worker has for itself."""


def pieces(kept: NodeList, before: "ListFile | None" = None) -> list[bytes | memoryview]:
    """Return the file's content, in pieces that need not be copied into one.

    What the file *before* has already worked out is taken from it.
    """
    groups = kept.list.groups
    levels = group_tree.build(groups, before.part if before is not None else lambda *_: None)
    bitmaps = [
        canonical(kept.list.whole()),
        canonical(kept.held) if kept.held else EMPTY,
        *chain.from_iterable(levels),
        *(group.data for group in groups),
    ]
    terms = [group.terms.line().encode() for group in groups]
    digests = [bytes.fromhex(group.digest) for group in groups]
    body = [_positions(terms), _positions(bitmaps), *digests, *terms, *bitmaps]
    body_digest = hashlib.sha256()
    for piece in body:
        body_digest.update(piece)
    header = (
        json.dumps(
            {
                "source": kept.source,
                "sequence": kept.list.sequence,
                "head": kept.list.head,
                "groups": len(groups),
                "unions": sum(map(len, levels)),
                "trials": any(group.simulated for group in groups),
                "body": sum(map(len, body)),
                "shadow": kept.shadow,
                "held_since": kept.held_since,
                "additions": [[write_moment(moment), count] for moment, count in kept.additions],
                "heard_at": write_moment(kept.heard_at) if kept.heard_at else None,
                "fresh_until": write_moment(kept.fresh_until) if kept.fresh_until else None,
            }
        ).encode()
        + b"\n"
    )
    digest = f"{hashlib.sha256(header).hexdigest()} {body_digest.hexdigest()}\n"
    return [_MAGIC, digest.encode(), header, *body]


def _positions(parts: Sequence[bytes | memoryview]) -> bytes:
    ends = array("Q", [0])
    for part in parts:
        ends.append(ends[-1] + len(part))
    return ends.tobytes()


class ListFile:
    """A source's list in its file's bytes."""

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
            for name, kind in _ASKED.items():
                if not isinstance(self.header[name], kind):
                    raise StoreError(f"its {name} is {self.header[name]!r:.60}")
            groups, unions = self.header["groups"], self.header["unions"]
            widths = group_tree.widths(groups)
            if sum(widths) != unions:
                raise StoreError(f"{unions} unions over {groups} groups")
            self._levels = list(zip(accumulate(widths, initial=2), widths, strict=False))
            self._groups_at = 2 + sum(widths)
            self._body_digest = digests[1]
            self._body = data[end:]
            if len(self._body) != self.header["body"]:
                raise StoreError("it is cut short")
            first, second = 8 * (groups + 1), 8 * (2 + unions + groups + 1)
            self._terms_at = self._body[:first].cast("Q")
            self._bitmap_at = self._body[first : first + second].cast("Q")
            self._digests = self._body[first + second : first + second + 32 * groups]
            self._terms = self._body[first + second + 32 * groups :]
            self._bitmaps = self._terms[self._terms_at[-1] :]
            self._whole = FrozenSet(self._bitmap(0))
            self._ready: dict[int, FrozenSet] = {}
            self._read: dict[int, Terms] = {}
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
    def has_trials(self) -> bool:
        """Whether any of its listings may be on trial."""
        return bool(
            self.header["trials"] or self.header["shadow"] or len(self._bitmap(1)) > len(EMPTY)
        )

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
        most = 2 if self.header["trials"] else 1
        terms = [self._terms_of(group) for group in islice(self._groups_of(number), most)]
        return [
            Listing(self.source, one, self._trial(number, one))
            for one in terms
            if not one.ended(now)
        ]

    def _groups_of(self, number: int) -> Iterator[int]:
        """Yield the groups that *number* is in: the newest first, each when it is asked for."""
        low = number & 0xFFFFFFFF
        asked = self._top.get(number >> 32, ())
        places: Iterable[int] = (place for bucket, place in asked if low in bucket)
        for level in reversed(range(len(self._levels))):
            places = self._below(number, level, places)
        for place in places:
            yield self.header["groups"] - 1 - place

    def _below(self, number: int, level: int, places: Iterable[int]) -> Iterator[int]:
        """Yield what has *number* under the unions at *places* of a level: unions, or groups."""
        width = self._levels[level - 1][1] if level else self.header["groups"]
        for place in places:
            first = group_tree.FAN * place
            for below in range(min(first + group_tree.FAN, width) - 1, first - 1, -1):
                if number in self._set(self._at(level, below)):
                    yield below

    def _at(self, level: int, place: int) -> int:
        """Return which bitmap is at *place*, counted from the oldest, under a level's unions."""
        if level:
            start, _ = self._levels[level - 1]
            return start + place
        groups: int = self.header["groups"]
        return self._groups_at + groups - 1 - place

    @cached_property
    def _top(self) -> dict[int, list[tuple[Bucket, int]]]:
        """The parts of what is always asked, by their high bits: the youngest first."""
        width = self._levels[-1][1] if self._levels else self.header["groups"]
        top: dict[int, list[tuple[Bucket, int]]] = {}
        for place in reversed(range(width)):
            numbers = FrozenSet(self._bitmap(self._at(len(self._levels), place)))
            for high, bucket in numbers.buckets.items():
                top.setdefault(high, []).append((bucket, place))
        return top

    def _set(self, position: int) -> FrozenSet:
        ready = self._ready.get(position)
        return ready or _keep(self._ready, position, FrozenSet(self._bitmap(position)))

    def part(self, level: int, position: int) -> group_tree.Part | None:
        """Return one union of groups, if there is one: the groups' digests, and its numbers."""
        if level >= len(self._levels) or position >= self._levels[level][1]:
            return None
        under = group_tree.span(self.header["groups"], level, position)
        digests = bytes(self._digests[32 * under.start : 32 * under.stop])
        return digests, self._bitmap(self._levels[level][0] + position)

    def _trial(self, number: int, terms: Terms) -> Trial | None:
        if terms.simulated:
            return Trial.SIMULATED
        if self.header["shadow"]:
            return Trial.SHADOW
        return Trial.HELD if number in self._set(1) else None

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
                    self._bitmap(self._groups_at + group),
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

    def _terms_of(self, group: int) -> Terms:
        read = self._read.get(group)
        return read or _keep(self._read, group, self._read_terms(group))

    def _read_terms(self, group: int) -> Terms:
        line = self._terms[self._terms_at[group] : self._terms_at[group + 1]]
        try:
            return Terms.from_json(json.loads(bytes(line)))
        except (AttributeError, KeyError) as error:
            raise ValueError(f"terms that are none: {error}") from error


def _keep(kept: dict[int, _T], key: int, value: _T) -> _T:
    if len(kept) >= _KEPT:
        del kept[next(iter(kept))]
    kept[key] = value
    return value


def _deserialize(data: memoryview) -> BitMap64:
    return BitMap64.deserialize(bytes(data))


def _line_end(data: memoryview, start: int) -> int:
    """Return where the line that begins at *start* ends, its newline included."""
    window = bytes(data[start : start + 65_536])
    end = window.find(b"\n")
    if end < 0:
        raise StoreError("its header is damaged")
    return start + end + 1
