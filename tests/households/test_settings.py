"""A household's choices: changed for the next call, all or none."""

from datetime import time

import pytest

from callguard.households.change import changing
from callguard.households.errors import Fault, HouseholdError
from callguard.households.settings import read_setting
from callguard.screening import Action, Policy, QuietHours

from .conftest import DAUGHTER, NOW, Household


def change(home: Household, **changes: str) -> Policy:
    return home.settings.change(home.id, changes, by=DAUGHTER, now=NOW)


def refusal(home: Household, name: str, text: str) -> HouseholdError:
    """What is said of a policy setting typed wrongly."""
    with pytest.raises(HouseholdError) as caught:
        change(home, **{name: text})
    assert len(str(caught.value).splitlines()) == 1
    return caught.value


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("withheld", "warn", Action.WARN),
        ("payphone", " Reject ", Action.REJECT),
        ("unavailable", "connect", Action.CONNECT),
        ("overseas", "WARN", Action.WARN),
        ("malformed", "warn", Action.WARN),
        ("fraud_list", "warn", Action.WARN),
        ("unlisted", "connect", Action.CONNECT),
        ("allowlist_only", "on", True),
        ("whisper", "off", False),
        ("whisper", "No", False),
        ("record", "yes", True),
        ("record", "1", True),
        ("cut_listed_calls", "off", False),
        ("countries", "us, gb", frozenset({"US", "GB"})),
        ("countries", "US US", frozenset({"US"})),
        ("countries", "none", frozenset()),
        ("countries", "", frozenset()),
        ("quiet_hours", "22:00-07:00", QuietHours(time(22), time(7))),
        ("quiet_hours", " 22:00 - 07:00 ", QuietHours(time(22), time(7))),
        ("quiet_hours", "off", None),
        ("callback_minutes", "0", 0),
        ("callback_minutes", "1440", 1440),
    ],
)
def test_a_setting_is_changed_for_the_next_call(
    home: Household, name: str, text: str, value: object
) -> None:
    change(home, **{name: text})
    assert getattr(home.policy(), name) == value


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("payphone", "maybe", "payphone: 'maybe' is none of reject, challenge, warn, connect"),
        ("payphone", "go", "payphone: 'go' is none of reject, challenge, warn, connect"),
        ("payphone", "", "payphone: '' is none of reject, challenge, warn, connect"),
        ("challenge", "song", "challenge: 'song' is none of digit, name, family"),
        ("dial_listed", "reject", "dial_listed: 'reject' is none of go, confirm, refuse"),
        ("whisper", "loud", "whisper: 'loud' is neither on nor off"),
        ("countries", "XX", "countries: 'XX' is not the code of a country, such as US"),
        ("countries", "US,JP", "countries: 'JP' is not the code of a country, such as US"),
        ("quiet_hours", "22:00", "quiet_hours: '22:00'; write 22:00-07:00, or off"),
        ("quiet_hours", "22:00-25:00", "quiet_hours: '22:00-25:00'; write 22:00-07:00, or off"),
        ("message_seconds", "9", "message_seconds: '9' is not a number from 10 to 180"),
        ("recording_days", "0", "recording_days: '0' is not a number from 1 to 3650"),
        ("callback_minutes", "-1", "callback_minutes: '-1' is not a number from 0 to 1440"),
        ("callback_minutes", "1441", "callback_minutes: '1441' is not a number from 0 to 1440"),
        ("callback_minutes", "1.5", "callback_minutes: '1.5' is not a number from 0 to 1440"),
    ],
)
@pytest.mark.database("sqlite")
def test_a_setting_typed_wrongly_names_what_would_do(
    home: Household, name: str, text: str, message: str
) -> None:
    error = refusal(home, name, text)
    assert str(error) == message
    assert error.fault in {Fault.BAD_VALUE, Fault.BAD_COUNTRY}
    assert home.policy() == Policy(consent=True, logged=True, recorded=True)


@pytest.mark.parametrize("name", ["colour", "consent", "allow", "quiet-hours", "", "expected"])
@pytest.mark.database("sqlite")
def test_an_unknown_setting_names_those_that_exist(home: Household, name: str) -> None:
    error = refusal(home, name, "on")
    assert str(error) == (
        f"there is no policy setting {name!r}; there are withheld, payphone, unavailable, overseas,"
        " malformed, fraud_list, burst, unlisted, allowlist_only, whisper, record,"
        " messages, cut_listed_calls, family_key, challenge, ask_order, ask_unanswered,"
        " dial_listed, dial_overseas, dial_premium, countries, quiet_hours, callback_minutes,"
        " ask_seconds, long_call_minutes, message_seconds, recording_days"
    )
    assert error.fault is Fault.NO_SETTING


def test_settings_are_changed_all_or_none(home: Household, other: Household) -> None:
    with pytest.raises(HouseholdError):
        change(home, payphone="reject", withheld="maybe")
    assert home.policy() == Policy(consent=True, logged=True, recorded=True)
    assert home.deeds() == []
    changed = change(home, payphone="reject", withheld="warn")
    assert (changed.payphone, changed.withheld) == (Action.REJECT, Action.WARN)
    assert changed == home.policy()
    assert other.settings.policy(other.id, now=NOW) == Policy(
        consent=True, logged=True, recorded=True
    )


def test_what_was_changed_is_in_the_trail_from_and_to(home: Household) -> None:
    change(home, payphone="reject", withheld="reject", quiet_hours="22:00-07:00")
    change(home, payphone="reject")
    changes = {"payphone": ["warn", "reject"], "quiet_hours": [None, "22:00-07:00"]}
    assert home.deeds() == [("娘", "change-settings", {"changes": changes})]


def test_a_later_change_keeps_the_earlier_ones(home: Household) -> None:
    change(home, payphone="reject")
    change(home, quiet_hours="22:00-07:00")
    change(home, quiet_hours="off")
    assert (home.policy().payphone, home.policy().quiet_hours) == (Action.REJECT, None)


def test_a_typed_setting_is_read_into_what_is_stored() -> None:
    assert read_setting("countries", "us,gb") == ["GB", "US"]
    assert read_setting("quiet_hours", "22-07") == "22:00-07:00"


def test_a_change_is_undone_whole_when_it_fails(home: Household) -> None:
    before = home.policy()

    def fail_halfway() -> None:
        with changing(home.database, home.id, NOW) as (_, household):
            household.settings = {"payphone": "reject"}
            raise HouseholdError("stop", Fault.BAD_VALUE)

    with pytest.raises(HouseholdError, match="stop"):
        fail_halfway()
    assert home.policy() == before


def test_calls_are_kept_as_long_as_the_family_says(home: Household, other: Household) -> None:
    home.settings.keep_calls(home.id, 30, by=DAUGHTER, now=NOW)
    home.settings.keep_calls(home.id, 30, by=DAUGHTER, now=NOW)
    assert home.registry.get(home.id).retention_days == 30
    assert other.registry.get(other.id).retention_days == 90
    assert home.deeds() == [("娘", "change-retention", {"days": [90, 30]})]


@pytest.mark.parametrize("days", [0, -1, 3651, 10**30])
def test_calls_are_kept_for_a_day_to_ten_years(home: Household, days: int) -> None:
    with pytest.raises(HouseholdError) as caught:
        home.settings.keep_calls(home.id, days, by=DAUGHTER, now=NOW)
    assert caught.value.fault is Fault.BAD_RETENTION
