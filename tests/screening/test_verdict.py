"""The verdict as JSON: the documented form that others build on."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callguard.numbers import Caller, Disclosed, Kind, Origin
from callguard.screening import Action, Reason, Verdict

from .samples import NOW, Listed, PoliceList, calling, entries, policy, verdict


def test_the_actions_and_reasons_have_their_documented_names() -> None:
    assert set(Action) == {"reject", "warn", "challenge", "connect"}
    assert set(Reason) == {
        "withheld",
        "payphone",
        "unavailable",
        "overseas",
        "malformed",
        "fraud-list",
        "protected-number",
        "household-block",
        "household-allow",
        "emergency-callback",
        "allowlist-only",
        "quiet-hours",
        "unlisted",
        "no-consent",
        "moved",
        "burst",
        "suspended",
        "outbound",
    }


@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        (
            Caller(Origin.DOMESTIC, 81422990001, Kind.FIXED),
            {"origin": "domestic", "number": "+81422990001", "kind": "fixed"},
        ),
        (
            Caller(Origin.DOMESTIC, 110, Kind.EMERGENCY),
            {"origin": "domestic", "number": "110", "kind": "emergency"},
        ),
        (
            Caller(Origin.OVERSEAS, 12025550123, calling_code=1),
            {"origin": "overseas", "number": "+12025550123", "calling_code": 1},
        ),
        (
            Caller(Origin.MALFORMED, 81312345678, fault="impossible"),
            {"origin": "malformed", "number": "+81312345678", "fault": "impossible"},
        ),
        (
            Caller(Origin.DOMESTIC, 81422990001, Kind.FIXED, verstat="TN-Validation-Failed"),
            {
                "origin": "domestic",
                "number": "+81422990001",
                "kind": "fixed",
                "verstat": "TN-Validation-Failed",
            },
        ),
        (Caller(Origin.WITHHELD), {"origin": "withheld"}),
        (Caller(Origin.PAYPHONE, disclosed=Disclosed(81422990003)), {"origin": "payphone"}),
        (Caller(Origin.UNAVAILABLE, disclosed=Disclosed(81422990003)), {"origin": "unavailable"}),
    ],
)
def test_a_caller_as_json(caller: Caller, expected: dict[str, Any]) -> None:
    shown = Verdict(Action.WARN, Reason.UNLISTED, caller).to_json()
    assert shown == {"action": "warn", "reason": "unlisted", "caller": expected, "evidence": {}}


def test_a_verdict_as_json_carries_its_evidence() -> None:
    police = PoliceList({81422990001: Listed(NOW)})
    assert verdict(calling("0422990001"), police=police).to_json() == {
        "action": "reject",
        "reason": "fraud-list",
        "caller": {"origin": "domestic", "number": "+81422990001", "kind": "fixed"},
        "evidence": {"source": "tokyo", "listed_at": "2026-11-24T03:00:00+00:00"},
    }


def test_every_verdict_is_json() -> None:
    doctor = calling("0422990001")
    until = datetime(2027, 1, 1, tzinfo=UTC)
    for found in (
        verdict(calling("+2952570110")),
        verdict(calling("anonymous")),
        verdict(doctor, policy(allow=entries(doctor, until=until))),
        verdict(doctor, emergency_dialled_at=NOW - timedelta(minutes=1)),
    ):
        assert json.loads(json.dumps(found.to_json())) == found.to_json()


def test_no_json_holds_a_number_that_the_caller_withheld() -> None:
    police = PoliceList({81422990003: Listed()})
    caller = calling("0422990003", presentation="prohib_not_screened")
    for found in (verdict(caller), verdict(caller, police=police)):
        assert "422990003" not in json.dumps(found.to_json())
        assert "422990003" not in repr(found)
