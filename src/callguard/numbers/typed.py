"""Numbers as people type them: into an allowlist, a block list, a police source's file."""

from collections.abc import Callable
from dataclasses import dataclass
from unicodedata import decimal, normalize

from .caller import Caller, Kind, Origin
from .classify import classify_number
from .plan import domestic

MAX_RANGE = 10_000
"""The largest range one listing may hold: forwarders' stocks (在庫番号) come in blocks of this."""


_SHORT_CODES = {81110: "110", 81118: "118", 81119: "119", 819110: "#9110"}
"""What a list can hold of the codes that have no E.164 form: Japan's country code and the code."""
_TYPED_CODES = {code: number for number, code in _SHORT_CODES.items()}
_RANGE_MARKS = str.maketrans({"〜": "..", "～": ".."})
"""Japanese keyboards type one, Shift_JIS files hold the other."""


class NumberError(ValueError):
    """A typed number that cannot be a telephone number; the message says why and what to try."""


@dataclass(frozen=True, slots=True)
class TypedNumber:
    """A number that a person typed and that can exist."""

    number: int
    """E.164 digits, or an emergency service's short code."""
    kind: Kind | None
    """None for a number overseas."""

    def __str__(self) -> str:
        return format_number(self.number)


def parse_typed(text: str) -> TypedNumber:
    """Read a number in any usual notation: ``0422-99-0000``, ``０３（…）…``, ``+81 3…``, ``+1 …``.

    Raises:
        NumberError: the text is no number, or one that the numbering plans make impossible.

    """
    shown = text.strip()
    caller = classify_number(shown)
    if caller.origin is Origin.DOMESTIC and caller.number is not None:
        return TypedNumber(caller.number, caller.kind)
    if caller.origin is Origin.OVERSEAS and caller.number is not None and not caller.fault:
        if not shown.lstrip("(（ ").startswith(("+", "＋", "0", "０")):
            raise NumberError(_without_prefix(shown, caller))
        if fault := _overseas_fault(caller.number):
            raise NumberError(f"{_quote(text)} is not a telephone number: {fault}")
        return TypedNumber(caller.number, None)
    raise NumberError(_without_prefix(shown, caller))


def _without_prefix(text: str, caller: Caller) -> str:
    digits = "".join(str(decimal(character)) for character in text if character.isdecimal())
    plus = "+" in text or "＋" in text
    message = f"{_quote(text)} is not a telephone number"
    if caller.fault:
        message += f": {caller.fault}"
    if digits and digits[0] != "0" and not plus and domestic(digits)[1] is None:
        return f"{message}; if it is a Japanese number, write the leading 0: 0{digits}"
    if digits and not plus and caller.origin is Origin.OVERSEAS:
        return f"{message}; write a number abroad with +: +{digits}"
    return message


def _overseas_fault(number: int) -> str | None:
    from phonenumbers import NumberParseException, is_possible_number, parse

    try:
        if is_possible_number(parse(f"+{number}")):
            return None
    except NumberParseException as error:
        return str(error)
    return "no number of that country has this length"


def parse_listed(text: str) -> int:
    """Read one number as a list holds it: E.164 digits; 110 as +81110.

    Raises:
        NumberError: it is not a number.

    """
    shown = text.strip()
    # Most of a million are no codes, and Unicode takes as long as all the rest.
    short = _TYPED_CODES.get(normalize("NFKC", shown)) if len(shown) <= 5 else None
    return parse_typed(shown).number if short is None else short


def parse_shown(text: str) -> int:
    """Read one number as a call showed it: like a list's, and behind ``+`` an impossible one too.

    Swindlers show numbers of no country, such as +295…, and of no exchange; without ``+`` such a
    number is more likely mistyped.

    Raises:
        NumberError: it is not a number.

    """
    try:
        return parse_listed(text)
    except NumberError:
        shown = text.strip()
        number = classify_number(shown).number if shown.startswith(("+", "＋")) else None
        if number is None:
            raise
        return number


def as_listed(number: int) -> int:
    """Return a caller's number as a list holds it: 110 as +81110."""
    return number if number >= 1000 else int(f"81{number}")


def parse_range(text: str, read: Callable[[str], int] = parse_listed) -> range:
    """Read numbers for a police list: ``FIRST..LAST`` or ``FIRST〜LAST`` (both inclusive), or one.

    A list holds E.164 digits and no other: 110, 118, 119 and #9110 are read as +81110 and so on.
    *read* reads each end.

    Raises:
        NumberError: an end is not a number, the ends are in the wrong order or of different
            lengths, or the range holds more than ``MAX_RANGE`` numbers.

    """
    first_text, dots, last_text = text.translate(_RANGE_MARKS).partition("..")
    first = read(first_text)
    if not dots:
        return range(first, first + 1)
    last = read(last_text)
    if len(str(first)) != len(str(last)):
        raise NumberError(f"{_quote(text)}: the two ends of a range have the same number of digits")
    if last < first:
        raise NumberError(f"{_quote(text)}: the range ends before it begins")
    if last - first >= MAX_RANGE:
        size = last - first + 1
        raise NumberError(
            f"{_quote(text)}: a range holds at most {MAX_RANGE:,} numbers, not {size:,}"
        )
    return range(first, last + 1)


def format_number(number: int) -> str:
    """Write a number as people in Japan do: ``0422-99-0000``, ``+1 202-555-0123``, ``110``."""
    from phonenumbers import NumberParseException, PhoneNumberFormat, parse
    from phonenumbers import format_number as write

    text = str(number)
    if len(text) == 3:
        return text
    if number in _SHORT_CODES:
        return _SHORT_CODES[number]
    try:
        parsed = parse(f"+{text}")
    except NumberParseException:
        return f"+{text}"
    if parsed.country_code != 81:
        return str(write(parsed, PhoneNumberFormat.INTERNATIONAL))
    national = str(write(parsed, PhoneNumberFormat.NATIONAL))
    # phonenumbers leaves the 0 away where it has no pattern, as for 0200.
    return national if national.startswith("0") else f"0{national}"


def _quote(text: str) -> str:
    shown = text if len(text) <= 40 else text[:37] + "…"
    return repr(shown.strip())
