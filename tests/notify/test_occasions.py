"""What is news to a household, and what is not."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.households.document import ACTIONS, settings_to_json
from callguard.notify.occasions import (
    calls_noted,
    consent_revoked,
    member_joined,
    settings_changed,
    weakened,
)
from callguard.screening import Action, Policy
from callguard.trail import COMMAND_LINE

from .family import Family


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


def test_a_revoked_consent_is_news(family: Family) -> None:
    with family.database.transaction() as session:
        consent_revoked(session, family.household, by=COMMAND_LINE, now=family.now)
    (news,) = family.news()
    assert news.detail == {"consent": False, "by": "command line"}


def test_somebody_who_joins_is_news(family: Family) -> None:
    with family.database.transaction() as session:
        member_joined(session, family.household, 7, now=family.now)
    assert [one.detail for one in family.news()] == [{"person": 7}]


@pytest.mark.parametrize(
    ("change", "weaker"),
    [
        ({"overseas": "warn"}, ["overseas"]),
        ({"overseas": "connect", "withheld": "warn"}, ["withheld", "overseas"]),
        ({"unlisted": "connect"}, ["unlisted"]),
        ({"unlisted": "reject"}, []),
        ({"whisper": False, "cut_listed_calls": False}, ["whisper", "cut_listed_calls"]),
        ({"countries": ["US"]}, ["countries"]),
        ({"quiet_hours": "22:00-07:00", "allowlist_only": True, "record": True}, []),
    ],
)
def test_only_what_makes_the_protection_weaker_is_news(
    family: Family, change: dict[str, Any], weaker: list[str]
) -> None:
    before = settings_to_json(Policy())
    with family.database.transaction() as session:
        settings_changed(
            session,
            family.household,
            before=before,
            after=before | change,
            by=COMMAND_LINE,
            now=family.now,
        )
    assert [one.detail["settings"] for one in family.news()] == ([weaker] if weaker else [])


POLICIES = st.builds(
    Policy,
    **{name: st.sampled_from([Action.REJECT, Action.WARN, Action.CONNECT]) for name in ACTIONS},
    allowlist_only=st.booleans(),
    whisper=st.booleans(),
    countries=st.frozensets(st.sampled_from(["US", "CN"])),
).map(settings_to_json)


@given(POLICIES, POLICIES)
def test_a_change_and_its_reverse_weaken_different_things(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert weakened(before, before) == []
    both = set(weakened(before, after)) & set(weakened(after, before))
    assert both <= {"countries"}
