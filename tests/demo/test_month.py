"""A demo's month has something of everything, the same each time, and of nobody."""

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from callguard.calllog.outcome import Outcome
from callguard.demo.month import DAYS, KNOWN, month
from callguard.numbers import format_number
from callguard.recordings.shelf import Kind
from callguard.screening import Action, Reason
from callguard.screening.policy import JST
from callguard.words import what_happened, why

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)

NOBODYS = re.compile(
    r"0422-99-\d{4}|0[578]0-9999-\d{4}|\+1 202-555-01\d\d|\+2950000110|03-1234-5678"
)
"""Fictitious, reserved (+1 202-555-01XX), without a country, or impossible."""

MOMENTS = st.integers(0, 15 * 365 * 86_400).map(lambda since: NOW + timedelta(seconds=since))


def test_it_has_every_end_and_every_reason_that_a_home_meets() -> None:
    calls = month(NOW)
    assert {call.outcome for call in calls} == set(Outcome)
    assert {call.verdict.action for call in calls} == set(Action)
    assert set(Reason) - {call.verdict.reason for call in calls} == {
        *(Reason.NO_CONSENT, Reason.ALLOWLIST_ONLY),  # of another policy
        *(Reason.MOVED, Reason.SUSPENDED, Reason.OUTBOUND),  # of another line
    }
    assert {call.kept for call in calls} == {None, *Kind}
    assert any(call.reported for call in calls)
    said = [call.verdict.evidence.get("family", {}).get("said") for call in calls]
    assert {"connect", "refuse", "nobody"} <= set(said)


@given(now=MOMENTS, seed=st.integers())
def test_it_is_the_month_before_now_and_over(now: datetime, seed: int) -> None:
    calls = month(now, seed)
    assert month(now, seed) == calls
    assert list(calls) == sorted(calls, key=lambda call: call.at)
    midnight = now.astimezone(JST).replace(hour=0, minute=0, second=0, microsecond=0)
    assert calls[0].at >= midnight - timedelta(days=DAYS)
    assert calls[-1].at >= midnight
    assert all(call.at <= call.ended_at <= now for call in calls)


@given(now=MOMENTS, seed=st.integers())
def test_its_numbers_are_nobodys(now: datetime, seed: int) -> None:
    numbers = {call.verdict.caller.number for call in month(now, seed)} - {None}
    for shown in [format_number(number) for number in numbers if number is not None]:
        assert NOBODYS.fullmatch(shown)
    assert all(NOBODYS.fullmatch(one.number) for one in KNOWN)


def test_another_seed_is_another_month() -> None:
    assert month(NOW, 1) != month(NOW, 2)


def test_each_call_can_be_told() -> None:
    for call in month(NOW):
        told = call.verdict
        row = _Told(told.action, told.reason, call)
        for language in ("ja", "en"):
            assert why(row, language)
            assert what_happened(row, language)


class _Told:
    """A planned call as the words want it."""

    def __init__(self, action: str, reason: str, call: object) -> None:
        from callguard.demo.month import PlannedCall

        assert isinstance(call, PlannedCall)
        self.action, self.reason = action, reason
        self.number = call.verdict.caller.number
        self.caller = call.verdict.to_json()["caller"]
        self.evidence = call.verdict.evidence
        self.defence = "daemon"
        self.outcome: str | None = call.outcome
        self.seconds = call.seconds
