"""The numbering plan of Japan: which domestic numbers can exist, and of what kind they are.

Source: MIC (総務省), 電気通信番号計画 (令和元年総務省告示第6号) and 市外局番の一覧. The plan says
what may be assigned; whether a block has been assigned to a carrier yet changes from week to week
and is not asked: a real subscriber must never be taken for impossible.
"""

from .area_codes import geographic_fault
from .caller import Kind

EMERGENCY: frozenset[int] = frozenset({110, 118, 119})
"""Police, coast guard, fire and ambulance: the only 1XY codes that ever call back."""

_FIXED = Kind.FIXED

_ELEVEN_DIGITS = {"50": Kind.IP, **dict.fromkeys(("60", "70", "80", "90"), Kind.MOBILE)}
"""What numbers of eleven digits begin with after the trunk 0, where a digit 1-9 must follow."""

_BY_THREE: dict[str, Kind] = {
    **{f"{two}{third}": kind for two, kind in _ELEVEN_DIGITS.items() for third in "123456789"},
    **{f"20{third}": Kind.M2M for third in "12356789"},
    "204": Kind.PAGER,
    "600": Kind.FMC,
    "800": Kind.TOLL_FREE,
}
"""All numbers of eleven digits, by their first three after the trunk 0."""

_SERVICES = ("170", "180", "570", "990", "910")


def domestic(nsn: str) -> tuple[Kind | None, str | None]:
    """Classify a national significant number (ASCII digits, without the leading 0).

    Returns ``(kind, None)`` for a number that the plan allows, else ``(None, fault)`` where the
    fault says in English what makes it impossible.
    """
    length = len(nsn)
    if length == 10:
        kind = _BY_THREE.get(nsn[:3])
        return (kind, None) if kind is not None else (None, _eleven_digits_fault(nsn))
    if length == 9:
        return _ten_digits(nsn)
    if length == 13 and nsn.startswith("200"):
        return Kind.M2M, None  # 0200 + 10 digits
    if nsn[:2] in _ELEVEN_DIGITS or nsn.startswith(("20", "600", "800")):
        return None, f"0{nsn[:2]} numbers have 11 digits, not {length + 1}"
    return None, f"a domestic number has 10 or 11 digits, not {length + 1}"


def _ten_digits(nsn: str) -> tuple[Kind | None, str | None]:
    # First what most are: nothing else begins as a geographic number does.
    fault = geographic_fault(nsn)
    if fault is None:
        return _FIXED, None
    if nsn.startswith("120"):
        return Kind.TOLL_FREE, None
    if nsn.startswith(_SERVICES):
        return Kind.SERVICE, None
    prefix = nsn[:2]
    if prefix in _ELEVEN_DIGITS or nsn.startswith(("20", "800")):
        fault = f"0{prefix} numbers have 11 digits, not 10"
    return None, fault


def _eleven_digits_fault(nsn: str) -> str:
    if nsn.startswith("200"):
        return "0200 numbers have 14 digits, not 11"
    if nsn[:2] in _ELEVEN_DIGITS:
        return f"the digit after 0{nsn[:2]} is 0"
    return "a fixed-line number has 10 digits, not 11"
