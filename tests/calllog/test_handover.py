"""Calls in progress go from one ``services`` to the next."""

from datetime import timedelta
from pathlib import Path

import pytest

from callguard.calllog.handover import hand_over, take_over
from callguard.calllog.outcome import Outcome, Outcomes

from .conftest import NOW

LATER = NOW + timedelta(seconds=5)


def talking() -> Outcomes:
    """One call that was answered, and one that rings."""
    outcomes = Outcomes()
    for number in (1, 2):
        begun = {
            "UserEvent": "Callguard",
            "Uniqueid": f"1.{number}",
            "Channel": f"PJSIP/trunk-{number}",
            "CallID": f"000000000000000{number}",
            "Action": "warn",
            "Reason": "unlisted",
            "Defence": "daemon",
        }
        outcomes.receive("UserEvent", begun, NOW)
    outcomes.receive("DialEnd", {"Uniqueid": "1.1", "DialStatus": "ANSWER"}, NOW)
    return outcomes


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "calls.json"


def test_a_conversation_ends_with_the_next_as_it_would_have_with_the_one_before(
    path: Path,
) -> None:
    hand_over(path, talking(), NOW)
    outcomes = Outcomes()
    assert take_over(path, outcomes, LATER) == 2
    ended = outcomes.receive("Hangup", {"Uniqueid": "1.1", "Cause-txt": "Normal"}, LATER)
    assert ended is not None
    assert (ended.outcome, ended.seconds) == (Outcome.ANSWERED, 5)
    assert outcomes.channels == {"PJSIP/trunk-2": "1.2"}


def test_they_are_handed_over_once(path: Path) -> None:
    hand_over(path, talking(), NOW)
    take_over(path, Outcomes(), LATER)
    assert take_over(path, Outcomes(), LATER) == 0


@pytest.mark.parametrize("age", [timedelta(minutes=2), timedelta(minutes=-2)], ids=str)
def test_what_is_old_or_from_the_future_is_not_believed(path: Path, age: timedelta) -> None:
    hand_over(path, talking(), NOW)
    assert take_over(path, Outcomes(), NOW + age) == 0


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"at": 1, "calls": {}}', '{"at": "2026-11-24T03:00:00+00:00"}'],
)
def test_a_file_that_is_not_whole_is_none(path: Path, content: str) -> None:
    path.write_text(content)
    assert take_over(path, Outcomes(), NOW) == 0
    assert not path.exists()


def test_the_file_is_its_owners_only(path: Path) -> None:
    hand_over(path, talking(), NOW)
    assert path.stat().st_mode & 0o777 == 0o600
