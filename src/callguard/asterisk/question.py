"""The one question a channel asks: its fields, as the dialplan sends them in AGI arguments.

The dialplan sends ``name=value`` words, all in one argument with ``&`` between them: an argument is
a write for Asterisk, and a line to read. A value that a stranger controls comes in base64, so that
no comma, quote or newline of his reaches the AGI line, and behind a colon, since Asterisk's
BASE64_ENCODE complains about nothing to encode (``asterisk-config/common/screening.conf``).
"""

from binascii import a2b_base64
from collections.abc import Iterable, Mapping
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
    words = read_words("&".join(arguments))
    line = _line(words.get("line", ""))
    if not line:
        called = text_word(words, "called")
        line = parse_name_address(called).user or called
    return Question(
        line=line,
        caller_id=read_caller_id(words),
        emergency_dialled_at=_epoch(words.get("emergency", "")),
    )


def read_caller_id(words: Mapping[str, str]) -> CallerID:
    """Return who calls, as the words of a question tell it.

    Raises:
        QuestionError: a word is not base64 that must be.

    """
    asserted = (text_word(words, "pai"), text_word(words, "pai2"))
    return CallerID(
        number=text_word(words, "number"),
        presentation=words.get("pres", ""),
        from_header=text_word(words, "from"),
        asserted=asserted if all(asserted) else tuple(filter(None, asserted)),
        privacy=text_word(words, "privacy"),
        abroad=words.get("abroad") == "1",
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
    return text_word({"line": encoded}, "line")


_NOTHING = "Og=="
"""A colon, and nothing behind it."""


def text_word(words: Mapping[str, str], name: str) -> str:
    """Return the text that the word *name* holds in base64, or nothing.

    Raises:
        QuestionError: it is not base64.

    """
    encoded = words.get(name)
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
