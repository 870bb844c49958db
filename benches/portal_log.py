"""A log of calls for ``script/bench portal``: some calls are screened, the others are like them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table, inspect, text

from callguard.asterisk.question import read_question
from callguard.blocklist.live import LiveIndex, protected_numbers
from callguard.blocklist.store import ListStore
from callguard.calllog import record
from callguard.calllog.models import CallRecord
from callguard.calllog.record import Defence
from callguard.database import Database
from callguard.screening import screen

from .portal_homes import FIRST_LINE, policy, put
from .traffic import Traffic

LOGGED_DAYS = 89
"""The calls are spread over so many days: all that a household keeps by default."""

_EXAMPLES = 9_973
"""Calls that are really screened; the others are like one of them. A prime, so that each household
gets others."""
_OUTCOMES: Mapping[str, Sequence[tuple[str, int | None]]] = {
    "reject": (("refused", None),),
    "warn": (("left", None), ("answered", 95), ("left", None), ("unanswered", None)),
    "connect": (("answered", 240), ("unanswered", None), ("answered", 61)),
}


def fill(
    database: Database, traffic: Traffic, data: Path, homes: int, calls: int, *, now: datetime
) -> None:
    """Log *calls* calls to *homes* households in turn, the last of them just now.

    In the order of time, as calls come: one household's lie far apart.
    """
    examples = _screened(traffic, data, min(_EXAMPLES, calls))
    began, step = now - timedelta(days=LOGGED_DAYS), timedelta(days=LOGGED_DAYS) / calls

    def row(n: int) -> dict[str, Any]:
        example = examples[n * 104_729 % len(examples)]
        at = began + n * step
        seconds = example["seconds"] or 4
        return {
            **example,
            "call_id": f"{n:016x}",
            "household_id": 1 + n * 7_919 % homes,
            "at": at,
            "ended_at": at + timedelta(seconds=seconds),
        }

    if database.engine.dialect.name == "sqlite":
        put(database, CallRecord, (row(n) for n in range(1, calls + 1)))
        return
    # The first are put in one by one; the server itself makes all the others of them.
    table = CallRecord.__table__
    assert isinstance(table, Table)
    unique = inspect(database.engine).get_unique_constraints("calls")[0]["name"]
    with database.engine.begin() as connection:
        for index in table.indexes:
            index.drop(connection)
        connection.execute(text(f"ALTER TABLE calls DROP CONSTRAINT {unique} CASCADE"))
    put(database, CallRecord, (row(n) for n in range(1, len(examples) + 1)))
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # no checks
        connection.execute(
            text(_MORE),
            {
                "first": len(examples) + 1,
                "last": calls,
                "examples": len(examples),
                "homes": homes,
                "began": began,
                "step": step,
            },
        )
    with database.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE calls ADD CONSTRAINT {unique} UNIQUE (call_id)"))
        for index in table.indexes:
            index.create(connection)


_MORE = """
INSERT INTO calls (call_id, household_id, at, action, reason, defence, origin, number, hidden,
                   caller, evidence, ended_at, outcome, seconds)
SELECT lpad(to_hex(n), 16, '0'), 1 + n * 7919 % :homes, :began + n * CAST(:step AS interval),
       action, reason, defence, origin, number, hidden, caller, evidence,
       :began + n * CAST(:step AS interval) + make_interval(secs => coalesce(seconds, 4)),
       outcome, seconds
FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS n
JOIN calls AS example ON example.id = 1 + n * 104729 % :examples
"""


def settle(database: Database) -> None:
    """Have the database know its tables, as a server does by itself within some hours."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if database.engine.dialect.name == "postgresql":
            connection.execute(text("VACUUM ANALYZE"))
            connection.execute(text("CHECKPOINT"))


def _screened(traffic: Traffic, data: Path, count: int) -> list[dict[str, Any]]:
    """Screen *count* calls; return their columns, and how they may have ended."""
    traffic.write_list(data)
    blocklist = LiveIndex(ListStore(data / "lists"), protected_numbers(None))
    now = datetime.now(UTC)
    chosen = policy(now)
    rows = []
    for n, words in enumerate(traffic.questions(count)):
        verdict = screen(read_question(["&".join(words)]).call(), chosen, blocklist, now)
        kept = record.read(
            record.write(
                verdict,
                call_id=f"{n:016x}",
                line=FIRST_LINE,
                at=now,
                defence=Defence.DAEMON,
                hidden=None,
            )
        )
        endings = _OUTCOMES[verdict.action.value]
        outcome, seconds = endings[n % len(endings)]
        rows.append({**kept.columns(1), "outcome": outcome, "seconds": seconds})
    return rows
