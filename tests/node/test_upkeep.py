"""What was interrupted is finished by the services, and former lines are forgotten."""

from datetime import UTC, datetime, timedelta

from callguard.database import Database
from callguard.households.groups import Groups
from callguard.households.moving import Moving
from callguard.households.registry import Registry
from callguard.node.upkeep import Upkeep
from callguard.trail import Doer

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
BY = Doer("係")


def test_an_interrupted_change_is_finished_and_an_old_line_forgotten(
    database: Database, database_url: str
) -> None:
    home = Registry(database).add("0422-99-0000", "home", consent_by="本人", by=BY, now=NOW)
    groups, moving = Groups(database), Moving(database)
    groups.add("senior", {"unlisted": "challenge"}, by=BY, now=NOW)
    groups.follow(home.id, "senior", by=BY, now=NOW)
    groups.change("senior", {"unlisted": "reject"}, by=BY, now=NOW)
    moving.move("0422-99-0000", "0422-98-7654", days=1, by=BY, now=NOW)
    groups.change("senior", {"unlisted": "warn"}, by=BY, now=NOW)
    assert groups.find("senior").behind == 1
    upkeep = Upkeep(database_url)
    upkeep.look(NOW, forget=True)
    assert groups.find("senior").behind == 0
    assert set(moving.former(home.id, now=NOW)) == {81422990000}
    upkeep.look(NOW + timedelta(days=1), forget=True)
    assert moving.forget(NOW + timedelta(days=1)) == 0
    upkeep.close()
