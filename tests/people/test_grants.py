"""A household lets the carrier's staff see its calls, for a few days and no longer."""

from datetime import UTC, datetime, timedelta

import pytest

from callguard.database import Database
from callguard.households.models import Household
from callguard.people.errors import Fault, PeopleError
from callguard.people.grants import MOST_DAYS, Grants
from callguard.people.models import Person
from callguard.trail import Doer, Trail, What

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)
STRANGER = Doer("somebody")


def household(database: Database, line: int = 81422990000) -> int:
    with database.transaction() as session:
        home = Household(line=line, name="母の家", created_at=NOW, settings={})
        session.add(home)
        session.flush()
        return home.id


def daughter(database: Database) -> Doer:
    with database.transaction() as session:
        person = Person(name="花子", handle=b"1" * 64, created_at=NOW)
        session.add(person)
        session.flush()
        return Doer("花子", person.id, "192.0.2.1")


def test_nobody_sees_calls_without_a_grant(database: Database) -> None:
    assert not Grants(database).holds(household(database), now=NOW)


def test_a_grant_holds_for_its_days_and_ends_by_itself(database: Database) -> None:
    grants, home = Grants(database), household(database)
    given = grants.give(home, 3, by=daughter(database), now=NOW)
    assert given.until == NOW + 3 * DAY
    assert grants.holds(home, now=NOW)
    assert grants.holds(home, now=given.until - timedelta(seconds=1))
    assert not grants.holds(home, now=given.until)


def test_a_grant_is_for_one_household_only(database: Database) -> None:
    grants, home, other = Grants(database), household(database), household(database, 81422990001)
    grants.give(home, 7, by=STRANGER, now=NOW)
    assert not grants.holds(other, now=NOW)
    assert grants.all(other) == ()


def test_ending_a_grant_counts_at_once(database: Database) -> None:
    grants, home = Grants(database), household(database)
    grants.give(home, 7, by=STRANGER, now=NOW)
    assert grants.end(home, by=STRANGER, now=NOW + DAY)
    assert not grants.holds(home, now=NOW + DAY)
    assert not grants.end(home, by=STRANGER, now=NOW + DAY)
    assert [one.until for one in grants.all(home)] == [NOW + DAY]


def test_a_new_grant_takes_the_place_of_the_old_one(database: Database) -> None:
    grants, home, by = Grants(database), household(database), daughter(database)
    grants.give(home, 7, by=by, now=NOW)
    grants.give(home, 1, by=by, now=NOW + DAY)
    newest, old = grants.all(home)
    assert (newest.given_by, newest.until) == ("花子", NOW + 2 * DAY)
    assert not old.holds(NOW + DAY)
    found = grants.in_force(home, now=NOW + DAY)
    assert found is not None
    assert found.id == newest.id


@pytest.mark.parametrize("days", [-1, 0, MOST_DAYS + 1, 10**9])
def test_a_grant_for_too_many_days_is_refused(database: Database, days: int) -> None:
    grants, home = Grants(database), household(database)
    with pytest.raises(PeopleError, match="for 1 to 7 days") as refused:
        grants.give(home, days, by=STRANGER, now=NOW)
    assert refused.value.kind is Fault.GRANT_DAYS
    assert grants.all(home) == ()


def test_no_household_no_grant(database: Database) -> None:
    with pytest.raises(PeopleError, match="no such household"):
        Grants(database).give(4711, 1, by=STRANGER, now=NOW)


def test_the_trail_tells_who_gave_and_ended_it(database: Database) -> None:
    grants, home, by = Grants(database), household(database), daughter(database)
    grants.give(home, 2, by=by, now=NOW)
    grants.end(home, by=by, now=NOW + DAY)
    ended, given = Trail(database).page(home).lines
    assert (given.what, given.who, given.address) == (What.GRANT, "花子", "192.0.2.1")
    assert given.detail["days"] == 2
    assert (ended.what, ended.person_id) == (What.END_GRANT, by.person_id)
