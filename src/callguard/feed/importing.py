"""A file of numbers: CSV, as people make it by hand or with Excel. Pure: text in, numbers out.

What is wrong is said row by row, and nothing is guessed: Excel drops the 0 that Japanese numbers
begin with, and what it leaves may be a number of some other country.
"""

import csv
import io
import re
from array import array
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from unicodedata import normalize

from pyroaring import BitMap64

from ..blocklist.errors import ImportRefused
from ..blocklist.listing import MAX_REFERENCE, Category, Terms
from ..blocklist.operation import bitmap
from ..numbers import NumberError, parse_range

SHOWN_FAULTS = 20
"""Wrong rows that are told one by one; the others are counted."""
NOTED_ROWS = 10_000
"""After so many rows the reader tells how far it is."""

_COLUMNS = {
    "number": "number",
    "番号": "number",
    "電話番号": "number",
    "category": "category",
    "手口": "category",
    "reference": "reference",
    "参照": "reference",
    "until": "until",
    "期限": "until",
    "simulated": "simulated",
    "試行": "simulated",
}
_CATEGORIES = {
    "ニセ警察": Category.FAKE_POLICE,
    "利用停止": Category.SUSPENDED,
    "還付金": Category.REFUND,
    "アポ電": Category.PRECURSOR,
    "自動音声": Category.ROBOCALL,
    "在庫番号": Category.FORWARDER_STOCK,
    "その他": Category.OTHER,
} | {one.value: one for one in Category}
_YES_OR_NO = {
    "": False, "no": False, "false": False, "0": False, "いいえ": False,
    "yes": True, "true": True, "1": True, "はい": True,
}  # fmt: skip
_JAPAN = timezone(timedelta(hours=9))
_ROUNDED = re.compile(r"[0-9](\.[0-9]+)?e\+?[0-9]+")
_WITHOUT_ZERO = re.compile(r"[1-9][0-9]{8,9}")


@dataclass(frozen=True, slots=True)
class Defaults:
    """What is said of a row's numbers where the row itself does not say it."""

    category: Category | None = None
    reference: str = ""
    until: datetime | None = None
    simulated: bool = False


_OF_NO_CATEGORY = Defaults(Category.OTHER)
"""What takes numbers off a list says nothing of them."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that cannot be used."""

    line: int
    """In the file, from 1; of a row of several lines the last."""
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


@dataclass(slots=True)
class Rows:
    """What a file says."""

    count: int = 0
    """Rows with something in them, the header aside."""
    numbers: dict[Terms, BitMap64] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    """The first wrong rows."""
    fault_count: int = 0
    ignored: tuple[str, ...] = ()
    """Columns whose names mean nothing here."""

    def everything(self) -> BitMap64:
        """Return the numbers of all rows."""
        return BitMap64().union(*self.numbers.values()) if self.numbers else BitMap64()


def decode(data: bytes) -> str:
    """Return a file's text: UTF-8, with or without a mark, or Shift_JIS as Windows writes it.

    Raises:
        ImportRefused: it is in neither.

    """
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) or b"\0" in data:
        raise ImportRefused("the file is not text, or in UTF-16; save it as CSV UTF-8")
    for encoding in ("utf-8", "cp932"):
        try:
            return data.removeprefix(BOM_UTF8).decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ImportRefused("the file is neither in UTF-8 nor in Shift_JIS; save it as CSV UTF-8")


def read_rows(
    text: str,
    defaults: Defaults,
    issued_at: datetime,
    *,
    only_numbers: bool = False,
    noted: Callable[[int], object] = lambda _: None,
) -> Rows:
    """Read the rows of a file.

    The first row names the columns, in English or Japanese; without such names the first column is
    the numbers. ``only_numbers``: a retraction, where no other column counts. ``noted`` is told how
    many lines have been read.

    Raises:
        ImportRefused: it is no CSV, or its header has no column of numbers.

    """
    rows = _rows(text)
    first = next(rows, None)
    if first is None:
        raise ImportRefused("the file is empty")
    columns, ignored = _header(first[1])
    if columns is None:
        columns = {"number": 0}
        rows = _again(first, rows)
    if only_numbers:
        columns, defaults = {"number": columns["number"]}, _OF_NO_CATEGORY
    listing = _Reading(columns, defaults, issued_at)
    listing.rows.ignored = ignored
    for line, cells in rows:
        listing.take(line, cells)
        if listing.rows.count % NOTED_ROWS == 0:
            noted(line)
    return listing.rows


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise ImportRefused(f"line {reader.line_num}: this is not CSV: {error}") from error


def _again(
    first: tuple[int, list[str]], rows: Iterator[tuple[int, list[str]]]
) -> Iterator[tuple[int, list[str]]]:
    yield first
    yield from rows


def _header(cells: list[str]) -> tuple[dict[str, int] | None, tuple[str, ...]]:
    """Return where each column is, and those that are not read; None if the row is no header."""
    names = [normalize("NFKC", cell).strip().lower() for cell in cells]
    known = [(_COLUMNS[name], position) for position, name in enumerate(names) if name in _COLUMNS]
    if not known:
        return None, ()
    columns = dict(known)
    if len(columns) != len(known):
        raise ImportRefused("the header names a column twice")
    if "number" not in columns:
        raise ImportRefused("the header has no column number (番号)")
    return columns, tuple(name for name in names if name and name not in _COLUMNS)


class _Reading:
    """The rows so far, and where each number stands."""

    def __init__(self, columns: Mapping[str, int], defaults: Defaults, issued_at: datetime) -> None:
        self.rows = Rows()
        self._number = columns["number"]
        self._others = {name: at for name, at in columns.items() if name != "number"}
        self._defaults = defaults
        self._issued_at = issued_at
        self._terms: dict[tuple[str, ...], Terms] = {}
        self._all = BitMap64()
        self._starts, self._stops, self._lines = array("Q"), array("Q"), array("Q")

    def take(self, line: int, cells: list[str]) -> None:
        """Read one row, or note what is wrong with it."""
        self.rows.count += 1
        try:
            span = _numbers(cells[self._number] if self._number < len(cells) else "")
            terms = self._terms_of(cells)
            self._list(line, span, terms)
        except ValueError as error:
            self.rows.fault_count += 1
            if len(self.rows.faults) < SHOWN_FAULTS:
                self.rows.faults.append(Fault(line, str(error)))

    def _list(self, line: int, span: range, terms: Terms) -> None:
        mine = self.rows.numbers.setdefault(terms, BitMap64())
        if len(span) == 1:
            number = span.start
            if number in self._all and number not in mine:
                raise ValueError(self._contradiction(number))
            mine.add(number)
            self._all.add(number)
        else:
            block = bitmap([span])
            if others := (self._all & block) - mine:
                raise ValueError(self._contradiction(others.min()))
            mine |= block
            self.rows.numbers[terms] = mine
            self._all |= block
        self._starts.append(span.start)
        self._stops.append(span.stop)
        self._lines.append(line)

    def _contradiction(self, number: int) -> str:
        if self.rows.fault_count >= SHOWN_FAULTS:
            return ""  # nobody will read it
        spans = zip(self._starts, self._stops, self._lines, strict=True)
        line = next(line for start, stop, line in spans if start <= number < stop)
        return f"+{number} is in line {line} too, on other terms"

    def _terms_of(self, cells: list[str]) -> Terms:
        key = tuple(cells[at] if at < len(cells) else "" for at in self._others.values())
        terms = self._terms.get(key)
        if terms is None:
            texts = (normalize("NFKC", cell).strip() for cell in key)
            terms = self._read_terms(dict(zip(self._others, texts, strict=True)))
            self._terms[key] = terms
        return terms

    def _read_terms(self, cells: Mapping[str, str]) -> Terms:
        given = self._defaults
        reference = cells.get("reference") or given.reference
        if len(reference) > MAX_REFERENCE:
            raise ValueError(f"a reference of {len(reference)} characters; at most {MAX_REFERENCE}")
        until = _until(cells["until"]) if cells.get("until") else given.until
        if until is not None and until <= self._issued_at:
            raise ValueError(f"{cells.get('until')!r} has passed")
        simulated = _yes_or_no(cells["simulated"]) if cells.get("simulated") else given.simulated
        category = _category(cells["category"]) if cells.get("category") else given.category
        if category is None:
            raise ValueError("no category; add a column category (手口), or give --category")
        return Terms(category, self._issued_at, until, reference, simulated)


def _numbers(text: str) -> range:
    try:
        return parse_range(text)
    except NumberError as error:
        shown = normalize("NFKC", text).strip().lower()
        if not shown:
            raise ValueError("no number") from error
        if _ROUNDED.fullmatch(shown):
            raise ValueError(
                f"{text.strip()!r}: Excel has rounded the number, and its digits are lost; format "
                "the column as text, and enter it again"
            ) from error
        digits = shown.replace("-", "").removesuffix(".0")
        if _WITHOUT_ZERO.fullmatch(digits):
            raise ValueError(
                f"{text.strip()!r} begins with neither 0 nor +: if Excel has dropped the 0, it is "
                f"0{digits}, if it is abroad, +{digits}; format the column as text, and write one"
            ) from error
        raise


def _category(text: str) -> Category:
    try:
        return _CATEGORIES[text.lower()]
    except KeyError as error:
        known = ", ".join(Category)
        raise ValueError(f"there is no category {text[:40]!r}; there are {known}") from error


def _until(text: str) -> datetime:
    """Read a day, whose end in Japan is meant, or a time with its offset from UTC."""
    try:
        if "T" not in text:
            year, month, day = re.split("[-/]", text)
            last = date(int(year), int(month), int(day)) + timedelta(days=1)
            return datetime(last.year, last.month, last.day, tzinfo=_JAPAN).astimezone(UTC)
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError(text)  # noqa: TRY301 - one message for all
        return moment.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f"{text[:40]!r} is not a day such as 2027-05-31, nor a time such as "
            "2027-05-31T12:00+09:00"
        ) from error


def _yes_or_no(text: str) -> bool:
    try:
        return _YES_OR_NO[text.lower()]
    except KeyError as error:
        raise ValueError(f"simulated: {text[:40]!r} is neither yes nor no") from error
