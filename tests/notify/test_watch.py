"""A police source that has fallen silent."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from callguard.blocklist.moments import write_moment
from callguard.households.consent import Consents
from callguard.notify.topics import Topic
from callguard.notify.watch import STALE_FOR, FeedWatch

from .family import BY, Family


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.json"


def write(path: Path, since: datetime | None, **values: Any) -> None:
    state = {"state": "stale" if since else "fresh", "since": since and write_moment(since)}
    path.write_text(json.dumps({"sources": {"tokyo": state | values}}))


def told(family: Family, path: Path) -> list[int]:
    FeedWatch(family.database, path).look(now=family.now)
    return [one.household_id for one in family.news() if one.topic == Topic.FEED_STALE]


def test_every_household_is_told_once_each_time(family: Family, path: Path) -> None:
    both = [family.household, family.other]
    write(path, family.now - STALE_FOR)
    assert told(family, path) == both
    assert told(family, path) == both
    family.later(days=2)
    write(path, None)
    assert told(family, path) == both
    write(path, family.now - STALE_FOR)
    assert told(family, path) == both * 2


def test_a_short_silence_worries_nobody(family: Family, path: Path) -> None:
    write(path, family.now - STALE_FOR + timedelta(seconds=1))
    assert told(family, path) == []


def test_a_household_that_is_not_screened_is_told_nothing(family: Family, path: Path) -> None:
    Consents(family.database).revoke(family.household, by=BY, now=family.now)
    write(path, family.now - STALE_FOR)
    assert told(family, path) == [family.other]


def test_without_a_state_nothing_is_told(family: Family, path: Path) -> None:
    assert told(family, path) == []
    path.write_text("{")
    assert told(family, path) == []


def test_one_watch_looks_at_the_database_once_for_each_silence(family: Family, path: Path) -> None:
    write(path, family.now - STALE_FOR)
    watch = FeedWatch(family.database, path)
    assert watch.look(now=family.now) == 2
    assert watch.look(now=family.now) == 0
