"""The numbering plan of Japan: which domestic numbers can exist, and of what kind they are.

Source: MIC (総務省), 電気通信番号計画 (令和元年総務省告示第6号) and 市外局番の一覧. The plan says
what may be assigned; whether a block has been assigned to a carrier yet changes from week to week
and is not asked: a real subscriber must never be taken for impossible.
"""

from .area_codes import geographic_fault
from .caller import Kind

EMERGENCY: frozenset[int] = frozenset({110, 118, 119})
"""Police, coast guard, fire and ambulance: the only 1XY codes that ever call back."""

_ELEVEN_DIGITS = {
    "50": Kind.IP,
    "60": Kind.MOBILE,
    "70": Kind.MOBILE,
    "80": Kind.MOBILE,
    "90": Kind.MOBILE,
}
_FIXED = Kind.FIXED
_SERVICES = ("170", "180", "570", "990")


def domestic(nsn: str) -> tuple[Kind | None, str | None]:
    """Classify a national significant number (ASCII digits, without the leading 0).

    Returns ``(kind, None)`` for a number that the plan allows, else ``(None, fault)`` where the
    fault says in English what makes it impossible.
    """
    length = len(nsn)
    if length == 9:
        return _ten_digits(nsn)
    if length == 10:
        return _eleven_digits(nsn)
    if length == 13 and nsn.startswith("200"):
        return Kind.M2M, None  # 0200 + 10 digits
    if nsn[:2] in _ELEVEN_DIGITS or nsn.startswith(("20", "600", "800")):
        return None, f"0{nsn[:2]} numbers have 11 digits, not {length + 1}"
    return None, f"a domestic number has 10 or 11 digits, not {length + 1}"


def _ten_digits(nsn: str) -> tuple[Kind | None, str | None]:
    if nsn.startswith("120"):
        return Kind.TOLL_FREE, None
    if nsn.startswith(_SERVICES) or nsn.startswith("910"):
        return Kind.SERVICE, None
    prefix = nsn[:2]
    if prefix in _ELEVEN_DIGITS or nsn.startswith(("20", "800")):
        return None, f"0{prefix} numbers have 11 digits, not 10"
    fault = geographic_fault(nsn)
    return (None, fault) if fault else (_FIXED, None)


def _eleven_digits(nsn: str) -> tuple[Kind | None, str | None]:
    kind = _ELEVEN_DIGITS.get(nsn[:2])
    if kind is not None and nsn[2] != "0":
        return kind, None
    if nsn.startswith("800"):
        return Kind.TOLL_FREE, None
    if nsn.startswith("600"):
        return Kind.FMC, None
    if nsn.startswith("20"):
        if nsn[2] == "4":
            return Kind.PAGER, None
        if nsn[2] != "0":
            return Kind.M2M, None
        return None, "0200 numbers have 14 digits, not 11"
    if kind is not None:
        return None, f"the digit after 0{nsn[:2]} is 0"
    return None, "a fixed-line number has 10 digits, not 11"
