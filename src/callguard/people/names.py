"""Names of people, devices and passkeys, as strangers type them."""

import unicodedata

from .errors import Fault, PeopleError

MAX_NAME = 100
"""Characters; the column of the database has as many."""

_HIDDEN = frozenset("\u2028\u2029\u200e\u200f\u061c\ufeff") | frozenset(
    map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
)
"""Signs that turn the direction of writing or break a line: a name must not pass for another."""

_CONTROL = frozenset({"Cc", "Cs", "Cn", "Co"})


def clean_name(text: str) -> str:
    """Return *text* as a name: trimmed, in one Unicode form.

    Raises:
        PeopleError: it is empty, over 100 characters, or holds control signs.

    """
    if len(text) > 4 * MAX_NAME:
        raise PeopleError(Fault.NAME, f"the name is too long; write at most {MAX_NAME} characters")
    if any(sign in _HIDDEN or unicodedata.category(sign) in _CONTROL for sign in text):
        raise PeopleError(Fault.NAME, "the name holds signs that cannot be shown; write it plainly")
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name:
        raise PeopleError(Fault.NAME, "the name is missing; write one")
    if len(name) > MAX_NAME:
        raise PeopleError(Fault.NAME, f"the name is too long; write at most {MAX_NAME} characters")
    return name
