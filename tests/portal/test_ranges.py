"""Which part of a sound is sent, whatever a Range header says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.portal.ranges import Part, Unsatisfiable, read_range

LENGTH = 1000


@pytest.mark.parametrize(
    ("header", "begin", "end"),
    [
        ("bytes=0-", 0, 1000),
        ("bytes=0-1", 0, 2),
        ("bytes=999-", 999, 1000),
        ("bytes=100-199", 100, 200),
        ("bytes=900-5000", 900, 1000),
        ("bytes=-100", 900, 1000),
        ("bytes=-5000", 0, 1000),
        (" bytes=5-6 ", 5, 7),
    ],
)
def test_a_part_is_sent(header: str, begin: int, end: int) -> None:
    part = read_range(header, LENGTH)
    assert part == Part(begin, end, LENGTH, asked=True)
    assert part.status == 206
    assert part.headers["Content-Range"] == f"bytes {begin}-{end - 1}/1000"
    assert part.headers["Content-Length"] == str(end - begin)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=5-1",
        "bytes=0-1,5-6",
        "bytes=--5",
        "bytes=１-２",
        "items=0-5",
        "bytes=0-1\r\nX: y",
        "bytes=" + "9" * 5000 + "-",
    ],
)
def test_of_nonsense_the_whole_is_sent(header: str | None) -> None:
    part = read_range(header, LENGTH)
    assert part == Part(0, LENGTH, LENGTH, asked=False)
    assert part.status == 200
    assert "Content-Range" not in part.headers
    assert part.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=1000-2000", "bytes=-0"])
def test_beyond_the_end_nothing_is_sent(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        read_range(header, LENGTH)


@given(
    st.text() | st.from_regex(r"bytes=[0-9]{0,19}-[0-9]{0,19}(,[0-9-]*)?"), st.integers(1, 10**9)
)
def test_no_header_does_harm(header: str, length: int) -> None:
    try:
        part = read_range(header, length)
    except Unsatisfiable:
        return
    assert 0 <= part.begin < part.end <= length
