"""What a household has decided: list entries, quiet hours, the defaults."""

from datetime import UTC, datetime, time, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.screening import Action, Entry, Policy, QuietHours
from callguard.screening.policy import JST, NO_CONSENT

from .samples import MINUTE, NOW, moments


def japan(hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 11, 24, hour, minute, second, tzinfo=JST)


def test_an_entry_without_an_end_holds_for_ever() -> None:
    assert Entry(NOW).holds(NOW + timedelta(days=36_500))


def test_an_entry_with_an_end_holds_until_then() -> None:
    entry = Entry(NOW, expires_at=NOW + MINUTE)
    assert entry.holds(NOW + MINUTE - timedelta(microseconds=1))
    assert not entry.holds(NOW + MINUTE)


NIGHT = QuietHours(time(22), time(7))
SIESTA = QuietHours(time(13), time(15, 30))


@pytest.mark.parametrize(
    "now",
    [japan(22), japan(23, 59, 59), japan(0), japan(0, 0, 1), japan(6, 59, 59)],
)
def test_quiet_hours_span_midnight(now: datetime) -> None:
    assert NIGHT.cover(now)
    assert NIGHT.cover(now.astimezone(UTC))
    assert NIGHT.cover(now.astimezone(timezone(timedelta(hours=-5))))


@pytest.mark.parametrize("now", [japan(7), japan(12), japan(21, 59, 59)])
def test_after_the_quiet_hours_the_telephone_rings(now: datetime) -> None:
    assert not NIGHT.cover(now)
    assert not NIGHT.cover(now.astimezone(UTC))


def test_quiet_hours_are_japans_whatever_the_machines_clock_shows() -> None:
    assert NIGHT.cover(datetime(2026, 11, 24, 13, 0, tzinfo=UTC))
    assert NIGHT.cover(datetime(2026, 11, 24, 21, 59, tzinfo=UTC))
    assert not NIGHT.cover(datetime(2026, 11, 24, 22, 0, tzinfo=UTC))
    assert not NIGHT.cover(datetime(2026, 11, 24, 12, 59, tzinfo=UTC))


def test_quiet_hours_within_a_day() -> None:
    assert SIESTA.cover(japan(13))
    assert SIESTA.cover(japan(15, 29, 59))
    assert not SIESTA.cover(japan(12, 59, 59))
    assert not SIESTA.cover(japan(15, 30))


def test_quiet_hours_that_end_as_they_begin_cover_nothing() -> None:
    hours = QuietHours(time(22), time(22))
    assert not any(hours.cover(japan(hour)) for hour in range(24))


def test_quiet_hours_are_written_as_people_write_them() -> None:
    assert str(NIGHT) == "22:00-07:00"
    assert str(SIESTA) == "13:00-15:30"


@given(
    begin=st.times(),
    end=st.times(),
    now=moments,
)
def test_a_moment_is_in_the_quiet_hours_or_in_the_rest_of_the_day(
    begin: time, end: time, now: datetime
) -> None:
    if begin != end:
        assert QuietHours(begin, end).cover(now) is not QuietHours(end, begin).cover(now)


def test_nothing_is_on_for_a_household_that_has_not_agreed() -> None:
    assert not Policy().consent
    assert Policy() == NO_CONSENT


def test_the_defaults_refuse_what_fraud_needs_and_warn_the_rest() -> None:
    policy = Policy()
    for setting in ("withheld", "unavailable", "overseas", "malformed", "fraud_list"):
        assert getattr(policy, setting) is Action.REJECT
    assert (policy.payphone, policy.unlisted) == (Action.WARN, Action.WARN)
    assert policy.callback_minutes == 60
    assert policy.whisper
    assert policy.cut_listed_calls
    assert not policy.record
    assert not policy.allowlist_only
    assert (policy.quiet_hours, policy.countries) == (None, frozenset())
    assert (policy.allow, policy.block) == ({}, {})
