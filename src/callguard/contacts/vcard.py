r"""vCards 2.1, 3.0 and 4.0, as telephones really write them.

Read by an own reader, since files in the field break every one of the standards: lines folded in
the middle of a character, encodings named wrongly or not at all, cards cut off, pictures of
megabytes. It takes names and telephone numbers and passes over all else.

Sources: RFC 6350 (4.0), RFC 2426 (3.0), versit vCard 2.1 (QUOTED-PRINTABLE, CHARSET).
"""

import quopri
from collections.abc import Iterator
from dataclasses import dataclass, field

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

_WANTED = frozenset({b"BEGIN", b"END", b"FN", b"N", b"ORG", b"TEL"})
MAX_LINE = 8000
"""Bytes of one property with its continuations that are looked at."""

_CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "cp932": "cp932",
    "euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp",
    "iso-8859-1": "latin-1",
    "us-ascii": "ascii",
}
"""Charsets that telephones name; any other word is no reason to load a codec by it."""


@dataclass(slots=True)
class _Card:
    line: int
    name: str = ""
    parts: str = ""
    company: str = ""
    numbers: list[str] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)


@dataclass(slots=True)
class _Property:
    line: int
    name: bytes
    parameters: list[bytes]
    value: bytes


def is_vcard(data: bytes) -> bool:
    """Tell whether a file begins as a vCard does."""
    return data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").upper().startswith(b"BEGIN:VCARD")


def read_vcards(data: bytes) -> ContactFile:
    """Read a file of vCards, whatever their version.

    Raises:
        ContactFileError: it holds no vCard, or more than ``MAX_CONTACTS``.

    """
    contacts: list[Contact] = []
    skipped: list[Skipped] = []
    card: _Card | None = None
    depth = 0

    def finish(card: _Card) -> None:
        if len(contacts) + len(skipped) >= MAX_CONTACTS:
            raise too_many()
        name = shown_name(card.name or card.parts or card.company)
        skipped.extend(Skipped(card.line, name, fault) for fault in card.faults)
        if card.numbers:
            contacts.append(Contact(name, tuple(card.numbers), card.line))
        elif not card.faults:
            skipped.append(Skipped(card.line, name, RowFault.NO_NUMBER))

    for one in _properties(data):
        value = one.value.strip().upper()
        if one.name == b"BEGIN" and value == b"VCARD":
            depth += 1
            if depth == 1:
                card = _Card(one.line)
        elif one.name == b"END" and value == b"VCARD":
            depth = max(depth - 1, 0)
            if depth == 0 and card is not None:
                finish(card)
                card = None
        elif card is not None and depth == 1:  # deeper: a card within a card (AGENT)
            _take(one, card)
    if card is not None:
        card.numbers.clear()
        card.faults = [RowFault.UNFINISHED]
        finish(card)
    if not contacts and not skipped:
        raise ContactFileError("the file holds no vCard", FileFault.NOT_CONTACTS)
    return ContactFile(tuple(contacts), tuple(skipped))


def _take(one: _Property, card: _Card) -> None:
    try:
        text = _text(one)
    except (UnicodeDecodeError, ValueError):
        card.faults.append(RowFault.UNREADABLE)
        return
    if one.name == b"FN":
        card.name = card.name or _unescaped(text)
    elif one.name == b"N":
        family, given, *_ = [*_split(text), "", ""]
        card.parts = card.parts or full_name(given, family)
    elif one.name == b"ORG":
        card.company = card.company or " ".join(filter(None, _split(text)))
    else:
        _take_number(text, card)


def _take_number(text: str, card: _Card) -> None:
    number = _unescaped(text).strip()
    if number.lower().startswith("tel:"):  # RFC 3966, with parameters such as ;ext=12
        number = number[4:].partition(";")[0]
    if not number or number in card.numbers:
        return
    if len(number) > MAX_NUMBER_TEXT:
        card.faults.append(RowFault.NUMBER_TOO_LONG)
    elif len(card.numbers) >= MAX_NUMBERS:
        if RowFault.TOO_MANY_NUMBERS not in card.faults:
            card.faults.append(RowFault.TOO_MANY_NUMBERS)
    else:
        card.numbers.append(number)


def _properties(data: bytes) -> Iterator[_Property]:
    """Yield the properties that are wanted, their continuation lines joined."""
    current: _Property | None = None
    for number, line in enumerate(_lines(data), 1):
        if current is not None and _continues(current, line):
            if _breaks_softly(current):
                current.value = current.value[:-1] + line
            elif len(current.value) < MAX_LINE:
                current.value += line[1:]
            continue
        if line[:1] in b" \t":  # continues what is passed over, or is empty
            continue
        if current is not None:
            yield current
        current = _begin(number, line)
    if current is not None:
        yield current


def _lines(data: bytes) -> Iterator[bytes]:
    # Not splitlines(): a picture of megabytes is to make no million of objects at once.
    begin, end = 0, len(data)
    while begin < end:
        stop = data.find(b"\n", begin)
        stop = end if stop < 0 else stop
        yield data[begin:stop].rstrip(b"\r")
        begin = stop + 1


def _continues(current: _Property, line: bytes) -> bool:
    return _breaks_softly(current) or line[:1] in {b" ", b"\t"}


def _breaks_softly(current: _Property) -> bool:
    """Tell whether QUOTED-PRINTABLE goes on in the next line (RFC 2045 section 6.7)."""
    return (
        current.value.endswith(b"=")
        and len(current.value) < MAX_LINE
        and _is_quoted_printable(current)
    )


def _begin(number: int, line: bytes) -> _Property | None:
    # Enough of the line to see what it is: a picture's first line may be the whole picture.
    head, colon, value = line[: MAX_LINE * 2].partition(b":")
    if not colon:
        return None
    if b'"' in head:  # a parameter in quotes may hold the colon: TYPE="a:b":value
        head, value = _split_quoted(line[: MAX_LINE * 2])
    name, *parameters = head.split(b";")
    name = name.rpartition(b".")[2].strip(b"\xef\xbb\xbf \t").upper()  # item1.TEL
    if name not in _WANTED:
        return None
    return _Property(number, name, [one.strip().upper() for one in parameters], value[:MAX_LINE])


def _split_quoted(line: bytes) -> tuple[bytes, bytes]:
    quoted = False
    for place, one in enumerate(line):
        if one == 0x22:
            quoted = not quoted
        elif one == 0x3A and not quoted:
            return line[:place], line[place + 1 :]
    head, _, value = line.partition(b":")
    return head, value


def _is_quoted_printable(one: _Property) -> bool:
    return any(
        word in {b"QUOTED-PRINTABLE", b"ENCODING=QUOTED-PRINTABLE"} for word in one.parameters
    )


def _text(one: _Property) -> str:
    value = one.value
    if _is_quoted_printable(one):
        value = quopri.decodestring(value)
    charset = next(
        (
            word.removeprefix(b"CHARSET=").strip(b'"').decode("ascii", "replace").lower()
            for word in one.parameters
            if word.startswith(b"CHARSET=")
        ),
        "utf-8",
    )
    for encoding in (_CHARSETS.get(charset, "utf-8"), "utf-8"):
        try:
            return value.decode(encoding)
        except UnicodeDecodeError:
            continue
    return value.decode("cp932")  # older telephones name no encoding at all


def _split(text: str) -> list[str]:
    """Split a value at its semicolons, those that are not escaped."""
    parts, current, escaped = [], "", False
    for one in text:
        if escaped:
            current, escaped = f"{current}\\{one}", False
        elif one == "\\":
            escaped = True
        elif one == ";":
            parts.append(current)
            current = ""
        else:
            current += one
    return [_unescaped(part) for part in [*parts, current]]


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    found, escaped = [], False
    for one in text:
        if escaped:
            found.append(" " if one in "nN" else one)
            escaped = False
        elif one == "\\":
            escaped = True
        else:
            found.append(one)
    return "".join(found)
