"""Tables in text files, as spreadsheets and address books write them (CSV), and back again."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TextIO

_SEPARATORS = ",;\t"
_SIGNS = "=+-@＝＋－＠"
_FORMULA = (*_SIGNS, "\t", "\r", "\n")
"""What a cell must not begin with: a spreadsheet would compute it, a Japanese one the wide signs as
well (OWASP, CSV Injection)."""
_PIECE = 1 << 16
_MARK = b"\xef\xbb\xbf"
"""Byte order mark: by it spreadsheets know UTF-8."""


class EncodingFault(Exception):
    """Bytes that are no text in UTF-8, UTF-16 with its mark, or Shift_JIS."""


def decoded(data: bytes) -> str:
    """Return the text of a file in UTF-8, UTF-16 with its mark, or Shift_JIS (cp932).

    Raises:
        EncodingFault: it is in none of them.

    """
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp932"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise EncodingFault


def encoding_of(path: Path) -> str:
    """Return the encoding of a file, as ``decoded`` knows them; it is read once, piece by piece.

    Raises:
        EncodingFault: it is in none of them.
        OSError: it cannot be read.

    """
    with path.open("rb") as file:
        marked = file.read(2) in {b"\xff\xfe", b"\xfe\xff"}
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp932"):
        try:
            with path.open(encoding=encoding, newline="") as text:
                while piece := text.read(_PIECE):
                    if "\0" in piece:
                        raise EncodingFault
        except UnicodeDecodeError:
            continue
        return encoding
    raise EncodingFault


def rows_of_file(path: Path) -> Iterator[tuple[int, list[str] | None]]:
    """Yield the rows of a file as :func:`rows` does; it may be larger than memory.

    Raises:
        EncodingFault: it is no text in UTF-8, UTF-16 with its mark, or Shift_JIS.
        OSError: it cannot be read.

    """
    with path.open(encoding=encoding_of(path), newline="") as text:
        yield from _rows(text)


def rows(text: str) -> Iterator[tuple[int, list[str] | None]]:
    """Yield each row that is not empty with its line, from 1; None for one that cannot be read.

    The separator is comma, semicolon or tabulator: the one that the first row has most of, or that
    Excel names in a line of its own (``sep=;``).
    """
    yield from _rows(io.StringIO(text, newline=""))


def _rows(lines: TextIO) -> Iterator[tuple[int, list[str] | None]]:
    start, heading, separator = 0, lines.readline(), ""
    if heading.lower().startswith("sep=") and heading[4:5] in _SEPARATORS:
        start, separator, heading = 1, heading[4:5], lines.readline()
    while heading and not heading.strip():
        start, heading = start + 1, lines.readline()
    outside = re.sub(r'"[^"]*"', "", heading)
    reader = csv.reader(
        chain([heading], lines), delimiter=separator or max(_SEPARATORS, key=outside.count)
    )
    while True:
        line = start + reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield line, None
            continue
        if any(cell.strip() for cell in row):
            yield line, row


def heading_word(cell: str) -> str:
    """Return a column's heading for comparing: ``Phone 1 - Value`` is ``phone1value``."""
    return re.sub(r"[\s\-_‐]", "", unicodedata.normalize("NFKC", cell).casefold())


def bare(cell: str) -> str:
    """Take off what keeps a cell from becoming a sum: ``="042…"``, ``'+81…``."""
    text = cell.strip()
    if len(text) > 1 and text[0] == "'" and text[1] in _SIGNS:
        text = text[1:]
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        text = text[2:-1]
    return text.strip()


def guarded(cell: str) -> str:
    """Return *cell* so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def written(table: Iterable[Sequence[str]]) -> bytes:
    """Return a table as CSV in UTF-8 with a mark, its cells guarded."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([guarded(cell) for cell in row] for row in table)
    return _MARK + text.getvalue().encode()
