"""``callguard household``, ``allow``, ``block``, ``unlist`` and ``policy``."""

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callguard.households.reader import PolicyReader
from callguard.screening import Policy

from .conftest import LINE, Run

NUMBER = 81422990000
DOCTOR = 81422990001


def policy(data: Path) -> Policy:
    """The policy as the screener sees it."""
    reader = PolicyReader(data / "households.db")
    try:
        return reader.policy(NUMBER)
    finally:
        reader.close()


# household


def test_a_household_is_added_with_its_consent(run: Run, data: Path) -> None:
    ran = run("household", "add", "--line", "０４２２９９００００", "--name", "home", "--consent")
    assert (ran.status, ran.out, ran.err) == (0, "0422-99-0000 (home) is screened\n", "")
    assert policy(data).consent


def test_a_household_is_added_without_consent(run: Run, data: Path) -> None:
    ran = run("household", "add", "--line", LINE, "--name", "home")
    assert ran.out == "0422-99-0000 (home) is not screened until it agrees (consent)\n"
    assert not policy(data).consent


def test_a_second_household_on_the_line_is_refused(household: Run) -> None:
    ran = household("household", "add", "--line", "+81422990000", "--name", "another")
    assert (ran.status, ran.error) == (1, "the line 0422-99-0000 has a household already")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("03-1234-5678", "line: '03-1234-5678' is not a telephone number: the local exchange"),
        ("422990000", "write the leading 0: 0422990000"),
        ("110", "line: 110 is not a Japanese subscriber's number"),
        ("+12025550123", "line: +1 202-555-0123 is not a Japanese subscriber's number"),
        ("home", "line: 'home' is not a telephone number: it is not made of digits"),
    ],
)
def test_a_line_typed_wrongly_is_told_what_is_wrong(run: Run, line: str, message: str) -> None:
    ran = run("household", "add", "--line", line, "--name", "home")
    assert ran.status == 1
    assert message in ran.error


def test_consent_is_recorded_and_revoked(household: Run, data: Path) -> None:
    ran = household("household", "consent", "--line", LINE, "--revoke")
    assert ran.out == "consent revoked: calls ring unscreened\n"
    assert not policy(data).consent
    ran = household("household", "consent", "--line", LINE, "--by", "daughter")
    assert ran.out == "consent recorded\n"
    assert policy(data).consent


def test_one_purpose_is_revoked_by_itself(household: Run, data: Path) -> None:
    ran = household("household", "consent", "--line", LINE, "--revoke", "--to", "logging")
    assert ran.out == "consent revoked; in force: notices, recording, screening\n"
    assert policy(data).consent
    household("household", "consent", "--line", LINE, "--revoke", "--to", "screening")
    assert not policy(data).consent
    ran = household("household", "consent", "--line", LINE, "--to", "notices")
    assert (ran.status, ran.error) == (
        1,
        "records, recordings and notices need the consent to screening too",
    )
    evidence = ("--by", "mother", "--evidence", "form 12")
    ran = household("household", "consent", "--line", LINE, "--to", "screening", *evidence)
    assert (ran.status, ran.out) == (0, "consent recorded\n")


def test_a_household_is_renamed(household: Run) -> None:
    ran = household("household", "rename", "--line", LINE, "--name", "祖母の家")
    assert (ran.status, ran.out) == (0, "0422-99-0000 is called 祖母の家\n")
    assert "祖母の家" in household("household", "list").out


def test_a_household_is_removed_by_who_means_it(household: Run, data: Path) -> None:
    ran = household("household", "remove", "--line", LINE)
    assert ran.status == 2
    assert ran.error.endswith("for good; say --yes")
    assert policy(data).consent
    ran = household("household", "remove", "--line", LINE, "--yes")
    assert (ran.status, ran.out) == (0, "0422-99-0000 (home) removed: calls ring unscreened\n")
    assert not policy(data).consent
    assert household("household", "list").out == ""


def test_the_households_are_listed(household: Run) -> None:
    household("household", "add", "--line", "0422-99-0005", "--name", "家")
    assert household("household", "list").out == (
        "0422-99-0000     screened   home\n0422-99-0005     no consent 家\n"
    )


@pytest.mark.parametrize(
    "command",
    [
        ("household", "consent", "--line", "0422-99-0005"),
        ("allow", "--line", "0422-99-0005", "0422-99-0001"),
        ("block", "--line", "0422-99-0005", "0422-99-0001"),
        ("unlist", "--line", "0422-99-0005", "0422-99-0001"),
        ("expect", "--line", "0422-99-0005"),
        ("policy", "show", "--line", "0422-99-0005"),
        ("policy", "set", "--line", "0422-99-0005", "payphone=reject"),
    ],
    ids=" ".join,
)
def test_a_line_without_a_household_is_told_how_to_add_one(
    household: Run, command: tuple[str, ...]
) -> None:
    ran = household(*command)
    assert ran.status == 1
    assert "callguard household add --line 0422-99-0005 --name NAME" in ran.error


def test_a_damaged_database_is_told(run: Run, data: Path) -> None:
    data.mkdir()
    (data / "households.db").write_bytes(b"not a database, whatever it is" * 100)
    ran = run("household", "list")
    assert ran.error == "the households database cannot be opened: file is not a database"


def test_a_newer_database_is_told(household: Run, data: Path) -> None:
    with closing(sqlite3.connect(data / "households.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "is of a newer callguard than this" in household("household", "list").error


def test_a_database_that_another_holds_is_told(
    household: Run, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = data / "households.db"
    monkeypatch.setenv("CALLGUARD_DATABASE_URL", f"sqlite:///{file}?timeout=0")
    with closing(sqlite3.connect(file, isolation_level=None)) as another:
        another.execute("BEGIN IMMEDIATE")
        assert household("household", "list").status == 0  # who only reads waits for nobody
        assert "database is locked" in household("unlist", "--line", LINE, "0422-99-0001").error


# allow, block, unlist


@pytest.mark.parametrize("number", ["0422-99-0001", "０４２２（９９）０００１", "+81 422 99 0001"])
def test_a_number_is_allowed_as_people_write_it(household: Run, data: Path, number: str) -> None:
    ran = household("allow", "--line", LINE, number, "--name", "doctor")
    assert (ran.status, ran.out, ran.err) == (0, "0422-99-0001 allowed\n", "")
    assert policy(data).allow[DOCTOR].name == "doctor"


def test_a_number_abroad_is_allowed(household: Run, data: Path) -> None:
    assert household("allow", "--line", LINE, "+1 202 555 0123").out == "+1 202-555-0123 allowed\n"
    assert list(policy(data).allow) == [12025550123]


def test_a_number_is_blocked_and_allowed_again(household: Run, data: Path) -> None:
    assert household("block", "--line", LINE, "0422-99-0001").out == "0422-99-0001 blocked\n"
    assert list(policy(data).block) == [DOCTOR]
    household("allow", "--line", LINE, "0422-99-0001")
    assert (list(policy(data).allow), list(policy(data).block)) == ([DOCTOR], [])


def test_a_number_is_allowed_for_some_days(household: Run, data: Path) -> None:
    household("allow", "--line", LINE, "0422-99-0001", "--days", "3")
    entry = policy(data).allow[DOCTOR]
    assert entry.expires_at == entry.confirmed_at + timedelta(days=3)
    assert entry.holds(datetime.now(UTC))


@pytest.mark.parametrize("command", ["allow", "block"])
@pytest.mark.parametrize(
    ("number", "message"),
    [
        ("", "'' is not a telephone number: no number"),
        ("doctor", "'doctor' is not a telephone number: it is not made of digits"),
        (
            "03-1234-5678",
            "'03-1234-5678' is not a telephone number: the local exchange after 03 begins with 1;"
            " exchanges begin with 2-9",
        ),
        (
            "090-1234-567",
            "'090-1234-567' is not a telephone number: 090 numbers have 11 digits, not 10",
        ),
        (
            "9012345678",
            "'9012345678' is not a telephone number; if it is a Japanese number, write the leading"
            " 0: 09012345678",
        ),
        (
            "12025550123",
            "'12025550123' is not a telephone number; write a number abroad with +: +12025550123",
        ),
        (
            "#9110",
            "'#9110' is not a telephone number: a # code is dialled from a handset and never calls",
        ),
    ],
)
def test_a_number_typed_wrongly_is_told_what_is_wrong(
    household: Run, data: Path, command: str, number: str, message: str
) -> None:
    ran = household(command, "--line", LINE, number)
    assert (ran.status, ran.error) == (1, message)
    assert (policy(data).allow, policy(data).block) == ({}, {})


def test_the_family_may_allow_what_the_plan_calls_impossible(household: Run, data: Path) -> None:
    ran = household("allow", "--line", LINE, "03-1234-5678", "--anyway")
    assert (ran.status, ran.out) == (0, "03-1234-5678 allowed\n")
    assert list(policy(data).allow) == [81312345678]
    assert household("check", "--from", "0312345678", "--to", LINE).out.startswith("connect (")
    household("unlist", "--line", LINE, "03-1234-5678")
    assert policy(data).allow == {}


def test_anyway_does_not_make_a_number_of_a_word(household: Run) -> None:
    ran = household("allow", "--line", LINE, "doctor", "--anyway")
    assert ran.error == "'doctor' is not a telephone number: it is not made of digits"


def test_an_emergency_service_cannot_be_blocked(household: Run) -> None:
    ran = household("block", "--line", LINE, "110")
    assert ran.error == "110 cannot be blocked: an emergency service may call back"


def test_a_number_is_taken_off_the_lists(household: Run, data: Path) -> None:
    household("block", "--line", LINE, "0422-99-0001")
    ran = household("unlist", "--line", LINE, "0422-99-0001")
    assert (ran.status, ran.out) == (0, "0422-99-0001 taken off\n")
    assert policy(data).block == {}
    ran = household("unlist", "--line", LINE, "0422-99-0001")
    assert (ran.status, ran.error) == (1, "0422-99-0001 is on neither list")


# expect


def test_a_call_is_expected_and_no_longer(household: Run, data: Path) -> None:
    begun = datetime.now(UTC)
    ran = household("expect", "--line", LINE)
    assert re.fullmatch(
        r"unknown callers from Japan ring until \d{4}-\d\d-\d\d \d\d:\d\d Japan time\n", ran.out
    )
    until = policy(data).expected["JP"]
    assert begun + timedelta(hours=2) <= until <= datetime.now(UTC) + timedelta(hours=2)
    assert household("check", "--from", "0422990199", "--to", LINE).out.startswith("connect (")
    assert "expected          JP until" in household("policy", "show", "--line", LINE).out
    ran = household("expect", "--line", LINE, "--stop")
    assert ran.out == "calls from Japan are no longer expected\n"
    assert policy(data).expected == {}
    ran = household("expect", "--line", LINE, "--stop")
    assert ran.out == "calls from Japan are not expected\n"


def test_a_call_from_a_country_is_expected(household: Run, data: Path) -> None:
    ran = household("expect", "--line", LINE, "--country", "us", "--hours", "24")
    assert ran.out.startswith("unknown callers from US ring until ")
    assert list(policy(data).expected) == ["US"]
    ran = household("expect", "--line", LINE, "--country", "XX")
    assert (ran.status, ran.error) == (1, "'XX' is not the code of a country, such as US")
    assert household("expect", "--line", LINE, "--hours", "25").status == 2


# policy


def test_the_policy_is_shown_as_text(household: Run) -> None:
    household("allow", "--line", LINE, "0422-99-0001", "--name", "doctor")
    household("block", "--line", LINE, "0422-99-0009", "--days", "1", "--note", "sells roofs")
    shown = household("policy", "show", "--line", LINE).out.splitlines()
    assert shown[:28] == [
        "consent           given",
        "withheld          reject",
        "payphone          warn",
        "unavailable       reject",
        "overseas          reject",
        "malformed         reject",
        "fraud_list        reject",
        "burst             challenge",
        "unlisted          warn",
        "allowlist_only    off",
        "whisper           on",
        "record            off",
        "messages          off",
        "cut_listed_calls  on",
        "family_key        on",
        "challenge         digit",
        "ask_order         in-turn",
        "ask_unanswered    name",
        "dial_listed       refuse",
        "dial_overseas     confirm",
        "dial_premium      confirm",
        "countries         none",
        "quiet_hours       off",
        "callback_minutes  60",
        "ask_seconds       25",
        "long_call_minutes 10",
        "message_seconds   60",
        "recording_days    30",
    ]
    assert shown[28] == "allow             0422-99-0001 doctor"
    assert shown[29].startswith("block             0422-99-0009 until 20")
    assert shown[29].endswith(" UTC (sells roofs)")
    assert len(shown) == 30


def test_the_policy_of_a_household_that_has_not_agreed_says_so(household: Run) -> None:
    household("household", "consent", "--line", LINE, "--revoke")
    shown = household("policy", "show", "--line", LINE).out
    assert shown.startswith("consent           not given: nothing is screened\n")


def test_the_policy_is_shown_as_json(household: Run) -> None:
    household("allow", "--line", LINE, "0422-99-0001", "--name", "医者", "--note", "火曜")
    household("block", "--line", LINE, "0422-99-0009", "--days", "1")
    household("policy", "set", "--line", LINE, "countries=us,gb", "quiet-hours=22:00-07:00")
    household("expect", "--line", LINE, "--country", "us")
    shown = json.loads(household("policy", "show", "--line", LINE, "--json").out)
    (allowed,), (blocked,) = shown.pop("allow"), shown.pop("block")
    (until,) = shown.pop("expected").values()
    assert datetime.fromisoformat(until) > datetime.now(UTC)
    assert datetime.fromisoformat(allowed.pop("confirmed_at")) <= datetime.now(UTC)
    assert allowed == {
        "number": "0422-99-0001",
        "name": "医者",
        "note": "火曜",
        "expires_at": None,
    }
    ends = datetime.fromisoformat(blocked["expires_at"])
    assert ends - datetime.fromisoformat(blocked["confirmed_at"]) == timedelta(days=1)
    assert shown == {
        "consent": True,
        "withheld": "reject",
        "payphone": "warn",
        "unavailable": "reject",
        "overseas": "reject",
        "malformed": "reject",
        "fraud_list": "reject",
        "burst": "challenge",
        "unlisted": "warn",
        "allowlist_only": False,
        "whisper": True,
        "record": False,
        "messages": False,
        "cut_listed_calls": True,
        "family_key": True,
        "challenge": "digit",
        "ask_order": "in-turn",
        "ask_unanswered": "name",
        "dial_listed": "refuse",
        "dial_overseas": "confirm",
        "dial_premium": "confirm",
        "countries": ["GB", "US"],
        "quiet_hours": "22:00-07:00",
        "callback_minutes": 60,
        "ask_seconds": 25,
        "long_call_minutes": 10,
        "message_seconds": 60,
        "recording_days": 30,
        "retention_days": 90,
    }


def test_settings_are_changed_together(household: Run) -> None:
    ran = household("policy", "set", "--line", LINE, "payphone=reject", "allowlist-only=on")
    assert (ran.status, ran.out) == (0, "changed: payphone, allowlist_only\n")
    shown = household("policy", "show", "--line", LINE).out
    assert "payphone          reject" in shown
    assert "allowlist_only    on" in shown


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("payphone", "'payphone' is not NAME=VALUE, such as payphone=reject"),
        ("payphone=maybe", "payphone: 'maybe' is none of reject, challenge, warn, connect"),
        ("colour=red", "there is no policy setting 'colour'; there are withheld, payphone, "),
        ("=reject", "there is no policy setting ''; there are withheld, payphone, "),
        ("countries=XX", "countries: 'XX' is not the code of a country, such as US"),
        ("quiet_hours=late", "quiet_hours: 'late'; write 22:00-07:00, or off"),
        ("callback_minutes=x", "callback_minutes: 'x' is not a number from 0 to 1440"),
    ],
)
def test_a_setting_typed_wrongly_changes_nothing(
    household: Run, data: Path, setting: str, message: str
) -> None:
    before = policy(data)
    ran = household("policy", "set", "--line", LINE, "withheld=warn", setting)
    assert ran.status == 1
    assert ran.error.startswith(message)
    assert policy(data) == before
