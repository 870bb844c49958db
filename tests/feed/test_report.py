"""Reports as they are sent, and what strangers send."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.blocklist.listing import Category
from callguard.feed.report import MAX_BYTES, MAX_NOTE, Report, check_note

from .police import NOW, number

REPORT = Report("0123456789abcdef", number(1), NOW, "a" * 32, "b" * 32)
FULL = replace(REPORT, called_at=NOW, category=Category.REFUND, note="asked for 私のカード")


@pytest.mark.parametrize("report", [REPORT, FULL], ids=["least", "full"])
def test_a_report_is_read_as_it_was_written(report: Report) -> None:
    assert Report.from_bytes(report.to_bytes()) == report


def test_a_report_says_nothing_else() -> None:
    assert set(json.loads(FULL.to_bytes())) == {
        "format", "id", "number", "reported", "called", "category", "note", "home", "node",
    }  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"id": "x"},
        {"id": "0123456789abcdeg"},
        {"id": None},
        {"number": 81422990001},
        {"number": "0422990001"},
        {"number": "+" + "9" * 16},
        {"number": "+８１４２２９９０００１"},
        {"reported": "yesterday"},
        {"home": "0422990000"},
        {"node": "living room"},
        {"category": "rude"},
        {"note": "x" * (MAX_NOTE + 1)},
        {"note": "\x1b[2J"},
        {"note": "two\nlines"},
        {"note": 1},
    ],
)
def test_what_is_no_report_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not a report"):
        Report.from_bytes(json.dumps({**json.loads(FULL.to_bytes()), **change}).encode())


@pytest.mark.parametrize("name", ["format", "id", "number", "reported", "home", "node"])
def test_what_is_missing_is_told(name: str) -> None:
    content = json.loads(REPORT.to_bytes())
    del content[name]
    with pytest.raises(ValueError, match=f"no {name}"):
        Report.from_bytes(json.dumps(content).encode())


def test_what_is_too_large_is_not_even_read() -> None:
    with pytest.raises(ValueError, match="at most 4096"):
        Report.from_bytes(b" " * (MAX_BYTES + 1))


def test_the_longest_note_fits() -> None:
    assert len(replace(FULL, note=check_note("私" * MAX_NOTE)).to_bytes()) <= MAX_BYTES


@given(st.binary(max_size=300))
def test_any_bytes_are_a_report_or_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a report"):
        Report.from_bytes(data)
