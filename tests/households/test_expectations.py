"""We expect a call: for a while, from Japan or from one country."""

from datetime import timedelta

import pytest

from callguard.households.errors import Fault, HouseholdError
from callguard.households.expectations import Expected

from .conftest import DAUGHTER, NOW, Household

TWO_HOURS = NOW + timedelta(hours=2)


def test_a_call_is_expected_for_two_hours(home: Household, other: Household) -> None:
    assert home.expectations.expect(home.id, by=DAUGHTER, now=NOW) == Expected("JP", TWO_HOURS)
    assert home.policy().expected == {"JP": TWO_HOURS}
    assert home.expectations.running(home.id, now=NOW) == (Expected("JP", TWO_HOURS),)
    assert home.expectations.running(home.id, now=TWO_HOURS) == ()
    assert other.expectations.running(other.id, now=NOW) == ()
    assert home.deeds() == [
        ("娘", "expect", {"country": "JP", "until": "2026-11-24T05:00:00+00:00"})
    ]


def test_the_last_word_on_a_country_counts(home: Household) -> None:
    def expect(country: str, hours: int) -> None:
        duration = timedelta(hours=hours)
        home.expectations.expect(home.id, country=country, duration=duration, by=DAUGHTER, now=NOW)

    expect("US", 24)
    expect("JP", 3)
    expect("US", 1)
    assert home.policy().expected == {
        "US": NOW + timedelta(hours=1),
        "JP": NOW + timedelta(hours=3),
    }
    assert [one.country for one in home.expectations.running(home.id, now=NOW)] == ["US", "JP"]


def test_what_is_no_longer_expected_ends_at_once(home: Household) -> None:
    home.expectations.expect(home.id, by=DAUGHTER, now=NOW)
    home.expectations.expect(home.id, country="GB", by=DAUGHTER, now=NOW)
    assert home.expectations.stop(home.id, by=DAUGHTER, now=NOW)
    assert home.policy().expected == {"GB": TWO_HOURS}
    assert not home.expectations.stop(home.id, by=DAUGHTER, now=NOW)
    assert not home.expectations.stop(home.id, "GB", by=DAUGHTER, now=TWO_HOURS)
    assert home.deeds()[2:] == [("娘", "stop-expecting", {"country": "JP"})]


@pytest.mark.parametrize("country", ["", "XX", "us", "JPN", "日本"])
def test_what_is_no_country_is_refused(home: Household, country: str) -> None:
    with pytest.raises(HouseholdError) as caught:
        home.expectations.expect(home.id, country=country, by=DAUGHTER, now=NOW)
    assert caught.value.fault is Fault.BAD_COUNTRY


@pytest.mark.parametrize("hours", [0, -1, 24.01])
def test_nothing_is_expected_for_longer_than_a_day(home: Household, hours: float) -> None:
    with pytest.raises(HouseholdError) as caught:
        home.expectations.expect(home.id, duration=timedelta(hours=hours), by=DAUGHTER, now=NOW)
    assert caught.value.fault is Fault.BAD_DURATION
    assert home.policy().expected == {}
