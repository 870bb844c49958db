"""A household's lists as files that other programs read: CSV and vCard 4.0 (RFC 6350)."""

from collections.abc import Iterable
from uuid import NAMESPACE_URL, uuid5

from ..delimited import written
from ..households.listed import Listed
from ..numbers import format_number
from ..screening.policy import JST

HEADINGS = {
    "ja": ("名前", "電話番号", "リスト", "メモ", "期限"),
    "en": ("Name", "Phone", "List", "Notes", "Until"),
}
_LISTS = {"ja": ("拒否", "許可"), "en": ("blocked", "allowed")}


def to_csv(entries: Iterable[Listed], language: str) -> bytes:
    """Return *entries* as CSV in UTF-8 with a mark, so that spreadsheets read it as such.

    ``language`` is ``ja`` or ``en``. :func:`.file.read_contacts` reads it back.
    """
    table = [HEADINGS[language]]
    for entry in entries:
        until = entry.expires_at
        table.append(
            (
                entry.name,
                format_number(entry.number),
                _LISTS[language][entry.allowed],
                entry.note,
                f"{until.astimezone(JST):%Y-%m-%d %H:%M}" if until else "",
            )
        )
    return written(table)


def to_vcards(entries: Iterable[Listed]) -> bytes:
    """Return *entries* as vCards 4.0; :func:`.file.read_contacts` reads them back."""
    lines: list[str] = []
    for entry in entries:
        shown = format_number(entry.number)
        digits = str(entry.number)
        uri = f"tel:+{digits}" if len(digits) > 3 else f"tel:{digits};phone-context=+81"
        lines += [
            "BEGIN:VCARD",
            "VERSION:4.0",
            f"UID:urn:uuid:{uuid5(NAMESPACE_URL, uri)}",
            f"FN:{_escaped(entry.name or shown)}",
            f"TEL;VALUE=uri:{uri}",
        ]
        if entry.note:
            lines.append(f"NOTE:{_escaped(entry.note)}")
        lines.append("END:VCARD")
    return "".join(_folded(line) for line in lines).encode()


def _escaped(text: str) -> str:
    for character, escape in (("\\", "\\\\"), (",", "\\,"), (";", "\\;"), ("\n", "\\n")):
        text = text.replace(character, escape)
    return text


def _folded(line: str) -> str:
    """Break a line at 75 octets, between characters (RFC 6350 section 3.2)."""
    parts, current, length = [], "", 0
    for character in line:
        size = len(character.encode())
        if length + size > 75:
            parts.append(current)
            current, length = " ", 1
        current += character
        length += size
    return "\r\n".join([*parts, current]) + "\r\n"
