"""Households for ``script/bench portal``: homes, people, lists and trail.

Everything is put in by the rooms' own tables; what a page needs one of (an invitation, a token, a
passkey) is made by the rooms themselves, for the households that are visited.
"""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any, cast

import psycopg
from psycopg.types.json import Json
from sqlalchemy import Table, insert

from callguard.database import Database
from callguard.database.base import Base
from callguard.households.consent_text import VERSION, Purpose
from callguard.households.document import encode
from callguard.households.models import Consent, Household, ListedNumber, PolicyDocument
from callguard.notify.models import Channel, Delivery, News
from callguard.numbers import classify_number
from callguard.people.models import Membership, Person
from callguard.screening import Entry, Policy
from callguard.trail.models import Deed

from .traffic import ALLOWED

FIRST_LINE = 81422990000
"""0422-99-0000; there are ten thousand such lines, and they are nobody's."""
MOST_HOMES = 10_000

_PEOPLE = ("manager", "member", "viewer")
_DEEDS = 12
_NEWS = 8


def lines(homes: int) -> list[str]:
    """Return the lines of so many households, as a trunk writes them."""
    return [f"0{(FIRST_LINE + n) % 10**9}" for n in range(homes)]


def policy(now: datetime) -> Policy:
    """Return what each household has chosen: 30 numbers on its allowlist, 5 on its block list."""
    entry = Entry(now - timedelta(days=120), "近所の知り合い")
    allowed = [classify_number(number).number or 0 for number in ALLOWED]
    allowed += [81422980100 + n for n in range(10)]
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
    put(database, Household, (
        {"line": FIRST_LINE + one - 1, "name": f"家 {one}", "created_at": now, "settings": {},
         "retention_days": 90}
        for one in ids
    ))  # fmt: skip
    put(database, PolicyDocument, (
        {"line": FIRST_LINE + one - 1, "document": document} for one in ids
    ))  # fmt: skip
    put(database, Consent, (
        {"household_id": one, "purpose": purpose.value, "text_version": VERSION,
         "given_by": "本人", "evidence": "", "given_at": now, "revoked_by": ""}
        for one in ids for purpose in Purpose
    ))  # fmt: skip
    put(database, ListedNumber, (
        {"household_id": one, "number": number, "allowed": allowed, "name": entry.name, "note": "",
         "confirmed_at": entry.confirmed_at}
        for one in ids
        for allowed, entries in ((True, chosen.allow), (False, chosen.block))
        for number, entry in entries.items()
    ))  # fmt: skip
    people = len(_PEOPLE)
    put(database, Person, (
        {"name": f"家族 {n}", "language": "ja", "operator": n == homes * people,
         "handle": n.to_bytes(8, "big"), "totp_step": 0, "digest": "weekly", "created_at": now}
        for n in range(homes * people + 1)
    ))  # fmt: skip
    put(database, Membership, (
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
    put(database, Deed, (
        {"at": now - timedelta(days=_DEEDS - n), "household_id": one, "person_id": manager(one),
         "who": "家族", "address": "127.0.0.1", "what": "allow",
         "detail": {"number": 81422980100 + n % 10, "name": "近所の知り合い"}}
        for one in ids for n in range(_DEEDS)
    ))  # fmt: skip
    put(database, Channel, (
        {"person_id": manager(one), "kind": "mail", "name": "", "address": "family@example.jp",
         "created_at": now, "confirmed_at": now, "fault": "", "code_tries": 0}
        for one in ids
    ))  # fmt: skip
    put(database, News, (
        {"household_id": one, "topic": "listed-tried", "key": f"bench:{one}:{n}",
         "at": now - timedelta(days=n), "detail": {}, "handed_out_at": now - timedelta(days=n)}
        for one in ids for n in range(_NEWS)
    ))  # fmt: skip
    put(database, Delivery, (
        {"news_id": (one - 1) * _NEWS + n + 1, "channel_id": one, "due_at": now, "tries": 1,
         "done_at": now - timedelta(days=n), "result": "sent"}
        for one in ids for n in range(_NEWS)
    ))  # fmt: skip


def put(database: Database, model: type[Base], rows: Iterator[dict[str, Any]]) -> None:
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
