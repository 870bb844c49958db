"""Digests: at eight in the morning, if anything happened, and without strangers' numbers."""

from datetime import datetime, timedelta

import pytest

from callguard.calllog.log import CallLog
from callguard.households.models import ListedNumber
from callguard.notify.choices import Rhythm
from callguard.notify.digests import Digest, Digests, compose_digest, last_turn
from callguard.notify.topics import Topic
from callguard.people.models import Membership, Person
from callguard.screening.policy import JST

from .family import Family


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=JST)


@pytest.fixture
def family(family: Family) -> Family:
    """A family that has been there for long, and whose members read no digest."""
    with family.database.transaction() as session:
        for person in session.query(Person):
            person.digest = "never"
        for membership in session.query(Membership):
            membership.created_at = at("01-01T00:00")
    family.now = at("11-27T12:00")
    return family


def told(family: Family, now: datetime) -> list[tuple[int, str]]:
    """Tell what is due; return whom and how, of all that was told until now."""
    Digests(family.database).tell_due(now=now)
    return [
        (one.detail["person"], one.detail["rhythm"])
        for one in family.news()
        if one.topic == Topic.DIGEST
    ]


def text(family: Family, language: str = "ja", **length: float) -> str | None:
    """Return the digest of the last day."""
    until = family.later(**(length or {"minutes": 1}))
    digest = Digest(1, Rhythm.DAILY, until - timedelta(days=1), until)
    log = CallLog(family.database)
    return compose_digest(log, family.household, digest, language, now=until)


@pytest.mark.parametrize(
    ("rhythm", "now", "turn"),
    [
        (Rhythm.DAILY, "11-27T07:59", "11-26T08:00"),
        (Rhythm.DAILY, "11-27T08:00", "11-27T08:00"),
        (Rhythm.WEEKLY, "11-27T12:00", "11-23T08:00"),  # a Friday, and the Monday before
        (Rhythm.WEEKLY, "11-30T07:59", "11-23T08:00"),
        (Rhythm.WEEKLY, "11-30T08:00", "11-30T08:00"),
    ],
)
def test_a_period_ends_at_eight_in_japan(rhythm: Rhythm, now: str, turn: str) -> None:
    assert last_turn(rhythm, now=at(now)) == at(turn)


def test_each_reader_is_told_once_a_day(family: Family) -> None:
    family.person("manager", digest="daily")
    family.call()
    expected = [(family.people["manager"], "daily")]
    assert told(family, at("11-28T07:59")) == []
    assert told(family, at("11-28T08:00")) == expected
    assert told(family, at("11-28T09:00")) == expected
    assert told(family, at("11-29T08:00")) == expected  # nothing has happened since


def test_a_weekly_reader_is_told_on_monday(family: Family) -> None:
    family.person("viewer", digest="weekly")
    family.call()
    assert told(family, at("11-29T08:00")) == []
    assert told(family, at("11-30T08:00")) == [(family.people["viewer"], "weekly")]


def test_a_household_where_only_known_callers_rang_is_told_nothing(family: Family) -> None:
    family.person("manager", digest="daily")
    family.call(action="connect", reason="household-allow")
    assert told(family, at("11-28T08:00")) == []


def test_a_member_of_another_household_is_told_nothing(family: Family) -> None:
    family.person("stranger", digest="daily")
    family.call()
    assert told(family, at("11-28T08:00")) == []


def test_somebody_who_joined_since_is_told_nothing_of_before(family: Family) -> None:
    family.person("member", digest="daily")
    with family.database.transaction() as session:
        for membership in session.query(Membership):
            membership.created_at = at("11-28T08:30")
    family.call()
    assert told(family, at("11-28T09:00")) == []


def test_a_digest_that_is_hours_late_is_left_to_the_next(family: Family) -> None:
    family.person("manager", digest="daily")
    family.call()
    assert told(family, at("11-28T21:00")) == []


def test_it_counts_and_says_what_is_worth_knowing(family: Family) -> None:
    family.call()
    family.call()
    family.call(action="reject", reason="overseas", origin="overseas", number=12025550123,
                caller={"origin": "overseas", "number": "+12025550123"}, evidence={})  # fmt: skip
    family.call(action="warn", reason="unlisted", number=81422993333, outcome="answered",
                caller={"origin": "domestic"}, evidence={}, seconds=60)  # fmt: skip
    found = text(family)
    assert found is not None
    lines = found.splitlines()
    assert lines[0] == "断った電話 3件、注意を流した電話 1件、電話に出たのは 1件でした。"
    assert lines[3].startswith("・050-9999-0110（2回）警察の詐欺リストにある番号です")
    assert len(lines) == 6


def test_numbers_of_strangers_are_not_told_in_full(family: Family) -> None:
    family.call(action="warn", reason="unlisted", number=81422993333, evidence={})
    found = text(family)
    assert found is not None
    assert "0422-99-••••" in found
    assert "3333" not in found


def test_callers_whom_the_family_knows_are_told_by_name(family: Family) -> None:
    with family.database.transaction() as session:
        session.add(
            ListedNumber(household_id=family.household, number=81422993333, allowed=False,
                         name="しつこい電話", confirmed_at=family.now)
        )  # fmt: skip
    family.call(action="warn", reason="unlisted", number=81422993333, evidence={})
    assert "しつこい電話" in (text(family) or "")


def test_five_callers_at_most_are_told(family: Family) -> None:
    for number in range(10):
        family.call(number=8105099990000 + number)
    found = text(family)
    assert found is not None
    assert found.count("・") == 5


def test_it_is_told_in_english_too(family: Family) -> None:
    family.call()
    found = text(family, "en")
    assert found is not None
    assert found.startswith("Refused: 1. Warned: 0. Answered: 0.")
    assert "- 050-9999-0110 (once):" in found


def test_what_was_erased_since_is_not_told(family: Family) -> None:
    assert text(family) is None
