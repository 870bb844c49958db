"""How screened calls ended, told from AMI events; pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from ..remembering import remember
from ..screening import Action, Reason
from .alone import alone_call_id
from .record import Defence

MAX_CALLS = 10_000
"""Calls followed at once; beyond, the oldest are forgotten (their ends were missed)."""


class Outcome(StrEnum):
    """How a call ended."""

    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    """The telephone rang, and nobody took the call; or it was busy."""
    LEFT = "left"
    """The caller hung up during the announcement or the challenge, before the telephone rang."""
    REFUSED = "refused"
    """By the verdict; or the caller did not pass the challenge, or she did not take the call."""
    CUT = "cut"
    """Cut off when the caller's number was listed during the call."""
    UNKNOWN = "unknown"
    """The end was missed, or is told by a word of another version."""

    @classmethod
    def recorded(cls, word: str) -> Self:
        """Return the outcome that *word* stands for in a record.

        Nodes of several versions may share a log: a word that this one lacks is ``UNKNOWN``.
        """
        return cls(word) if word in set(cls) else cls.UNKNOWN


@dataclass(frozen=True, slots=True)
class Ended:
    """How one call ended."""

    call_id: str
    action: str
    reason: str
    defence: str
    outcome: Outcome
    ended_at: datetime
    seconds: int | None = None
    """How long caller and subscriber talked; None if they did not."""
    cause: str = ""
    """Q.850 cause of the caller's channel, as text."""


@dataclass(slots=True)
class _Followed:
    """One call in progress."""

    call_id: str
    action: str
    reason: str
    defence: str
    channel: str
    refused: bool = False
    dialled: bool = False
    answered_at: datetime | None = None
    cut: bool = False

    def ended(self, now: datetime, outcome: Outcome, cause: str) -> Ended:
        seconds: int | None = None
        if self.answered_at is not None and outcome is not Outcome.UNKNOWN:
            seconds = max(0, round((now - self.answered_at).total_seconds()))
        return Ended(
            self.call_id, self.action, self.reason, self.defence, outcome, now, seconds, cause
        )

    def outcome(self) -> Outcome:
        if self.cut:
            return Outcome.CUT
        if self.action == Action.REJECT or self.refused:
            return Outcome.REFUSED
        if self.answered_at is not None:
            return Outcome.ANSWERED
        announced = self.action in {Action.WARN, Action.CHALLENGE}
        return Outcome.LEFT if announced and not self.dialled else Outcome.UNANSWERED


class Outcomes:
    """Follows callers' channels through events.

    They are ``Callguard``, ``CallguardRefused``, ``DialEnd`` and ``Hangup``. A refused call is over
    with its verdict; of those that the daemon refuses no event tells.
    """

    def __init__(self) -> None:
        self._calls: dict[str, _Followed] = {}
        """By the caller's channel's own name, its ``Uniqueid``."""

    def __len__(self) -> int:
        """Return how many screened calls are in progress."""
        return len(self._calls)

    @property
    def in_progress(self) -> frozenset[str]:
        """The names of the calls that are followed; may be asked in any thread."""
        # A tuple is made in one go, while events go on changing what it is made of.
        return frozenset([call.call_id for call in tuple(self._calls.values())])

    @property
    def channels(self) -> Mapping[str, str]:
        """The channels of the calls that are followed, and by what name each is followed."""
        return {call.channel: unique for unique, call in self._calls.items() if call.channel}

    def to_json(self) -> dict[str, Any]:
        """Return the calls that are followed, as JSON values."""
        return {
            unique: {**asdict(call), "answered_at": _written(call.answered_at)}
            for unique, call in self._calls.items()
        }

    def follow_on(self, calls: Mapping[str, Mapping[str, Any]]) -> None:
        """Follow *calls*, which another has followed so far.

        Raises:
            ValueError, KeyError, TypeError, AttributeError: they are not what ``to_json`` returned.

        """
        read = {
            unique: _Followed(**{**call, "answered_at": _read(call["answered_at"])})
            for unique, call in calls.items()
        }
        self._calls.update(read)

    def receive(self, name: str, headers: Mapping[str, str], now: datetime) -> Ended | None:
        """Take one AMI event, which arrived at *now*; return how a screened call ended with it.

        A call whose line has not agreed to be screened is not followed.
        """
        unique = headers.get("Uniqueid", "")
        if name == "UserEvent" and headers.get("UserEvent") == "Callguard":
            if headers.get("Action") and headers.get("Reason") != Reason.NO_CONSENT:
                begun = _begun(unique, headers)
                if begun.action == Action.REJECT:
                    return begun.ended(now, Outcome.REFUSED, "")
                remember(self._calls, unique, begun, MAX_CALLS)
        elif name == "UserEvent" and headers.get("UserEvent") == "CallguardRefused":
            call = self._calls.get(unique)
            if call is not None:
                call.refused, call.answered_at = True, None
        elif name == "DialEnd":
            call = self._calls.get(unique)
            # The family, who are asked about the caller, are not the telephone that rings.
            if call is not None and "@callguard-leg-" not in headers.get("DestChannel", ""):
                call.dialled = True
                if headers.get("DialStatus") == "ANSWER" and call.answered_at is None:
                    call.answered_at = now
        elif name == "Hangup":
            call = self._calls.pop(unique, None)
            if call is not None:
                return call.ended(now, call.outcome(), headers.get("Cause-txt", ""))
        return None

    def cut(self, call_id: str, *, done: bool) -> None:
        """Take that a call is being cut off since its number was listed; or that it was not."""
        for call in self._calls.values():
            if call.call_id == call_id:
                call.cut = done

    def missed(self, unique: str, now: datetime) -> Ended | None:
        """Take that a call is over whose end was missed, by the ``Uniqueid`` of its channel."""
        call = self._calls.pop(unique, None)
        return None if call is None else call.ended(now, Outcome.UNKNOWN, "")


def _begun(unique: str, headers: Mapping[str, str]) -> _Followed:
    defence = headers.get("Defence", "")
    alone = defence == Defence.ALONE
    return _Followed(
        call_id=alone_call_id(unique) if alone else headers.get("CallID", ""),
        action=headers["Action"],
        reason=headers.get("Reason", ""),
        defence=defence,
        channel=headers.get("Channel", ""),
    )


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _read(moment: str | None) -> datetime | None:
    return datetime.fromisoformat(moment) if moment is not None else None
