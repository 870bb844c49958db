"""Households for ``script/bench portal``: homes, people, lists, trail, and a log of calls.

Everything is put in by the rooms' own tables; what a page needs one of (an invitation, a token, a
passkey) is made by the rooms themselves, for the households that are visited.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any, cast

import psycopg
from psycopg.types.json import Json
from sqlalchemy import Table, insert, inspect, text

from callguard.asterisk.question import read_question
from callguard.blocklist.live import LiveIndex, protected_numbers
from callguard.blocklist.store import ListStore
from callguard.calllog import record
from callguard.calllog.models import CallRecord
from callguard.calllog.record import Defence
from callguard.database import Database
from callguard.database.base import Base
from callguard.households.consent_text import VERSION, Purpose
from callguard.households.document import encode
from callguard.households.models import Consent, Household, ListedNumber, PolicyDocument
from callguard.notify.models import Channel, Delivery, News
from callguard.numbers import classify_number
from callguard.people.models import Membership, Person
from callguard.screening import Entry, Policy, screen
from callguard.trail.models import Deed

from .traffic import ALLOWED, Traffic

FIRST_LINE = 81422990000
"""0422-99-0000; there are ten thousand such lines, and they are nobody's."""
MOST_HOMES = 10_000

LOGGED_DAYS = 89
"""The calls are spread over so many days: all that a household keeps by default."""

_PEOPLE = ("manager", "member", "viewer")
_DEEDS = 12
_NEWS = 8
_EXAMPLES = 9_973
"""Calls that are really screened; the others are like one of them. A prime, so that each household
gets others."""
_OUTCOMES: Mapping[str, Sequence[tuple[str, int | None]]] = {
    "reject": (("refused", None),),
    "warn": (("left", None), ("answered", 95), ("left", None), ("unanswered", None)),
    "connect": (("answered", 240), ("unanswered", None), ("answered", 61)),
}


def lines(homes: int) -> list[str]:
    """Return the lines of so many households, as a trunk writes them."""
    return [f"0{(FIRST_LINE + n) % 10**9}" for n in range(homes)]


def policy(now: datetime) -> Policy:
    """Return what each household has chosen: 30 numbers on its allowlist, 5 on its block list."""
    entry = Entry(now - timedelta(days=120), "近所の知り合い")
    allowed = [classify_number(number).number or 0 for number in ALLOWED]
    allowed += [81422970000 + n for n in range(10)]
    blocked = [815099990000 + n for n in range(5)]
    return Policy(
        consent=True,
        logged=True,
        allow=dict.fromkeys(allowed, entry),
        block=dict.fromkeys(blocked, entry),
    )


def fill(database: Database, homes: int, *, now: datetime) -> None:
    """Sign up *homes* households, each with three people, and one operator; ids begin at 1."""
    chosen = policy(now)
    document = encode(chosen)
    ids = range(1, homes + 1)
    _put(database, Household, (
        {"line": FIRST_LINE + one - 1, "name": f"家 {one}", "created_at": now, "settings": {},
         "retention_days": 90}
        for one in ids
    ))  # fmt: skip
    _put(database, PolicyDocument, (
        {"line": FIRST_LINE + one - 1, "document": document} for one in ids
    ))  # fmt: skip
    _put(database, Consent, (
        {"household_id": one, "purpose": purpose.value, "text_version": VERSION,
         "given_by": "本人", "evidence": "", "given_at": now, "revoked_by": ""}
        for one in ids for purpose in Purpose
    ))  # fmt: skip
    _put(database, ListedNumber, (
        {"household_id": one, "number": number, "allowed": allowed, "name": entry.name, "note": "",
         "confirmed_at": entry.confirmed_at}
        for one in ids
        for allowed, entries in ((True, chosen.allow), (False, chosen.block))
        for number, entry in entries.items()
    ))  # fmt: skip
    people = len(_PEOPLE)
    _put(database, Person, (
        {"name": f"家族 {n}", "language": "ja", "operator": n == homes * people,
         "handle": n.to_bytes(8, "big"), "totp_step": 0, "digest": "weekly", "created_at": now}
        for n in range(homes * people + 1)
    ))  # fmt: skip
    _put(database, Membership, (
        {"person_id": n + 1, "household_id": n // people + 1, "role": _PEOPLE[n % people],
         "created_at": now}
        for n in range(homes * people)
    ))  # fmt: skip
    _put_history(database, homes, now)


def manager(home: int) -> int:
    """Return the id of the person who manages a household."""
    return (home - 1) * len(_PEOPLE) + 1


def operator(homes: int) -> int:
    """Return the id of the one operator beside *homes* households."""
    return homes * len(_PEOPLE) + 1


def _put_history(database: Database, homes: int, now: datetime) -> None:
    """What was done in each household, and what its manager was told, all of it delivered."""
    ids = range(1, homes + 1)
    _put(database, Deed, (
        {"at": now - timedelta(days=_DEEDS - n), "household_id": one, "person_id": manager(one),
         "who": "家族", "address": "127.0.0.1", "what": "allow",
         "detail": {"number": 81422970000 + n % 10, "name": "近所の知り合い"}}
        for one in ids for n in range(_DEEDS)
    ))  # fmt: skip
    _put(database, Channel, (
        {"person_id": manager(one), "kind": "mail", "name": "", "address": "family@example.jp",
         "created_at": now, "confirmed_at": now, "fault": "", "code_tries": 0}
        for one in ids
    ))  # fmt: skip
    _put(database, News, (
        {"household_id": one, "topic": "listed-tried", "key": f"bench:{one}:{n}",
         "at": now - timedelta(days=n), "detail": {}, "handed_out_at": now - timedelta(days=n)}
        for one in ids for n in range(_NEWS)
    ))  # fmt: skip
    _put(database, Delivery, (
        {"news_id": (one - 1) * _NEWS + n + 1, "channel_id": one, "due_at": now, "tries": 1,
         "done_at": now - timedelta(days=n), "result": "sent"}
        for one in ids for n in range(_NEWS)
    ))  # fmt: skip


def log_calls(
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
        _put(database, CallRecord, (row(n) for n in range(1, calls + 1)))
        return
    # The first are put in one by one; the server itself makes all the others of them.
    table = CallRecord.__table__
    assert isinstance(table, Table)
    unique = inspect(database.engine).get_unique_constraints("calls")[0]["name"]
    with database.engine.begin() as connection:
        for index in table.indexes:
            index.drop(connection)
        connection.execute(text(f"ALTER TABLE calls DROP CONSTRAINT {unique}"))
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # no checks
    _put(database, CallRecord, (row(n) for n in range(1, len(examples) + 1)))
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
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
        connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
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


def _put(database: Database, model: type[Base], rows: Iterator[dict[str, Any]]) -> None:
    """Add rows, as fast as the database takes them."""
    table = model.__table__
    assert isinstance(table, Table)
    if database.engine.dialect.name == "sqlite":
        with database.engine.begin() as connection:
            while some := list(islice(rows, 1_000)):
                connection.execute(insert(table), some)
        return
    first = next(rows)
    with closing(database.engine.raw_connection()) as connection:
        cursor = cast(psycopg.Cursor[Any], connection.cursor())
        columns = ", ".join(first)
        with cursor.copy(f"COPY {table.name} ({columns}) FROM STDIN".encode()) as copy:
            for row in chain([first], rows):
                copy.write_row([_plain(row[name]) for name in first])
        connection.commit()


def _plain(value: Any) -> Any:
    return Json(value) if isinstance(value, dict) else value
