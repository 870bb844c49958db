"""How calls ended, written into their records; and which ends were missed."""

from datetime import timedelta

import pytest

from callguard.calllog.collector import Collector
from callguard.calllog.endings import GRACE, KEPT, LONGEST_CALL, Endings
from callguard.calllog.outcome import Ended, Outcome
from callguard.database import Database
from callguard.numbers import Caller, Origin
from callguard.screening import Action, Reason, Verdict

from .conftest import NOW, Home, Written, record_of

LATER = NOW + GRACE + timedelta(seconds=1)


def end(call_id: str, outcome: Outcome = Outcome.ANSWERED, seconds: int | None = 62) -> Ended:
    ended_at = NOW + timedelta(seconds=90)
    return Ended(call_id, "warn", "unlisted", "daemon", outcome, ended_at, seconds)


@pytest.fixture
def endings() -> Endings:
    return Endings()


def outcome_of(home: Home, call_id: str) -> Outcome | None:
    return home.log.call(home.id, call_id).outcome


def test_an_end_is_written_into_its_record(
    endings: Endings, home: Home, database: Database
) -> None:
    call_id = home.called()
    endings.recorded([call_id], NOW)
    endings.add(end(call_id))
    assert endings.write(database, (), NOW) == 1
    call = home.log.call(home.id, call_id)
    assert (call.outcome, call.seconds) == (Outcome.ANSWERED, 62)
    assert call.ended_at == NOW + timedelta(seconds=90)
    assert len(endings) == 0


def test_an_end_that_comes_before_its_record_waits(
    endings: Endings, home: Home, database: Database
) -> None:
    endings.add(end("00000000000000ab"))
    assert endings.write(database, (), NOW) == 0
    home.called(call_id="00000000000000ab")
    endings.recorded(["00000000000000ab"], NOW)
    assert endings.write(database, (), NOW) == 1
    assert outcome_of(home, "00000000000000ab") is Outcome.ANSWERED


def test_an_end_that_is_known_comes_into_the_log_with_its_record(
    endings: Endings, collector: Collector, home: Home, database: Database, written: Written
) -> None:
    written(record_of(call_id="00000000000000ab"), record_of(call_id="00000000000000cd"))
    endings.add(end("00000000000000ab"))
    collector.collect(NOW, endings)
    call = home.log.call(home.id, "00000000000000ab")
    assert (call.outcome, call.ended_at) == (Outcome.ANSWERED, NOW + timedelta(seconds=90))
    assert (call.seconds, len(endings)) == (62, 0)
    assert outcome_of(home, "00000000000000cd") is None
    endings.add(end("00000000000000cd", Outcome.LEFT, None))
    assert endings.write(database, (), NOW) == 1
    assert outcome_of(home, "00000000000000cd") is Outcome.LEFT


def test_an_end_comes_into_a_record_that_was_brought_in_before(
    endings: Endings, collector: Collector, home: Home, database: Database, written: Written
) -> None:
    home.called(call_id="00000000000000ab")
    written(record_of(call_id="00000000000000ab"))
    endings.add(end("00000000000000ab"))
    collector.collect(NOW, endings)
    assert outcome_of(home, "00000000000000ab") is None
    assert endings.write(database, (), NOW) == 1
    assert outcome_of(home, "00000000000000ab") is Outcome.ANSWERED


def test_a_refused_call_waits_for_no_end(
    endings: Endings, collector: Collector, home: Home, database: Database, written: Written
) -> None:
    refused = Verdict(Action.REJECT, Reason.WITHHELD, Caller(Origin.WITHHELD))
    written(record_of(refused, call_id="00000000000000ab"))
    collector.collect(NOW, endings)
    assert endings.write(database, (), LATER) == 0
    assert outcome_of(home, "00000000000000ab") is Outcome.REFUSED


def test_a_record_that_another_program_brought_in_gets_its_end_too(
    endings: Endings, home: Home, database: Database
) -> None:
    endings.write(database, (), NOW)
    endings.add(end(home.called()))
    assert endings.write(database, (), NOW) == 0
    assert endings.write(database, (), NOW + KEPT + timedelta(seconds=1)) == 1


def test_an_end_whose_call_is_not_kept_is_forgotten(endings: Endings, database: Database) -> None:
    endings.add(end("00000000000000ff"))
    endings.write(database, (), NOW)
    endings.write(database, (), NOW + KEPT)
    assert len(endings) == 1
    endings.write(database, (), NOW + KEPT + timedelta(seconds=1))
    assert len(endings) == 0


def test_a_call_that_nothing_is_heard_of_ended_unknown(
    endings: Endings, home: Home, database: Database
) -> None:
    missed, lasting = home.called(), home.called()
    endings.recorded([missed, lasting], NOW)
    endings.write(database, {lasting}, NOW + GRACE)
    assert outcome_of(home, missed) is None
    endings.write(database, {lasting}, LATER)
    assert outcome_of(home, missed) is Outcome.UNKNOWN
    assert outcome_of(home, lasting) is None


def test_an_end_that_was_thought_missed_and_comes_all_the_same(
    endings: Endings, home: Home, database: Database
) -> None:
    call_id = home.called()
    endings.recorded([call_id], NOW)
    endings.write(database, (), LATER)
    endings.add(end(call_id))
    endings.write(database, (), LATER)
    endings.write(database, (), LATER + KEPT * 2)
    assert outcome_of(home, call_id) is Outcome.ANSWERED


def test_a_call_ends_once(endings: Endings, home: Home, database: Database) -> None:
    call_id = home.called()
    for outcome in (Outcome.REFUSED, Outcome.ANSWERED):
        endings.recorded([call_id], NOW)
        endings.add(end(call_id, outcome))
        endings.write(database, (), NOW)
    assert outcome_of(home, call_id) is Outcome.REFUSED


@pytest.mark.database("sqlite")
def test_after_a_restart_calls_of_before_that_are_over_ended_unknown(
    home: Home, database: Database
) -> None:
    call_id = home.called()
    endings = Endings()
    endings.write(database, (), NOW)
    endings.write(database, (), LATER)
    assert outcome_of(home, call_id) is Outcome.UNKNOWN


@pytest.mark.database("postgresql")
def test_another_nodes_call_is_given_up_after_the_longest_call_only(
    home: Home, database: Database
) -> None:
    old = home.called(at=NOW - LONGEST_CALL - timedelta(seconds=1))
    fresh = home.called(at=NOW - timedelta(hours=1))
    endings = Endings()
    endings.write(database, (), NOW)
    endings.write(database, (), LATER)
    assert outcome_of(home, old) is Outcome.UNKNOWN
    assert outcome_of(home, fresh) is None
