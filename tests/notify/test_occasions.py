"""What is news to a household, and what is not."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.households.consent import Consents
from callguard.households.consent_text import Purpose
from callguard.households.document import ACTIONS, DIALS, settings_to_json
from callguard.households.settings import HouseholdSettings
from callguard.notify.occasions import calls_noted, weakened
from callguard.screening import Action, Policy
from callguard.screening.policy import Dialling
from callguard.trail import Doer, What, record

from .family import BY, Family


def noted(family: Family, *calls: Any) -> list[str]:
    """Take calls of the log; return of which calls there is news."""
    with family.database.transaction() as session:
        calls_noted(session, calls, now=family.now)
    return [one.detail["call_id"] for one in family.news()]


def test_a_call_from_a_listed_number_is_news(family: Family) -> None:
    call = family.call()
    assert noted(family, call) == [call.call_id]
    assert noted(family, call) == [call.call_id]


def test_other_calls_are_not(family: Family) -> None:
    for reason in ("overseas", "withheld", "household-block", "unlisted"):
        assert noted(family, family.call(reason=reason)) == []


def test_a_listed_number_that_tries_again_the_same_day_is_no_news(family: Family) -> None:
    first, second = family.call(), family.call(at=family.now + timedelta(minutes=1))
    family.later(minutes=2)
    assert noted(family, second, first) == [first.call_id]
    third = family.call()
    assert noted(family, third) == [first.call_id]
    family.later(days=1)
    again = family.call()
    assert noted(family, again) == [first.call_id, again.call_id]


def test_another_listed_number_is_news(family: Family) -> None:
    calls = [family.call(), family.call(number=8105099990111)]
    assert len(noted(family, *calls)) == 2


def test_a_listed_number_that_was_withheld_is_told_without_it(family: Family) -> None:
    hidden = {"number": None, "hidden": b"h" * 32, "origin": "withheld"}
    first = family.call(**hidden)
    assert noted(family, first) == [first.call_id]
    family.later(minutes=1)
    assert noted(family, family.call(**hidden)) == [first.call_id]
    assert len(noted(family, family.call(**hidden | {"hidden": b"i" * 32}))) == 2


def test_the_same_number_at_another_household_is_news_there(family: Family) -> None:
    calls = [family.call(), family.call(household_id=family.other)]
    assert len(noted(family, *calls)) == 2
    assert {one.household_id for one in family.news()} == {family.household, family.other}


def test_a_call_that_reaches_the_log_days_late_is_no_news(family: Family) -> None:
    assert noted(family, family.call(at=family.now - timedelta(days=2))) == []


def test_news_of_a_call_holds_no_number(family: Family) -> None:
    noted(family, family.call())
    (news,) = family.news()
    assert "9999" not in f"{news.key} {news.detail}"


@pytest.mark.parametrize("who", ["screening", "notices"])
def test_a_revoked_consent_is_news(family: Family, who: str) -> None:
    purposes = [Purpose(who)] if who == "notices" else list(Purpose)
    Consents(family.database).revoke(family.household, purposes, by=BY, now=family.now)
    (news,) = family.news()
    assert (news.topic, news.detail) == ("protection-off", {"revoked": who, "by": BY.who})


def test_a_revoked_consent_to_the_log_is_none(family: Family) -> None:
    Consents(family.database).revoke(family.household, [Purpose.LOGGING], by=BY, now=family.now)
    assert family.news() == []


NEWS = {What.REVOKE_CONSENT, What.CHANGE_SETTINGS, What.JOIN, What.PROPOSE_PROFILE}


def test_somebody_who_joins_is_news(family: Family) -> None:
    by = Doer("中村 次郎", family.people["viewer"])
    with family.database.transaction() as session:
        record(session, by, What.JOIN, household_id=family.household, now=family.now, name="次郎")
    (news,) = family.news()
    assert (news.topic, news.detail) == ("member-joined", {"person": by.person_id})


@pytest.mark.parametrize(
    ("change", "weaker"),
    [
        ({"overseas": "warn"}, ["overseas"]),
        ({"withheld": "warn", "overseas": "connect"}, ["withheld", "overseas"]),
        ({"unlisted": "connect"}, ["unlisted"]),
        ({"unlisted": "reject"}, []),
        ({"whisper": "off", "cut_listed_calls": "off"}, ["whisper", "cut_listed_calls"]),
        ({"countries": "US"}, ["countries"]),
        ({"quiet_hours": "22:00-07:00", "allowlist_only": "on", "record": "on"}, []),
        ({"challenge": "family"}, []),
    ],
)
def test_only_what_makes_the_protection_weaker_is_news(
    family: Family, change: dict[str, str], weaker: list[str]
) -> None:
    settings = HouseholdSettings(family.database)
    settings.change(family.household, change, by=BY, now=family.now)
    assert [one.detail["settings"] for one in family.news()] == ([weaker] if weaker else [])


def test_that_callers_are_to_press_a_digit_in_place_of_asking_the_family_is_news(
    family: Family,
) -> None:
    settings = HouseholdSettings(family.database)
    settings.change(family.household, {"challenge": "family"}, by=BY, now=family.now)
    settings.change(family.household, {"challenge": "digit"}, by=BY, now=family.now)
    assert [one.detail["settings"] for one in family.news()] == [["challenge"]]


def test_what_was_made_stronger_before_is_weaker_when_it_is_taken_back(family: Family) -> None:
    settings = HouseholdSettings(family.database)
    for value in ("22:00-07:00", "off"):
        settings.change(family.household, {"quiet_hours": value}, by=BY, now=family.now)
    assert [one.detail["settings"] for one in family.news()] == [["quiet_hours"]]


def test_other_deeds_are_no_news(family: Family) -> None:
    for what in set(What) - NEWS:
        with family.database.transaction() as session:
            record(session, BY, what, household_id=family.household, now=family.now)
    assert family.news() == []


POLICIES = st.builds(
    Policy,
    **{name: st.sampled_from(Action) for name in ACTIONS},
    **{name: st.sampled_from(Dialling) for name in DIALS},
    allowlist_only=st.booleans(),
    whisper=st.booleans(),
    countries=st.frozensets(st.sampled_from(["US", "CN"])),
).map(settings_to_json)


@given(POLICIES, POLICIES)
def test_a_change_and_its_reverse_weaken_different_things(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    there = weakened({name: [before[name], after[name]] for name in before})
    back = weakened({name: [after[name], before[name]] for name in before})
    assert set(there) & set(back) <= {"countries"}
    assert set(there) <= {name for name in before if before[name] != after[name]}
