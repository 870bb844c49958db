"""The union of all lists, as one file."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap64

from callguard.blocklist.errors import StoreError
from callguard.blocklist.union import Union

from .unions import to_bytes

COVERED = {"tokyo": (3, "a" * 64), "osaka": (1, "b" * 64)}
FIRST = 81422990000
WHOLE = to_bytes(COVERED, [BitMap64([FIRST, FIRST + 1]), BitMap64([FIRST + 1, FIRST + 9])])
MAGIC = WHOLE[: WHOLE.index(b"\n") + 1]


def test_a_union_tells_which_lists_it_covers_and_what_is_on_any() -> None:
    union = Union(memoryview(WHOLE))
    assert union.covered == COVERED
    members = {last for last in range(20) if FIRST + last in union.numbers}
    assert members == {0, 1, 9}


@pytest.mark.parametrize("sets", [[], [BitMap64()]])
def test_a_union_of_nothing_lists_nothing(sets: list[BitMap64]) -> None:
    union = Union(memoryview(to_bytes({}, sets)))
    assert union.covered == {}
    assert FIRST not in union.numbers


@given(st.lists(st.sets(st.integers(0, 10**12), max_size=20), max_size=4))
def test_a_number_is_in_the_union_exactly_if_it_is_in_a_set(sets: list[set[int]]) -> None:
    union = Union(memoryview(to_bytes({}, [BitMap64(each) for each in sets])))
    members = set[int]().union(*sets)
    for number in {near for each in members for near in (each - 1, each, each + 1)}:
        assert (number in union.numbers) == (number in members)


class TestFile:
    def test_is_mapped(self, tmp_path: Path) -> None:
        path = tmp_path / "union"
        path.write_bytes(WHOLE)
        union = Union.open(path)
        path.unlink()
        assert union.covered == COVERED
        assert FIRST + 9 in union.numbers

    def test_that_is_empty_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "union"
        path.touch()
        with pytest.raises(StoreError, match="it is empty"):
            Union.open(path)

    def test_that_is_damaged_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "union"
        path.write_bytes(WHOLE[:-1])
        with pytest.raises(StoreError, match="not a whole union"):
            Union.open(path)

    def test_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            Union.open(tmp_path / "union")


class TestDamagedBytes:
    def test_that_are_cut_short_are_refused(self) -> None:
        for length in range(len(WHOLE)):
            with pytest.raises(StoreError, match="not a"):
                Union(memoryview(WHOLE[:length]))

    @pytest.mark.parametrize(
        "header",
        [
            b"", b"{", b"\xff", b"null", b"5", b"[]", b'{"tokyo": 5}', b'{"tokyo": [1]}',
            b'{"tokyo": [1, "a", 2]}', b'{"tokyo": ["x", "a"]}', b'{"tokyo": [null, "a"]}',
            b'{"tokyo": [1e999, "a"]}', b"[" * 100_000,
        ],
        ids=lambda header: repr(header[:30]),
    )  # fmt: skip
    def test_with_another_header_are_refused(self, header: bytes) -> None:
        with pytest.raises(StoreError, match="not a whole union"):
            Union(memoryview(MAGIC + header + b"\n" + bytes(8)))

    def test_of_another_version_are_refused(self) -> None:
        with pytest.raises(StoreError, match="not a union of this version of callguard"):
            Union(memoryview(WHOLE.replace(b"union 1", b"union 2")))

    @given(st.integers(0, len(WHOLE)), st.binary(max_size=20), st.integers(0, 20))
    @settings(max_examples=300, deadline=None, derandomize=True)
    def test_are_read_or_refused_and_raise_nothing_else(
        self, place: int, nonsense: bytes, gone: int
    ) -> None:
        with contextlib.suppress(StoreError):
            Union(memoryview(WHOLE[:place] + nonsense + WHOLE[place + gone :]))
