"""Quiet hours."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.notify.quiet import told_at
from callguard.screening.policy import JST


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=JST)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ("27T21:59:59", "27T21:59:59"),
        ("27T22:00", "28T07:00"),
        ("27T23:30", "28T07:00"),
        ("28T06:59:59", "28T07:00"),
        ("28T07:00", "28T07:00"),
    ],
)
def test_what_happens_in_quiet_hours_is_told_when_they_end(now: str, told: str) -> None:
    assert told_at("22:00-07:00", now=at(now)) == at(told)


def test_hours_may_lie_within_a_day() -> None:
    assert told_at("13:00-15:00", now=at("27T14:00")) == at("27T15:00")
    assert told_at("13:00-15:00", now=at("27T12:00")) == at("27T12:00")


def test_without_quiet_hours_everything_is_told_at_once() -> None:
    for hours in (None, "", "08:00-08:00"):
        assert told_at(hours, now=at("27T03:00")) == at("27T03:00")


@given(st.times(), st.times(), st.integers(0, 400 * 24 * 3600))
def test_nobody_waits_longer_than_a_day(begin: time, end: time, seconds: int) -> None:
    moment = at("01T00:00") + timedelta(seconds=seconds)
    told = told_at(f"{begin:%H:%M}-{end:%H:%M}", now=moment)
    assert 0 <= (told - moment).total_seconds() <= 24 * 3600
    assert told_at(f"{begin:%H:%M}-{end:%H:%M}", now=told) == told
