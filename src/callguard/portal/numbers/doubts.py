"""What speaks against letting a number through: somebody has to be asked twice."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from ...numbers import Caller, NumberError, Origin, classify_number, format_number, parse_typed
from ...numbers.plan import EMERGENCY

IsListed = Callable[[int, datetime], bool]
"""Tells whether a police source lists a number (E.164 digits) at a time."""


class Doubt(StrEnum):
    """One thing that speaks against a number; the worst first."""

    LISTED = "listed"
    """A police source lists it."""
    IMPOSSIBLE = "impossible"
    """No numbering plan knows such a number."""
    OVERSEAS = "overseas"


class Mistake(StrEnum):
    """Why a text is no number at all."""

    MISSING = "missing"
    NOT_A_NUMBER = "not"
    NO_ZERO = "zero"
    """A Japanese number without its leading 0."""
    NO_PLUS = "plus"
    """A number abroad without its +."""


class NoNumber(Exception):
    """A text that cannot be put on a list; ``meant`` is how the number is perhaps written."""

    def __init__(self, mistake: Mistake, meant: str = "") -> None:
        super().__init__(mistake.value)
        self.mistake = mistake
        self.meant = meant


def read_number(text: str) -> int:
    """Return the E.164 digits of a number as people write it, even of one that cannot exist.

    Raises:
        NoNumber: it is no number, or lacks its 0 or its +.

    """
    shown = text.strip()
    if not shown:
        raise NoNumber(Mistake.MISSING)
    try:
        return parse_typed(shown).number
    except NumberError:
        pass
    digits = "".join(character for character in shown if character.isdecimal())
    if digits and "+" not in shown and "＋" not in shown and not digits.startswith(("0", "０")):
        # A listed number without its prefix would match no call: what is meant must be asked.
        for mistake, meant in ((Mistake.NO_ZERO, f"0{digits}"), (Mistake.NO_PLUS, f"+{digits}")):
            try:
                raise NoNumber(mistake, str(parse_typed(meant)))
            except NumberError:
                continue
        raise NoNumber(Mistake.NOT_A_NUMBER)
    number = classify_number(shown).number
    if number is None:
        raise NoNumber(Mistake.NOT_A_NUMBER)
    return number


def doubts(
    number: int, *, listed: IsListed, now: datetime, caller: Caller | None = None
) -> tuple[Doubt, ...]:
    """Return what speaks against letting *number* (E.164 digits) through, the worst first.

    ``caller`` is who showed it, if a call did: how a number arrives tells more than its digits.
    """
    shown = caller if caller is not None else _caller(number)
    found = []
    if number not in EMERGENCY and listed(number, now):
        found.append(Doubt.LISTED)
    if shown.origin is Origin.MALFORMED or shown.fault or _impossible(number):
        found.append(Doubt.IMPOSSIBLE)
    if shown.origin is Origin.OVERSEAS:
        found.append(Doubt.OVERSEAS)
    return tuple(found)


def _caller(number: int) -> Caller:
    return classify_number(str(number) if number in EMERGENCY else f"+{number}")


def _impossible(number: int) -> bool:
    try:
        parse_typed(format_number(number))
    except NumberError:
        return True
    return False
