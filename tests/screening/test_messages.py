"""Who may leave a message: who is not put through at night, or is not on the allowlist."""

from typing import Any

import pytest

from callguard.asterisk.answer import answer
from callguard.households.document import quiet_hours
from callguard.numbers import Caller
from callguard.screening import Action, Policy, Reason, Verdict

from .samples import (
    DOCTOR,
    IMPOSSIBLE,
    NOTHING_LISTED,
    PAYPHONE,
    UNAVAILABLE,
    UNITED_STATES,
    WITHHELD,
    PoliceList,
    entries,
    listed,
    policy,
    verdict,
)

ALL_DAY = quiet_hours("00:00-23:59")


def messages(**choices: Any) -> Policy:
    """A household that takes messages, and lets no kind of call through of itself."""
    kinds = dict.fromkeys(
        ("withheld", "payphone", "unavailable", "overseas", "malformed", "fraud_list"),
        Action.WARN,
    )
    return policy(**{"recorded": True, "messages": True, **kinds, **choices})


def variables(found: Verdict, choices: Policy) -> dict[str, str]:
    return answer(found, choices)


@pytest.mark.parametrize(
    ("closed", "reason"),
    [
        ({"allowlist_only": True}, Reason.ALLOWLIST_ONLY),
        ({"quiet_hours": ALL_DAY}, Reason.QUIET_HOURS),
        ({"unlisted": Action.REJECT}, Reason.UNLISTED),
    ],
    ids=["allowlist-only", "quiet-hours", "unlisted"],
)
def test_who_is_not_put_through_may_leave_one(closed: dict[str, Any], reason: Reason) -> None:
    choices = messages(message_seconds=90, **closed)
    found = verdict(DOCTOR, choices)
    assert (found.action, found.reason) == (Action.REJECT, reason)
    assert found.evidence["message"] is True
    set_ = variables(found, choices)
    assert (set_["CALLGUARD_PROMPT"], set_["CALLGUARD_MESSAGE"]) == ("leave-message", "90")


@pytest.mark.parametrize(
    ("caller", "police", "may"),
    [
        (DOCTOR, NOTHING_LISTED, True),
        (PAYPHONE, NOTHING_LISTED, True),
        (UNITED_STATES, NOTHING_LISTED, True),
        (DOCTOR, listed(DOCTOR), False),
        (UNITED_STATES, listed(UNITED_STATES), False),
        (WITHHELD, NOTHING_LISTED, False),
        (UNAVAILABLE, NOTHING_LISTED, False),
        (IMPOSSIBLE, NOTHING_LISTED, False),
    ],
    ids=[
        *("domestic", "payphone", "overseas", "listed", "listed-overseas"),
        *("withheld", "unavailable", "malformed"),
    ],
)
def test_who_hides_the_number_or_is_listed_may_not(
    caller: Caller, police: PoliceList, may: bool
) -> None:
    """Whatever the household does with such calls by day."""
    choices = messages(allowlist_only=True)
    found = verdict(caller, choices, police)
    assert found.action is Action.REJECT
    assert ("message" in found.evidence) is may
    assert ("CALLGUARD_MESSAGE" in variables(found, choices)) is may


@pytest.mark.parametrize("lacks", [{"messages": False}, {"recorded": False}])
def test_nobody_may_where_the_household_wants_none_or_has_not_agreed(lacks: dict[str, Any]) -> None:
    found = verdict(DOCTOR, messages(allowlist_only=True, **lacks))
    assert found.action is Action.REJECT
    assert "message" not in found.evidence


def test_who_is_put_through_or_blocked_is_asked_for_none() -> None:
    assert "message" not in verdict(DOCTOR, messages()).evidence
    allowed = messages(allowlist_only=True, allow=entries(DOCTOR))
    assert "message" not in verdict(DOCTOR, allowed).evidence
    blocked = messages(allowlist_only=True, block=entries(DOCTOR))
    assert "message" not in verdict(DOCTOR, blocked).evidence
