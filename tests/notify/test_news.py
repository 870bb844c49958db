"""News: told in the transaction of the event, once."""

import secrets

import pytest

from callguard.notify.news import MAX_KEY, tell, tell_all
from callguard.notify.topics import Topic

from .family import Family


def told(family: Family, household: int, key: str, topic: Topic = Topic.LISTED_TRIED) -> bool:
    with family.database.transaction() as session:
        return tell(session, household, topic, key=key, detail={"call_id": key}, now=family.now)


def test_the_same_news_is_told_once(family: Family) -> None:
    assert told(family, family.household, "one")
    assert not told(family, family.household, "one")
    assert len(family.news()) == 1


def test_another_key_topic_or_household_is_other_news(family: Family) -> None:
    assert told(family, family.household, "one")
    assert told(family, family.household, "two")
    assert told(family, family.household, "one", Topic.SCAM_KEY)
    assert told(family, family.other, "one")


def test_what_was_not_committed_is_told_to_nobody(family: Family) -> None:
    def event() -> None:
        with family.database.transaction() as session:
            tell(session, family.household, Topic.DIGEST, key="one", detail={}, now=family.now)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        event()
    assert family.news() == []


def test_a_long_key_is_told_apart_from_another(family: Family) -> None:
    long = "a" * 200
    assert told(family, family.household, long)
    assert not told(family, family.household, long)
    assert told(family, family.household, long + "b")
    assert all(len(one.key) <= MAX_KEY for one in family.news())


def test_many_households_are_told_the_same_once_each(family: Family) -> None:
    for expected in (2, 0):
        with family.database.transaction() as session:
            both = [family.household, family.other]
            assert expected == tell_all(
                session, both, Topic.FEED_STALE, key="tokyo", detail={}, now=family.now
            )
    with family.database.transaction() as session:
        assert tell_all(session, [], Topic.FEED_STALE, key="k", detail={}, now=family.now) == 0


def test_a_key_may_hold_anything(family: Family) -> None:
    assert told(family, family.household, f"京都 {secrets.token_hex(30)} '\"%_")
