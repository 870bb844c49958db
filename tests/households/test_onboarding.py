"""Many households signed up from a table, each row checked by itself."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callguard.database import Database
from callguard.households.consent import Consents
from callguard.households.directory import Directory
from callguard.households.errors import Fault, HouseholdError
from callguard.households.onboarding import MAX_BYTES, MAX_ROWS, Onboarding, read_applicants
from callguard.households.registry import Registry

from .conftest import DAUGHTER, NOW, NUMBER, Household

TABLE = (
    "電話番号,お名前,同意者,同意日,同意の記録\n"
    "0422-99-0000,山田,本人,2026/11/01,申込書 12\n"
    "０４２２９９０００１,鈴木,,,\n"
    "0422-99-0000,もう一度,,,\n"
    "03-1234-5678,,,,\n"
    "0422-99-0002,佐藤,,2026-11-01,\n"
    "0422-99-0003,田中,本人,tomorrow,\n"
    "0422-99-0004,高橋,本人,2026-11-25,\n"
).encode()
FAULTS = [
    (2, []),
    (3, []),
    (4, [Fault.LINE_TAKEN]),
    (5, [Fault.NOT_A_LINE, Fault.NAME_MISSING]),
    (6, [Fault.NAME_MISSING]),
    (7, [Fault.BAD_VALUE]),
    (8, [Fault.FUTURE]),
]


def test_a_preview_says_what_is_wrong_with_each_row_and_does_nothing(database: Database) -> None:
    found = Onboarding(database).preview(TABLE, now=NOW)
    assert [(one.row, [error.fault for error in one.errors]) for one in found] == FAULTS
    assert Directory(database).search().total == 0


def test_the_good_rows_are_signed_up_and_the_others_say_why(database: Database) -> None:
    found = Onboarding(database).sign_up(TABLE, by=DAUGHTER, now=NOW)
    assert [(one.row, [error.fault for error in one.errors]) for one in found] == FAULTS
    assert [home.name for home in Directory(database).all()] == ["山田", "鈴木"]
    yamada, suzuki = (one.household for one in found[:2])
    assert yamada is not None
    assert suzuki is not None
    registry = Registry(database)
    assert (registry.get(yamada).line, registry.get(yamada).screened) == (NUMBER, True)
    assert not registry.get(suzuki).screened
    consent = Consents(database).history(yamada)[0]
    assert (consent.given_by, consent.evidence) == ("本人", "申込書 12")
    assert consent.given_at == datetime.fromisoformat("2026-11-01T00:00+09:00")


def test_a_table_handed_in_again_signs_nobody_up_twice(database: Database) -> None:
    onboarding = Onboarding(database)
    onboarding.sign_up(TABLE, by=DAUGHTER, now=NOW)
    again = onboarding.sign_up(TABLE, by=DAUGHTER, now=NOW)
    assert all(Fault.LINE_TAKEN in {e.fault for e in one.errors} for one in again[:2])
    assert Directory(database).search().total == 2


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it holds no household"),
        (b"a,b\n", "names no column line and none name"),
        (b"line,name\n", "it holds no household"),
        (b"line,mail\n0422990000,x\n", "names no column name"),
        (b"\xff\xfe\xff", "it is no text"),
        (b"\x80\x81\xff", "it is no text"),
        (b"line,name\n" + b'"' + b"x" * 200_000, "line 2 cannot be read as CSV"),
        (b"line,name\n" + b"1,x\n" * (MAX_ROWS + 1), "more than 5,000 households"),
        (b"x" * (MAX_BYTES + 1), "larger than 2 MB"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_what_is_no_such_table_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(HouseholdError) as caught:
        read_applicants(data, now=NOW)
    assert why in str(caught.value)
    assert caught.value.fault is Fault.BAD_FILE


@given(data=st.binary(max_size=120))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for whole in (data, b"line,name,consent_by,consent_at,evidence\n" + data):
        try:
            found = read_applicants(whole, now=NOW)
        except HouseholdError:
            continue
        assert all(one.errors or (one.line and one.name) for one in found)


def test_the_operator_finds_households_by_line_and_name(home: Household, other: Household) -> None:
    directory = Directory(home.database)

    def found(text: str) -> list[int]:
        return [one.id for one in directory.search(text).homes]

    assert found("") == [home.id, other.id]
    assert found("HOME") == [home.id]
    assert found("0422-99") == [home.id, other.id]
    assert found("０４２２９９０００５") == [other.id]
    assert found("+81 422 99 0005") == [other.id]
    assert found("0005") == [other.id]
    assert found("%") == found("_") == found("\0") == found("\udc80") == found("nobody") == []


def test_households_are_shown_page_by_page(home: Household, other: Household) -> None:
    directory = Directory(home.database)
    first = directory.search(limit=1)
    assert ([one.id for one in first.homes], first.total, first.next) == ([home.id], 2, NUMBER)
    assert first.next is not None
    second = directory.search(limit=1, after=first.next)
    assert ([one.id for one in second.homes], second.total, second.next) == ([other.id], 2, None)
    home.consents.revoke(home.id, by=DAUGHTER, now=NOW)
    assert [one.screened for one in directory.all()] == [False, True]
