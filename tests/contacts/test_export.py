"""Lists as files: what was written is read back, and no spreadsheet computes it."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.contacts.export import to_csv, to_vcards
from callguard.contacts.file import read_contacts
from callguard.contacts.preview import preview
from callguard.households.listed import Effect, Listed

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
ENTRIES = (
    Listed(81422990001, True, "佐藤, 医院; \\x", "火曜\n木曜", NOW, None),
    Listed(12025550123, False, "=HYPERLINK(1)", "", NOW, NOW),
    Listed(110, True, "", "", NOW, None),
    Listed(819012345678, True, "👵🏻" + "長い名前" * 20, "", NOW, None),
)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_table_is_read_back(language: str) -> None:
    found = read_contacts(to_csv(ENTRIES, language))
    assert [(one.name, one.numbers) for one in found.contacts] == [
        ("佐藤, 医院; \\x", ("0422-99-0001",)),
        ("=HYPERLINK(1)", ("+1 202-555-0123",)),
        ("", ("110",)),
        ("👵🏻" + "長い名前" * 20, ("090-1234-5678",)),
    ]


def test_a_table_holds_everything_that_was_kept() -> None:
    heading, first, second, *_ = csv.reader(io.StringIO(to_csv(ENTRIES, "ja").decode("utf-8-sig")))
    assert heading == ["名前", "電話番号", "リスト", "メモ", "期限"]
    assert first == ["佐藤, 医院; \\x", "0422-99-0001", "許可", "火曜\n木曜", ""]
    assert second == ["'=HYPERLINK(1)", "'+1 202-555-0123", "拒否", "", "2026-11-24 12:00"]


def test_cards_are_read_back() -> None:
    found = read_contacts(to_vcards(ENTRIES))
    rows = preview(found.contacts, {entry.number: entry for entry in ENTRIES}, allowed=True)
    assert [row.number for row in rows] == [entry.number for entry in ENTRIES]
    assert [row.effect for row in rows][::3] == [Effect.UNCHANGED, Effect.UNCHANGED]


def test_no_line_of_a_card_is_longer_than_the_standard_has_it() -> None:
    for line in to_vcards(ENTRIES).split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # no character is broken


names = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=30)


@given(name=names, note=names)
def test_no_cell_is_a_formula_and_no_name_breaks_a_card(name: str, note: str) -> None:
    entry = Listed(81422990001, True, name, note, NOW, None)
    rows = list(csv.reader(io.StringIO(to_csv([entry], "en").decode("utf-8-sig"), newline="")))
    assert len(rows) == 2
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in rows[1])
    assert len(read_contacts(to_vcards([entry])).contacts) == 1
