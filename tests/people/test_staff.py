"""The carrier's staff."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from callguard.database import Database
from callguard.people.errors import Fault, PeopleError
from callguard.people.models import Person, Session
from callguard.people.staff import Staff
from callguard.trail import Deed, Doer

NOW = datetime(2026, 11, 27, 3, tzinfo=UTC)
BY = Doer("first")


@pytest.fixture
def ids(database: Database) -> dict[str, int]:
    with database.transaction() as session:
        people = [
            Person(name=name, handle=name.encode(), created_at=NOW, operator=operator)
            for name, operator in (("first", True), ("second", True), ("mother", False))
        ]
        session.add_all(people)
        session.flush()
        session.add(
            Session(
                digest=b"x" * 32,
                person_id=people[1].id,
                device="",
                address="",
                created_at=NOW,
                seen_at=NOW,
                proved_at=NOW,
            )
        )
        return {person.name: person.id for person in people}


def test_operators_are_listed_by_name_and_nobody_else(
    database: Database, ids: dict[str, int]
) -> None:
    assert [(one.name, one.seen_at) for one in Staff(database).all()] == [
        ("first", None),
        ("second", NOW),
    ]


def test_a_dismissed_operator_is_none_any_longer(database: Database, ids: dict[str, int]) -> None:
    Staff(database).dismiss(ids["second"], by=BY, now=NOW)
    assert [one.name for one in Staff(database).all()] == ["first"]
    with database.reading() as session:
        (deed,) = session.scalars(select(Deed))
    assert (deed.what, deed.who, deed.detail["name"]) == ("remove-member", "first", "second")


def test_the_last_operator_stays(database: Database, ids: dict[str, int]) -> None:
    staff = Staff(database)
    staff.dismiss(ids["second"], by=BY, now=NOW)
    with pytest.raises(PeopleError) as caught:
        staff.dismiss(ids["first"], by=BY, now=NOW)
    assert caught.value.kind is Fault.LAST_MANAGER


def test_who_is_no_operator_cannot_be_dismissed(database: Database, ids: dict[str, int]) -> None:
    with pytest.raises(PeopleError, match="no such operator"):
        Staff(database).dismiss(ids["mother"], by=BY, now=NOW)
