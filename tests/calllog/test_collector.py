"""From the journal into the database: nothing lost, nothing twice."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from callguard.calllog.collector import Collector, NewCall
from callguard.calllog.errors import CallLogError
from callguard.calllog.journal import Journal
from callguard.calllog.models import CallRecord
from callguard.calllog.outcome import Outcome
from callguard.database import Database, DatabaseError
from callguard.households.moving import Moving
from callguard.screening import Action, Reason
from callguard.trail import COMMAND_LINE

from .conftest import DAUGHTER, NOW, Home, Written, record_of, verdict


def left(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*.seg")]


def test_a_call_comes_into_the_log_as_it_was_judged(
    collector: Collector, home: Home, written: Written, folder: Path
) -> None:
    about = verdict(action=Action.REJECT, reason=Reason.FRAUD_LIST, source="tokyo")
    written(record_of(about, call_id="00000000000000ab"))
    assert collector.collect(NOW).calls == ["00000000000000ab"]
    [call] = home.calls()
    assert (call.call_id, call.at, call.defence) == ("00000000000000ab", NOW, "daemon")
    assert (call.action, call.reason, call.number) == (
        Action.REJECT,
        Reason.FRAUD_LIST,
        81422990199,
    )
    assert call.evidence == {"source": "tokyo"}
    assert (call.outcome, call.ended_at, call.seconds) == (Outcome.REFUSED, NOW, None)
    assert left(folder) == []


def test_each_household_has_its_own_calls(
    collector: Collector, home: Home, neighbour: Home, written: Written
) -> None:
    written(record_of(line=home.line), record_of(line=neighbour.line), record_of(line=home.line))
    collector.collect(NOW)
    assert (len(home.calls()), len(neighbour.calls())) == (2, 1)


def test_a_call_to_a_line_that_the_household_has_left_is_still_its_own(
    collector: Collector, home: Home, written: Written
) -> None:
    former = home.line
    Moving(home.database).move(f"+{former}", "0422-98-7654", by=COMMAND_LINE, now=NOW)
    written(record_of(line=former), record_of(line=81422987654))
    assert collector.collect(NOW).strangers == 0
    assert len(home.calls()) == 2


def test_each_call_is_shown_to_who_counts_it(
    folder: Path, database: Database, home: Home, written: Written
) -> None:
    seen: list[str] = []
    written(record_of(line=home.line, call_id="00000000000000ab"))
    counting = Collector(
        folder, database, seen=lambda records: seen.extend(one.call_id for one in records)
    )
    counting.collect(NOW)
    assert seen == ["00000000000000ab"]


def test_a_call_to_a_line_of_no_household_is_dropped_and_counted(
    collector: Collector, home: Home, written: Written, folder: Path
) -> None:
    written(record_of(line=81422999999), record_of())
    assert collector.collect(NOW).strangers == 1
    assert len(home.calls()) == 1
    assert left(folder) == []


def test_a_collector_that_died_before_it_removed_a_file_adds_no_call_twice(
    collector: Collector, home: Home, written: Written, folder: Path
) -> None:
    written(record_of(), record_of())
    [path] = folder.glob("*.seg")
    content = path.read_bytes()
    collector.collect(NOW)
    path.write_bytes(content)
    assert len(collector.collect(NOW).calls) == 2
    assert len(home.calls()) == 2
    assert left(folder) == []


def test_more_calls_than_fit_into_one_transaction(
    collector: Collector, home: Home, written: Written
) -> None:
    written(*(record_of() for _ in range(250)))
    assert len(collector.collect(NOW).calls) == 250
    assert len(home.calls(limit=200)) == 200


class Away(Database):
    """A database that does not answer."""

    def __init__(self) -> None:
        pass

    def transaction(self):  # type: ignore[no-untyped-def]
        raise DatabaseError("the households database cannot be used: nobody answers")


@pytest.mark.usefixtures("home")
def test_while_the_database_is_away_the_journal_waits(
    database: Database, written: Written, folder: Path, home: Home
) -> None:
    written(record_of())
    with pytest.raises(DatabaseError):
        Collector(folder, Away()).collect(NOW)
    assert len(left(folder)) == 1
    Collector(folder, database).collect(NOW)
    assert len(home.calls()) == 1


REFUSALS = {
    "sqlite": "CREATE TRIGGER refusal BEFORE INSERT ON calls WHEN new.call_id = '00000000000000ee' "
    "BEGIN SELECT RAISE(ABORT, 'not this one'); END",
    "postgresql": "ALTER TABLE calls ADD CONSTRAINT refusal CHECK (call_id <> '00000000000000ee')",
}


def test_a_call_that_the_database_refuses_keeps_out_no_other(
    collector: Collector,
    home: Home,
    written: Written,
    folder: Path,
    database: Database,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with database.transaction() as session:
        session.execute(text(REFUSALS[database.engine.dialect.name]))
    written(record_of(), record_of(call_id="00000000000000ee"), record_of())
    collector.collect(NOW)
    assert len(home.calls()) == 2
    assert left(folder) == []
    assert "call 00000000000000ee cannot be kept" in caplog.text
    assert "990199" not in caplog.text


class News:
    """Notes what it is told of, and can fail."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []
        self.fails = False

    def __call__(self, session: Session, calls: Sequence[NewCall], *, now: datetime) -> None:
        assert now == NOW
        self.told += [(call.call_id, call.household_id) for call in calls]
        if self.fails:
            session.add(CallRecord())
            session.flush()


def test_news_is_told_of_each_call_once(
    database: Database, home: Home, written: Written, folder: Path
) -> None:
    news = News()
    collector = Collector(folder, database, news)
    records = [record_of(call_id="00000000000000a1"), record_of(call_id="00000000000000a2")]
    written(*records)
    collector.collect(NOW)
    written(*records)
    collector.collect(NOW)
    assert sorted(news.told) == [("00000000000000a1", home.id), ("00000000000000a2", home.id)]


def test_the_log_is_kept_when_its_news_fails(
    database: Database,
    home: Home,
    written: Written,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    news = News()
    news.fails = True
    written(record_of())
    Collector(folder, database, news).collect(NOW)
    assert len(home.calls()) == 1
    assert "no news of 1 calls" in caplog.text


def test_settling_waits_for_the_calls_of_this_moment(
    collector: Collector, home: Home, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.append([record_of()])
    monkeypatch.setattr("time.sleep", lambda _: journal.seal())
    collector.settle(NOW)
    assert len(home.calls()) == 1


def test_settling_does_not_wait_for_ever(
    collector: Collector, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.append([record_of()])
    monkeypatch.setattr("callguard.calllog.collector.SETTLE_SECONDS", 0.0)
    with pytest.raises(CallLogError, match="try again in a minute"):
        collector.settle(NOW)


def test_a_household_that_is_removed_takes_its_calls_with_it(
    collector: Collector, home: Home, written: Written, database: Database
) -> None:
    from callguard.households.registry import Registry

    written(record_of())
    collector.collect(NOW)
    Registry(database).remove(home.id, by=DAUGHTER, now=NOW)
    assert home.calls() == []
