"""A household gets another number; its former line tells it to whom the family knows."""

from datetime import timedelta

import pytest

from callguard.households.errors import Fault, HouseholdError
from callguard.households.moving import Moving
from callguard.households.registry import Registry
from callguard.numbers import CallerID, classify
from callguard.screening import Action, Call, Policy, Reason, Verdict, screen

from ..screening.samples import NOTHING_LISTED, WITHHELD
from .conftest import DAUGHTER, DOCTOR, LINE, NOW, NUMBER, Household

NEW, NEW_NUMBER = "0422-98-7654", 81422987654
DAY = timedelta(days=1)


def move(home: Household, line: str = LINE, to: str = NEW, days: int = 90) -> None:
    Moving(home.database).move(line, to, days=days, by=DAUGHTER, now=NOW)


def called(home: Household, line: int, number: str, day: int = 1) -> Verdict:
    call = Call(classify(CallerID(number=number, presentation="allowed")))
    return screen(call, home.reader.policy(line), NOTHING_LISTED, NOW + day * DAY)


@pytest.fixture
def moved(home: Household) -> Household:
    """A household with a doctor on its allowlist, on another line since now."""
    home.lists.put(home.id, DOCTOR, allowed=True, name="doctor", by=DAUGHTER, now=NOW)
    home.settings.change(home.id, {"payphone": "reject"}, by=DAUGHTER, now=NOW)
    move(home)
    return home


def test_everything_comes_along(moved: Household) -> None:
    home = Registry(moved.database).find(NEW)
    assert (home.id, home.line, home.screened) == (moved.id, NEW_NUMBER, True)
    policy = moved.reader.policy(NEW_NUMBER)
    assert DOCTOR in policy.allow
    assert (policy.payphone, policy.moved) == (Action.REJECT, None)
    assert moved.deeds()[-1][1:] == (
        "move-household",
        {"number": NUMBER, "line": NEW_NUMBER, "until": "2027-02-22T03:00:00+00:00"},
    )
    with pytest.raises(HouseholdError) as caught:
        Registry(moved.database).find(LINE)
    assert caught.value.fault is Fault.NO_HOUSEHOLD


def test_the_former_line_tells_known_callers_only(moved: Household) -> None:
    known = called(moved, NUMBER, "0422990001")
    assert (known.action, known.reason) == (Action.REJECT, Reason.MOVED)
    assert known.evidence["told"] == f"+{NEW_NUMBER}"
    for verdict in (
        called(moved, NUMBER, "0422990002"),
        called(moved, NUMBER, "+12025550123"),
        screen(Call(WITHHELD), moved.reader.policy(NUMBER), NOTHING_LISTED, NOW),
    ):
        assert (verdict.action, verdict.reason) == (Action.REJECT, Reason.MOVED)
        assert str(NEW_NUMBER) not in str(verdict.to_json())


def test_who_is_allowed_later_is_told_and_who_is_taken_off_is_not(moved: Household) -> None:
    moved.lists.put(moved.id, 81422990002, allowed=True, by=DAUGHTER, now=NOW)
    assert "told" in called(moved, NUMBER, "0422990002").evidence
    moved.lists.take_off(moved.id, DOCTOR, by=DAUGHTER, now=NOW)
    assert "told" not in called(moved, NUMBER, "0422990001").evidence


def test_in_the_end_the_former_line_is_forgotten(moved: Household) -> None:
    moving = Moving(moved.database)
    assert called(moved, NUMBER, "0422990001", 89).reason is Reason.MOVED
    # Even before anything is tidied up.
    over = called(moved, NUMBER, "0422990001", 90)
    assert (over.action, over.reason) == (Action.CONNECT, Reason.NO_CONSENT)
    assert set(moving.former(moved.id, now=NOW)) == {NUMBER}
    assert moving.former(moved.id, now=NOW + 90 * DAY) == {}
    assert moving.forget(NOW + 89 * DAY) == 0
    assert moving.forget(NOW + 90 * DAY) == 1
    assert moved.reader.policy(NUMBER) == Policy()
    assert moved.reader.policy(NEW_NUMBER).consent


def test_without_consent_the_former_line_says_nothing(moved: Household) -> None:
    moved.consents.revoke(moved.id, by=DAUGHTER, now=NOW)
    assert moved.reader.policy(NUMBER) == Policy()
    assert called(moved, NUMBER, "0422990001").action is Action.CONNECT


def test_both_former_lines_tell_the_newest(moved: Household) -> None:
    move(moved, NEW, "0422-97-1111")
    for line in (NUMBER, NEW_NUMBER):
        assert called(moved, line, "0422990001").evidence["told"] == "+81422971111"
    move(moved, "0422-97-1111", LINE)  # and back again
    assert moved.reader.policy(NUMBER).moved is None
    assert called(moved, NEW_NUMBER, "0422990001").evidence["told"] == f"+{NUMBER}"


def test_somebody_else_on_the_former_line_ends_it(moved: Household) -> None:
    registry = Registry(moved.database)
    new = registry.add(LINE, "others", consent_by="x", by=DAUGHTER, now=NOW)
    assert called(moved, NUMBER, "0422990001").reason is Reason.UNLISTED
    moved.lists.put(moved.id, 81422990003, allowed=True, by=DAUGHTER, now=NOW)
    assert moved.reader.policy(NUMBER).moved is None
    registry.remove(new.id, by=DAUGHTER, now=NOW)
    assert moved.reader.policy(NUMBER) == Policy()


def test_with_the_household_goes_its_former_line(moved: Household) -> None:
    moved.registry.remove(moved.id, by=DAUGHTER, now=NOW)
    assert moved.reader.policy(NUMBER) == Policy()
    assert moved.reader.policy(NEW_NUMBER) == Policy()


def test_at_once_means_at_once(home: Household) -> None:
    move(home, days=0)
    assert home.reader.policy(NUMBER) == Policy()


def test_what_is_no_move_is_refused(home: Household, other: Household) -> None:
    for line, to, days, fault in (
        (LINE, "0422-99-0005", 90, Fault.LINE_TAKEN),
        (LINE, LINE, 90, Fault.LINE_TAKEN),
        (NEW, LINE, 90, Fault.NO_HOUSEHOLD),
        (LINE, "110", 90, Fault.NOT_A_LINE),
        (LINE, NEW, 367, Fault.BAD_DURATION),
        (LINE, NEW, -1, Fault.BAD_DURATION),
    ):
        with pytest.raises(HouseholdError) as caught:
            move(home, line, to, days)
        assert caught.value.fault is fault
    assert home.policy().consent
