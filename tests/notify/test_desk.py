"""The desk: who is told, by which way and when."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from callguard.households.consent import Consents
from callguard.households.consent_text import Purpose
from callguard.notify.choices import Choices
from callguard.notify.desk import Desk
from callguard.notify.topics import TERMS, Topic
from callguard.people.rights import Role

from .family import BY, Family

PEOPLE = ("manager", "member", "viewer", "subscriber", "stranger")


def told(family: Family) -> list[str]:
    Desk(family.database).hand_out(now=family.now)
    return [address.partition("@")[0] for address in family.told()]


@pytest.mark.parametrize("topic", [one for one in TERMS if one is not Topic.DIGEST])
def test_each_role_is_told_what_it_wants_to_know(family: Family, topic: Topic) -> None:
    for who in PEOPLE:
        family.channel(who)
    family.tell(topic)
    assert told(family) == sorted(role.value for role in TERMS[topic].wanted_by)


def test_a_member_of_another_household_is_told_nothing(family: Family) -> None:
    family.channel("stranger")
    for topic in TERMS:
        family.tell(topic)
    assert told(family) == []


def test_an_address_that_is_not_confirmed_is_told_nothing(family: Family) -> None:
    family.channel("manager", confirmed=False)
    family.tell()
    assert told(family) == []


def test_what_somebody_chose_counts_before_what_their_role_wants(family: Family) -> None:
    mail, line = family.channel("viewer"), family.channel("viewer", "apprise", "line")
    Choices(family.database).choose(
        family.people["viewer"],
        family.household,
        frozenset({(line, Topic.PROTECTION_OFF)}),
        by=BY,
        now=family.now,
    )
    family.tell(Topic.PROTECTION_OFF)
    family.tell(Topic.SCAM_KEY)
    assert told(family) == ["line"]
    assert mail != line


def test_what_was_chosen_for_one_household_says_nothing_of_another(family: Family) -> None:
    channel = family.channel("stranger")
    Choices(family.database).choose(
        family.people["stranger"], family.other, frozenset(), by=BY, now=family.now
    )
    family.tell()
    assert told(family) == []
    assert channel


def test_without_the_consent_to_notices_nothing_is_told_of_calls(family: Family) -> None:
    family.channel("manager")
    consents = Consents(family.database)
    consents.revoke(family.household, [Purpose.NOTICES], by=BY, now=family.now)
    for topic in (Topic.SCAM_KEY, Topic.LISTED_TRIED):
        family.tell(topic)
    assert told(family) == ["manager"]
    told_of = {one.news_id for one in family.deliveries()}
    assert [one.topic for one in family.news() if one.id in told_of] == ["protection-off"]


def test_news_in_quiet_hours_waits_unless_it_is_urgent(family: Family) -> None:
    family.person("manager", quiet_hours="11:00-13:30")
    family.channel("manager")
    family.tell(Topic.PROTECTION_OFF)
    family.tell(Topic.SCAM_KEY)
    told(family)
    assert [one.due_at for one in family.deliveries()] == [
        family.now + timedelta(minutes=90),
        family.now,
    ]


def test_a_digest_is_for_one_person(family: Family) -> None:
    for who in ("manager", "member"):
        family.channel(who)
    family.tell(Topic.DIGEST, person=family.people["member"])
    assert told(family) == ["member"]


def test_somebody_who_wants_no_digest_any_more_gets_none(family: Family) -> None:
    family.channel("member")
    family.person("member", digest="never")
    family.tell(Topic.DIGEST, person=family.people["member"])
    assert told(family) == []


def test_news_is_handed_out_once(family: Family) -> None:
    family.channel("manager")
    family.tell()
    assert told(family) == ["manager"]
    assert told(family) == ["manager"]
    assert Desk(family.database).hand_out(now=family.now) == 0


def test_news_of_days_ago_is_told_to_nobody(family: Family) -> None:
    family.channel("manager")
    family.tell()
    family.later(days=4)
    assert told(family) == []
    assert [one.handed_out_at for one in family.news()] == [family.now]


def test_two_desks_at_once_hand_out_everything_once(family: Family) -> None:
    family.channel("manager")
    for _ in range(30):
        family.tell()
    desks = [Desk(family.database) for _ in range(2)]
    with ThreadPoolExecutor() as threads:
        for _ in range(10):
            list(threads.map(lambda desk: desk.hand_out(now=family.now, limit=4), desks))
    assert len(family.deliveries()) == 30
    assert Role.MANAGER in family.people
