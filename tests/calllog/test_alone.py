"""Calls that the dialplan screened alone, as its event tells them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.calllog.alone import alone_call_id, read_alone
from callguard.numbers import Origin
from callguard.screening import Action, Reason

EVENT = {
    "UserEvent": "CallguardAlone",
    "Uniqueid": "1795489200.1",
    "Action": "warn",
    "Reason": "unlisted",
    "Origin": "domestic",
    "Number": "0422990199",
    "Line": "0422990000",
}


def test_a_caller_who_showed_a_number() -> None:
    call = read_alone("UserEvent", EVENT)
    assert call is not None
    assert call.call_id == alone_call_id("1795489200.1")
    assert (call.line, call.verdict.caller.number) == (81422990000, 81422990199)
    assert (call.verdict.action, call.verdict.reason) == (Action.WARN, Reason.UNLISTED)
    assert "990" not in repr(call)


@pytest.mark.parametrize("origin", ["withheld", "payphone"])
def test_a_caller_who_did_not(origin: str) -> None:
    call = read_alone("UserEvent", {**EVENT, "Origin": origin, "Number": ""})
    assert call is not None
    assert call.verdict.caller.origin is Origin(origin)
    assert call.verdict.caller.number is None


@pytest.mark.parametrize(
    "event",
    [
        {**EVENT, "UserEvent": "Callguard"},
        {**EVENT, "Line": ""},
        {**EVENT, "Line": "not a number"},
        {**EVENT, "Action": ""},
        {**EVENT, "Origin": "mars"},
        {**EVENT, "Reason": "no-consent"},
        {},
    ],
)
def test_anything_else_is_no_such_call(event: dict[str, str]) -> None:
    assert read_alone("UserEvent", event) is None
    assert read_alone("Hangup", EVENT) is None


@given(st.dictionaries(st.sampled_from(sorted(EVENT)), st.text(max_size=30)))
def test_no_header_does_harm(headers: dict[str, str]) -> None:
    call = read_alone("UserEvent", {**EVENT, **headers})
    assert call is None or len(call.call_id) == 16
