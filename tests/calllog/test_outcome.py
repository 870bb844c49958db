"""How a call ended, told from the events that Asterisk sends about it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.calllog.alone import alone_call_id
from callguard.calllog.outcome import MAX_CALLS, Ended, Outcome, Outcomes

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
CALLER = "1795489200.1"
PHONE = "1795489200.2"


class Asterisk:
    """Sends events, in the order in which a call makes them."""

    def __init__(self) -> None:
        self.outcomes = Outcomes()
        self.now = NOW

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def screens(
        self, action: str, reason: str, channel: str = CALLER, defence: str = "daemon"
    ) -> Ended | None:
        """Send what the dialplan says of a verdict."""
        headers = {
            "Uniqueid": channel,
            "Channel": f"PJSIP/trunk-{channel}",
            "UserEvent": "Callguard",
            "CallID": "0123456789abcdef",
            "Action": action,
            "Reason": reason,
            "Defence": defence,
        }
        return self.outcomes.receive("UserEvent", headers, self.now)

    def dialled(self, status: str, channel: str = CALLER, leg: str = "PJSIP/phone-1") -> None:
        headers = {
            "Uniqueid": channel,
            "DestChannel": leg,
            "DestUniqueid": PHONE,
            "DialStatus": status,
        }
        assert self.outcomes.receive("DialEnd", headers, self.now) is None

    def refuses(self, channel: str = CALLER) -> None:
        """Send what the dialplan says of a challenge that was not passed."""
        headers = {"Uniqueid": channel, "UserEvent": "CallguardRefused"}
        assert self.outcomes.receive("UserEvent", headers, self.now) is None

    def hangs_up(self, channel: str = CALLER, cause: str = "Normal Clearing") -> Ended | None:
        headers = {"Uniqueid": channel, "Cause-txt": cause}
        return self.outcomes.receive("Hangup", headers, self.now)


@pytest.fixture
def asterisk() -> Asterisk:
    return Asterisk()


def ending(asterisk: Asterisk, channel: str = CALLER) -> tuple[Outcome, int | None]:
    """Hang up, and return how the call ended and how long they talked."""
    ended = asterisk.hangs_up(channel)
    assert ended is not None
    return ended.outcome, ended.seconds


def test_a_warned_call_that_was_answered(asterisk: Asterisk) -> None:
    asterisk.screens("warn", "unlisted")
    asterisk.passes(20)
    asterisk.dialled("ANSWER")
    asterisk.passes(61.6)
    assert asterisk.hangs_up(PHONE) is None
    assert asterisk.hangs_up() == Ended(
        call_id="0123456789abcdef",
        action="warn",
        reason="unlisted",
        defence="daemon",
        outcome=Outcome.ANSWERED,
        ended_at=NOW + timedelta(seconds=81.6),
        seconds=62,
        cause="Normal Clearing",
    )
    assert len(asterisk.outcomes) == 0


def test_a_refused_call_is_over_with_its_verdict(asterisk: Asterisk) -> None:
    ended = asterisk.screens("reject", "withheld", defence="fallback")
    assert ended is not None
    assert (ended.action, ended.reason, ended.outcome) == ("reject", "withheld", Outcome.REFUSED)
    assert (ended.defence, ended.ended_at) == ("fallback", NOW)
    assert asterisk.hangs_up(cause="Call Rejected") is None


@pytest.mark.parametrize("action", ["warn", "challenge"])
def test_a_caller_who_hung_up_during_the_warning(asterisk: Asterisk, action: str) -> None:
    asterisk.screens(action, "unlisted")
    assert ending(asterisk) == (Outcome.LEFT, None)


def test_a_caller_who_did_not_pass_the_challenge(asterisk: Asterisk) -> None:
    asterisk.screens("challenge", "unlisted")
    asterisk.refuses()
    assert ending(asterisk) == (Outcome.REFUSED, None)


def test_a_caller_whose_name_she_heard_and_did_not_take(asterisk: Asterisk) -> None:
    asterisk.screens("challenge", "unlisted")
    asterisk.dialled("ANSWER")
    asterisk.passes(8)
    asterisk.refuses()
    assert ending(asterisk) == (Outcome.REFUSED, None)


def test_the_refusal_of_a_call_that_is_not_followed_tells_nothing(asterisk: Asterisk) -> None:
    asterisk.refuses()
    assert asterisk.hangs_up() is None


def test_a_caller_who_passed_the_challenge(asterisk: Asterisk) -> None:
    asterisk.screens("challenge", "unlisted")
    asterisk.dialled("ANSWER")
    asterisk.passes(30)
    assert ending(asterisk) == (Outcome.ANSWERED, 30)


def test_the_family_who_were_asked_are_not_the_telephone_that_was_answered(
    asterisk: Asterisk,
) -> None:
    asterisk.screens("challenge", "unlisted")
    asterisk.dialled("ANSWER", leg="Local/1@callguard-leg-00000001;1")
    assert ending(asterisk) == (Outcome.LEFT, None)


def test_a_caller_who_hung_up_before_the_telephone_rang_at_all(asterisk: Asterisk) -> None:
    asterisk.screens("connect", "household-allow")
    assert ending(asterisk) == (Outcome.UNANSWERED, None)


def test_a_call_that_was_cut_off_since_its_number_was_listed(asterisk: Asterisk) -> None:
    asterisk.screens("warn", "unlisted")
    asterisk.dialled("ANSWER")
    asterisk.passes(10)
    asterisk.outcomes.cut("0123456789abcdef", done=True)
    assert ending(asterisk) == (Outcome.CUT, 10)


def test_a_call_that_could_not_be_cut_off(asterisk: Asterisk) -> None:
    asterisk.screens("warn", "unlisted")
    asterisk.dialled("ANSWER")
    asterisk.outcomes.cut("0123456789abcdef", done=True)
    asterisk.outcomes.cut("0123456789abcdef", done=False)
    assert ending(asterisk) == (Outcome.ANSWERED, 0)


def test_a_call_whose_end_was_missed(asterisk: Asterisk) -> None:
    asterisk.screens("warn", "unlisted")
    asterisk.dialled("ANSWER")
    asterisk.passes(600)
    assert asterisk.outcomes.channels == {f"PJSIP/trunk-{CALLER}": CALLER}
    assert asterisk.outcomes.in_progress == {"0123456789abcdef"}
    ended = asterisk.outcomes.missed(CALLER, asterisk.now)
    assert ended is not None
    assert (ended.outcome, ended.seconds) == (Outcome.UNKNOWN, None)
    assert asterisk.outcomes.missed(CALLER, asterisk.now) is None
    assert asterisk.hangs_up() is None


@pytest.mark.parametrize("status", ["NOANSWER", "BUSY", "CANCEL", "CONGESTION", "CHANUNAVAIL"])
def test_a_call_that_nobody_answered(asterisk: Asterisk, status: str) -> None:
    asterisk.screens("connect", "household-allow")
    asterisk.dialled(status)
    assert ending(asterisk) == (Outcome.UNANSWERED, None)


def test_a_call_that_the_second_phone_answered(asterisk: Asterisk) -> None:
    asterisk.screens("connect", "household-allow")
    asterisk.dialled("NOANSWER")
    asterisk.dialled("ANSWER")
    asterisk.dialled("CANCEL")
    assert ending(asterisk) == (Outcome.ANSWERED, 0)


@pytest.mark.parametrize("defence", ["fallback", "alone"])
def test_a_call_that_a_later_line_of_defence_screened(asterisk: Asterisk, defence: str) -> None:
    asterisk.screens("warn", "unlisted", defence=defence)
    ended = asterisk.hangs_up()
    assert ended is not None
    assert (ended.defence, ended.action) == (defence, "warn")
    # The dialplan's own name for a call is no name in the log.
    alone = alone_call_id(CALLER)
    assert ended.call_id == (alone if defence == "alone" else "0123456789abcdef")


def test_a_caller_who_hung_up_before_the_verdict_leaves_nothing(asterisk: Asterisk) -> None:
    assert asterisk.hangs_up() is None
    assert len(asterisk.outcomes) == 0


def test_a_call_to_a_line_that_has_not_agreed_is_not_followed(asterisk: Asterisk) -> None:
    asterisk.screens("connect", "no-consent")
    assert len(asterisk.outcomes) == 0
    assert asterisk.hangs_up() is None


def test_calls_at_once_are_told_apart(asterisk: Asterisk) -> None:
    asterisk.screens("warn", "unlisted", "1.1")
    asterisk.screens("warn", "overseas", "1.2")
    asterisk.dialled("ANSWER", "1.1")
    second, first = asterisk.hangs_up("1.2"), asterisk.hangs_up("1.1")
    assert second is not None
    assert first is not None
    assert (first.reason, first.outcome) == ("unlisted", Outcome.ANSWERED)
    assert (second.reason, second.outcome) == ("overseas", Outcome.LEFT)


def test_a_call_ends_once(asterisk: Asterisk) -> None:
    asterisk.screens("warn", "unlisted")
    assert asterisk.hangs_up() is not None
    assert asterisk.hangs_up() is None


def test_calls_that_were_not_screened_are_not_followed(asterisk: Asterisk) -> None:
    asterisk.outcomes.receive("UserEvent", {"Uniqueid": CALLER, "UserEvent": "Another"}, NOW)
    asterisk.dialled("ANSWER")
    assert len(asterisk.outcomes) == 0
    assert asterisk.hangs_up() is None


def test_calls_whose_end_was_missed_are_forgotten_the_oldest_first(asterisk: Asterisk) -> None:
    for number in range(MAX_CALLS + 1):
        asterisk.screens("warn", "unlisted", str(number))
    assert len(asterisk.outcomes) == MAX_CALLS
    assert asterisk.hangs_up("0") is None
    assert asterisk.hangs_up("1") is not None


def test_a_call_in_progress_takes_no_room_from_another(asterisk: Asterisk) -> None:
    for number in range(MAX_CALLS):
        asterisk.screens("warn", "unlisted", str(number))
    asterisk.screens("connect", "household-allow", "5")
    assert len(asterisk.outcomes) == MAX_CALLS
    assert asterisk.hangs_up("0") is not None


EVENTS = st.tuples(
    st.sampled_from(["UserEvent", "DialEnd", "Hangup", "Newchannel", ""]),
    st.dictionaries(
        st.sampled_from(["Uniqueid", "UserEvent", "Action", "Reason", "DialStatus", "Cause-txt"]),
        st.sampled_from(["1", "2", "Callguard", "reject", "no-consent", "ANSWER", ""]),
    ),
)


@given(st.lists(EVENTS, max_size=20))
def test_any_events_end_calls_with_a_verdict_only(events: list[tuple[str, dict[str, Any]]]) -> None:
    outcomes = Outcomes()
    for name, headers in events:
        ended = outcomes.receive(name, headers, NOW)
        if ended is not None:
            assert ended.action
            assert name == "Hangup" or (name, ended.action) == ("UserEvent", "reject")
