"""What can be done with a household, and that the screener sees it at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select

from callguard.database import Database
from callguard.households.models import Consent
from callguard.households.reader import PolicyReader
from callguard.households.registry import (
    CONSENT_TEXT,
    HouseholdError,
    Registry,
    line_number,
    read_setting,
)
from callguard.screening import Action, Entry, Policy, QuietHours

from .conftest import DOCTOR, LINE, NOW, NUMBER


def refusal(registry: Registry, name: str, text: str) -> str:
    """What is said of a policy setting typed wrongly."""
    with pytest.raises(HouseholdError) as caught:
        registry.change_settings(LINE, {name: text})
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


# Signing up.


def test_a_household_is_added(registry: Registry) -> None:
    assert registry.add(LINE, "home", consent_by="subscriber", now=NOW) == NUMBER
    assert registry.all() == [(NUMBER, "home", True)]
    assert registry.policy(LINE) == Policy(consent=True)


def test_a_household_is_not_screened_before_it_agrees(
    registry: Registry, reader: PolicyReader
) -> None:
    registry.add(LINE, "home", consent_by=None, now=NOW)
    assert registry.all() == [(NUMBER, "home", False)]
    assert reader.policy(NUMBER) == Policy(consent=False)


@pytest.mark.parametrize("line", ["0422-99-0000", "０４２２９９００００", "+81 422 99 0000"])
def test_a_second_household_on_a_line_is_refused(home: Registry, line: str) -> None:
    with pytest.raises(HouseholdError, match=r"^the line 0422-99-0000 has a household already$"):
        home.add(line, "another", consent_by=None, now=NOW)
    assert home.all() == [(NUMBER, "home", True)]


def test_households_are_listed_by_line(registry: Registry) -> None:
    registry.add("0422-99-0005", "second", consent_by=None, now=NOW)
    registry.add("0422-99-0000", "first", consent_by="subscriber", now=NOW)
    assert [name for _, name, _ in registry.all()] == ["first", "second"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "line: '' is not a telephone number: no number"),
        ("03-1234-5678", "line: '03-1234-5678' is not a telephone number: the local exchange"),
        ("422990000", "write the leading 0: 0422990000"),
        ("+1 202-555-0123", "line: +1 202-555-0123 is not a Japanese subscriber's number"),
        ("0120-123-456", "line: 0120-123-456 is not a Japanese subscriber's number"),
        ("0570-123-456", "line: 0570-123-456 is not a Japanese subscriber's number"),
        ("110", "line: 110 is not a Japanese subscriber's number"),
    ],
)
def test_what_is_no_subscribers_line_is_refused(
    registry: Registry, line: str, message: str
) -> None:
    with pytest.raises(HouseholdError) as caught:
        registry.add(line, "home", consent_by=None, now=NOW)
    assert message in str(caught.value)
    assert registry.all() == []


@pytest.mark.parametrize("line", ["0422-99-0000", "050-1234-5678", "090-1234-5678", "06001234567"])
def test_fixed_ip_mobile_and_fmc_lines_can_sign_up(line: str) -> None:
    assert line_number(line) == int("81" + line.replace("-", "")[1:])


def test_a_line_without_a_household_is_told_how_to_add_one(registry: Registry) -> None:
    message = (
        "the line 0422-99-0000 has no household; "
        "add it with: callguard household add --line 0422-99-0000 --name NAME"
    )
    with pytest.raises(HouseholdError) as caught:
        registry.policy(LINE)
    assert str(caught.value) == message
    with pytest.raises(HouseholdError):
        registry.change_settings(LINE, {"payphone": "reject"})
    with pytest.raises(HouseholdError):
        registry.list_number(LINE, DOCTOR, allowed=True, now=NOW)


# Consent.


def test_revoked_consent_stops_screening_at_once(home: Registry, reader: PolicyReader) -> None:
    assert reader.policy(NUMBER).consent
    home.revoke_consent(LINE, now=NOW)
    assert not reader.policy(NUMBER).consent
    home.consent(LINE, given_by="daughter", now=NOW)
    assert reader.policy(NUMBER).consent


def test_every_consent_is_kept_as_a_record(home: Registry, database: Database) -> None:
    later = NOW + timedelta(days=1)
    home.consent(LINE, given_by="subscriber", now=later)  # one is in force: nothing to record
    home.revoke_consent(LINE, now=later)
    home.revoke_consent(LINE, now=later + timedelta(days=1))
    home.consent(LINE, given_by="daughter", now=later)
    with database.transaction() as session:
        consents = session.scalars(select(Consent).order_by(Consent.id)).all()
        assert [
            (one.text_version, one.given_by, one.given_at, one.revoked_at) for one in consents
        ] == [
            (CONSENT_TEXT, "subscriber", NOW, later),
            (CONSENT_TEXT, "daughter", later, None),
        ]


def test_settings_and_lists_outlive_a_revocation(home: Registry) -> None:
    home.change_settings(LINE, {"payphone": "reject"})
    home.list_number(LINE, DOCTOR, allowed=True, now=NOW)
    home.revoke_consent(LINE, now=NOW)
    home.consent(LINE, given_by="subscriber", now=NOW)
    policy = home.policy(LINE)
    assert policy.payphone is Action.REJECT
    assert DOCTOR in policy.allow


# Lists.


def test_an_allowed_number_rings_at_the_next_call(home: Registry, reader: PolicyReader) -> None:
    assert reader.policy(NUMBER).allow == {}
    home.list_number(LINE, DOCTOR, allowed=True, name="doctor", now=NOW)
    assert reader.policy(NUMBER).allow == {DOCTOR: Entry(NOW, "doctor")}


def test_allowing_a_blocked_number_moves_it(home: Registry, reader: PolicyReader) -> None:
    home.list_number(LINE, DOCTOR, allowed=False, name="shop", now=NOW)
    assert reader.policy(NUMBER).block == {DOCTOR: Entry(NOW, "shop")}
    later = NOW + timedelta(days=1)
    home.list_number(LINE, DOCTOR, allowed=True, name="doctor", now=later)
    policy = reader.policy(NUMBER)
    assert (policy.allow, policy.block) == ({DOCTOR: Entry(later, "doctor")}, {})
    home.list_number(LINE, DOCTOR, allowed=False, now=later)
    policy = reader.policy(NUMBER)
    assert (policy.allow, policy.block) == ({}, {DOCTOR: Entry(later, "doctor")})


def test_confirming_an_entry_renews_it_and_keeps_its_name(home: Registry) -> None:
    until = NOW + timedelta(days=30)
    home.list_number(LINE, DOCTOR, allowed=True, name="doctor", expires_at=until, now=NOW)
    assert home.policy(LINE).allow == {DOCTOR: Entry(NOW, "doctor", until)}
    later = NOW + timedelta(days=1)
    home.list_number(LINE, DOCTOR, allowed=True, now=later)
    assert home.policy(LINE).allow == {DOCTOR: Entry(later, "doctor", None)}


def test_times_are_kept_in_utc(home: Registry) -> None:
    japan = datetime.fromisoformat("2026-11-24T12:00:00+09:00")
    home.list_number(LINE, DOCTOR, allowed=True, expires_at=japan, now=japan)
    entry = home.policy(LINE).allow[DOCTOR]
    assert entry == Entry(NOW, "", NOW)
    assert entry.confirmed_at.tzinfo is UTC


def test_a_number_is_taken_off_either_list(home: Registry, reader: PolicyReader) -> None:
    for allowed in (True, False):
        home.list_number(LINE, DOCTOR, allowed=allowed, now=NOW)
        assert home.unlist_number(LINE, DOCTOR)
        policy = reader.policy(NUMBER)
        assert (policy.allow, policy.block) == ({}, {})
    assert not home.unlist_number(LINE, DOCTOR)


@pytest.mark.parametrize("service", [110, 118, 119])
def test_an_emergency_service_cannot_be_blocked(home: Registry, service: int) -> None:
    with pytest.raises(HouseholdError, match=f"^{service} cannot be blocked"):
        home.list_number(LINE, service, allowed=False, now=NOW)
    home.list_number(LINE, service, allowed=True, now=NOW)


def test_one_households_list_is_not_anothers(home: Registry) -> None:
    home.add("0422-99-0005", "another", consent_by="subscriber", now=NOW)
    home.list_number(LINE, DOCTOR, allowed=True, now=NOW)
    assert home.policy("0422-99-0005").allow == {}
    assert not home.unlist_number("0422-99-0005", DOCTOR)
    assert DOCTOR in home.policy(LINE).allow


# Settings.


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
    home: Registry, reader: PolicyReader, name: str, text: str, value: object
) -> None:
    home.change_settings(LINE, {name: text})
    assert getattr(home.policy(LINE), name) == value
    assert getattr(reader.policy(NUMBER), name) == value


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("payphone", "maybe", "payphone: 'maybe' is none of reject, warn, connect"),
        ("payphone", "challenge", "payphone: 'challenge' is none of reject, warn, connect"),
        ("payphone", "", "payphone: '' is none of reject, warn, connect"),
        ("whisper", "loud", "whisper: 'loud' is neither on nor off"),
        ("countries", "XX", "countries: 'XX' is not the code of a country, such as US"),
        ("countries", "US,JP", "countries: 'JP' is not the code of a country, such as US"),
        ("quiet_hours", "22:00", "quiet_hours: '22:00'; write 22:00-07:00, or off"),
        ("quiet_hours", "22:00-25:00", "quiet_hours: '22:00-25:00'; write 22:00-07:00, or off"),
        ("callback_minutes", "-1", "callback_minutes: '-1' is not a number from 0 to 1440"),
        ("callback_minutes", "1441", "callback_minutes: '1441' is not a number from 0 to 1440"),
        ("callback_minutes", "1.5", "callback_minutes: '1.5' is not a number from 0 to 1440"),
    ],
)
def test_a_setting_typed_wrongly_names_what_would_do(
    home: Registry, name: str, text: str, message: str
) -> None:
    assert refusal(home, name, text) == message
    assert home.policy(LINE) == Policy(consent=True)


@pytest.mark.parametrize("name", ["colour", "consent", "allow", "quiet-hours", ""])
def test_an_unknown_setting_names_those_that_exist(home: Registry, name: str) -> None:
    message = refusal(home, name, "on")
    assert message == (
        f"there is no policy setting {name!r}; there are withheld, payphone, unavailable, overseas,"
        " malformed, fraud_list, unlisted, allowlist_only, whisper, record, cut_listed_calls,"
        " countries, quiet_hours, callback_minutes"
    )


def test_settings_are_changed_all_or_none(home: Registry, reader: PolicyReader) -> None:
    with pytest.raises(HouseholdError):
        home.change_settings(LINE, {"payphone": "reject", "withheld": "maybe"})
    assert home.policy(LINE) == reader.policy(NUMBER) == Policy(consent=True)
    changed = home.change_settings(LINE, {"payphone": "reject", "withheld": "warn"})
    assert (changed.payphone, changed.withheld) == (Action.REJECT, Action.WARN)
    assert changed == home.policy(LINE) == reader.policy(NUMBER)


def test_a_later_change_keeps_the_earlier_ones(home: Registry) -> None:
    home.change_settings(LINE, {"payphone": "reject"})
    home.change_settings(LINE, {"quiet_hours": "22:00-07:00"})
    home.change_settings(LINE, {"quiet_hours": "off"})
    policy = home.policy(LINE)
    assert (policy.payphone, policy.quiet_hours) == (Action.REJECT, None)


def test_a_typed_setting_is_read_into_what_is_stored() -> None:
    assert read_setting("countries", "us,gb") == ["GB", "US"]
    assert read_setting("quiet_hours", "22-07") == "22:00-07:00"


# Several at once.


def test_a_change_is_undone_whole_when_it_fails(home: Registry, reader: PolicyReader) -> None:
    before = reader.policy(NUMBER)

    def fail_halfway() -> None:
        with home._change(LINE) as household:
            household.settings = {"payphone": "reject"}
            raise HouseholdError("stop")

    with pytest.raises(HouseholdError, match="stop"):
        fail_halfway()
    assert home.policy(LINE) == reader.policy(NUMBER) == before


def test_changes_at_the_same_time_lose_nothing(
    home: Registry, database_url: str, reader: PolicyReader
) -> None:
    numbers = range(DOCTOR, DOCTOR + 20)

    def add(mine: range) -> None:
        database = Database(database_url)
        try:
            for number in mine:
                Registry(database).list_number(LINE, number, allowed=True, now=NOW)
        finally:
            database.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, (numbers[start::4] for start in range(4))))
    assert set(home.policy(LINE).allow) == set(numbers)
    assert set(reader.policy(NUMBER).allow) == set(numbers)


def test_a_line_signed_up_twice_at_the_same_time_has_one_household(
    database: Database, database_url: str
) -> None:
    def add(name: str) -> bool:
        mine = Database(database_url)
        try:
            Registry(mine).add(LINE, name, consent_by=None, now=NOW)
        except HouseholdError as error:
            return "has a household already" not in str(error)
        finally:
            mine.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(add, "abcd")) == [False, False, False, True]
    assert len(Registry(database).all()) == 1
