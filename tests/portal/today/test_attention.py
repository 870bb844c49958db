"""What needs attention is told, and nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from callguard.portal.today.attention import Attention, Matter, attention
from callguard.screening import Action, Policy
from callguard.screening.policy import Challenge, FamilyTelephone


def matters(policy: Policy, **known: Any) -> list[Matter]:
    given: dict[str, Any] = {"listed_tried": 0, "feed": {}, "faulty": (), **known}
    return [one.matter for one in attention(policy, **given)]


def test_a_household_as_it_is_recommended_needs_nothing() -> None:
    assert matters(Policy(consent=True)) == []


def test_without_consent_nothing_else_of_the_protection_matters() -> None:
    policy = Policy(consent=False, fraud_list=Action.CONNECT)
    stale = {"sources": {"example-police": {"state": "stale"}}}
    assert matters(policy, feed=stale) == [Matter.NO_CONSENT]


@pytest.mark.parametrize(
    "name", ["fraud_list", "withheld", "overseas", "malformed", "unavailable", "unlisted"]
)
def test_a_refusal_switched_off_is_named(name: str) -> None:
    policy = Policy(consent=True, **{name: Action.CONNECT})  # type: ignore[arg-type]
    found = attention(policy, listed_tried=0, feed={}, faulty=())
    assert found == (Attention(Matter.WEAKENED, kinds=(name,)),)


def test_a_warning_in_place_of_a_refusal_is_the_familys_choice() -> None:
    assert matters(Policy(consent=True, overseas=Action.WARN, withheld=Action.WARN)) == []


def test_a_warning_to_a_listed_number_is_not_enough() -> None:
    assert matters(Policy(consent=True, fraud_list=Action.WARN)) == [Matter.WEAKENED]


def test_a_family_that_is_to_be_asked_and_has_no_telephone_is_told() -> None:
    policy = Policy(consent=True, unlisted=Action.CHALLENGE, challenge=Challenge.FAMILY)
    assert matters(policy) == [Matter.NOBODY_ASKED]
    asked = FamilyTelephone(1, 818099991234)
    assert matters(replace(policy, family=(asked,))) == []
    assert matters(replace(policy, challenge=Challenge.NAME)) == []
    assert matters(replace(policy, unlisted=Action.WARN, burst=Action.WARN)) == []


def test_listed_numbers_that_called_are_counted() -> None:
    found = attention(Policy(consent=True), listed_tried=3, feed={}, faulty=())
    assert found == (Attention(Matter.LISTED_TRIED, count=3),)


@pytest.mark.parametrize("source", [{"state": "stale"}, {"state": "fresh", "fault": "no key"}])
def test_a_silent_or_broken_source_is_told(source: dict[str, Any]) -> None:
    assert matters(Policy(consent=True), feed={"sources": {"example-police": source}}) == [
        Matter.FEED_STALE
    ]


def test_a_fresh_source_and_one_that_has_not_spoken_yet_are_no_matter() -> None:
    feed = {"sources": {"a": {"state": "fresh", "fault": ""}, "b": {"state": "waiting"}}}
    assert matters(Policy(consent=True), feed=feed) == []


def test_channels_that_do_not_work_are_named() -> None:
    found = attention(Policy(consent=True), listed_tried=0, feed={}, faulty=["娘のメール"])
    assert found == (Attention(Matter.NOTICE_FAULT, names=("娘のメール",)),)


def test_the_most_pressing_comes_first() -> None:
    stale = {"sources": {"example-police": {"state": "stale"}}}
    policy = Policy(consent=True, withheld=Action.CONNECT)
    assert matters(policy, listed_tried=1, feed=stale, faulty=["ntfy"]) == [
        Matter.WEAKENED,
        Matter.LISTED_TRIED,
        Matter.FEED_STALE,
        Matter.NOTICE_FAULT,
    ]
