"""The files of ``docs/feed-vectors``.

Everything in them is fixed, keys and times too, so that writing them again changes nothing.
``script/make-feed-vectors`` writes them.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pyroaring import BitMap64

from callguard.blocklist.moments import write_moment
from callguard.blocklist.roaring import canonical
from callguard.blocklist.source_list import Group

from .refusals import refusals
from .vectors import FIXED, IP, SOURCES, Told, at, jwk, tell

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "feed-vectors"


def spans(numbers: Iterable[int]) -> list[str]:
    """Write numbers as spans."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return [f"+{first}" if first == last else f"+{first}..+{last}" for first, last in runs]


def _group(group: Group) -> dict[str, Any]:
    return {
        "terms": group.terms.line(),
        "numbers": spans(group.numbers),
        "bytes": len(group.data),
        "sha256": group.digest,
    }


def _chain(told: Told) -> list[dict[str, Any]]:
    return [
        {
            "file": f"{told.name}/{sequence}.batch",
            "now": write_moment(at(sequence)),
            "digest": kept.list.head,
            "groups": sorted(map(_group, kept.list.groups), key=lambda one: str(one["terms"])),
            "set": kept.list.digest(),
            "held": spans(kept.held),
        }
        for sequence, kept in enumerate(told.lists[1:], 1)
    ]


BITMAPS: Sequence[tuple[str, Sequence[tuple[int, int, int]]]] = [
    ("the empty set", []),
    ("one number", [(FIXED, FIXED, 1)]),
    ("two in a row: an array is shorter", [(FIXED, FIXED + 1, 1)]),
    ("three in a row: equally long, so an array", [(FIXED, FIXED + 2, 1)]),
    ("four in a row: a run", [(FIXED, FIXED + 3, 1)]),
    ("two runs of five in all: equally long", [(FIXED, FIXED + 2, 1), (FIXED + 9, FIXED + 10, 1)]),
    ("two runs of six in all", [(FIXED, FIXED + 2, 1), (FIXED + 9, FIXED + 11, 1)]),
    ("4,096 apart: an array", [(0, 8190, 2)]),
    ("4,097 apart: a bit set", [(0, 8192, 2)]),
    ("2,047 runs of 4,095: equally long", [(0, 8184, 4), (1, 8185, 4), (8186, 8186, 1)]),
    ("2,047 runs of 4,096: runs", [(0, 8184, 4), (1, 8185, 4), (8186, 8187, 1)]),
    ("2,047 runs of 6,141: runs", [(0, 10230, 5), (1, 10231, 5), (2, 10232, 5)]),
    ("2,048 runs of 6,144: a bit set", [(0, 10235, 5), (1, 10236, 5), (2, 10237, 5)]),
    ("a whole container", [(65536, 131071, 1)]),
    ("three containers with a run: no offsets", [(0, 9, 1), (65536, 131072, 65536)]),
    ("four containers with a run: offsets", [(0, 9, 1), (65536, 262144, 65536)]),
    ("two 32-bit bitmaps, one with runs", [(12025550123, 12025550123, 1), (IP, IP + 9999, 1)]),
    ("across a bitmap's end", [(2**32 - 5, 2**32 + 4, 1)]),
    ("the largest number", [(10**15 - 1, 10**15 - 1, 1)]),
]  # fmt: skip
_SHOWN = 200
"""Bytes of a bitmap that are shown; of longer ones only the digest."""


def _bitmaps() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for name, parts in BITMAPS:
        numbers = BitMap64()
        for first, last, step in parts:
            numbers |= BitMap64(range(first, last + 1, step))
        data = canonical(numbers)
        entry: dict[str, Any] = {
            "name": name,
            "numbers": [{"first": a, "last": b, "step": step} for a, b, step in parts],
            "count": len(numbers),
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        if len(data) <= _SHOWN:
            entry["hex"] = data.hex()
        entries.append(entry)
    return entries


def build() -> dict[str, bytes]:
    """Return the content of every file, by its name in the folder."""
    files: dict[str, bytes] = {}
    told = {name: tell(name) for name in SOURCES}
    for name, one in told.items():
        for sequence, token in enumerate(one.batches, 1):
            files[f"{name}/{sequence}.batch"] = token
        files[f"{name}/heartbeat"] = one.heartbeat
        files[f"{name}/snapshot"] = one.manifest
        for position, chunk in enumerate(one.chunks):
            files[f"{name}/snapshot.{position}"] = chunk
    tables = {
        "keys": {kid: jwk(kid) for one in SOURCES.values() for kid in one.keys},
        "sources": {name: one.to_json() for name, one in SOURCES.items()},
        "chain": [entry for one in told.values() for entry in _chain(one)],
        "bitmaps": _bitmaps(),
        "refused": refusals(told["tokyo"], told["osaka"]),
    }
    for name, table in tables.items():
        files[f"{name}.json"] = json.dumps(table, ensure_ascii=False, indent=1).encode() + b"\n"
    return files


def main() -> None:
    """Write the files."""
    for name, data in build().items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    sys.stdout.write(f"{FOLDER}: {len(build())} files\n")


if __name__ == "__main__":
    main()
