"""The file of a union over any sets."""

from collections.abc import Iterable, Mapping

from pyroaring import BitMap64

from callguard.blocklist.roaring import FrozenSet, canonical
from callguard.blocklist.union import pieces


def to_bytes(covered: Mapping[str, tuple[int, str]], sets: Iterable[BitMap64]) -> bytes:
    frozen = (FrozenSet(memoryview(canonical(one))) for one in sets)
    return b"".join(pieces(covered, frozen))
