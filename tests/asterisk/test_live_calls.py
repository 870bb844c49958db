"""Calls in progress, told from the events that Asterisk sends about them."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callguard.asterisk.live_calls import MAX_CALLS, LiveCall, LiveCalls

CALLER = "1795489200.1"
NUMBER = 81422990199
LINE = 81422990000


def verdict(channel: str = CALLER, **changed: str) -> dict[str, str]:
    """What the dialplan says of a verdict."""
    return {
        "UserEvent": "Callguard",
        "Uniqueid": channel,
        "Channel": f"PJSIP/trunk-{channel}",
        "CallID": "0123456789abcdef",
        "Action": "warn",
        "Reason": "unlisted",
        "Caller": f"+{NUMBER}",
        "Called": f"+{LINE}",
        **changed,
    }


@pytest.fixture
def calls() -> LiveCalls:
    return LiveCalls()


def answers(calls: LiveCalls, channel: str = CALLER) -> None:
    headers = {
        "UserEvent": "CallguardAnswered",
        "Uniqueid": "9.9",
        "Channel": "PJSIP/phone-00000002",
        "Call": channel,
    }
    assert calls.receive("UserEvent", headers) is None


def test_a_call_is_followed_from_its_verdict_on(calls: LiveCalls) -> None:
    call = calls.receive("UserEvent", verdict())
    assert call is not None
    assert (call.call_id, call.channel) == ("0123456789abcdef", f"PJSIP/trunk-{CALLER}")
    assert (call.number, call.line, call.subscriber) == (NUMBER, LINE, "")
    assert calls.listed({NUMBER}) == [call]
    assert calls.listed({NUMBER + 1}) == []


def test_who_answers_is_known(calls: LiveCalls) -> None:
    calls.receive("UserEvent", verdict())
    answers(calls)
    (call,) = calls.listed({NUMBER})
    assert call.subscriber == "PJSIP/phone-00000002"


def test_a_call_that_has_ended_is_over(calls: LiveCalls) -> None:
    calls.receive("UserEvent", verdict())
    calls.receive("Hangup", {"Uniqueid": "9.9"})
    assert len(calls) == 1
    calls.receive("Hangup", {"Uniqueid": CALLER})
    answers(calls)
    assert len(calls) == 0


def test_a_call_that_is_being_cut_off_is_not_cut_off_again(calls: LiveCalls) -> None:
    first, other = (calls.receive("UserEvent", verdict(channel)) for channel in ("1.1", "1.2"))
    assert first is not None
    calls.forget(first)
    assert calls.listed({NUMBER}) == [other]
    calls.forget(first)


@pytest.mark.parametrize(
    "changed",
    [
        {"Action": "reject", "Reason": "withheld"},
        {"Action": "connect", "Reason": "no-consent"},
        {"Action": "connect", "Reason": "emergency-callback"},
        {"Action": ""},
        {"Caller": ""},
        {"Caller": "110"},
        {"Caller": "+110"},
        {"Caller": "anonymous"},
        {"Caller": f"{NUMBER}"},
        {"Caller": f"+{NUMBER}\n"},
        {"Caller": "+８１４２２９９０１９９"},
        {"Caller": "+" + "9" * 16},
        {"Called": ""},
        {"Called": "+None"},
        {"Channel": ""},
        {"UserEvent": "Another"},
    ],
    ids=str,
)
def test_what_a_listing_cannot_end_is_not_followed(
    calls: LiveCalls, changed: dict[str, str]
) -> None:
    assert calls.receive("UserEvent", verdict(**changed)) is None
    assert len(calls) == 0


@pytest.mark.parametrize("action", ["warn", "challenge", "connect"])
@pytest.mark.parametrize("reason", ["unlisted", "household-allow", "payphone", "overseas"])
def test_every_other_call_is_followed(calls: LiveCalls, action: str, reason: str) -> None:
    assert calls.receive("UserEvent", verdict(Action=action, Reason=reason)) is not None


def test_calls_whose_end_was_missed_are_forgotten_the_oldest_first(calls: LiveCalls) -> None:
    for channel in range(MAX_CALLS + 1):
        calls.receive("UserEvent", verdict(str(channel)))
    calls.receive("UserEvent", verdict(str(MAX_CALLS)))
    assert len(calls) == MAX_CALLS
    assert calls.listed({NUMBER})[0].channel == "PJSIP/trunk-1"


def test_neither_number_slips_into_a_log(calls: LiveCalls) -> None:
    shown = repr(calls.receive("UserEvent", verdict()))
    assert str(NUMBER) not in shown
    assert str(LINE) not in shown


EVENTS = st.tuples(
    st.sampled_from(["UserEvent", "DialEnd", "Hangup", "Newchannel", ""]),
    st.dictionaries(
        st.sampled_from(sorted(verdict() | {"Call": ""})),
        st.sampled_from(
            ["1", "2", "Callguard", "CallguardAnswered", "reject", "warn", f"+{NUMBER}", "+", ""]
        )
        | st.text(max_size=20),
    ),
)


@given(st.lists(EVENTS, max_size=20))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_any_events_leave_whole_calls_only(events: list[tuple[str, dict[str, Any]]]) -> None:
    calls = LiveCalls()
    begun: list[LiveCall] = []
    for name, headers in events:
        call = calls.receive(name, headers)
        if call is not None:
            begun.append(call)
    everyone = range(10**15 + 1)
    for call in calls.listed(everyone):
        assert call.channel
        assert (call.call_id, call.number) in {(one.call_id, one.number) for one in begun}
