"""What a subscriber dials: an emergency number, a service code, or a number of some kind.

Source: MIC (総務省), 電気通信番号計画 (令和元年総務省告示第6号): 1XY service codes, 00XY, 002YZ and
0091XY carrier selection, 010 international, 0990 information services charged by their provider.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from .caller import Kind, Origin
from .classify import classify_number
from .plan import EMERGENCY

PREMIUM = ("0990", "0570", "0180")
"""Numbers whose calls cost more than a call to a subscriber: information services (0990),
Navi-Dial (0570), which no flat rate covers, and mass announcements (0180)."""

_PREMIUM_E164 = tuple(f"81{one[1:]}" for one in PREMIUM)

_BEFORE = re.compile("(?:(?:18[46]|122)(?=.))+")
"""Dialled before a number: withhold mine (184), show mine (186), not by the carrier that I have
chosen for good (122)."""
_CARRIER = re.compile("0091[0-9]{2}|002[0-9]{2}|(001|005345)(?=010)|00[0-9]{2}")
_CODE = re.compile("1[0-9]{2}|[#][0-9]{3,4}")


class Destination(StrEnum):
    """What kind of thing was dialled."""

    EMERGENCY = "emergency"
    """110, 118 or 119."""
    CODE = "code"
    """A service code: 104, 171, 188, #9110, #7119 …"""
    DOMESTIC = "domestic"
    OVERSEAS = "overseas"
    PREMIUM = "premium"
    OTHER = "other"
    """Nothing that the plan knows; the network says what becomes of it."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """What was dialled, read."""

    destination: Destination
    number: int | None = None
    """E.164 digits, of a domestic, overseas or premium number."""


def to_dial(number: int) -> str:
    """Return what is dialled in Japan to reach a number: ``0422…``, or 010 and a number abroad.

    ``number`` is E.164 digits.
    """
    text = str(number)
    return f"0{text[2:]}" if text.startswith("81") else f"010{text}"


def read_dialled(text: str) -> Dialled:
    """Read the digits dialled on a telephone; total: anything gives an answer, nothing raises."""
    # A telephone may end what it dials by #; a code may begin with it.
    digits = text[:1] + text[1:].rstrip("#")
    if before := _BEFORE.match(digits):
        digits = digits[before.end() :]
    if digits.isascii() and digits.isdigit() and len(digits) == 3 and int(digits) in EMERGENCY:
        return Dialled(Destination.EMERGENCY)
    if _CODE.fullmatch(digits):
        return Dialled(Destination.CODE)
    carrier = _CARRIER.match(digits)
    if carrier and digits[carrier.end() :].startswith("0"):
        digits = digits[carrier.end() :]
    caller = classify_number(digits)
    if digits.startswith(("010", "+")) and not digits.startswith(("+81", "01081")):
        return Dialled(Destination.OVERSEAS, caller.number)
    if caller.origin is Origin.OVERSEAS and digits.startswith("0"):
        return Dialled(Destination.OVERSEAS, caller.number)
    if digits.startswith(PREMIUM) or str(caller.number).startswith(_PREMIUM_E164):
        return Dialled(Destination.PREMIUM, caller.number)
    if caller.origin is Origin.DOMESTIC and caller.kind is not Kind.EMERGENCY:
        return Dialled(Destination.DOMESTIC, caller.number)
    return Dialled(Destination.OTHER, caller.number)
