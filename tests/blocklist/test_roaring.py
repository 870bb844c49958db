"""Sets as bytes: one form for each set, asked where the bytes lie."""

import struct
from collections.abc import Callable, Iterable
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap64

from callguard.blocklist.roaring import DAMAGED, EMPTY, FrozenSet, canonical

BUCKET = 1 << 32
CONTAINER = 1 << 16
FIRST = 81422990000


def reference(numbers: Iterable[int]) -> bytes:
    """Write a set as https://github.com/RoaringBitmap/RoaringFormatSpec says, in its 64-bit form.

    A container is written as runs if that is shorter than any other way.
    """
    ordered = sorted(numbers)
    buckets = [(high, list(each)) for high, each in groupby(ordered, lambda one: one // BUCKET)]
    return struct.pack("<Q", len(buckets)) + b"".join(
        struct.pack("<I", high) + bitmap_32([each % BUCKET for each in members])
        for high, members in buckets
    )


def bitmap_32(ordered: list[int]) -> bytes:
    keys: list[int] = []
    cardinalities: list[int] = []
    bodies: list[bytes] = []
    flags = 0
    for key, each in groupby(ordered, lambda one: one // CONTAINER):
        lows = [one % CONTAINER for one in each]
        body, runs = plain(lows), as_runs(lows)
        if len(runs) < len(body):
            flags |= 1 << len(keys)
            body = runs
        keys.append(key)
        cardinalities.append(len(lows))
        bodies.append(body)
    count = len(keys)
    if flags:
        head = struct.pack("<HH", 12347, count - 1) + flags.to_bytes((count + 7) // 8, "little")
    else:
        head = struct.pack("<II", 12346, count)
    for key, members in zip(keys, cardinalities, strict=True):
        head += struct.pack("<HH", key, members - 1)
    if not flags or count >= 4:
        offset = len(head) + 4 * count
        for body in bodies:
            head += struct.pack("<I", offset)
            offset += len(body)
    return head + b"".join(bodies)


def plain(lows: list[int]) -> bytes:
    if len(lows) <= 4096:
        return struct.pack(f"<{len(lows)}H", *lows)
    bits = bytearray(8192)
    for low in lows:
        bits[low // 8] |= 1 << low % 8
    return bytes(bits)


def as_runs(lows: list[int]) -> bytes:
    starts = [
        low for position, low in enumerate(lows) if not position or lows[position - 1] < low - 1
    ]
    ends = [
        low
        for position, low in enumerate(lows)
        if position == len(lows) - 1 or lows[position + 1] > low + 1
    ]
    pairs = [value for a, b in zip(starts, ends, strict=True) for value in (a, b - a)]
    return struct.pack(f"<H{len(pairs)}H", len(starts), *pairs)


# Where a set's form changes: ends of containers and buckets, 4096 members, runs as long as arrays.
STARTS = st.sampled_from(
    [0, CONTAINER - 2, FIRST, FIRST + CONTAINER, FIRST + 5 * CONTAINER, BUCKET - 3, 20 * BUCKET]
)
PART = st.builds(
    lambda start, shift, count, step: range(start + shift, start + shift + count * step, step),
    STARTS,
    st.integers(0, 20),
    st.sampled_from([1, 2, 3, 4, 7, 100, 4095, 4096, 4097, 9_000]),
    st.sampled_from([1, 1, 2, 3]),
)


def add_range(numbers: BitMap64, part: range) -> None:
    if part.step == 1:
        numbers.add_range(part.start, part.stop)
    else:
        numbers |= BitMap64(part)


def update(numbers: BitMap64, part: range) -> None:
    numbers.update(list(part))


def take(numbers: BitMap64, part: range) -> None:
    numbers -= BitMap64(part)


def remove_range(numbers: BitMap64, part: range) -> None:
    if part.step == 1:
        numbers.remove_range(part.start, part.stop)
    else:
        for each in part:
            numbers.discard(each)


Way = Callable[[BitMap64, range], None]
ADDS: list[Way] = [add_range, update]
REMOVES: list[Way] = [take, remove_range]
STEP = st.tuples(st.sampled_from(ADDS + REMOVES), PART, st.booleans())


@given(st.lists(STEP, max_size=5))
def test_a_set_is_written_in_one_form_however_it_came_about(
    steps: list[tuple[Way, range, bool]],
) -> None:
    numbers, model = BitMap64(), set[int]()
    for way, part, written in steps:
        way(numbers, part)
        model = model | set(part) if way in ADDS else model - set(part)
        if written:
            numbers = BitMap64.deserialize(canonical(numbers))
    data = canonical(numbers)
    assert data == reference(model)
    assert set(numbers) == model
    frozen = FrozenSet(memoryview(data))
    edges = {each for _, part, _ in steps for each in (part.start, part.stop, part[-1])}
    sample = sorted(model)[:: max(1, len(model) // 500)]
    for number in {near for each in (*edges, *sample) for near in (each - 1, each, each + 1)}:
        assert (number in frozen) == (number in model)


@pytest.mark.parametrize("gap", [None, 0, 40_000, CONTAINER - 1])
def test_a_full_container_and_one_that_lacks_a_number(gap: int | None) -> None:
    members = set(range(2 * CONTAINER, 3 * CONTAINER)) - {2 * CONTAINER + (gap or 0)}
    if gap is None:
        members.add(2 * CONTAINER)
    data = canonical(BitMap64(sorted(members)))
    assert data == reference(members)
    frozen = FrozenSet(memoryview(data))
    asked = range(2 * CONTAINER - 1, 3 * CONTAINER + 1)
    assert {each for each in asked if each in frozen} == members


@pytest.mark.parametrize("start", [0, FIRST, BUCKET - 1])
@pytest.mark.parametrize("numbers", [[0, 1, 2], [0, 1, 2, 7, 8], [0, 1, 2, 3, 9]])
def test_a_container_that_is_as_short_as_an_array_is_one(start: int, numbers: list[int]) -> None:
    members = [start + each for each in numbers]
    spans = BitMap64()
    for each in members:
        spans.add_range(each, each + 1)
    spans.add_range(start + 100, start + 50_000)
    spans.run_optimize()
    spans.remove_range(start + 100, start + 50_000)
    assert canonical(spans) == canonical(BitMap64(members)) == reference(members)


def test_the_empty_set() -> None:
    assert canonical(BitMap64()) == reference(()) == EMPTY
    assert FIRST not in FrozenSet(memoryview(EMPTY))


def test_writing_a_set_leaves_it_as_it_was() -> None:
    numbers = BitMap64(range(FIRST, FIRST + 3))
    canonical(numbers)
    assert numbers == BitMap64(range(FIRST, FIRST + 3))


@pytest.mark.parametrize("number", [-1, 0, FIRST - 1, FIRST + BUCKET, 2**64, 10**30])
def test_what_cannot_be_a_member_is_none(number: int) -> None:
    assert number not in FrozenSet(memoryview(canonical(BitMap64([FIRST]))))


ARRAYS = [FIRST, FIRST + 7, FIRST + CONTAINER]
RUNS = [*range(FIRST, FIRST + 100), FIRST + 3 * CONTAINER]
MANY = [FIRST + each * CONTAINER + low for each in range(5) for low in range(50)]
BITS = [FIRST + 2 * each for each in range(5_000)]
WHOLE = [reference(each) for each in (ARRAYS, RUNS, MANY, BITS, [1, *ARRAYS])]
ASKED = [0, 1, *ARRAYS, *RUNS[-2:], *MANY[::60], FIRST + 4_000, 2**64 - 1]


class TestDamagedBytes:
    def ask(self, data: bytes) -> None:
        """Ask for some numbers; any answer will do, and any of the errors for damage."""
        try:
            frozen = FrozenSet(memoryview(data))
            for number in ASKED:
                assert (number in frozen) in {True, False}
        except DAMAGED:
            pass

    @pytest.mark.parametrize("data", WHOLE, ids=["arrays", "runs", "many", "bits", "buckets"])
    def test_that_are_cut_short_are_refused(self, data: bytes) -> None:
        for length in range(0, len(data), max(1, len(data) // 300)):
            with pytest.raises(DAMAGED):
                FrozenSet(memoryview(data[:length]))

    @pytest.mark.parametrize("data", WHOLE, ids=["arrays", "runs", "many", "bits", "buckets"])
    def test_in_any_one_place_raise_nothing_else(self, data: bytes) -> None:
        for place in range(min(len(data), 300)):
            for flaw in (0x01, 0x80, 0xFF):
                self.ask(data[:place] + bytes([data[place] ^ flaw]) + data[place + 1 :])

    @given(st.sampled_from(WHOLE), st.binary(max_size=40), st.integers(0, 200), st.integers(0, 9))
    @settings(max_examples=300, deadline=None, derandomize=True)
    def test_in_several_places_raise_nothing_else(
        self, data: bytes, nonsense: bytes, place: int, gone: int
    ) -> None:
        self.ask(data[:place] + nonsense + data[place + gone :])

    @given(st.integers(0, 3), st.sampled_from([b"\x3a\x30\0\0", b"\x3b\x30"]), st.binary())
    @settings(max_examples=300, deadline=None, derandomize=True)
    def test_that_only_begin_well_raise_nothing_else(
        self, count: int, cookie: bytes, rest: bytes
    ) -> None:
        self.ask(struct.pack("<QI", count, FIRST >> 32) + cookie + rest)

    @pytest.mark.parametrize("data", [b"", b"\1", bytes(7), b"\xff" * 8, b"\1" + bytes(15)])
    def test_that_are_no_set_are_refused(self, data: bytes) -> None:
        with pytest.raises(DAMAGED):
            FrozenSet(memoryview(data))
