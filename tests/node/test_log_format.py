"""The log's lines."""

import json
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.node.log_format import formatter, masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("caller +819012345678 refused", "caller …78 refused"),
        ("caller 090-1234-5678 refused", "caller …78 refused"),
        ("caller 0422990000.", "caller …00."),
        ("sip:0422990001@trunk", "sip:…01@trunk"),
        ("<sip:+12025550123@192.0.2.1>", "<sip:…23@192.0.2.1>"),
        ("line 81422990000, again 0120-123-456", "line …00, again …56"),
        ("postgresql://callguard:secret@db/x", "postgresql://…@db/x"),
    ],
)
def test_numbers_and_passwords_are_hidden(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "call 0123456789abcdef: warn, unlisted",
        "started again in 0.05 s",
        "2026-11-27 06:47:18,123 INFO",
        "FastAGI 127.0.0.1:4573, HTTP 127.0.0.1:8080",
        "entry 12-1764226038000",
        "call 110 or 119, or #9110",
        "10,000,000 numbers",
        "source tokyo: batch 8 applied",
    ],
)
def test_what_is_no_number_stays(text: str) -> None:
    assert masked(text) == text


@given(st.text(), st.from_regex(r"0[0-9]{9,10}", fullmatch=True), st.text())
def test_a_number_between_anything_but_letters_and_digits_is_hidden(
    before: str, number: str, after: str
) -> None:
    assert number not in masked(f"{before} {number} {after}").replace(before, "").replace(after, "")


def record(message: str, *arguments: object, fault: bool = False) -> logging.LogRecord:
    info = None
    if fault:
        try:
            int("no number: 0422990000")
        except ValueError:
            info = sys.exc_info()
    return logging.LogRecord("callguard.x", logging.ERROR, "x.py", 1, message, arguments, info)


def test_a_line_for_people() -> None:
    line = formatter("text").format(record("no verdict for %s", "0422990000"))
    assert line.endswith("no verdict for …00")
    assert " ERROR callguard.x[" in line


def test_a_line_for_programs() -> None:
    content = json.loads(formatter("json").format(record("no verdict\nfor %s", "0422990000")))
    assert content["message"] == "no verdict\nfor …00"
    assert content["level"] == "error"
    assert content["logger"] == "callguard.x"
    assert content["time"].endswith("+00:00")
    assert "fault" not in content


@pytest.mark.parametrize("kind", ["text", "json"])
def test_a_faults_traceback_is_masked_too(kind: str) -> None:
    line = formatter(kind).format(record("a fault", fault=True))
    assert "ValueError: invalid literal for int() with base 10: 'no number: …00'" in line
    assert "0422990000" not in line
