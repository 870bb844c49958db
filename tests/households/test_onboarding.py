"""Many households signed up from a table, each row checked by itself."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.database import Database
from callguard.delimited import EncodingFault, decoded, rows, rows_of_file
from callguard.households.applicants import Applicant, read_applicants
from callguard.households.consent import Consents
from callguard.households.consent_text import Purpose
from callguard.households.directory import Directory
from callguard.households.errors import Fault, HouseholdError
from callguard.households.onboarding import CHUNK, Effect, Onboarding, SignedUp
from callguard.households.registry import Registry

from .conftest import DAUGHTER, NOW, NUMBER, Household, deeds

DIGEST = hashlib.sha256(b"a signed form").hexdigest()
TABLE = (
    "電話番号,お名前,同意者,同意日,同意の記録,SHA-256\n"
    f"0422-99-0000,山田,本人,2026/11/01,申込書 12,{DIGEST.upper()}\n"
    "０４２２９９０００１,鈴木,,,,\n"
    "0422-99-0000,もう一度,,,,\n"
    "03-1234-5678,,,,,\n"
    f"0422-99-0002,佐藤,,2026-11-01,申込書 13,{DIGEST}\n"
    f"0422-99-0003,田中,本人,tomorrow,申込書 14,{DIGEST}\n"
    f"0422-99-0004,高橋,本人,2026-11-25,申込書 15,{DIGEST}\n"
    "0422-99-0006,伊藤,本人,2026-11-01,申込書 16,\n"
    "0422-99-0007,渡辺,本人,2026-11-01,申込書 17,1234\n"
)
FAULTS = [
    (2, []),
    (3, []),
    (4, [Fault.LINE_TWICE]),
    (5, [Fault.NOT_A_LINE, Fault.NAME_MISSING]),
    (6, [Fault.NO_EVIDENCE]),
    (7, [Fault.BAD_VALUE]),
    (8, [Fault.FUTURE]),
    (9, [Fault.NO_EVIDENCE]),
    (10, [Fault.BAD_DIGEST]),
]


def applicants(table: str) -> Iterable[Applicant]:
    return read_applicants(rows(table), now=NOW)


def sign_up(database: Database, table: str, *, dry_run: bool = False) -> list[SignedUp]:
    return list(
        Onboarding(database).sign_up(applicants(table), by=DAUGHTER, now=NOW, dry_run=dry_run)
    )


def faults(found: Iterable[SignedUp]) -> list[tuple[int, list[Fault]]]:
    return [(one.applicant.row, [error.fault for error in one.errors]) for one in found]


def test_a_dry_run_says_what_is_wrong_with_each_row_and_does_nothing(database: Database) -> None:
    assert faults(sign_up(database, TABLE, dry_run=True)) == FAULTS
    assert Directory(database).search().total == 0
    assert deeds(database) == []


def test_the_good_rows_are_signed_up_and_the_others_say_why(database: Database) -> None:
    found = sign_up(database, TABLE)
    assert faults(found) == FAULTS
    assert [home.name for home in Directory(database).all()] == ["山田", "鈴木"]
    yamada, suzuki = (one.household for one in found[:2])
    assert yamada is not None
    assert suzuki is not None
    registry = Registry(database)
    assert (registry.get(yamada).line, registry.get(yamada).screened) == (NUMBER, True)
    assert not registry.get(suzuki).screened
    consent = Consents(database).history(yamada)[0]
    assert (consent.given_by, consent.evidence, consent.digest) == ("本人", "申込書 12", DIGEST)
    assert consent.given_at == datetime.fromisoformat("2026-11-01T00:00+09:00")
    assert [what for _, what, _ in deeds(database)] == [
        *("add-household", "give-consent", "add-household")
    ]


def test_half_a_proof_is_none_and_signs_nobody_up(database: Database) -> None:
    whole = {"consent_by": "x", "consent_at": "2026-11-01", "evidence": "A 1", "digest": DIGEST}
    for missing in whole:
        cells = {name: "" if name == missing else text for name, text in whole.items()}
        table = f"line,name,{','.join(cells)}\n0422-99-0000,山田,{','.join(cells.values())}\n"
        (found,) = sign_up(database, table)
        assert (found.effect, found.errors[0].fault) == (Effect.REFUSED, Fault.NO_EVIDENCE)
        assert missing in str(found.errors[0])
    assert Directory(database).search().total == 0


def test_consent_may_be_to_some_purposes_and_to_another_wording(database: Database) -> None:
    table = (
        "line,name,consent_by,consent_at,consent_to,evidence,digest,text_version\n"
        f"0422-99-0000,山田,本人,2026-11-01,screening;logging,A 1,{DIGEST},2026-04\n"
        f"0422-99-0001,鈴木,本人,2026-11-01,logging,A 2,{DIGEST},\n"
    )
    first, second = sign_up(database, table)
    assert first.household is not None
    history = Consents(database).history(first.household)
    assert {one.purpose for one in history} == {Purpose.SCREENING, Purpose.LOGGING}
    assert {one.text_version for one in history} == {"2026-04"}
    assert second.errors[0].fault is Fault.NO_CONSENT


def test_a_table_handed_in_again_goes_on_where_it_ended(
    database: Database, home: Household
) -> None:
    lines = [f"0422-98-{n:04}" for n in range(CHUNK + 20)]
    table = "line,name\n" + "".join(f"{line},家 {line}\n" for line in lines)
    broken = iter(applicants(table))

    def cut_off() -> Iterable[Applicant]:
        for _ in range(CHUNK + 5):
            yield next(broken)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(Onboarding(database).sign_up(cut_off(), by=DAUGHTER, now=NOW))
    assert Directory(database).search().total == CHUNK + 1
    again = sign_up(database, table)
    assert [one.effect for one in again] == [Effect.PRESENT] * CHUNK + [Effect.ADDED] * 20
    assert {one.effect for one in sign_up(database, table)} == {Effect.PRESENT}
    assert Directory(database).search().total == len(lines) + 1


def test_a_household_of_another_name_is_not_taken_for_the_same(
    database: Database, home: Household
) -> None:
    (found,) = sign_up(database, "line,name\n0422-99-0000,somebody else\n")
    assert (found.effect, found.errors[0].fault) == (Effect.REFUSED, Fault.LINE_TAKEN)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("", "it holds no household"),
        ("a,b\n", "names no column line and none name"),
        ("line,name\n", "it holds no household"),
        ("line,mail\n0422990000,x\n", "names no column name"),
        ("line,name\n" + '"' + "x" * 200_000, "line 2 cannot be read as CSV"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_what_is_no_such_table_is_refused(data: str, why: str) -> None:
    with pytest.raises(HouseholdError) as caught:
        list(applicants(data))
    assert why in str(caught.value)
    assert caught.value.fault is Fault.BAD_FILE


@given(data=st.binary(max_size=120))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for whole in (data, b"line,name,group,consent_by,consent_at,evidence,digest\n" + data):
        try:
            found = list(applicants(decoded(whole)))
        except (HouseholdError, EncodingFault):
            continue
        for one in found:
            assert one.errors or (one.line and one.name)
            assert one.consent is None or all((one.consent.evidence, one.consent.digest))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_a_file_is_read_piece_by_piece_as_it_would_be_whole(tmp_path: Path, encoding: str) -> None:
    table = "sep=;\n電話番号;お名前\n0422-99-0000;山田\n" + "\n" * 70_000 + "0422-99-0001;鈴木\n"
    path = tmp_path / "table.csv"
    path.write_bytes(table.encode(encoding))
    assert list(rows_of_file(path)) == list(rows(decoded(path.read_bytes())))


@pytest.mark.parametrize("data", [b"\xff\xfe\xff", b"\x80\x81\xff", b"line\0name\n"])
def test_a_file_that_is_no_text_is_told(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(data)
    with pytest.raises(EncodingFault):
        list(rows_of_file(path))


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
