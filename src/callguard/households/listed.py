"""A number on a household's list, and what adding many at once would do to the lists. Pure."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from ..numbers.plan import EMERGENCY
from . import plain_text
from .errors import Fault, HouseholdError

MAX_NUMBERS = 2000
"""Numbers on both lists of a household; each change writes them all into its policy document."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A number on a household's allowlist or block list."""

    number: int
    """E.164 digits, or an emergency service's short code."""
    allowed: bool
    """True: allowlist; False: block list."""
    name: str
    note: str
    confirmed_at: datetime
    """When the family added it or last said that it stands."""
    expires_at: datetime | None
    id: int = field(default=0, compare=False)
    """Its number in the database: for addresses, which are to hold no telephone number."""

    def holds(self, now: datetime) -> bool:
        """Tell whether it still counts."""
        return self.expires_at is None or now < self.expires_at


@dataclass(frozen=True, slots=True)
class Row:
    """A number to put on a list."""

    number: int
    name: str = ""
    note: str = ""


class Effect(StrEnum):
    """What comes of a row."""

    ADDED = "added"
    CHANGED = "changed"
    """It was on this list by another name or note, or for a time only."""
    MOVED = "moved"
    """It was on the other list."""
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Planned:
    """A row, and what comes of it."""

    row: Row
    effect: Effect
    present: Listed | None = None
    """What the lists hold of the number now."""
    refusal: HouseholdError | None = None
    """Why it is refused."""


def plan(
    present: Mapping[int, Listed], rows: Iterable[Row], *, allowed: bool
) -> tuple[Planned, ...]:
    """Return what adding *rows* to a list would do, row by row; the first row of a number counts.

    An empty name or note leaves the present one. An entry for a time only is kept for good.
    """
    planned: list[Planned] = []
    room = MAX_NUMBERS - len(present)
    seen: set[int] = set()
    for row in rows:
        known = present.get(row.number)
        effect, refusal = Effect.UNCHANGED, None
        try:
            checked = Row(row.number, plain_text.name(row.name), plain_text.note(row.note))
            if row.number not in seen:
                check_allowed(row.number, allowed=allowed)
                effect = _effect(known, checked, allowed=allowed)
                if effect is Effect.ADDED:
                    if room <= 0:
                        raise full()
                    room -= 1
        except HouseholdError as error:
            checked, effect, refusal = row, Effect.REFUSED, error
        seen.add(row.number)
        planned.append(Planned(checked, effect, known, refusal))
    return tuple(planned)


def _effect(known: Listed | None, row: Row, *, allowed: bool) -> Effect:
    if known is None:
        return Effect.ADDED
    if known.allowed is not allowed:
        return Effect.MOVED
    same = row.name in {"", known.name} and row.note in {"", known.note}
    return Effect.UNCHANGED if same and known.expires_at is None else Effect.CHANGED


def check_allowed(number: int, *, allowed: bool) -> None:
    """Refuse to block an emergency service.

    Raises:
        HouseholdError: it is to be blocked, and is 110, 118 or 119.

    """
    if number in EMERGENCY and not allowed:
        raise HouseholdError(
            f"{number} cannot be blocked: an emergency service may call back",
            Fault.EMERGENCY,
            number=number,
        )


def full() -> HouseholdError:
    """Return the refusal of one number too many."""
    return HouseholdError(
        f"the lists hold {MAX_NUMBERS} numbers, and no more; take some off first",
        Fault.TOO_MANY_NUMBERS,
        limit=MAX_NUMBERS,
    )


_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
"""From hiragana: in Unicode katakana stand this far behind."""
_SMALL = str.maketrans("ァィゥェォッャュョヮ", "アイウエオツヤユヨワ")
_MARKS = "\u3099\u309a"
"""Voiced and half-voiced marks, once taken apart from their kana."""

MIN_DIGITS = 3
"""Digits of a number that a search needs: fewer are in every one."""


def folded(text: str) -> str:
    """Return *text* for comparing: width, case, and hiragana or katakana make no difference."""
    return unicodedata.normalize("NFKC", text).casefold().strip().translate(_KATAKANA)


def matches(entry: Listed, search: str) -> bool:
    """Tell whether *search* is part of the entry's name, note or number as people write it."""
    wanted = folded(search)
    if wanted in folded(entry.name) or wanted in folded(entry.note):
        return True
    digits = "".join(character for character in wanted if character.isdecimal())
    if len(digits) < MIN_DIGITS or any(character.isalpha() for character in wanted):
        return False
    plain = str(entry.number)
    return digits in plain or (plain.startswith("81") and digits in f"0{plain[2:]}")


def in_order(entry: Listed) -> tuple[bool, str, str, int]:
    """Sort by name as people look for it: ナカムラ beside なかむら, がく after かく, no name last.

    Kanji have no reading here, so they follow the kana in the order of their characters.
    """
    plain = folded(entry.name)
    apart = unicodedata.normalize("NFD", plain.translate(_SMALL))
    sound = "".join(character for character in apart if character not in _MARKS)
    return (not plain, sound, plain, entry.number)
