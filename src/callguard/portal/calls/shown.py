"""A call as a page shows it: who, what happened, why, and what can be done about the caller."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ...calllog.log import Call
from ...numbers import format_number
from ...numbers.plan import EMERGENCY
from ...screening import Action
from ...words import caller_name, what_happened, why
from ..language import Language

WAYS: Mapping[str, str] = {
    Action.REJECT: "refused",
    Action.WARN: "warned",
    Action.CHALLENGE: "checked",
    Action.CONNECT: "connected",
}
"""How a call was treated, in a word; what is not here is ``unknown``."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One call, in words."""

    call: Call
    who: str
    """A name, a number, or why there is none."""
    number: str
    """The number as people write it, if ``who`` is a name."""
    happened: str
    why: str
    way: str
    """``refused``, ``warned``, ``checked`` or ``connected``; ``unknown`` to this version."""
    allowed: bool
    """The number is on the allowlist now."""
    blocked: bool
    """It is on the block list now."""
    acts: tuple[str, ...]
    """What can be done: ``allow``, ``today``, ``block``, ``report``."""


def show(call: Call, language: Language, *, now: datetime) -> Shown:
    """Return *call* in words of *language*, as things stand at *now*."""
    who = caller_name(call, call.name, language)
    number = "" if call.number is None else format_number(call.number)
    holds = call.listed_until is None or call.listed_until > now
    allowed = call.allowed is True and holds
    blocked = call.allowed is False and holds
    return Shown(
        call=call,
        who=who,
        number="" if number == who else number,
        happened=what_happened(call, language),
        why=why(call, language),
        way=WAYS.get(call.action, "unknown"),
        allowed=allowed,
        blocked=blocked,
        acts=_acts(call, allowed=allowed, blocked=blocked),
    )


def _acts(call: Call, *, allowed: bool, blocked: bool) -> tuple[str, ...]:
    if call.number is None or call.number in EMERGENCY:
        return ()
    acts = []
    if not allowed or call.listed_until is not None:
        acts.append("allow")
    if not allowed:
        acts.append("today")
    if not blocked:
        acts.append("block")
    if not allowed:
        # A caller whom the family knows is no scam, and the police must not be told so by a slip.
        acts.append("report")
    return tuple(acts)
