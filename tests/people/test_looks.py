"""What the carrier's staff looks at is in the household's trail, or is not shown."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from callguard.database import Database
from callguard.households.registry import Registry
from callguard.people.errors import Fault, PeopleError
from callguard.people.grants import Grants
from callguard.people.looks import Looks
from callguard.trail import Deed, Doer

NOW = datetime(2026, 11, 27, 3, tzinfo=UTC)
STAFF = Doer("staff", address="192.0.2.7")


@pytest.fixture
def home(database: Database) -> int:
    return Registry(database).add("0422-99-0000", "home", consent_by=None, by=STAFF, now=NOW).id


def looks(database: Database) -> list[tuple[str, dict[str, int]]]:
    with database.reading() as session:
        found = session.scalars(select(Deed).where(Deed.what == "look").order_by(Deed.id))
        return [(one.who, one.detail) for one in found]


def test_a_look_at_a_household_is_noted(database: Database, home: int) -> None:
    Looks(database).at_household(home, by=STAFF, now=NOW)
    assert looks(database) == [("staff", {})]


def test_a_look_at_calls_needs_a_grant_that_holds(database: Database, home: int) -> None:
    staff = Looks(database)
    with pytest.raises(PeopleError) as caught:
        staff.at_calls(home, 3, by=STAFF, now=NOW)
    assert caught.value.kind is Fault.NO_GRANT
    Grants(database).give(home, 1, by=STAFF, now=NOW)
    staff.at_calls(home, 3, by=STAFF, now=NOW)
    with pytest.raises(PeopleError):
        staff.at_calls(home, 3, by=STAFF, now=NOW + timedelta(days=1))
    assert looks(database) == [("staff", {"calls": 3})]
