"""JSON from strangers: what is taken, and that nothing else gets further."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.portal.api.json_text import MOST_DEPTH, read_json
from callguard.portal.api.problem import Kind, Problem


def refusal(raw: bytes) -> str:
    with pytest.raises(Problem) as caught:
        read_json(raw)
    assert caught.value.kind is Kind.MALFORMED
    assert caught.value.status == 400
    return caught.value.detail


def test_plain_json_is_read() -> None:
    assert read_json('{"name": "医院 🏥", "days": -3, "anyway": true, "x": null}'.encode()) == {
        "name": "医院 🏥",
        "days": -3,
        "anyway": True,
        "x": None,
    }


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert [type(one) for one in read_json(b"[2.0, 2e3, 2.5]")] == [int, int, float]


def test_arrays_and_objects_are_taken_to_a_depth() -> None:
    deepest = b"[" * MOST_DEPTH + b"]" * MOST_DEPTH
    read_json(deepest)
    assert "inside each other" in refusal(b"[" + deepest + b"]")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "Expecting value, line 1, column 1"),
        (b"{", "Expecting property name"),
        (b'{"a": 1} x', "Extra data"),
        (b'{"a": 1, "a": 1}', "the same name twice"),
        (b'{"a": {"b": 1, "b": 2}}', "the same name twice"),
        (b"NaN", "NaN is not a number of JSON"),
        (b"-Infinity", "-Infinity is not a number of JSON"),
        (b"1e999", "too large or too exact"),
        (b"0." + b"3" * 40, "too large or too exact"),
        (b"1" * 17, "more than 16 digits"),
        (b"-" + b"9" * 10_000, "more than 16 digits"),
        (b'"\\ud800"', "half a surrogate pair"),
        (b'{"\\udfff": 1}', "half a surrogate pair"),
        (b'"a\\u0000b"', "U+0000"),
        (b'"a\nb"', "Invalid control character"),
        (b"\xff", "not UTF-8 at byte 0"),
        (b"\xef\xbb\xbf{}", "BOM"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
        (b"[" * 100_000, "inside each other"),
        (b'{"a":' * 50_000, "inside each other"),
    ],
)
def test_what_two_programs_could_read_differently_is_refused(raw: bytes, why: str) -> None:
    assert why in refusal(raw)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        value = read_json(raw)
    except Problem as problem:
        said = problem.detail
    else:
        said = "read"
        assert json.loads(raw) == value
    assert said.isprintable()
