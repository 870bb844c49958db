"""Names and notes: one line or some, of characters that can be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.households import plain_text
from callguard.households.errors import Fault, HouseholdError


def test_a_name_is_one_trimmed_line() -> None:
    assert plain_text.name("  山田 \n 花子 ") == "山田 花子"


def test_a_note_keeps_its_lines() -> None:
    assert plain_text.note(" one\r\ntwo\rthree ") == "one\ntwo\nthree"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("x" * 101, Fault.TEXT_TOO_LONG),
        ("red\x1b[31m", Fault.TEXT_UNREADABLE),
        ("half \ud800", Fault.TEXT_UNREADABLE),
        ("turned \u202egnp", Fault.TEXT_UNREADABLE),
        ("   ", Fault.NAME_MISSING),
    ],
    ids=["long", "escape", "surrogate", "turning", "empty"],
)
def test_what_cannot_be_shown_is_refused(text: str, fault: Fault) -> None:
    with pytest.raises(HouseholdError) as caught:
        plain_text.name(text, needed=True)
    assert caught.value.fault is fault


@given(st.text(max_size=150))
def test_whatever_is_typed_is_refused_or_can_be_shown_and_stays_as_it_is(text: str) -> None:
    try:
        found = plain_text.name(text)
    except HouseholdError:
        return
    assert "\n" not in found
    assert len(found) <= plain_text.MAX_NAME
    assert plain_text.name(found) == found
