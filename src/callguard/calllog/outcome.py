"""How screened calls ended, told from AMI events; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ..screening import Reason

MAX_CALLS = 10_000
"""Calls followed at once; beyond, the oldest are forgotten (their ends were missed)."""


class Outcome(StrEnum):
    """How a call ended."""

    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    """The telephone rang, and nobody took the call; or it was busy."""
    LEFT = "left"
    """The caller hung up during the announcement, before the telephone rang."""
    REFUSED = "refused"
    CUT = "cut"
    """Answered, and cut off when the caller's number was listed."""
    UNKNOWN = "unknown"
    """The end was missed."""


@dataclass(slots=True)
class Ended:
    """One call, from verdict to end."""

    call_id: str = ""
    action: str = ""
    reason: str = ""
    defence: str = ""
    """daemon, fallback or alone: which line of defence gave the verdict."""
    answered: bool = False
    cause: str = ""
    """Q.850 cause of the caller's channel, as text."""


class Outcomes:
    """Follows callers' channels through the events ``Callguard``, ``DialEnd`` and ``Hangup``."""

    def __init__(self) -> None:
        self._calls: dict[str, Ended] = {}

    def __len__(self) -> int:
        """Return how many screened calls are in progress."""
        return len(self._calls)

    def receive(self, name: str, headers: Mapping[str, str]) -> Ended | None:
        """Take one AMI event; return the outcome of a screened call that has ended with it.

        A call whose line has not agreed to be screened is not followed.
        """
        channel = headers.get("Uniqueid", "")
        if name == "UserEvent" and headers.get("UserEvent") == "Callguard":
            if headers.get("Action") and headers.get("Reason") != Reason.NO_CONSENT:
                while len(self._calls) >= MAX_CALLS and channel not in self._calls:
                    del self._calls[next(iter(self._calls))]
                self._calls[channel] = Ended(
                    call_id=headers.get("CallID", ""),
                    action=headers["Action"],
                    reason=headers.get("Reason", ""),
                    defence=headers.get("Defence", ""),
                )
        elif name == "DialEnd":
            call = self._calls.get(channel)
            if call is not None and headers.get("DialStatus") == "ANSWER":
                call.answered = True
        elif name == "Hangup":
            call = self._calls.pop(channel, None)
            if call is not None:
                call.cause = headers.get("Cause-txt", "")
                return call
        return None
