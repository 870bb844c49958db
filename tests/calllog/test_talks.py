"""Since when somebody talks with an unknown caller, from what Asterisk tells."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.calllog.alone import alone_call_id
from callguard.calllog.talks import MAX_TALKS, Talk, Talks, read_talk

CALL = "0123456789abcdef"
SINCE = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
TALKING = f"{CALL}/{int(SINCE.timestamp())}/+81422990000"
TALK = Talk(CALL, SINCE, 81422990000)


def answered(talking: str = TALKING, unique: str = "2.1") -> dict[str, str]:
    return {"UserEvent": "CallguardAnswered", "Uniqueid": unique, "Talking": talking}


def ten_minutes(_: Talk) -> timedelta:
    return timedelta(minutes=10)


def after(talks: Talks, minutes: float) -> list[Talk]:
    return talks.long(ten_minutes, SINCE + timedelta(minutes=minutes))


def test_a_conversation_is_long_from_its_minutes_on() -> None:
    talks = Talks()
    talks.receive("UserEvent", answered())
    assert after(talks, 9.9) == []
    assert after(talks, 10) == [TALK]


def test_one_that_was_told_of_is_not_told_of_again() -> None:
    talks = Talks()
    talks.receive("UserEvent", answered())
    talks.forget(TALK)
    assert after(talks, 60) == []


def test_one_that_has_ended_is_over() -> None:
    talks = Talks()
    talks.receive("UserEvent", answered())
    talks.receive("Hangup", {"Uniqueid": "2.1"})
    assert (after(talks, 60), len(talks)) == ([], 0)


def test_what_asterisk_is_asked_after_a_restart_counts_from_the_answer_on() -> None:
    talks = Talks()
    talks.receive("Status", {"Uniqueid": "2.1", "Variable": f"CALLGUARD_TALKING={TALKING}"})
    talks.receive("Status", {"Uniqueid": "1.1", "Variable": "CALLGUARD_TALKING="})
    talks.receive("Status", {"Uniqueid": "3.1"})
    assert (after(talks, 10), len(talks)) == ([TALK], 1)


def test_of_whom_nobody_wants_to_know_nothing_is_told() -> None:
    talks = Talks()
    talks.receive("UserEvent", answered())
    assert talks.long(lambda _: None, SINCE + timedelta(hours=9)) == []


def test_a_known_caller_is_not_followed() -> None:
    talks = Talks()
    talks.receive("UserEvent", answered(""))
    assert len(talks) == 0


def test_a_call_that_the_dialplan_screened_alone_has_its_name_in_the_log() -> None:
    talk = read_talk(f"1764212400.17/{int(SINCE.timestamp())}/0422-99-0000")
    assert talk == Talk(alone_call_id("1764212400.17"), SINCE, 81422990000)


@pytest.mark.parametrize(
    "text",
    ["", "/", "//", CALL, f"{CALL}/", f"{CALL}/x/+81422990000", f"{CALL}/1/", f"{CALL}/1/x"],
)
def test_what_is_no_conversation_is_none(text: str) -> None:
    assert read_talk(text) is None


@given(text=st.text(max_size=60))
def test_any_text_gives_a_conversation_or_none(text: str) -> None:
    assert read_talk(text) is None or text.count("/") >= 2


def test_beyond_the_most_the_oldest_is_forgotten() -> None:
    talks = Talks()
    for nth in range(MAX_TALKS + 1):
        talks.receive("UserEvent", answered(unique=f"{nth}.1"))
    assert len(talks) == MAX_TALKS
