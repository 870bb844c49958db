"""Unknown callers who call many homes within minutes, as the screener sees them."""

import pytest

from callguard.screening import Action, Call, Policy, Reason, Verdict, screen

from .samples import (
    DAY,
    DOCTOR,
    NOTHING_LISTED,
    NOW,
    UNITED_STATES,
    PoliceList,
    entries,
    listed,
    policy,
)

BURST = {"kind": "number", "homes": 34, "since": "2026-11-24T02:55:00+00:00"}


def called(choices: Policy, police: PoliceList = NOTHING_LISTED) -> Verdict:
    return screen(Call(DOCTOR, burst=BURST), choices, police, NOW)


def test_such_a_caller_is_checked_and_the_evidence_says_why() -> None:
    verdict = called(policy())
    assert (verdict.action, verdict.reason) == (Action.CHALLENGE, Reason.BURST)
    assert verdict.evidence == BURST


@pytest.mark.parametrize("burst", list(Action))
@pytest.mark.parametrize("unlisted", list(Action))
def test_the_stricter_of_two_choices_counts(burst: Action, unlisted: Action) -> None:
    strength = [Action.CONNECT, Action.WARN, Action.CHALLENGE, Action.REJECT]
    verdict = called(policy(burst=burst, unlisted=unlisted))
    assert verdict.action is max(burst, unlisted, key=strength.index)
    assert verdict.reason is Reason.BURST


def test_the_family_and_the_police_have_the_first_word() -> None:
    assert called(policy(allow=entries(DOCTOR))).reason is Reason.HOUSEHOLD_ALLOW
    assert called(policy(block=entries(DOCTOR))).reason is Reason.HOUSEHOLD_BLOCK
    assert called(policy(), listed(DOCTOR)).reason is Reason.FRAUD_LIST
    assert called(policy(allowlist_only=True)).reason is Reason.ALLOWLIST_ONLY
    assert called(Policy()).reason is Reason.NO_CONSENT


def test_it_counts_while_a_call_is_expected_too() -> None:
    assert called(policy(expected={"JP": NOW + DAY})).action is Action.CHALLENGE


def test_a_call_from_abroad_is_refused_as_such_first() -> None:
    verdict = screen(Call(UNITED_STATES, burst=BURST), policy(), NOTHING_LISTED, NOW)
    assert verdict.reason is Reason.OVERSEAS
    let_in = policy(countries=frozenset({"US"}))
    verdict = screen(Call(UNITED_STATES, burst=BURST), let_in, NOTHING_LISTED, NOW)
    assert (verdict.action, verdict.reason) == (Action.CHALLENGE, Reason.BURST)
