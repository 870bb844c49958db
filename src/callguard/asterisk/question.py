"""The one question a channel asks: its fields, as the dialplan sends them in AGI arguments.

The dialplan sends ``name=value`` words, all in one argument with ``&`` between them: an argument is
a write for Asterisk, and a line to read. A value that a stranger controls comes in base64, so that
no comma, quote or newline of his reaches the AGI line, and behind a colon, since Asterisk's
BASE64_ENCODE complains about nothing to encode (``asterisk-config/common/screening.conf``).
"""

import re
from binascii import a2b_base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from functools import lru_cache

from ..numbers import CallerID, classify, classify_number
from ..numbers.caller_id import bare_number, parse_name_address
from ..screening import Call
from ..values import value


class QuestionError(Exception):
    """The dialplan and callguard do not agree on the question: a fault in the configuration."""


@value
class Question:
    """What Asterisk knows of an incoming call."""

    line: str
    """The called number as configured or received: digits, a SIP URI or a name-addr."""
    caller_id: CallerID = field(default_factory=CallerID)
    emergency_dialled_at: datetime | None = None
    """When the line last dialled 110, 118 or 119."""

    def line_number(self) -> int | None:
        """Return the called line's E.164 digits, or None if it is not a number."""
        return _line_number(self.line)

    def call(self) -> Call:
        """Return the call for the screener, its caller classified."""
        return Call(classify(self.caller_id), self.emergency_dialled_at)


@lru_cache(maxsize=65_536)
def _line_number(line: str) -> int | None:
    return classify_number(bare_number(line)).number


def read_question(arguments: Iterable[str]) -> Question:
    """Read the AGI arguments of ``agi://…/screen``; unknown names are left to later versions.

    Raises:
        QuestionError: an argument is not ``name=value`` or not base64 where it must be.

    """
    text = "&".join(arguments)
    usual = _USUAL.fullmatch(text)
    values = usual.groups() if usual is not None else _values(read_words(text), NAMES)
    configured, called, pres, emergency, abroad, number, sender, privacy, pai, pai2 = values
    line = _line(configured)
    if not line:
        to = _decode(called, "called")
        line = parse_name_address(to).user or to
    return Question(
        line,
        _caller_id(pres, abroad, number, sender, privacy, pai, pai2),
        _epoch(emergency) if emergency else None,
    )


NAMES = (
    *("line", "called", "pres", "emergency"),
    *("abroad", "number", "from", "privacy", "pai", "pai2"),
)
_USUAL = re.compile("&".join([f"{name}=([^&]*+)" for name in NAMES]))
"""As ``screening.conf`` asks: all of them, in this order. Read in a third of the time."""

_OF_CALLER = ("pres", "abroad", "number", "from", "privacy", "pai", "pai2")


def read_caller_id(words: Mapping[str, str]) -> CallerID:
    """Return who calls, as the words of a question tell it.

    Raises:
        QuestionError: a word is not base64 that must be.

    """
    return _caller_id(*_values(words, _OF_CALLER))


def _values(words: Mapping[str, str], names: Iterable[str]) -> Sequence[str]:
    return [words.get(name, "") for name in names]


def _caller_id(
    pres: str, abroad: str, number: str, sender: str, privacy: str, pai: str, pai2: str
) -> CallerID:
    first = _decode(pai, "pai")
    asserted: tuple[str, ...] = (first,) if first else ()
    if pai2 != _NOTHING:
        second = _decode(pai2, "pai2")
        asserted += (second,) if second else ()
    return CallerID(
        _decode(number, "number"),
        pres,
        _decode(sender, "from"),
        asserted,
        _decode(privacy, "privacy") if privacy != _NOTHING else "",
        abroad == "1",
    )


def read_words(text: str) -> dict[str, str]:
    """Read ``name=value&name=value``.

    Raises:
        QuestionError: a word has no name.

    """
    try:
        return dict([word.split("=", 1) for word in text.split("&")]) if text else {}
    except ValueError as error:
        raise QuestionError("an AGI argument has no name") from error


@lru_cache(maxsize=65_536)
def _line(encoded: str) -> str:
    return _decode(encoded, "line")


def text_word(words: Mapping[str, str], name: str) -> str:
    """Return the text that the word *name* holds in base64, or nothing.

    Raises:
        QuestionError: it is not base64.

    """
    return _decode(words.get(name, ""), name)


_NOTHING = "Og=="
"""A colon, and nothing behind it."""


def _decode(encoded: str, name: str) -> str:
    if not encoded or encoded == _NOTHING:
        return ""
    try:
        return a2b_base64(encoded).decode("utf-8", "replace").removeprefix(":")
    except ValueError as error:
        # Not what it holds: that may be the caller's number.
        raise QuestionError(f"AGI argument {name} is not base64") from error


def _epoch(value: str) -> datetime | None:
    if not (value.isascii() and value.isdigit()) or len(value) > 11:
        return None
    return datetime.fromtimestamp(int(value), UTC)
