"""The union of all lists, as one file: a caller whom nobody lists costs one look-up.

It speeds up, and decides nothing. It says which state of which lists it covers; a list that has
changed since is asked by itself, until the union is written again.
"""

import json
import mmap
import struct
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Self

from pyroaring import BitMap

from .errors import StoreError
from .roaring import DAMAGED, FrozenSet

_MAGIC = b"callguard union 1\n"


def pieces(covered: Mapping[str, tuple[int, str]], sets: Iterable[FrozenSet]) -> Iterator[bytes]:
    """Yield the content of the file piece by piece; *covered* gives each list's version by source.

    The whole at once would take tens of megabytes.
    """
    parts = [one.buckets for one in sets]
    highs = sorted({high for part in parts for high in part})
    yield b"".join([_MAGIC, json.dumps(covered).encode(), b"\n", struct.pack("<Q", len(highs))])
    for high in highs:
        numbers = BitMap()
        for part in parts:
            if high in part:
                numbers |= BitMap.deserialize(bytes(part[high].data[: part[high].size]))
        numbers.run_optimize()
        yield struct.pack("<I", high) + bytes(numbers.serialize())


class Union:
    """The union in its file's bytes."""

    __slots__ = ("covered", "numbers")

    def __init__(self, data: memoryview) -> None:
        """Take the bytes.

        Raises:
            StoreError: they are not a union.

        """
        try:
            if bytes(data[: len(_MAGIC)]) != _MAGIC:
                raise StoreError("not a union of this version of callguard")
            window = bytes(data[len(_MAGIC) : len(_MAGIC) + 1_048_576])
            header = window[: window.index(b"\n") + 1]
            self.covered: Mapping[str, tuple[int, str]] = {
                source: (int(sequence), str(head))
                for source, (sequence, head) in json.loads(header).items()
            }
            self.numbers = FrozenSet(data[len(_MAGIC) + len(header) :])
        except (AttributeError, OverflowError, RecursionError, *DAMAGED) as error:
            raise StoreError(f"not a whole union: {error}") from error

    @classmethod
    def open(cls, path: Path) -> Self:
        """Map the file at *path* into memory.

        Raises:
            StoreError: it is damaged; OSError: it cannot be read.

        """
        with path.open("rb") as file:
            try:
                return cls(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))
            except ValueError as error:
                raise StoreError("it is empty") from error
