"""What is kept of a verdict: from the screener to the journal, and from there to the database."""

import json
import re
from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from ..numbers import Caller, Kind, Origin
from ..screening import Action, Reason, Verdict
from ..values import value

MAX_NUMBER = 10**15 - 1
"""E.164 has 15 digits at most; what a malformed caller ID shows beyond is in no column."""

MANY_KINDS = 1_024
"""Kinds of caller that stay written: there are some dozens, and what a network verified besides."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NAME = re.compile("[0-9a-f]{16}")


class Defence(StrEnum):
    """Which line of defence gave a verdict (ADR 0003)."""

    DAEMON = "daemon"
    FALLBACK = "fallback"
    ALONE = "alone"


class RecordError(ValueError):
    """A record that this version cannot read."""


@value
class Record:
    """A verdict as the journal has it."""

    call_id: str
    line: int
    """The called line, E.164 digits."""
    at: datetime
    action: Action
    reason: Reason
    defence: Defence
    origin: Origin
    number: int | None = field(repr=False)
    hidden: bytes | None = field(repr=False)
    caller: Mapping[str, Any] = field(repr=False)
    evidence: Mapping[str, Any] = field(repr=False)

    def columns(self, household_id: int) -> dict[str, Any]:
        """Return the record as a row of ``calls``.

        A refused call is over with its verdict: nobody tells of its end.
        """
        over = self.action is _REJECT
        return {
            "call_id": self.call_id,
            "household_id": household_id,
            "at": self.at,
            "action": self.action.value,
            "reason": self.reason.value,
            "defence": self.defence.value,
            "origin": self.origin.value,
            "number": self.number,
            "hidden": self.hidden,
            "caller": dict(self.caller),
            "evidence": dict(self.evidence),
            "outcome": _REFUSED if over else None,
            "ended_at": self.at if over else None,
            "seconds": None,
        }


_REJECT = Action.REJECT
_REFUSED = "refused"
"""``Outcome.REFUSED``, whose module needs this one."""

_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


def write(
    verdict: Verdict,
    *,
    call_id: str,
    line: int,
    at: datetime,
    defence: Defence,
    hidden: bytes | None,
) -> bytes:
    """Return the journal's record of *verdict*; nothing in it tells a withheld number.

    ``hidden`` is the hash of a withheld number that the network disclosed.
    """
    caller = verdict.caller
    who = _who(caller.origin, caller.kind, caller.calling_code, caller.fault, caller.verstat)
    if caller.number is not None:
        who += f',"number":"{caller.shown_number}"'
    rest = "" if hidden is None else f',"hidden":"{hidden.hex()}"'
    evidence = _encode(verdict.evidence) if verdict.evidence else "{}"
    # Put together by hand, in a third of the time: only what is of this call is written anew.
    return (
        f'{{"call":"{call_id}","line":{line},"at":{(at - _EPOCH) // _MICROSECOND},'
        f'"defence":"{defence}","action":"{verdict.action}","reason":"{verdict.reason}",'
        f'"caller":{{{who}}},"evidence":{evidence}{rest}}}'
    ).encode()


@lru_cache(MANY_KINDS)
def _who(
    origin: Origin,
    kind: Kind | None,
    calling_code: int | None,
    fault: str | None,
    verstat: str | None,
) -> str:
    """Return what is recorded of a caller beside the number: members of a JSON object."""
    known = Caller(origin, None, kind, calling_code, fault, verstat=verstat)
    return _encode(known.to_json())[1:-1]


def read(data: bytes) -> Record:
    """Read back what :func:`write` wrote.

    Raises:
        RecordError: it is something else.

    """
    try:
        return _read(json.loads(data))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise RecordError(f"a record that cannot be read: {type(error).__name__}") from error


def _read(content: Mapping[str, Any]) -> Record:
    caller: Mapping[str, Any] = dict(content["caller"])
    call_id = content["call"]
    if not _NAME.fullmatch(call_id):
        raise ValueError("a call without a name")
    line = int(content["line"])
    if not 0 < line <= MAX_NUMBER:
        raise ValueError("a line that is none")
    shown = caller.get("number")
    number = None if shown is None else int(str(shown).removeprefix("+"))
    hidden = content.get("hidden")
    return Record(
        call_id=call_id,
        line=line,
        at=_EPOCH + timedelta(microseconds=int(content["at"])),
        action=Action(content["action"]),
        reason=Reason(content["reason"]),
        defence=Defence(content["defence"]),
        origin=Origin(caller["origin"]),
        number=number if number is not None and 0 < number <= MAX_NUMBER else None,
        hidden=None if hidden is None else bytes.fromhex(hidden),
        caller=caller,
        evidence=dict(content["evidence"]),
    )
