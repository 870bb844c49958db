"""The log of calls as pages ask for it."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import event

from callguard.calllog.errors import CursorError, NoSuchCall
from callguard.calllog.log import MAX_PAGE, Cursor
from callguard.calllog.outcome import Outcome
from callguard.database import Database
from callguard.households.models import ListedNumber
from callguard.numbers import Origin
from callguard.screening import Action, Reason
from callguard.screening.policy import JST

from .conftest import CALLER, NOW, Home, verdict

CLINIC = 81422990001


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def allow(database: Database, home: Home, number: int, name: str) -> None:
    with database.transaction() as session:
        session.add(
            ListedNumber(
                household_id=home.id, number=number, allowed=True, name=name, confirmed_at=NOW
            )
        )


def test_calls_come_newest_first_and_page_by_page(home: Home) -> None:
    names = [home.called(at=NOW - minutes(age)) for age in range(5)]
    first = home.log.calls(home.id, limit=2)
    assert [call.call_id for call in first.calls] == names[:2]
    second = home.log.calls(home.id, limit=2, before=first.older)
    third = home.log.calls(home.id, limit=2, before=second.older)
    assert [call.call_id for call in second.calls + third.calls] == names[2:]
    assert third.older is None


def test_calls_of_one_moment_are_not_lost_between_pages(home: Home) -> None:
    names = {home.called() for _ in range(5)}
    found, before = [], None
    for _ in range(5):
        page = home.log.calls(home.id, limit=1, before=before)
        found += [call.call_id for call in page.calls]
        before = page.older
    assert before is None
    assert len(found) == 5
    assert set(found) == names


def test_a_call_that_comes_meanwhile_moves_no_page(home: Home) -> None:
    names = [home.called(at=NOW - minutes(age)) for age in range(4)]
    first = home.log.calls(home.id, limit=2)
    home.called(at=NOW + minutes(1))
    second = home.log.calls(home.id, limit=2, before=first.older)
    assert [call.call_id for call in second.calls] == names[2:]


@pytest.mark.parametrize(
    "text", ["", "x", "1", "1-", "-1", "1-1-1", "9" * 18 + "-1", "1-" + "9" * 19, "１-1", "1-1\0"]
)
def test_a_place_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(CursorError, match="begin at the newest calls"):
        Cursor.read(text)


def test_any_place_can_be_asked_for(home: Home) -> None:
    home.called()
    assert home.log.calls(home.id, before="0-0").calls == ()
    assert len(home.log.calls(home.id, before="9" * 16 + "-" + "9" * 18).calls) == 1


def test_a_page_is_never_empty_nor_endless(home: Home) -> None:
    assert MAX_PAGE < 10**9
    for _ in range(4):
        home.called()
    lengths = [len(home.calls(limit=limit)) for limit in (-1, 0, 3, 10**9)]
    assert lengths == [1, 1, 3, 4]


def test_another_household_s_calls_are_not_there(home: Home, neighbour: Home) -> None:
    call_id = neighbour.called()
    assert home.calls() == []
    with pytest.raises(NoSuchCall) as caught:
        home.log.call(home.id, call_id)
    with pytest.raises(NoSuchCall) as none:
        home.log.call(home.id, "f" * 16)
    assert str(caught.value) == str(none.value)
    assert home.log.last_calls_of_number(home.id, CALLER) == ()
    assert home.calls(search="0422-99-0199") == []
    assert home.log.tally(home.id, NOW - minutes(1), NOW + minutes(1)).total == 0


def test_no_name_of_a_call_does_harm(home: Home) -> None:
    for name in ("", "x" * 16, "0" * 15, "0" * 17, "\0" * 16, "０" * 16, "\ud800"):
        with pytest.raises(NoSuchCall):
            home.log.call(home.id, name)


def test_calls_are_filtered(home: Home) -> None:
    refused = home.called(verdict(None), outcome="refused")
    answered = home.called(outcome="answered", seconds=5, ended_at=NOW)
    lasting = home.called(at=NOW + minutes(5))

    def found(**wanted: object) -> set[str]:
        return {call.call_id for call in home.calls(**wanted)}

    assert found(action=Action.REJECT) == {refused}
    assert found(action=Action.WARN) == {answered, lasting}
    assert found(outcome=Outcome.ANSWERED) == {answered}
    assert found(since=NOW + minutes(5)) == {lasting}
    assert found(until=NOW + minutes(5)) == {refused, answered}
    assert found(action=Action.WARN, outcome=Outcome.REFUSED) == set()


def test_a_call_has_the_name_of_today(home: Home, neighbour: Home, database: Database) -> None:
    call_id = home.called(verdict(CLINIC))
    allow(database, neighbour, CLINIC, "隣の病院")
    assert home.log.call(home.id, call_id).name == ""
    allow(database, home, CLINIC, "田中クリニック")
    call = home.log.call(home.id, call_id)
    assert (call.name, call.allowed) == ("田中クリニック", True)
    assert home.calls()[0].name == "田中クリニック"


SEARCHES = [
    ("0422-99-0001", True),
    ("０４２２９９０００１", True),
    ("+81 422 99 0001", True),
    ("0422", True),
    ("042", True),
    ("+81422", True),
    ("0001", True),
    ("99-0001", True),
    ("クリニック", True),
    ("ｸﾘﾆｯｸ", True),
    ("田中", True),
    ("0422-99-0002", False),
    ("+1", False),
    ("01", False),
    ("鈴木", False),
    ("()", False),
    ("%", False),
    ("_", False),
    ("9" * 300, False),
    ("\0", False),
    ("\ud800", False),
    ("'; DROP TABLE calls; --", False),
]


def test_a_search_finds_numbers_and_names(home: Home, database: Database) -> None:
    allow(database, home, CLINIC, "田中クリニック")
    home.called(verdict(CLINIC))
    home.called(verdict(None))
    for typed, found in SEARCHES:
        assert [call.number for call in home.calls(search=typed)] == [CLINIC] * found, typed


@pytest.mark.parametrize("few", [2, 100])
def test_a_search_shows_the_same_whether_it_finds_few_calls_or_many(
    home: Home,
    neighbour: Home,
    database: Database,
    few: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("callguard.calllog.search.FEW_CALLS", few)
    allow(database, home, CLINIC, "田中クリニック")
    names = [home.called(verdict(CLINIC), at=NOW - minutes(age)) for age in range(5)]
    home.called(verdict(None))
    neighbour.called(verdict(CLINIC))
    for typed in ("田中", "001"):
        first = home.log.calls(home.id, search=typed, limit=3)
        rest = home.log.calls(home.id, search=typed, limit=3, before=first.older)
        assert [call.call_id for call in first.calls + rest.calls] == names, typed


@pytest.mark.database("sqlite")
def test_the_end_of_a_number_is_looked_up_in_an_index(home: Home, database: Database) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        if "% 1000" in statement:
            asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    home.calls(search="0199")
    event.remove(database.engine, "before_cursor_execute", note)
    (statement, parameters), *_ = asked
    with database.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    assert any("ix_calls_household_end" in step[-1] for step in plan)


def test_an_empty_search_is_none(home: Home) -> None:
    home.called(verdict(None))
    assert len(home.calls(search="  ")) == 1


def test_a_search_of_numbers_abroad(home: Home) -> None:
    abroad = 12025550123
    home.called(verdict(abroad, Action.REJECT, Reason.OVERSEAS))
    for typed in ("+1 202-555-0123", "+1202", "010 1 202", "0123"):
        assert [call.number for call in home.calls(search=typed)] == [abroad], typed
    assert home.calls()[0].origin is Origin.OVERSEAS


def test_a_day_is_counted(home: Home, neighbour: Home) -> None:
    home.called(verdict(None), outcome="refused")
    home.called(outcome="answered")
    home.called(outcome="cut")
    home.called(outcome="left")
    home.called(verdict(CLINIC, Action.CONNECT, Reason.HOUSEHOLD_ALLOW))
    home.called(at=NOW - timedelta(days=2))
    neighbour.called()
    tally = home.log.tally(home.id, NOW - minutes(1), NOW + minutes(1))
    assert (tally.total, tally.refused, tally.warned, tally.connected) == (5, 1, 3, 1)
    assert tally.answered == 2
    assert tally.outcomes[Outcome.LEFT] == 1


@pytest.mark.database("sqlite")
def test_a_period_is_counted_by_an_index_alone(home: Home, database: Database) -> None:
    asked: list[str] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def note(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    home.log.tally(home.id, NOW - minutes(1), NOW + minutes(1))
    counted = next(one for one in asked if "count(*)" in one)
    with database.engine.connect() as connection:
        steps = connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {counted}", (home.id, "2026", "2027")
        )
        assert "COVERING INDEX ix_calls_household_at" in str(steps.all())


def test_a_live_page_is_told_of_every_change(home: Home, neighbour: Home) -> None:
    marks = [home.log.newest(home.id)]
    home.called()
    marks.append(home.log.newest(home.id))
    home.called(outcome="answered")
    marks.append(home.log.newest(home.id))
    assert len(set(marks)) == 3
    neighbour.called()
    assert home.log.newest(home.id) == marks[-1]


def test_earlier_calls_of_a_number(home: Home) -> None:
    names = [home.called(at=NOW - minutes(age)) for age in range(7)]
    home.called(verdict(CLINIC))
    found = home.log.last_calls_of_number(home.id, CALLER)
    assert [call.call_id for call in found] == names[:5]


def test_a_period_from_the_beginning_of_time_to_its_end(home: Home) -> None:
    home.called()
    first = datetime.min.replace(tzinfo=JST)
    last = datetime.max.replace(tzinfo=timezone(-timedelta(hours=9)))
    assert len(home.calls(since=first, until=last)) == 1
    assert home.log.tally(home.id, first, last).total == 1
