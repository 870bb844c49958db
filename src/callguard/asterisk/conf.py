"""Sections of Asterisk's configuration files; no value in them is read as more than a value."""

from ..numbers import NumberError, parse_typed

MAX_VALUE = 1024
"""Characters of a value: Asterisk cuts a line off at 8,192 bytes, without a word."""
SECRET = frozenset({"secret", "password", "CALLGUARD_MARK_SECRET"})
"""Keys whose values no message may repeat."""
_SPECIAL = frozenset(";[]{}$")
"""A comment, a section, a variable begins with one of them; some parsers also end with one."""


class SiteError(Exception):
    """A site value that Asterisk cannot be given; the message says which and why."""


def section(name: str, template: str = "", /, **values: object) -> str:
    """Return a section with its values, those that are empty left out.

    With *template*, the section begins with that template's values.

    Raises:
        SiteError: a value that could be read as more than a value.

    """
    lines = [f"[{name}]({template})" if template else f"[{name}]"]
    for key, value in values.items():
        text = str(value)
        if text:
            lines.append(f"{key}={plain(key, text)}")
    return "\n".join(lines) + "\n\n"


def plain(key: str, value: str) -> str:
    """Return *value* if Asterisk reads it as it stands.

    Asterisk takes blanks away at both ends, and a ``>`` after the equals sign belongs to the sign.

    Raises:
        SiteError: it does not; of a secret the message does not say what it is.

    """
    if (
        not value.isprintable()
        or not _SPECIAL.isdisjoint(value)
        or value != value.strip()
        or value.startswith(">")
        or len(value) > MAX_VALUE
    ):
        shown = "" if key in SECRET else f": {value[:80]!r}"
        raise SiteError(
            f"{key} cannot be written to Asterisk's configuration{shown}; use printable characters "
            f"other than ; [ ] {{ }} $, no blanks at its ends, {MAX_VALUE} at the most"
        )
    return value


def national(key: str, number: str) -> str:
    """Return a Japanese *number*, as typed, in the digits that are dialled within Japan.

    Raises:
        SiteError: it is no such number.

    """
    try:
        digits = str(parse_typed(number).number)
    except NumberError as error:
        raise SiteError(f"{key}: {error}") from error
    if not digits.startswith("81"):
        raise SiteError(f"{key} is {number!r}; give a number in Japan, such as 0422-99-0000")
    return f"0{digits[2:]}"
