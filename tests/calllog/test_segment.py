"""The form of a journal's file, torn and damaged in every way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.calllog.segment import MARK, MAX_RECORD, frame, holds_records, read

RECORDS = [b'{"call":"1"}', b"x" * 400, b"\0\xff"]


def test_records_are_read_back() -> None:
    assert read(MARK + frame(RECORDS)) == (RECORDS, True)
    assert read(MARK) == ([], True)


@pytest.mark.parametrize("size", [0, MAX_RECORD + 1])
def test_a_record_of_an_impossible_length_is_not_written(size: int) -> None:
    with pytest.raises(ValueError, match=f"a record of {size} bytes"):
        frame([b"x" * size])


def test_a_file_is_read_up_to_where_the_power_failed() -> None:
    data = MARK + frame(RECORDS)
    ends = [len(MARK + frame(RECORDS[:count])) for count in range(len(RECORDS) + 1)]
    for length in range(len(data) + 1):
        found, whole = read(data[:length])
        assert found == RECORDS[: sum(end <= length for end in ends[1:])]
        assert whole == (length in ends or length < len(MARK))


def test_room_behind_the_records_is_no_record() -> None:
    assert read(MARK + bytes(100)) == ([], True)
    assert read(MARK + frame(RECORDS) + bytes(100)) == (RECORDS, True)
    assert read(MARK + frame(RECORDS) + bytes(100) + b"x") == (RECORDS, False)
    assert not holds_records(MARK + bytes(8))
    assert holds_records(MARK + frame(RECORDS)[:8])


def test_a_file_that_is_none_holds_nothing() -> None:
    assert read(b"something else, and rather long") == ([], False)
    assert read(b"\0" * 100) == ([], False)


@given(st.binary(max_size=60), st.integers(0, 460), st.integers(1, 255))
def test_a_damaged_byte_costs_its_record_and_what_follows(tail: bytes, at: int, flip: int) -> None:
    data = bytearray(MARK + frame(RECORDS) + tail)
    at = len(MARK) + at % (len(data) - len(MARK))
    data[at] ^= flip
    found, _ = read(bytes(data))
    assert found[: len(RECORDS)] == RECORDS[: min(len(found), len(RECORDS))]


@given(st.lists(st.binary(min_size=1, max_size=100), max_size=5))
def test_any_bytes_survive(records: list[bytes]) -> None:
    assert read(MARK + frame(records)) == (records, True)
