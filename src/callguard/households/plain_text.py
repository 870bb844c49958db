"""Names and notes as people write them, before they go into a database or on to a page."""

import unicodedata

from .errors import Fault, HouseholdError

MAX_NAME = 100
MAX_NOTE = 500

_UNREADABLE = {"Cc", "Cs", "Zl", "Zp"}
"""Control characters, halves of surrogate pairs, line separators (Unicode general categories)."""

_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of what follows, on the page around them too."""


def name(text: str, field: str = "name", *, needed: bool = False) -> str:
    """Return *text* as the name of something: one line, trimmed, at most ``MAX_NAME`` characters.

    Raises:
        HouseholdError: it is too long, unreadable, or needed and empty.

    """
    found = _checked(" ".join(text.split()), field, MAX_NAME)
    if needed and not found:
        raise HouseholdError(f"{field} is empty; write one", Fault.NAME_MISSING, field=field)
    return found


def note(text: str, field: str = "note") -> str:
    """Return *text* as a note: some lines, at most ``MAX_NOTE`` characters.

    Raises:
        HouseholdError: it is too long or unreadable.

    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")
    for line in lines:
        _checked(line.replace("\t", " "), field, MAX_NOTE)
    return _checked_length("\n".join(line.replace("\t", " ") for line in lines), field, MAX_NOTE)


def _checked(text: str, field: str, limit: int) -> str:
    if any(unicodedata.category(one) in _UNREADABLE or one in _TURNING for one in text):
        raise HouseholdError(
            f"{field} holds characters that cannot be shown; type it again",
            Fault.TEXT_UNREADABLE,
            field=field,
        )
    return _checked_length(text, field, limit)


def _checked_length(text: str, field: str, limit: int) -> str:
    if len(text) > limit:
        raise HouseholdError(
            f"{field} has {len(text)} characters; at most {limit} can be kept",
            Fault.TEXT_TOO_LONG,
            field=field,
            limit=limit,
            length=len(text),
        )
    return text
