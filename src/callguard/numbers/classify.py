"""From a raw caller ID to a classified caller.

The string is classified before anything parses it: phonenumbers raises on exactly the caller IDs
that fraudsters use, and a failure to parse must never mean "domestic" or "let it through".
"""

from dataclasses import replace

from .abroad import from_abroad
from .caller import Caller, Disclosed, Kind, Origin
from .caller_id import (
    NO_NUMBER,
    WITHHELD_NUMBER,
    CallerID,
    asks_privacy,
    bare_number,
    is_unavailable_presentation,
    is_withheld_presentation,
    parse_name_address,
    reason_without_number,
)
from .calling_codes import calling_code
from .plan import EMERGENCY, domestic

_DOMESTIC = Origin.DOMESTIC
"""Named once: Python 3.11 takes as long to look up a member of an enumeration as to classify."""

MAX_E164_DIGITS = 15
"""ITU-T E.164 section 6: the longest international number, country code included."""
MIN_E164_DIGITS = 7
"""Shorter ones exist in no country's international form (the shortest, +290 and +247, have 7-8)."""

# The last five come along when a number is copied from a page or from a telephone's contacts.
_SEPARATORS = dict.fromkeys(
    map(ord, " \t\u3000-‐‑‒–—―−ｰー－()（）.．\u00a0\u202a\u202c\u202d\u200e")
)
_FULL_WIDTH = {
    ord(wide): narrow
    for wide, narrow in zip("０１２３４５６７８９＋＃＊", "0123456789+#*", strict=True)
}
_FOLD: dict[int, str | None] = {**_SEPARATORS, **_FULL_WIDTH}

# Carrier selection (MIC, 電気通信番号計画: 00XY, 002YZ, 0091XY), dialled before 010 or a domestic
# number. Longest first, since 00XY would match the beginning of the others. Two are of another
# length, and told by the 010 behind them: KDDI's 001, and 005345 of au's telephones
# (kokusai-denwa.jp, 「国際電話のかけ方」).
_CARRIER_LENGTHS = (("005345010", 6), ("001010", 3), ("0091", 6), ("002", 5), ("00", 4))


def classify(caller_id: CallerID) -> Caller:
    """Classify a raw caller ID; total: any text gives a caller, none raises.

    A call counts as withheld when any of its parts says so: the number (``anonymous``), the
    presentation, From (RFC 3323: ``anonymous@anonymous.invalid``) or Privacy. Why the number is
    missing, tells the display name of From (TTC JJ-90.22). A number that the network disclosed
    nevertheless is set apart. What comes in by a trunk from abroad is overseas, whatever it shows.
    """
    number = caller_id.number
    # Nothing but the number matters for most calls, and that is told cheaply.
    if (
        not caller_id.privacy
        and caller_id.presentation.startswith("allowed")
        and (number.isdigit() or (number[:1] == "+" and number[1:].isdigit()))
        and "anonymous" not in caller_id.from_header.lower()
    ):
        caller = classify_number(number)
        if "verstat" in caller_id.from_header or "verstat" in "".join(caller_id.asserted):
            caller = _with_verstat(caller, caller_id)
    else:
        caller = _classify(caller_id)
    return from_abroad(caller) if caller_id.abroad else caller


def _classify(caller_id: CallerID) -> Caller:
    number = bare_number(caller_id.number).translate(_FOLD)
    named = number.lower()
    presentation = caller_id.presentation
    sender = parse_name_address(caller_id.from_header)
    if (
        is_withheld_presentation(presentation)
        or named in WITHHELD_NUMBER
        or sender.user.lower() == "anonymous"
        or sender.host == "anonymous.invalid"
        or asks_privacy(caller_id.privacy)
    ):
        return Caller(
            reason_without_number(sender.display), disclosed=_disclosed(caller_id, number)
        )
    if is_unavailable_presentation(presentation) or named in NO_NUMBER:
        reason = reason_without_number(sender.display, Origin.UNAVAILABLE)
        return Caller(reason, disclosed=_disclosed(caller_id, number))
    return _with_verstat(_named_or_numbered(number, caller_id), caller_id)


def _named_or_numbered(number: str, caller_id: CallerID) -> Caller:
    """Return the caller of *number*, or of the network's second word where that is a name.

    RFC 3325 section 9.1: of two asserted identities one is a sip: URI, perhaps of a name, and the
    other a tel: URI. Asterisk takes the first for the number.
    """
    caller = classify_number(number)
    if caller.origin is Origin.MALFORMED and caller.number is None:
        for asserted in caller_id.asserted:
            if asserted.lstrip("<").lower().startswith("tel:"):
                return classify_number(bare_number(asserted).translate(_FOLD))
    return caller


def _disclosed(caller_id: CallerID, number: str) -> Disclosed | None:
    """Return the first number that can exist, else the first that is a number at all."""
    candidates = [number]
    candidates += [bare_number(asserted).translate(_FOLD) for asserted in caller_id.asserted]
    impossible: Disclosed | None = None
    for candidate in candidates:
        if candidate.lower() in NO_NUMBER:
            continue
        found = classify_number(candidate)
        if found.number is None:
            continue
        if found.origin is not Origin.MALFORMED:
            return Disclosed(found.number)
        impossible = impossible or Disclosed(found.number)
    return impossible


def _with_verstat(caller: Caller, caller_id: CallerID) -> Caller:
    for header in (*caller_id.asserted, caller_id.from_header):
        if "verstat" in header:
            found = parse_name_address(header).verstat
            if found:
                return replace(caller, verstat=found)
    return caller


def classify_number(text: str) -> Caller:
    """Classify a shown number: domestic, overseas or malformed; total.

    Accepts what networks send and people write: separators, full-width digits, ``+81 (0)3…``.
    """
    digits = text
    if not (text.isdigit() and text.isascii()):
        plus = text[:1] == "+"
        digits = text[1:] if plus else text
        if not (digits.isdigit() and digits.isascii()):
            folded = text.translate(_FOLD)
            plus = folded[:1] == "+"
            digits = folded[1:] if plus else folded
            if not (digits.isdigit() and digits.isascii()):
                return _not_digits(digits)
        if plus:
            return _international(digits, "+")
    if digits[0] != "0":
        return _bare(digits)
    if digits[1:3] == "10":
        return _international(digits[3:], "010")
    if digits[1:2] == "0":
        return _carrier_selection(digits)
    return _national(digits[1:])


def _not_digits(text: str) -> Caller:
    if text.startswith("#") and text[1:].isdigit():
        return _malformed("a # code is dialled from a handset and never calls")
    return _malformed("it is not made of digits" if text else "no number")


def _malformed(fault: str, number: int | None = None) -> Caller:
    return Caller(Origin.MALFORMED, number=number, fault=fault)


def _national(nsn: str) -> Caller:
    kind, fault = domestic(nsn)
    if fault is None:
        return Caller(_DOMESTIC, int("81" + nsn), kind)
    return _malformed(fault, int("81" + nsn) if 8 <= len(nsn) <= 13 else None)


def _international(digits: str, prefix: str) -> Caller:
    if digits.startswith("81"):
        if prefix == "+":
            return _national(digits[2:].removeprefix("0"))
        return _malformed(f"{prefix} dialled before Japan's own country code")
    if digits.startswith("0") or not digits:
        return _malformed(f"no country code begins with 0 after {prefix}")
    if len(digits) > MAX_E164_DIGITS:
        return _malformed(f"an international number has at most 15 digits, not {len(digits)}")
    if len(digits) < MIN_E164_DIGITS:
        return _malformed(f"an international number has at least 7 digits, not {len(digits)}")
    code = calling_code(digits)
    fault = None if code else f"no country has a code that begins with {digits[:3]} (ITU-T E.164)"
    return Caller(Origin.OVERSEAS, int(digits), calling_code=code, fault=fault)


def _carrier_selection(digits: str) -> Caller:
    """Read ``00…``: carrier selection, then 010 and a country; or the ITU prefix 00 itself."""
    for prefix, length in _CARRIER_LENGTHS:
        if digits.startswith(prefix):
            rest = digits[length:]
            if rest.startswith("010"):
                return _international(rest[3:], digits[:length] + "010")
            if rest.startswith("0") and domestic(rest[1:])[1] is None:
                return _malformed(
                    "a carrier-selection prefix is dialled and never part of a caller ID"
                )
            break
    if digits.startswith("0081"):
        return _malformed("00 dialled before Japan's own country code")
    caller = _international(digits[2:], "00")
    if caller.origin is Origin.MALFORMED:
        # 00 is an international prefix whatever follows it.
        return Caller(Origin.OVERSEAS, fault=caller.fault)
    return caller


def _bare(digits: str) -> Caller:
    """Read digits that begin with 1-9: a service code, or an overseas number without its ``+``."""
    if len(digits) == 3 and digits.startswith("1"):
        if int(digits) in EMERGENCY:
            return Caller(Origin.DOMESTIC, int(digits), Kind.EMERGENCY)
        return _malformed(f"{digits} is a service code and never calls")
    if digits.startswith(("184", "186")) and digits[3:4] == "0":
        fault = f"{digits[:3]} is dialled before a number and never part of a caller ID"
        return _malformed(fault, _national(digits[4:]).number)
    if digits.startswith("81"):
        fault = "Japan's country code without a + before it"
        return _malformed(fault, _national(digits[2:].removeprefix("0")).number)
    return _international(digits, "")
