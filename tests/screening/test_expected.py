"""We expect a call: who then rings without the warning, and who still does not."""

from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.numbers import Caller
from callguard.screening import Action, Policy, QuietHours, Reason

from .samples import (
    CANADA,
    DAY,
    DISCLOSED,
    DOCTOR,
    IMPOSSIBLE,
    NOW,
    NOWHERE,
    PAYPHONE,
    POLICE,
    UNAVAILABLE,
    UNITED_STATES,
    WITHHELD,
    PoliceList,
    entries,
    listed,
    outcome,
    policy,
    verdict,
)

UNTIL = NOW + timedelta(hours=2)
NOON = QuietHours(time(11), time(13))
DOMESTIC = {"JP": UNTIL}
CLOSED = [{}, {"allowlist_only": True}, {"quiet_hours": NOON}, {"unlisted": Action.REJECT}]
"""Ways for a household to be open or closed to strangers."""


@pytest.mark.parametrize("choices", CLOSED, ids=str)
def test_an_unknown_domestic_caller_rings_without_the_warning(choices: dict[str, object]) -> None:
    found = verdict(DOCTOR, policy(expected=DOMESTIC, **choices))
    assert (found.action, found.reason) == (Action.CONNECT, Reason.UNLISTED)
    assert found.evidence == {"expected_until": "2026-11-24T05:00:00+00:00"}


@pytest.mark.parametrize("choices", CLOSED, ids=str)
def test_a_caller_from_the_expected_country_rings(choices: dict[str, object]) -> None:
    found = verdict(UNITED_STATES, policy(expected={"US": UNTIL}, **choices))
    assert (found.action, found.reason) == (Action.CONNECT, Reason.OVERSEAS)
    assert found.evidence == {"calling_code": 1, "expected_until": "2026-11-24T05:00:00+00:00"}


@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        (UNITED_STATES, "JP"),
        (CANADA, "US"),
        (NOWHERE, "US"),
        (DOCTOR, "US"),
        (WITHHELD, "JP"),
        (DISCLOSED, "JP"),
        (PAYPHONE, "JP"),
        (UNAVAILABLE, "JP"),
        (IMPOSSIBLE, "JP"),
        (POLICE, "JP"),
    ],
)
@pytest.mark.parametrize("choices", CLOSED, ids=str)
def test_for_everyone_else_nothing_changes(
    caller: Caller, expected: str, choices: dict[str, object]
) -> None:
    expecting = policy(expected={expected: UNTIL}, **choices)
    assert verdict(caller, expecting) == verdict(caller, policy(**choices))


def test_when_the_time_is_over_everything_is_as_before() -> None:
    assert outcome(DOCTOR, policy(expected=DOMESTIC), now=UNTIL) == (Action.WARN, "unlisted")
    assert outcome(UNITED_STATES, policy(expected={"US": UNTIL}), now=UNTIL) == (
        Action.REJECT,
        "overseas",
    )


@pytest.mark.parametrize("choices", CLOSED, ids=str)
@pytest.mark.parametrize("fraud_list", [Action.REJECT, Action.WARN])
@pytest.mark.parametrize("caller", [DOCTOR, UNITED_STATES], ids=["domestic", "overseas"])
def test_a_listed_number_is_never_the_call_that_is_expected(
    caller: Caller, fraud_list: Action, choices: dict[str, object]
) -> None:
    choices = {**choices, "fraud_list": fraud_list}
    expecting = policy(expected={"JP": UNTIL, "US": UNTIL}, **choices)
    found = verdict(caller, expecting, listed(caller))
    assert found == verdict(caller, policy(**choices), listed(caller))
    assert found.action is not Action.CONNECT


def test_the_familys_own_block_still_holds() -> None:
    blocking = policy(expected=DOMESTIC, block=entries(DOCTOR))
    assert outcome(DOCTOR, blocking) == (Action.REJECT, "household-block")


def test_without_consent_an_expectation_decides_nothing() -> None:
    found = verdict(DOCTOR, Policy(consent=False, expected=DOMESTIC))
    assert (found.reason, found.evidence) == (Reason.NO_CONSENT, {})


callers = st.sampled_from(
    [DOCTOR, UNITED_STATES, CANADA, NOWHERE, WITHHELD, DISCLOSED, PAYPHONE, IMPOSSIBLE, POLICE]
)


@given(
    caller=callers,
    country=st.sampled_from(["JP", "US", "CA", "GB"]),
    minutes=st.integers(-60, 60),
    choices=st.sampled_from(CLOSED),
    police=st.sampled_from([PoliceList(), listed(DOCTOR, UNITED_STATES, at=NOW - DAY)]),
)
def test_an_expectation_only_ever_connects(
    caller: Caller, country: str, minutes: int, choices: dict[str, object], police: PoliceList
) -> None:
    until = NOW + timedelta(minutes=minutes)
    without = verdict(caller, policy(**choices), police)
    found = verdict(caller, policy(expected={country: until}, **choices), police)
    if found != without:
        assert found.action is Action.CONNECT
        assert found.evidence["expected_until"] == until.isoformat(timespec="seconds")
        assert until > NOW
