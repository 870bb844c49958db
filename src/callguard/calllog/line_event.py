"""What happens on the line beside verdicts: a key that was pressed, a number that was dialled.

It lies in the journal among the verdicts, and is carried out when it is collected.
"""

import json
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

_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def write_event(event: LineEvent) -> bytes:
    """Return the journal's record of *event*."""
    content: dict[str, Any]
    if isinstance(event, Pressed):
        content = {"press": event.press.value, "by": event.by.value, "call": event.call_id}
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
        line = int(content["line"])
        at = _EPOCH + timedelta(microseconds=int(content["at"]))
        if "press" in content:
            press, by = Press(content["press"]), Presser(content["by"])
            return Pressed(press, by, str(content["call"]), line, at)
        number = content.get("number")
        return DialledOut(
            Ground(content["dialled"]),
            Dialling(content["then"]),
            None if number is None else int(number),
            line,
            at,
        )
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise RecordError(f"an event that cannot be read: {type(error).__name__}") from error
