"""Groups: named defaults that households follow, but for what they chose themselves."""

import pytest

from callguard.database import Database
from callguard.households.errors import Fault, HouseholdError
from callguard.households.groups import Groups
from callguard.screening import Action, QuietHours
from callguard.screening.policy import Challenge

from .conftest import DAUGHTER, NOW, Household, deeds


def make(database: Database, **settings: str) -> Groups:
    groups = Groups(database)
    groups.add("シニア", settings, by=DAUGHTER, now=NOW)
    return groups


def follow(home: Household, name: str | None = "シニア") -> None:
    Groups(home.database).follow(home.id, name, by=DAUGHTER, now=NOW)


def test_a_household_has_the_defaults_of_its_group(home: Household, other: Household) -> None:
    make(home.database, unlisted="challenge", challenge="name", quiet_hours="22:00-07:00")
    follow(home)
    policy = home.policy()
    assert (policy.unlisted, policy.challenge) == (Action.CHALLENGE, Challenge.NAME)
    assert str(policy.quiet_hours) == "22:00-07:00"
    assert other.settings.policy(other.id, now=NOW).unlisted is Action.WARN
    follow(home, None)
    assert home.policy().unlisted is Action.WARN


def test_what_a_household_chose_wins_until_it_takes_it_back(home: Household) -> None:
    make(home.database, unlisted="challenge", quiet_hours="22:00-07:00")
    home.settings.change(home.id, {"unlisted": "connect"}, by=DAUGHTER, now=NOW)
    follow(home)
    home.settings.change(home.id, {"quiet_hours": "off"}, by=DAUGHTER, now=NOW)
    assert home.policy().unlisted is Action.CONNECT
    assert home.policy().quiet_hours is None
    assert home.settings.chosen(home.id) == {"unlisted", "quiet_hours"}
    home.settings.follow(home.id, ["unlisted", "quiet_hours"], by=DAUGHTER, now=NOW)
    assert home.policy().unlisted is Action.CHALLENGE
    assert isinstance(home.policy().quiet_hours, QuietHours)
    assert home.deeds()[-1][2] == {
        "changes": {
            "unlisted": ["connect", "challenge"],
            "quiet_hours": [None, "22:00-07:00"],
        }
    }


def test_a_change_of_the_group_reaches_who_follows_it(home: Household, other: Household) -> None:
    groups = make(home.database, unlisted="challenge", payphone="reject")
    follow(home)
    follow(other)
    other.settings.change(other.id, {"unlisted": "warn"}, by=DAUGHTER, now=NOW)
    changed = groups.change(
        "シニア", {"unlisted": "reject", "payphone": "default"}, by=DAUGHTER, now=NOW
    )
    assert (changed.households, changed.behind) == (2, 2)
    assert groups.bring_in_step(NOW, limit=1) == 1  # interrupted here
    assert groups.find("シニア").behind == 1
    assert groups.bring_in_step(NOW) == 1
    assert groups.bring_in_step(NOW) == 0
    assert (home.policy().unlisted, home.policy().payphone) == (Action.REJECT, Action.WARN)
    assert other.settings.policy(other.id, now=NOW).unlisted is Action.WARN
    name, what, detail = deeds(home.database)[-1]
    assert (name, what) == ("娘", "change-group")
    assert detail["set"] == {
        "unlisted": ["challenge", "reject"],
        "payphone": ["reject", "default"],
    }


def test_a_households_own_change_brings_it_in_step(home: Household) -> None:
    groups = make(home.database, unlisted="challenge")
    follow(home)
    groups.change("シニア", {"unlisted": "reject"}, by=DAUGHTER, now=NOW)
    home.settings.change(home.id, {"whisper": "off"}, by=DAUGHTER, now=NOW)
    assert home.policy().unlisted is Action.REJECT
    assert groups.find("シニア").behind == 0


def test_a_change_that_changes_nothing_leaves_everybody_alone(home: Household) -> None:
    groups = make(home.database, unlisted="challenge")
    follow(home)
    groups.change("シニア", {"unlisted": "challenge"}, by=DAUGHTER, now=NOW)
    assert groups.find("シニア").behind == 0


def test_what_a_group_cannot_be_is_refused(home: Household) -> None:
    groups = make(home.database)
    follow(home)
    for fault, act in (
        (Fault.GROUP_TAKEN, lambda: groups.add("シニア", {}, by=DAUGHTER, now=NOW)),
        (Fault.NO_SETTING, lambda: groups.add("x", {"colour": "red"}, by=DAUGHTER, now=NOW)),
        (Fault.BAD_VALUE, lambda: groups.change("シニア", {"record": "x"}, by=DAUGHTER, now=NOW)),
        (Fault.NO_GROUP, lambda: groups.change("x", {}, by=DAUGHTER, now=NOW)),
        (Fault.NO_GROUP, lambda: groups.follow(home.id, "x", by=DAUGHTER, now=NOW)),
        (Fault.GROUP_IN_USE, lambda: groups.remove("シニア", by=DAUGHTER, now=NOW)),
    ):
        with pytest.raises(HouseholdError) as caught:
            act()
        assert caught.value.fault is fault
    follow(home, None)
    groups.remove("シニア", by=DAUGHTER, now=NOW)
    assert groups.all() == ()
    assert groups.of(home.id) is None
