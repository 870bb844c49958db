"""The one question a channel asks: its fields, as the dialplan sends them in AGI arguments.

The dialplan sends ``name=value`` words. A value that a stranger controls comes in base64, so that
no comma, quote or newline of his reaches the AGI line, and behind a colon, since Asterisk's
BASE64_ENCODE complains about nothing to encode (``asterisk-config/common/screening.conf``).
"""

import binascii
from binascii import a2b_base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ..numbers import CallerID, classify, classify_number
from ..numbers.caller_id import bare_number, parse_name_address
from ..screening import Call


class QuestionError(Exception):
    """The dialplan and callguard do not agree on the question: a fault in the configuration."""


@dataclass(frozen=True, slots=True)
class Question:
    """What Asterisk knows of an incoming call."""

    line: str
    """The called number as configured or received: digits, a SIP URI or a name-addr."""
    caller_id: CallerID = field(default_factory=CallerID)
    emergency_dialled_at: datetime | None = None
    """When the line last dialled 110, 118 or 119."""

    def line_number(self) -> int | None:
        """Return the called line's E.164 digits, or None if it is not a number."""
        return classify_number(bare_number(self.line)).number

    def call(self) -> Call:
        """Return the call for the screener, its caller classified."""
        return Call(classify(self.caller_id), self.emergency_dialled_at)


def read_question(arguments: Iterable[str]) -> Question:
    """Read the AGI arguments of ``agi://…/screen``; unknown names are left to later versions.

    Raises:
        QuestionError: an argument is not ``name=value`` or not base64 where it must be.
    """
    words: dict[str, str] = {}
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not equals:
            raise QuestionError(f"AGI argument without a name: {argument[:40]!r}")
        words[name] = value
    called = _text(words.get("called", ""))
    line = _text(words.get("line", "")) or parse_name_address(called).user or called
    number = _text(words.get("number", ""))
    asserted = tuple(
        value for name in ("pai", "pai2") if (value := _text(words.get(name, "")))
    )
    return Question(
        line=line,
        caller_id=CallerID(
            number=number,
            presentation=words.get("pres", ""),
            from_header=_text(words.get("from", "")),
            asserted=asserted,
            privacy=_text(words.get("privacy", "")),
        ),
        emergency_dialled_at=_epoch(words.get("emergency", "")),
    )


def _text(encoded: str) -> str:
    if not encoded:
        return ""
    try:
        return a2b_base64(encoded).decode("utf-8", "replace").removeprefix(":")
    except binascii.Error as error:
        raise QuestionError(f"not base64: {encoded[:40]!r}") from error


def _epoch(value: str) -> datetime | None:
    if not (value.isascii() and value.isdigit()) or len(value) > 11:
        return None
    return datetime.fromtimestamp(int(value), UTC)
