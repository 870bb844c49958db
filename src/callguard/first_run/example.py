"""A call that nobody made: what the home would do with it, as a call of the log tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from ..screening import Verdict


@dataclass(frozen=True, slots=True)
class Example:
    """What ``words.why`` asks of a call."""

    action: str
    reason: str
    number: int | None
    caller: Mapping[str, Any]
    evidence: Mapping[str, Any]
    defence: str = "daemon"
    outcome: str | None = None
    seconds: int | None = None

    @classmethod
    def of(cls, verdict: Verdict) -> Self:
        """Return the call on which *verdict* was given."""
        told = verdict.to_json()
        number = verdict.caller.number
        return cls(verdict.action, verdict.reason, number, told["caller"], told["evidence"])
