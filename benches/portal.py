"""``script/bench portal``: the family's pages, what logging costs a verdict, changed policies."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from callguard.database import Database
from callguard.free_ports import free_ports
from callguard.settings import Settings

from . import portal_homes, portal_log, portal_logging, portal_pages, portal_policies
from .node import Node, temporary_folder
from .portal_recording import record_call
from .portal_visits import Visit, furnish, pages, sign_in
from .postgres import running_postgres
from .report import Report, Target
from .traffic import Traffic

TARGETS = {
    "pg_slowest_p95_ms": Target(at_most=60),
    "sqlite_slowest_p95_ms": Target(at_most=60),
    "first_page_kb": Target(at_most=60),
    "blocking_scripts": Target(at_most=0),
    "pg_logging_added_p99_ms": Target(at_most=3),
    "sqlite_logging_added_p99_ms": Target(at_most=3),
    "pg_change_p99_ms": Target(at_most=1000),
    "sqlite_change_p99_ms": Target(at_most=1000),
}


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    homes: int = portal_homes.MOST_HOMES
    calls: int = 5_000_000
    one_home_calls: int = 100_000
    visits: int = 40
    """How often each page is opened in earnest."""
    seconds: float = 6
    rounds: int = 5
    """Of calls at 300 a second, with and without the log."""
    changes: int = 100
    policies: int = 100_000


QUICK = Size(100, 5_000, 2_000, visits=1, seconds=0.4, rounds=1, changes=4, policies=1_000)


def run(*, quick: bool) -> Report:
    """Measure; ``quick`` does a little of everything, for a smoke test."""
    size = QUICK if quick else Size()
    report = Report("portal", targets=TARGETS)
    with temporary_folder() as folder:
        report.figures |= portal_logging.disk(folder, 20 if quick else 1_000)
        with running_postgres() as server:
            _measure(report, "pg", folder / "pg", server.create("homes"), size.homes, size)
            report.figures["first_copy_policies"] = size.policies
            report.figures["first_copy_s"] = portal_policies.first_copy(
                server, folder, size.policies
            )
        file = f"sqlite:///{folder / 'sqlite' / 'data' / 'households.db'}"
        _measure(report, "sqlite", folder / "sqlite", file, 1, size)
    report.figures = {name: round(value, 2) for name, value in report.figures.items()}
    return report


def _measure(report: Report, kind: str, folder: Path, url: str, homes: int, size: Size) -> None:
    """Measure one database: fill it, then run a node on it."""
    traffic = Traffic(20_000)
    data = folder / "data"
    calls = size.one_home_calls if homes == 1 else size.calls
    database = Database(url)
    try:
        began = time.monotonic()
        now = datetime.now(UTC)
        portal_homes.fill(database, homes, now=now)
        portal_log.fill(database, traffic, data, homes, calls, now=now)
        portal_log.settle(database)
        report.figures |= {f"{kind}_homes": homes, f"{kind}_calls": calls}
        report.notes[f"{kind}_filled_in"] = f"{time.monotonic() - began:.0f} s"
        agi, http = free_ports(2)
        node = Node(folder, agi, http, {} if kind == "sqlite" else {"CALLGUARD_DATABASE_URL": url})
        with node.running():
            seen = portal_pages.measure(http, _visits(database, data, homes, size.visits + 1))
            _take(report, kind, seen)
            lines = portal_homes.lines(homes)
            figures, rounds = portal_logging.measure(
                node, data, traffic, lines, size.seconds, size.rounds
            )
            report.figures |= {f"{kind}_logging_{name}": ms for name, ms in figures.items()}
            report.rounds |= {f"{kind}_logging_{name}": each for name, each in rounds.items()}
            changes = portal_policies.changed(database, agi, lines[0], size.changes)
            report.figures |= {f"{kind}_{name}": ms for name, ms in changes.items()}
    finally:
        database.close()


def _visits(database: Database, data: Path, homes: int, count: int) -> Iterator[Visit]:
    """Yield visits, each to another household as far as there are more."""
    furnished: dict[int, dict[str, str]] = {}
    for n in range(count):
        home = 1 + n * (homes // count) if homes >= count else 1
        now = datetime.now(UTC)
        if home not in furnished:
            furnished[home] = furnish(database, home, now=now)
            record_call(database, Settings(data=data), furnished[home]["call"], now=now)
        yield sign_in(database, home, homes, furnished[home], now=now)


def _take(report: Report, kind: str, seen: portal_pages.Measured) -> None:
    largest = max(seen.whole_kb, key=lambda page: seen.whole_kb[page])
    report.figures |= seen.figures(kind)
    report.rounds |= seen.rounds(kind)
    report.notes[f"{kind}_slowest"] = seen.slowest
    report.notes["largest"] = largest
    report.figures["pages"] = len(pages())
    report.figures["first_page_kb"] = max(
        seen.whole_kb[largest], report.figures.get("first_page_kb", 0)
    )
    report.figures["blocking_scripts"] = report.figures.get("blocking_scripts", 0) + seen.blocking
