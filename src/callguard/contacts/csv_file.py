"""Tables of contacts: the CSV files of Google, Outlook, Japanese programs and plain lists."""

import re
from dataclasses import dataclass, field

from ..delimited import EncodingFault, bare, decoded, heading_word, rows
from .contact import (
    MAX_CONTACTS,
    MAX_NUMBER_TEXT,
    MAX_NUMBERS,
    Contact,
    ContactFile,
    ContactFileError,
    FileFault,
    RowFault,
    Skipped,
    full_name,
    shown_name,
    too_many,
)

_NAME = {
    "name", "fullname", "displayname", "fileas", "contact",
    "名前", "なまえ", "お名前", "氏名", "表示名", "連絡先名", "登録名",
}  # fmt: skip
_GIVEN = {"firstname", "givenname", "given", "first", "名"}
_FAMILY = {"lastname", "familyname", "surname", "family", "last", "姓", "名字", "苗字"}
_COMPANY = {
    "company", "organization", "organisation", "organizationname", "organization1name",
    "会社", "会社名", "組織", "組織名", "勤務先",
}  # fmt: skip
_NUMBER = {"number", "numbers", "番号", "tel", "no"}
_NUMBER_PART = re.compile(r"phone|mobile|^tel|cellular|^cell|電話|でんわ|携帯|けいたい")
_NOT_NUMBER = re.compile(
    r"type|label|phonetic|fax|pager|telex|mail|address|url"
    r"|種類|種別|ラベル|ファックス|ファクス|メール|アドレス|よみ|フリガナ|ふりがな"
)
_LOOKS_LIKE_NUMBER = re.compile(r"^[+＋(（]?[0-9０-９][-0-9０-９ \u3000()（）.・‐−－ー—]{1,38}$")
_BETWEEN = re.compile(r":::|[\n\r;；、/]")


@dataclass(slots=True)
class _Columns:
    """Which column holds what; without a heading each row is looked at by itself."""

    numbers: list[int] = field(default_factory=list)
    name: int | None = None
    given: int | None = None
    family: int | None = None
    company: int | None = None


def read_csv(data: bytes) -> ContactFile:
    """Read a table of contacts, with or without a heading.

    Raises:
        ContactFileError: it is no text, no table with numbers, or holds more than ``MAX_CONTACTS``.

    """
    try:
        text = decoded(data)
    except EncodingFault as error:
        raise ContactFileError(
            "the file is no text in UTF-8, UTF-16 or Shift_JIS; export the contacts again as CSV",
            FileFault.ENCODING,
        ) from error
    contacts: list[Contact] = []
    skipped: list[Skipped] = []
    columns: _Columns | None = None
    first = True
    for line, row in rows(text):
        if row is None:
            skipped.append(Skipped(line, "", RowFault.UNREADABLE))
            continue
        if first:
            first = False
            columns = _heading(row)
            if columns is not None:
                continue
        if len(contacts) + len(skipped) >= MAX_CONTACTS:
            raise too_many()
        name = shown_name(_name(row, columns))
        numbers, faults = _numbers(row, columns)
        skipped.extend(Skipped(line, name, fault) for fault in faults)
        if numbers:
            contacts.append(Contact(name, numbers, line))
        elif not faults:
            skipped.append(Skipped(line, name, RowFault.NO_NUMBER))
    if not contacts and columns is None:
        raise ContactFileError(
            "the file is neither a vCard nor a table with telephone numbers; "
            "export the contacts as vCard (.vcf) or CSV",
            FileFault.NOT_CONTACTS,
        )
    return ContactFile(tuple(contacts), tuple(skipped))


def _heading(row: list[str]) -> _Columns | None:
    """Return what the columns hold if *row* is a heading with a column of numbers."""
    if any(_LOOKS_LIKE_NUMBER.match(bare(cell)) for cell in row):
        return None
    columns = _Columns()
    for place, cell in enumerate(row):
        word = heading_word(cell)
        if word in _NUMBER or (_NUMBER_PART.search(word) and not _NOT_NUMBER.search(word)):
            columns.numbers.append(place)
        for names, column in (
            (_NAME, "name"),
            (_GIVEN, "given"),
            (_FAMILY, "family"),
            (_COMPANY, "company"),
        ):
            if word in names and getattr(columns, column) is None:
                setattr(columns, column, place)
    return columns if columns.numbers else None


def _name(row: list[str], columns: _Columns | None) -> str:
    if columns is None:
        return next(
            (cell for cell in row if cell.strip() and not _LOOKS_LIKE_NUMBER.match(bare(cell))), ""
        )

    def cell(place: int | None) -> str:
        return bare(row[place]) if place is not None and place < len(row) else ""

    return (
        cell(columns.name)
        or full_name(cell(columns.given), cell(columns.family))
        or cell(columns.company)
    )


def _numbers(row: list[str], columns: _Columns | None) -> tuple[tuple[str, ...], list[RowFault]]:
    if columns is None:
        cells = [cell for cell in row if _LOOKS_LIKE_NUMBER.match(bare(cell))]
    else:
        cells = [row[place] for place in columns.numbers if place < len(row)]
    found: list[str] = []
    faults: list[RowFault] = []
    for cell in cells:
        for part in _BETWEEN.split(cell[: MAX_NUMBER_TEXT * MAX_NUMBERS]):
            number = bare(part)
            if not number or number in found:
                continue
            if len(number) > MAX_NUMBER_TEXT:
                faults.append(RowFault.NUMBER_TOO_LONG)
            elif len(found) >= MAX_NUMBERS:
                if RowFault.TOO_MANY_NUMBERS not in faults:
                    faults.append(RowFault.TOO_MANY_NUMBERS)
            else:
                found.append(number)
    return tuple(found), faults
