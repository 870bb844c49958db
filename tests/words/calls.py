"""Calls to tell of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from callguard.screening import Verdict


@dataclass(frozen=True)
class Told:
    """A call as the log has it."""

    action: str = "reject"
    reason: str = "unlisted"
    number: int | None = None
    caller: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)
    defence: str = "daemon"
    outcome: str | None = None
    seconds: int | None = None


def told(verdict: Verdict, **more: Any) -> Told:
    """The call on which the verdict was given."""
    shown = verdict.to_json()
    return Told(
        verdict.action,
        verdict.reason,
        verdict.caller.number,
        shown["caller"],
        shown["evidence"],
        **more,
    )
