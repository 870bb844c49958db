"""Off-boarding: with a household goes everything of it, and everybody who was nowhere else."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from callguard.database import Base, Database
from callguard.delimited import rows
from callguard.households.models import Household, PolicyDocument
from callguard.households.moving import Moving
from callguard.households.registry import Registry
from callguard.leaving import Effect, Leaving, Left, read_leavers
from callguard.people.models import Membership, Person
from callguard.people.rights import Role
from callguard.trail import Deed, Doer

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
BY = Doer("係")
LINES = ("0422-99-0000", "0422-99-0001", "0422-99-0002")


@pytest.fixture
def homes(database: Database) -> list[int]:
    """Three households; the first two share a daughter, and each has a member of its own."""
    homes = [
        Registry(database).add(line, f"家 {line}", consent_by="本人", by=BY, now=NOW).id
        for line in LINES
    ]
    with database.transaction() as session:
        for name, places in (("娘", (0, 1)), ("息子", (0,)), ("母", (1,)), ("係", (0,))):
            person = Person(name=name, handle=name.encode(), created_at=NOW, operator=name == "係")
            session.add(person)
            session.flush()
            for place in places:
                session.add(
                    Membership(
                        person_id=person.id,
                        household_id=homes[place],
                        role=Role.MEMBER.value,
                        created_at=NOW,
                    )
                )
    return homes


def leave(database: Database, table: str, *, dry_run: bool = False) -> list[Left]:
    return list(
        Leaving(database).remove(read_leavers(rows(table)), by=BY, now=NOW, dry_run=dry_run)
    )


def people(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.scalars(select(Person.name)))


TABLE = f"line\n{LINES[0]}\n０４２２９９０００２\n0422-99-7777\n110\n{LINES[0]}\n"


def test_every_row_is_told_and_a_dry_run_removes_nobody(
    database: Database, homes: list[int]
) -> None:
    expected = [*[Effect.REMOVED] * 2, Effect.ABSENT, *[Effect.REFUSED] * 2]
    assert [one.effect for one in leave(database, TABLE, dry_run=True)] == expected
    assert Registry(database).find(LINES[0]).id == homes[0]
    assert [one.effect for one in leave(database, TABLE)] == expected
    again = [*[Effect.ABSENT] * 3, *[Effect.REFUSED] * 2]
    assert [one.effect for one in leave(database, TABLE)] == again


def test_nothing_of_it_is_left_in_any_table(database: Database, homes: list[int]) -> None:
    Moving(database).move(LINES[0], "0422-98-0000", by=BY, now=NOW)
    leave(database, "line\n0422-98-0000\n")
    with database.reading() as session:
        for table in Base.metadata.tables.values():
            if "household_id" in table.c:
                left = select(func.count()).where(table.c.household_id == homes[0])
                assert session.scalar(left) == 0, table.name
        kept = set(session.scalars(select(PolicyDocument.line)))
        assert kept == {81422990001, 81422990002}
        assert session.scalar(select(func.count(Household.id))) == 2
        deed = session.scalars(select(Deed).order_by(Deed.id.desc())).first()
    assert deed is not None
    assert (deed.what, deed.detail, deed.household_id) == (
        "remove-household",
        {"line": 81422980000},
        None,
    )


def test_who_belongs_to_nothing_any_more_is_erased(database: Database, homes: list[int]) -> None:
    leave(database, f"line\n{LINES[0]}\n")
    assert people(database) == {"娘", "母", "係"}  # an operator stays
    Leaving(database).household(homes[1], by=BY, now=NOW)
    assert people(database) == {"係"}


@pytest.mark.database("sqlite")
def test_its_bytes_are_gone_from_the_files(
    database: Database, homes: list[int], tmp_path: Path
) -> None:
    leave(database, f"line\n{LINES[2]}\n")
    name = f"家 {LINES[2]}".encode()
    files = [path for path in tmp_path.glob("households.db*") if path.is_file()]
    assert files
    assert not [path for path in files if name in path.read_bytes()]
