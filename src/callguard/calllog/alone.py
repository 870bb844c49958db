"""Calls that the dialplan screened alone, told from its AMI event ``CallguardAlone``; pure.

Nothing else knows of them, so they come into the log by this way only, and after the caller has
been answered. The dialplan does not know whether its line has agreed; who records does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from ..numbers import Caller, Origin, classify_number
from ..screening import Action, Reason, Verdict


@dataclass(frozen=True, slots=True)
class AloneCall:
    """One such call."""

    call_id: str
    line: int = field(repr=False)
    """The called line, E.164 digits."""
    verdict: Verdict = field(repr=False)


def alone_call_id(unique: str) -> str:
    """Return the name in the log of the call whose channel Asterisk calls *unique*.

    Only a home has such calls, and a home has one Asterisk.
    """
    return blake2b(f"alone {unique}".encode(), digest_size=8).hexdigest()


def read_alone(name: str, headers: Mapping[str, str]) -> AloneCall | None:
    """Return the call that an AMI event tells of, if it is one that the dialplan screened alone.

    The event carries the caller's number only if the caller showed it.
    """
    if name != "UserEvent" or headers.get("UserEvent") != "CallguardAlone":
        return None
    line = classify_number(headers.get("Line", "")).number
    try:
        action = Action(headers.get("Action", ""))
        reason = Reason(headers.get("Reason", ""))
        origin = Origin(headers.get("Origin", ""))
    except ValueError:
        return None
    if line is None or reason is Reason.NO_CONSENT:
        return None
    number = headers.get("Number", "")
    caller = classify_number(number) if number else Caller(origin)
    unique = headers.get("Uniqueid", "")
    return AloneCall(alone_call_id(unique), line, Verdict(action, reason, caller))
