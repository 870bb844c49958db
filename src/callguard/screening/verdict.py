"""What is done with a call, and why."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any

from ..numbers import Caller
from ..values import value


class Action(StrEnum):
    """What the dialplan does with a call."""

    REJECT = "reject"
    """Announce why, then refuse; the telephone stays silent."""
    WARN = "warn"
    """Play the fraud warning to the caller, then ring; whisper to the subscriber who answers."""
    CHALLENGE = "challenge"
    """Ring only after the caller has pressed a spoken random digit."""
    CONNECT = "connect"
    """Ring at once."""


class Reason(StrEnum):
    """Why; every verdict carries exactly one."""

    NO_CONSENT = "no-consent"
    MOVED = "moved"
    EMERGENCY_CALLBACK = "emergency-callback"
    HOUSEHOLD_BLOCK = "household-block"
    PROTECTED_NUMBER = "protected-number"
    FRAUD_LIST = "fraud-list"
    HOUSEHOLD_ALLOW = "household-allow"
    WITHHELD = "withheld"
    PAYPHONE = "payphone"
    UNAVAILABLE = "unavailable"
    OVERSEAS = "overseas"
    MALFORMED = "malformed"
    ALLOWLIST_ONLY = "allowlist-only"
    QUIET_HOURS = "quiet-hours"
    BURST = "burst"
    UNLISTED = "unlisted"
    SUSPENDED = "suspended"
    """Of a call on its way out: the police had its line suspended."""
    OUTBOUND = "outbound"
    """Of any other call on its way out."""


@value
class Verdict:
    """The outcome of screening one call."""

    action: Action
    reason: Reason
    caller: Caller
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """What the reason rests on, as JSON values; never a number that the caller withheld."""

    def to_json(self) -> dict[str, Any]:
        """Return the documented JSON form: action, reason, caller and evidence."""
        return {
            "action": self.action.value,
            "reason": self.reason.value,
            "caller": self.caller.to_json(),
            "evidence": dict(self.evidence),
        }
