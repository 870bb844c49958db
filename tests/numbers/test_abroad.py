"""What comes in by a trunk from abroad is overseas, whatever it shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.numbers import CallerID, Origin, classify

ANONYMOUS = "<sip:anonymous@anonymous.invalid>"


@pytest.mark.parametrize(
    ("caller_id", "number", "fault"),
    [
        (CallerID("0422990001", "allowed"), 81422990001, "a Japanese number"),
        (CallerID("+12025550123", "allowed"), 12025550123, ""),
        (CallerID("anonymous", "prohib", ANONYMOUS), None, "no number"),
        (CallerID("", "unavailable"), None, "no number"),
        (CallerID("anonymous", "prohib", f'"Coin line/payphone" {ANONYMOUS}'), None, "no number"),
        (CallerID("110", "allowed"), None, "an emergency service"),
        (CallerID("0312345678", "allowed"), 81312345678, "cannot exist"),
    ],
)
def test_it_is_overseas_and_says_why(caller_id: CallerID, number: int | None, fault: str) -> None:
    caller = classify(_abroad(caller_id))
    assert (caller.origin, caller.number, caller.kind) == (Origin.OVERSEAS, number, None)
    assert fault in (caller.fault or "")


def test_a_country_is_told_by_a_number_of_abroad_only() -> None:
    assert classify(_abroad(CallerID("+12025550123", "allowed"))).calling_code == 1
    assert classify(_abroad(CallerID("+81422990001", "allowed"))).calling_code is None


def test_a_withheld_number_that_was_disclosed_is_still_for_the_police_list_only() -> None:
    asserted = "<sip:0422990110@exchange.invalid>"
    caller = classify(_abroad(CallerID("0422990110", "prohib", ANONYMOUS, (asserted,), "id")))
    assert caller.number is None
    assert caller.disclosed is not None
    assert caller.disclosed.number == 81422990110


@given(st.text(max_size=20), st.sampled_from(("allowed", "prohib", "unavailable", "")), st.text())
def test_nothing_that_a_caller_shows_makes_it_domestic(
    number: str, presentation: str, sender: str
) -> None:
    caller = classify(_abroad(CallerID(number, presentation, sender)))
    assert caller.origin is Origin.OVERSEAS
    assert caller.kind is None


def _abroad(one: CallerID) -> CallerID:
    return CallerID(
        one.number, one.presentation, one.from_header, one.asserted, one.privacy, abroad=True
    )
