"""What the household's telephone asks, over real policies and lists on disk."""

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callguard.asterisk.answering import Answering
from callguard.asterisk.line_question import FIRST_WORDS
from callguard.asterisk.question import QuestionError
from callguard.calllog.line_event import DialledOut, Press, Pressed, Presser, read_event
from callguard.database import Database
from callguard.households.consent import Consents
from callguard.households.consent_text import Purpose
from callguard.households.directory import Directory
from callguard.households.family_telephones import FamilyTelephones
from callguard.households.settings import HouseholdSettings
from callguard.screening.dialling import Ground
from callguard.screening.policy import Dialling
from callguard.settings import Settings
from callguard.trail import COMMAND_LINE

from .dialplan import ALLOWED, LINE
from .test_answering import LISTED, publish

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
CALL = "0123456789abcdef"
HOME = 81422990000


def word(name: str, text: str) -> str:
    """As the dialplan writes it."""
    return f"{name}={b64encode(f':{text}'.encode()).decode()}"


def dials(answering: Answering, digits: str, line: str = LINE) -> tuple[dict[str, str], object]:
    """Dial; return what the channel is told, and what is kept."""
    return ask(answering, f"{word('dial', digits)}&{word('line', line)}")


def presses(
    answering: Answering, event: str = "scam", by: str = "home", call: str = CALL, line: str = LINE
) -> tuple[dict[str, str], object]:
    return ask(answering, f"event={event}&by={by}&call={call}&{word('line', line)}")


def ask(answering: Answering, argument: str) -> tuple[dict[str, str], object]:
    assert argument.startswith(FIRST_WORDS)
    answer = answering.reply([argument], NOW)
    told = dict(pair.split("=", 1) for pair in answer.text.split(","))
    return told, None if answer.record is None else read_event(answer.record)


Revoke = Callable[[Purpose], None]


@pytest.fixture
def revoke(home: Settings) -> Revoke:
    """Take a consent back."""

    def take_back(purpose: Purpose) -> None:
        database = Database(home.households)
        (one,) = Directory(database).all()
        Consents(database).revoke(one.id, frozenset({purpose}), by=COMMAND_LINE, now=NOW)
        database.close()

    return take_back


@pytest.mark.parametrize("digits", ["110", "0422992222", ALLOWED, "#9110", "", "**", "9" * 64])
def test_most_calls_simply_go_out_and_nothing_is_kept(answering: Answering, digits: str) -> None:
    assert dials(answering, digits) == ({"CALLGUARD_DIALLING": "go"}, None)


def test_a_listed_number_is_refused_and_told(home: Settings, answering: Answering) -> None:
    publish(home, LISTED)
    answering.blocklist.refresh()
    told, kept = dials(answering, "0422994444")
    assert told == {"CALLGUARD_DIALLING": "refuse", "CALLGUARD_PROMPT": "dial-listed"}
    assert kept == DialledOut(Ground.LISTED, Dialling.REFUSE, LISTED, HOME, NOW)


def test_a_call_abroad_is_asked_about(answering: Answering) -> None:
    told, kept = dials(answering, "01012025550123")
    assert told == {"CALLGUARD_DIALLING": "confirm", "CALLGUARD_PROMPT": "dial-overseas-confirm"}
    assert kept == DialledOut(Ground.OVERSEAS, Dialling.CONFIRM, 12025550123, HOME, NOW)


@pytest.mark.parametrize("press", Press)
@pytest.mark.parametrize("by", Presser)
def test_a_key_is_kept(answering: Answering, press: Press, by: Presser) -> None:
    told, kept = presses(answering, press.value, by.value)
    assert told == {"CALLGUARD_KEPT": "1"}
    assert kept == Pressed(press, by, CALL, HOME, NOW)


def test_without_consent_to_screening_nothing_is_judged(
    home: Settings, answering: Answering, revoke: Revoke
) -> None:
    publish(home, LISTED)
    answering.blocklist.refresh()
    revoke(Purpose.SCREENING)
    assert dials(answering, "0422994444") == ({"CALLGUARD_DIALLING": "go"}, None)


def test_without_consent_to_the_record_no_key_is_kept(answering: Answering, revoke: Revoke) -> None:
    revoke(Purpose.LOGGING)
    assert presses(answering) == ({"CALLGUARD_KEPT": "0"}, None)


def test_a_line_of_no_household_has_no_keys_and_is_not_screened(answering: Answering) -> None:
    assert presses(answering, line="0422-99-0777") == ({"CALLGUARD_KEPT": "0"}, None)
    assert dials(answering, "01012025550123", "0422-99-0777")[0] == {"CALLGUARD_DIALLING": "go"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"event": "hug"},
        {"event": ""},
        {"by": "caller"},
        {"call": ""},
        {"call": CALL[1:]},
        {"call": "../../../etc/pas"},
        {"call": CALL.upper()},
        {"line": ""},
        {"line": "anonymous"},
    ],
)
def test_a_key_that_makes_no_sense_is_refused(answering: Answering, wrong: dict[str, str]) -> None:
    with pytest.raises(QuestionError):
        presses(answering, **wrong)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(FIRST_WORDS), st.text(max_size=80))
def test_hostile_words_are_answered_or_refused(answering: Answering, first: str, text: str) -> None:
    try:
        told, _ = ask(answering, first + text)
    except QuestionError:
        return
    assert set(told) <= {"CALLGUARD_DIALLING", "CALLGUARD_PROMPT", "CALLGUARD_KEPT"}


def asks_for_the_family(answering: Answering, line: str = LINE) -> tuple[dict[str, str], object]:
    return ask(answering, f"family=1&{word('line', line)}")


def test_the_family_key_calls_whom_the_household_has_named(
    home: Settings, answering: Answering
) -> None:
    assert asks_for_the_family(answering) == ({"CALLGUARD_KEPT": "1"}, None)
    database = Database(home.households)
    (one,) = Directory(database).all()
    yumi = FamilyTelephones(database).add(one.id, "090-9999-0001", "由美", by=COMMAND_LINE, now=NOW)
    told, _ = asks_for_the_family(answering)
    assert told == {
        "CALLGUARD_KEPT": "1",
        "CALLGUARD_FAMILY": f"{yumi.id}:09099990001",
        "CALLGUARD_ASK_ORDER": "in-turn",
        "CALLGUARD_ASK_SECONDS": "25",
    }
    HouseholdSettings(database).change(one.id, {"family_key": "off"}, by=COMMAND_LINE, now=NOW)
    database.close()
    assert asks_for_the_family(answering) == ({"CALLGUARD_KEPT": "0"}, None)


def test_of_a_line_without_a_household_nobody_is_called(answering: Answering) -> None:
    assert asks_for_the_family(answering, "0422-99-9999") == ({"CALLGUARD_KEPT": "0"}, None)


@pytest.mark.parametrize("press", ["connect", "refuse", "nobody", "allow", "block"])
def test_what_a_member_of_the_family_pressed_is_kept_with_whose_telephone_it_was(
    answering: Answering, press: str
) -> None:
    argument = f"event={press}&by=family&call={CALL}&who=12&{word('line', LINE)}"
    assert ask(answering, argument) == (
        {"CALLGUARD_KEPT": "1"},
        Pressed(Press(press), Presser.FAMILY, CALL, HOME, NOW, 12),
    )


@pytest.mark.parametrize("who", ["x", "-1", "0", "1234567890123", "１２"])
def test_a_telephone_that_is_none_is_a_fault_of_the_dialplan(
    answering: Answering, who: str
) -> None:
    with pytest.raises(QuestionError):
        ask(answering, f"event=connect&by=family&call={CALL}&who={who}&{word('line', LINE)}")
