"""Who wants to be told what, by which way and when."""

import pytest

from callguard.notify.choices import Choices, Habits, Rhythm, Told, wants
from callguard.notify.refusals import NoticeRefused, Trouble
from callguard.notify.topics import TERMS, Topic
from callguard.people.rights import Role, may

from .family import BY, Family


def choose(family: Family, who: str, *wanted: tuple[int, Topic]) -> None:
    Choices(family.database).choose(
        family.people[who], family.household, frozenset(wanted), by=BY, now=family.now
    )


def test_without_a_choice_the_role_decides(family: Family) -> None:
    channel = family.channel("viewer")
    found = Choices(family.database).of(family.people["viewer"], family.household)
    assert found == {
        (channel, topic) for topic, terms in TERMS.items() if Role.VIEWER in terms.wanted_by
    }


def test_what_was_chosen_counts_and_a_new_way_begins_with_the_roles(family: Family) -> None:
    first = family.channel("member")
    choose(family, "member", (first, Topic.FEED_STALE))
    second = family.channel("member", "apprise", "line://a/b")
    found = Choices(family.database).of(family.people["member"], family.household)
    assert {topic for channel, topic in found if channel == first} == {Topic.FEED_STALE}
    assert (second, Topic.SCAM_KEY) in found


def test_nobody_chooses_for_another_persons_way(family: Family) -> None:
    theirs = family.channel("manager")
    with pytest.raises(NoticeRefused) as caught:
        choose(family, "member", (theirs, Topic.DIGEST))
    assert caught.value.trouble is Trouble.NOT_FOUND


def test_a_stranger_chooses_nothing(family: Family) -> None:
    with pytest.raises(NoticeRefused) as caught:
        choose(family, "stranger")
    assert caught.value.trouble is Trouble.NOT_FOUND
    with pytest.raises(NoticeRefused):
        Choices(family.database).of(family.people["stranger"], family.household)


def test_hours_are_set_and_emptied(family: Family) -> None:
    choices = Choices(family.database)
    for quiet, digest in (("22:00-07:00", "daily"), ("", "never")):
        choices.set_habits(
            family.people["viewer"],
            family.household,
            quiet=quiet,
            digest=digest,
            by=BY,
            now=family.now,
        )
        assert choices.habits(family.people["viewer"]) == Habits(quiet, Rhythm(digest))


@pytest.mark.parametrize(
    ("quiet", "digest", "trouble"),
    [
        ("nights", "daily", Trouble.BAD_QUIET_HOURS),
        ("22:00", "daily", Trouble.BAD_QUIET_HOURS),
        ("22:00-25:00", "daily", Trouble.BAD_QUIET_HOURS),
        ("", "hourly", Trouble.BAD_DIGEST),
    ],
)
def test_hours_that_are_none_change_nothing(
    family: Family, quiet: str, digest: str, trouble: Trouble
) -> None:
    choices = Choices(family.database)
    with pytest.raises(NoticeRefused) as caught:
        choices.set_habits(
            family.people["viewer"],
            family.household,
            quiet=quiet,
            digest=digest,
            by=BY,
            now=family.now,
        )
    assert caught.value.trouble is trouble
    assert choices.habits(family.people["viewer"]) == Habits("", Rhythm.WEEKLY)


def test_the_family_sees_who_is_told_what(family: Family) -> None:
    channel = family.channel("manager")
    choose(family, "manager", (channel, Topic.SCAM_KEY), (channel, Topic.DIGEST))
    family.channel("viewer", confirmed=False)
    told = Choices(family.database).household(family.household)
    assert told == [
        Told("中村 manager", Role.MANAGER, 1, (Topic.SCAM_KEY, Topic.DIGEST)),
        Told("中村 member", Role.MEMBER, 0, ()),
        Told("中村 subscriber", Role.SUBSCRIBER, 0, ()),
        Told("中村 viewer", Role.VIEWER, 0, ()),
    ]


def test_a_choice_cannot_give_a_right() -> None:
    for role in Role:
        for topic in TERMS:
            assert not wants(role, topic, choice=False)
            assert wants(role, topic, choice=True) is may(role, TERMS[topic].right)
