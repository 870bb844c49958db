"""The union of all lists, as one file: a caller whom nobody lists costs one look-up.

It speeds up, and decides nothing. It says which state of which lists it covers; a list that has
changed since is asked by itself, until the union is written again.
"""

import json
import mmap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self

from pyroaring import BitMap64

from .errors import StoreError
from .roaring import DAMAGED, FrozenSet, canonical

_MAGIC = b"callguard union 1\n"


def to_bytes(covered: Mapping[str, tuple[int, str]], sets: Iterable[BitMap64]) -> bytes:
    """Return the file's content; *covered* gives each list's version by source."""
    header = json.dumps(covered).encode() + b"\n"
    return b"".join([_MAGIC, header, canonical(BitMap64().union(*sets, BitMap64()))])


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
