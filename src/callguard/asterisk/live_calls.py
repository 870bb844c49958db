"""Screened calls in progress, told from AMI events; pure.

Only what a later listing may cut off is followed: not a call whose line has not agreed to be
screened, not one that an emergency service may be making, not one that is being refused anyway.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from ..numbers import Caller, Kind, classify_number
from ..remembering import remember
from ..screening import Action, Reason

MAX_CALLS = 10_000
"""Calls followed at once; beyond, the oldest are forgotten (their ends were missed)."""

_NUMBER = re.compile(r"\+[0-9]{7,15}")
"""E.164, as ``asterisk/answer.py`` writes caller and line; the shortest is an overseas number."""


class Numbers(Protocol):
    """A set of numbers, E.164 digits; a Roaring bitmap is one."""

    def __contains__(self, number: int, /) -> bool:
        """Tell whether *number* is in it."""


@dataclass(frozen=True, slots=True)
class LiveCall:
    """One call in progress."""

    call_id: str
    """The call's name in callguard's log."""
    channel: str
    """The caller's channel."""
    caller: Caller = field(repr=False)
    """Classified anew from the number that the verdict was about; a number that the caller withheld
    is never in it, even where the network disclosed it."""
    line: int = field(repr=False)
    """The called line, E.164 digits."""
    number: int = field(repr=False)
    """The caller's, E.164 digits."""
    subscriber: str = ""
    """The channel of who answered; empty while the telephone rings, or before."""


class LiveCalls:
    """Follows calls through the events ``Callguard``, ``CallguardAnswered`` and ``Hangup``."""

    def __init__(self) -> None:
        self._calls: dict[str, LiveCall] = {}

    def __len__(self) -> int:
        """Return how many calls are followed."""
        return len(self._calls)

    def receive(self, name: str, headers: Mapping[str, str]) -> LiveCall | None:
        """Take one AMI event; return the call that it begins, if that can be cut off later."""
        channel = headers.get("Uniqueid", "")
        if name == "UserEvent" and headers.get("UserEvent") == "Callguard":
            call = _begun(headers)
            if call is not None:
                remember(self._calls, channel, call, MAX_CALLS)
            return call
        if name == "UserEvent" and headers.get("UserEvent") == "CallguardAnswered":
            answered = headers.get("Call", "")
            call = self._calls.get(answered)
            if call is not None:
                self._calls[answered] = replace(call, subscriber=headers.get("Channel", ""))
        elif name == "Hangup":
            self._calls.pop(channel, None)
        return None

    def listed(self, numbers: Numbers) -> list[LiveCall]:
        """Return the calls in progress whose caller's number (E.164 digits) is in *numbers*."""
        return [call for call in self._calls.values() if call.number in numbers]

    def forget(self, call: LiveCall) -> None:
        """Follow *call* no longer: it is being cut off."""
        self._calls = {key: one for key, one in self._calls.items() if one != call}


def _begun(headers: Mapping[str, str]) -> LiveCall | None:
    if headers.get("Action") in {None, "", Action.REJECT}:
        return None
    if headers.get("Reason") in {Reason.NO_CONSENT, Reason.EMERGENCY_CALLBACK}:
        return None
    number, line = headers.get("Caller", ""), headers.get("Called", "")
    channel = headers.get("Channel", "")
    if not (channel and _NUMBER.fullmatch(number) and _NUMBER.fullmatch(line)):
        return None
    caller = classify_number(number)
    if caller.number is None or caller.kind is Kind.EMERGENCY:
        return None
    return LiveCall(headers.get("CallID", ""), channel, caller, int(line[1:]), caller.number)
