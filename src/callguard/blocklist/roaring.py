"""Roaring bitmaps as bytes: the one way to write a set, and look-ups in the bytes themselves.

The bytes are the portable 64-bit form of https://github.com/RoaringBitmap/RoaringFormatSpec:
a count of buckets, then for each its 32 high bits and a 32-bit bitmap, all little-endian. A number
is looked up where the bytes lie, in a file that is mapped into memory and shared by all workers:
nothing is loaded, and a look-up takes about 1 µs.
"""

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from pyroaring import BitMap64

EMPTY = bytes(8)
"""The empty set."""

DAMAGED = (ValueError, IndexError, TypeError, struct.error)
"""What bytes raise that are no such set, when they are read or asked."""

_WITH_RUNS = 12347
_WITHOUT_RUNS = 12346
_FEW = 4
"""A bitmap with runs has a table of offsets only if it has at least so many containers."""
_MAX_ARRAY = 4096
"""Members of a container that is written as an array; above, it is a bit set of 8 KiB."""


def canonical(numbers: BitMap64) -> bytes:
    """Return the one form of *numbers*: a container is written as runs exactly if that is shorter.

    Two sets are equal if, and only if, their bytes are.
    """
    numbers.run_optimize()
    data = bytes(numbers.serialize())
    ties = BitMap64()
    for start in FrozenSet(memoryview(data)).ties():
        ties.add_range(start, start + 0x10000)
    if not ties:
        return data
    # run_optimize leaves these in the form that the set's history gave them.
    again = numbers - ties
    again.update(list(numbers & ties))  # a list is added one by one, which makes arrays
    return bytes(again.serialize())


class FrozenSet:
    """A set of numbers, asked in its bytes. Bytes that are none raise one of ``DAMAGED``."""

    __slots__ = ("buckets",)

    def __init__(self, data: memoryview) -> None:
        (count,) = struct.unpack_from("<Q", data)
        self.buckets: dict[int, Bucket] = {}
        """By the 32 high bits of their numbers."""
        position = 8
        for _ in range(count):
            (high,) = struct.unpack_from("<I", data, position)
            self.buckets[high] = bucket = Bucket(data[position + 4 :])
            position += 4 + bucket.size

    def ties(self) -> Iterator[int]:
        """Yield the first number of each container of runs that as an array is as long."""
        for high, bucket in self.buckets.items():
            for key in bucket.ties():
                yield (high << 32) + (key << 16)

    def __contains__(self, number: int) -> bool:
        bucket = self.buckets.get(number >> 32)
        return bucket is not None and number & 0xFFFFFFFF in bucket


class Bucket:
    """One 32-bit bitmap: the first ``size`` bytes of ``data``."""

    __slots__ = ("_cardinalities", "_keys", "_odd", "_offsets", "_runs", "_shorts", "data", "size")

    def __init__(self, data: memoryview) -> None:
        (cookie,) = struct.unpack_from("<I", data)
        self._runs: memoryview | None = None
        if cookie & 0xFFFF == _WITH_RUNS:
            count = (cookie >> 16) + 1
            start = 4 + (count + 7) // 8
            self._runs = data[4:start]
        elif cookie == _WITHOUT_RUNS:
            (count,) = struct.unpack_from("<I", data, 4)
            start = 8
        else:
            raise ValueError("not a Roaring bitmap")
        table = data[start : start + 4 * count].cast("H")
        self._keys = table[::2]
        self._cardinalities = table[1::2]
        start += 4 * count
        self.data = data
        self._offsets: memoryview | list[int]
        if self._runs is None or count >= _FEW:
            self._offsets = data[start : start + 4 * count].cast("I")
            self.size = (
                self._offsets[-1] + self._length(count - 1, self._offsets[-1]) if count else start
            )
        else:
            self._offsets = []
            for container in range(count):
                self._offsets.append(start)
                start += self._length(container, start)
            self.size = start
        if self.size > len(data):
            raise ValueError("a Roaring bitmap that is cut short")
        # Every container has an even size: all begin at odd places, or all at even ones.
        self._odd = self._offsets[0] & 1 if count else 0
        self._shorts = data[self._odd : self.size - (self.size - self._odd & 1)].cast("H")

    def _length(self, container: int, offset: int) -> int:
        if self._has_runs(container):
            (runs,) = struct.unpack_from("<H", self.data, offset)
            return 2 + 4 * int(runs)
        members = int(self._cardinalities[container]) + 1
        return 2 * members if members <= _MAX_ARRAY else 8192

    def ties(self) -> Iterator[int]:
        """Yield the keys of the containers of runs that as arrays are as long."""
        if self._runs is None:
            return
        for place, flags in enumerate(self._runs):
            for container in range(8 * place, 8 * place + flags.bit_length()):
                members = self._cardinalities[container] + 1
                length = self._length(container, self._offsets[container])
                if self._has_runs(container) and length == 2 * members:
                    yield self._keys[container]

    def _has_runs(self, container: int) -> bool:
        return self._runs is not None and bool(self._runs[container >> 3] >> (container & 7) & 1)

    def __contains__(self, number: int) -> bool:
        keys, wanted = self._keys, number >> 16
        container = bisect_left(keys, wanted)
        if container == len(keys) or keys[container] != wanted:
            return False
        low = number & 0xFFFF
        runs, shorts = self._runs, self._shorts
        start = self._offsets[container] - self._odd >> 1
        if runs is not None and runs[container >> 3] >> (container & 7) & 1:
            pairs = shorts[start + 1 : start + 1 + 2 * shorts[start]]
            run = bisect_right(pairs[::2], low) - 1
            return run >= 0 and low - pairs[2 * run] <= pairs[2 * run + 1]
        last = self._cardinalities[container]
        if last >= _MAX_ARRAY:
            return bool(shorts[start + (low >> 4)] >> (low & 15) & 1)
        # The first member that is not below it, or else the last.
        return shorts[bisect_left(shorts, low, start, start + last)] == low
