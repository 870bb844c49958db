"""Calls erased for good."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from callguard.calllog.collector import Collector
from callguard.calllog.erasure import Erasure
from callguard.calllog.errors import ErasureError, NoSuchCall
from callguard.calllog.retention import BATCH, purge
from callguard.database import Database
from callguard.households.models import Household

from .conftest import CALLER, DAUGHTER, NOW, Home, Written, record_of, verdict

OTHER = 81422990333


@pytest.fixture
def erasure(database: Database, collector: Collector) -> Erasure:
    return Erasure(database, collector.settle, lambda _: None)


def left(home: Home) -> list[str]:
    return [call.call_id for call in home.calls()]


def test_one_call(erasure: Erasure, home: Home) -> None:
    first, second = home.called(), home.called()
    erasure.call(home.id, first, by=DAUGHTER, now=NOW)
    assert left(home) == [second]
    with pytest.raises(NoSuchCall):
        erasure.call(home.id, first, by=DAUGHTER, now=NOW)


def test_every_call_of_a_number(erasure: Erasure, home: Home) -> None:
    kept = home.called(verdict(OTHER))
    home.called()
    home.called()
    assert erasure.number(home.id, CALLER, by=DAUGHTER, now=NOW) == 2
    assert left(home) == [kept]


def test_a_period(erasure: Erasure, home: Home) -> None:
    day = timedelta(days=1)
    kept = [home.called(at=NOW), home.called(at=NOW - 2 * day)]
    home.called(at=NOW - day)
    assert erasure.period(home.id, NOW - day, NOW, by=DAUGHTER, now=NOW) == 1
    assert left(home) == kept
    with pytest.raises(ErasureError, match="earlier day first"):
        erasure.period(home.id, NOW, NOW - day, by=DAUGHTER, now=NOW)


def test_everything(erasure: Erasure, home: Home) -> None:
    home.called()
    home.called(verdict(None))
    assert erasure.all(home.id, by=DAUGHTER, now=NOW) == 2
    assert left(home) == []


def test_another_household_loses_nothing(erasure: Erasure, home: Home, neighbour: Home) -> None:
    theirs = neighbour.called()
    with pytest.raises(NoSuchCall):
        erasure.call(home.id, theirs, by=DAUGHTER, now=NOW)
    assert erasure.number(home.id, CALLER, by=DAUGHTER, now=NOW) == 0
    day = timedelta(days=1)
    assert erasure.period(home.id, NOW - day, NOW + day, by=DAUGHTER, now=NOW) == 0
    assert erasure.all(home.id, by=DAUGHTER, now=NOW) == 0
    assert left(neighbour) == [theirs]
    assert home.trail() == []
    assert neighbour.trail() == []


def test_the_trail_tells_of_it_and_not_the_number(erasure: Erasure, home: Home) -> None:
    home.called()
    erasure.number(home.id, CALLER, by=DAUGHTER, now=NOW)
    assert home.trail() == [("erase-calls", {"of": "number", "calls": 1})]


def test_a_call_that_is_still_in_the_journal_does_not_come_after(
    erasure: Erasure, collector: Collector, home: Home, written: Written
) -> None:
    written(record_of())
    assert erasure.all(home.id, by=DAUGHTER, now=NOW) == 1
    collector.collect(NOW)
    assert left(home) == []


Erase = Callable[[Erasure, Home, str], object]


@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    "erase",
    [
        lambda erasure, home, call_id: erasure.call(home.id, call_id, by=DAUGHTER, now=NOW),
        lambda erasure, home, _: erasure.number(home.id, CALLER, by=DAUGHTER, now=NOW),
        lambda erasure, home, _: erasure.all(home.id, by=DAUGHTER, now=NOW),
    ],
    ids=["call", "number", "all"],
)
def test_what_is_erased_is_found_in_no_file(
    erase: Erase,
    erasure: Erasure,
    collector: Collector,
    home: Home,
    written: Written,
    tmp_path: Path,
) -> None:
    """Among many other calls, some of which come and go, so that pages are split and joined."""
    marked = verdict(CALLER, mark="an evidence that is found again")
    for number in range(80):
        home.called(verdict(81422991000 + number), at=NOW - timedelta(minutes=number))
    written(record_of(marked, call_id="fedcba98000000ab"))
    collector.collect(NOW)
    for number in range(80, 160):
        home.called(verdict(81422991000 + number), at=NOW - timedelta(minutes=number))
    traces = [b"an evidence that is found again", b"fedcba98000000ab", str(CALLER).encode()]
    traces.append(CALLER.to_bytes(6, "big"))  # as SQLite keeps an integer
    for trace in traces:
        assert any(trace in path.read_bytes() for path in files(tmp_path)), trace
    erase(erasure, home, "fedcba98000000ab")
    for trace in traces:
        assert [path.name for path in files(tmp_path) if trace in path.read_bytes()] == [], trace


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


class TestRetention:
    def old(self, home: Home, days: int) -> str:
        return home.called(at=NOW - timedelta(days=days, minutes=1))

    def test_calls_are_kept_for_ninety_days(self, home: Home, database: Database) -> None:
        self.old(home, 90)
        kept = [home.called(), home.called(at=NOW - timedelta(days=89))]
        assert purge(database, NOW, lambda: True) == 1
        assert left(home) == kept

    def test_each_household_says_for_how_long(
        self, home: Home, neighbour: Home, database: Database
    ) -> None:
        with database.transaction() as session:
            household = session.get(Household, neighbour.id)
            assert household is not None
            household.retention_days = 7
        kept = self.old(home, 30)
        self.old(neighbour, 30)
        assert purge(database, NOW, lambda: True) == 1
        assert (left(home), left(neighbour)) == ([kept], [])

    def test_others_have_their_turn_between_small_steps(
        self, home: Home, database: Database
    ) -> None:
        for _ in range(BATCH + 1):
            self.old(home, 100)
        steps: list[int] = []

        def rest() -> bool:
            steps.append(len(home.calls(limit=200)))
            return len(steps) < 2

        assert purge(database, NOW, rest) == BATCH + 1
        assert steps == [1, 0]

    def test_it_stops_when_it_is_told_to(self, home: Home, database: Database) -> None:
        for _ in range(BATCH + 1):
            self.old(home, 100)
        assert purge(database, NOW, lambda: False) == BATCH

    @pytest.mark.database("sqlite")
    def test_it_leaves_no_trace(self, home: Home, database: Database, tmp_path: Path) -> None:
        home.called(verdict(mark="an old piece of evidence"), at=NOW - timedelta(days=91))
        purge(database, NOW, lambda: True)
        for path in files(tmp_path):
            assert b"an old piece of evidence" not in path.read_bytes()
