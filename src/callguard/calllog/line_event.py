"""What happens on the line beside verdicts: a key that was pressed, a number that was dialled.

It lies in the journal among the verdicts, and is carried out when it is collected.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from ..screening.dialling import Ground
from ..screening.policy import Dialling
from .record import RecordError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Press(StrEnum):
    """What somebody asked for with a key."""

    SCAM = "scam"
    """Cut the caller off: block the number, report it, tell the family."""
    ALLOW = "allow"
    """Let the caller's number through from now on."""
    BLOCK = "block"
    """Refuse the caller's number from now on."""
    CONNECT = "connect"
    """Put this call through."""
    REFUSE = "refuse"
    """Refuse this call."""
    NOBODY = "nobody"
    """Nobody pressed anything."""


class Presser(StrEnum):
    """Whose telephone the key was on."""

    HOME = "home"
    FAMILY = "family"


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key that says what is to become of a caller."""

    press: Press
    by: Presser
    call_id: str
    """The call that it is about: who called is in the log."""
    line: int
    at: datetime
    who: int | None = None
    """Whose telephone of the family's it was, by its id."""


@dataclass(frozen=True, slots=True)
class DialledOut:
    """A call of the subscriber's own that was not simply put through."""

    ground: Ground
    dialling: Dialling
    number: int | None = field(repr=False)
    line: int
    at: datetime


LineEvent = Pressed | DialledOut

_MARKS = (b'{"press":', b'{"dialled":')
"""How the records of events begin, and those of verdicts do not."""

_CALL_ID = re.compile("[0-9a-f]{16}")

_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def write_event(event: LineEvent) -> bytes:
    """Return the journal's record of *event*."""
    content: dict[str, Any]
    if isinstance(event, Pressed):
        content = {"press": event.press.value, "by": event.by.value, "call": event.call_id}
        if event.who is not None:
            content["who"] = event.who
    else:
        content = {"dialled": event.ground.value, "then": event.dialling.value}
        if event.number is not None:
            content["number"] = event.number
    content |= {"line": event.line, "at": (event.at - _EPOCH) // timedelta(microseconds=1)}
    return _encode(content).encode()


def read_event(data: bytes) -> LineEvent | None:
    """Read back what :func:`write_event` wrote; None of anything else, such as a verdict.

    Raises:
        RecordError: it is an event, and cannot be read.

    """
    if not data.startswith(_MARKS):
        return None
    try:
        content = json.loads(data)
        line = _number(content["line"])
        at = _EPOCH + timedelta(microseconds=int(content["at"]))
        if "press" in content:
            press, by = Press(content["press"]), Presser(content["by"])
            who = content.get("who")
            return Pressed(
                press,
                by,
                _call_id(content["call"]),
                line,
                at,
                None if who is None else _number(who),
            )
        number = content.get("number")
        return DialledOut(
            Ground(content["dialled"]),
            Dialling(content["then"]),
            None if number is None else _number(number),
            line,
            at,
        )
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise RecordError(f"an event that cannot be read: {type(error).__name__}") from error


def is_call_id(text: str) -> bool:
    """Tell whether *text* can be the name of a call in the log."""
    return _CALL_ID.fullmatch(text) is not None


def _call_id(value: object) -> str:
    if not isinstance(value, str) or not is_call_id(value):
        raise ValueError("not the name of a call")
    return value


def _number(value: object) -> int:
    """Return E.164 digits; what no number can be would only trouble the database."""
    if not isinstance(value, int) or not 0 < value < 10**15:
        raise ValueError("not a number")
    return value
