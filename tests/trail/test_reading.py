"""Who did what: the newest first, page by page, each household its own."""

from datetime import UTC, datetime, timedelta

from callguard.database import Database
from callguard.households.models import Household
from callguard.people.models import Person
from callguard.trail import Doer, Trail, What, record

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
DAUGHTER = Doer("花子", None, "192.0.2.1")


def household(database: Database, line: int = 81422990000) -> int:
    with database.transaction() as session:
        home = Household(line=line, name="母の家", created_at=NOW, settings={})
        session.add(home)
        session.flush()
        return home.id


def allow(database: Database, home: int | None, *numbers: int) -> None:
    with database.transaction() as session:
        for minutes, number in enumerate(numbers):
            moment = NOW + timedelta(minutes=minutes)
            record(session, DAUGHTER, What.ALLOW, household_id=home, now=moment, number=number)
            session.flush()


def test_the_newest_line_comes_first_with_who_when_and_from_where(database: Database) -> None:
    home = household(database)
    allow(database, home, 81422990001, 81422990002)
    newest, oldest = Trail(database).page(home).lines
    assert newest.detail == {"number": 81422990002}
    assert (oldest.who, oldest.address, oldest.at) == ("花子", "192.0.2.1", NOW)
    assert oldest.what == What.ALLOW


def test_pages_follow_each_other_without_a_gap(database: Database) -> None:
    home = household(database)
    allow(database, home, *range(81422990001, 81422990008))
    trail, seen, before = Trail(database), [], None
    for _ in range(4):
        page = trail.page(home, before=before, limit=3)
        seen += [line.detail["number"] for line in page.lines]
        before = page.older
        if before is None:
            break
    assert seen == list(range(81422990007, 81422990000, -1))


def test_a_household_sees_its_own_lines_only(database: Database) -> None:
    home, other = household(database), household(database, 81422990001)
    allow(database, home, 81422990002)
    allow(database, None, 81422990003)
    assert Trail(database).page(other).lines == ()
    assert len(Trail(database).page(home).lines) == 1


def test_lines_about_some_deeds_only(database: Database) -> None:
    home = household(database)
    allow(database, home, 81422990002)
    trail = Trail(database)
    assert trail.page(home, what=(What.CHANGE_SETTINGS,)).lines == ()
    assert len(trail.page(home, what=(What.BLOCK, What.ALLOW)).lines) == 1


def test_at_least_one_line_and_never_too_many(database: Database) -> None:
    home = household(database)
    allow(database, home, 81422990002, 81422990003)
    page = Trail(database).page(home, limit=0)
    assert len(page.lines) == 1
    assert page.older == page.lines[0].id
    assert len(Trail(database).page(home, limit=10**9).lines) == 2


def test_a_person_sees_what_they_did_to_their_own_account_and_nothing_else(
    database: Database,
) -> None:
    home = household(database)
    with database.transaction() as session:
        people = [Person(name=name, handle=name.encode(), created_at=NOW) for name in "花次"]
        session.add_all(people)
        session.flush()
        mine, other = (one.id for one in people)
        for person, household_id, what in (
            (mine, None, What.SIGN_IN),
            (mine, home, What.ALLOW),
            (other, None, What.SIGN_IN),
            (mine, None, What.ADD_PASSKEY),
        ):
            by = Doer("花", person, "192.0.2.1")
            record(session, by, what, household_id=household_id, now=NOW)
            session.flush()
    trail = Trail(database)
    assert [one.what for one in trail.own(mine)] == [What.ADD_PASSKEY, What.SIGN_IN]
    assert [one.what for one in trail.own(mine, limit=1)] == [What.ADD_PASSKEY]
    assert trail.own(999_999) == ()
