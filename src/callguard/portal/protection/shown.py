"""The settings as the pages show them: in which order, what can be chosen, what asks to be sure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ...households.document import ACTIONS, DIALS, NUMBERS, SWITCHES
from ...households.document import WORDS as SETTINGS_OF_WORDS
from ...households.settings import CHOICES
from ...screening import Action, Policy
from ...screening.policy import Dialling
from ..today.attention import WEAK


class Kind(StrEnum):
    """The kinds of setting, by what can be chosen."""

    ACTION = "action"
    """What is done with a kind of call."""
    WORD = "word"
    """One of a few words of its own."""
    DIALLING = "dialling"
    """What becomes of a call that is made from home."""
    SWITCH = "switch"
    HOURS = "hours"
    NUMBER = "number"
    """Of minutes, seconds or days."""
    COUNTRIES = "countries"


GROUPS: Mapping[str, tuple[str, ...]] = {
    "calls": (
        "fraud_list",
        "withheld",
        "unavailable",
        "malformed",
        "overseas",
        "countries",
        "payphone",
        "burst",
        "unlisted",
        "challenge",
    ),
    "family": ("ask_order", "ask_seconds", "ask_unanswered", "family_key", "long_call_minutes"),
    "hours": ("quiet_hours", "allowlist_only", "messages", "message_seconds"),
    "telephone": ("whisper", "cut_listed_calls", "record", "recording_days"),
    "dialling": ("dial_listed", "dial_overseas", "dial_premium"),
    "emergency": ("callback_minutes",),
}
"""Every setting, in the groups in which the page shows them."""

SETTINGS = frozenset(name for names in GROUPS.values() for name in names)

OFFERED: Mapping[str, tuple[int, ...]] = {
    "callback_minutes": (0, 30, 60, 120, 360, 1440),
    "ask_seconds": (15, 20, 25, 30, 45, 60),
    "long_call_minutes": (0, 5, 10, 15, 20, 30, 60),
    "message_seconds": (30, 60, 120, 180),
    "recording_days": (7, 30, 90, 365),
}
"""The numbers that are offered."""


class Danger(StrEnum):
    """Why somebody is asked whether they are sure; each has its words."""

    OPEN = "open"
    """Calls that most frauds begin with would ring."""
    CLOSED = "closed"
    """Nobody but the allowed numbers would ring any more."""
    UNCUT = "uncut"
    """A caller listed meanwhile would go on talking."""
    RECORDED = "recorded"
    """What is said would be kept; in the consent that is only something to be chosen."""
    DIALLED = "dialled"
    """She could call a fraudster herself."""
    UNANSWERED = "unanswered"
    """Police or ambulance that call back could be refused."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants a setting to be."""

    name: str
    typed: str
    """As :func:`callguard.households.settings.read_setting` reads it."""
    value: Any
    """As in the JSON form of a policy."""


def kind(name: str) -> Kind:
    """Return the kind of the setting *name*, one of ``SETTINGS``."""
    if name in ACTIONS:
        return Kind.ACTION
    if name in SWITCHES:
        return Kind.SWITCH
    if name in DIALS:
        return Kind.DIALLING
    if name in SETTINGS_OF_WORDS:
        return Kind.WORD
    if name in NUMBERS:
        return Kind.NUMBER
    return {"quiet_hours": Kind.HOURS, "countries": Kind.COUNTRIES}[name]


def words(name: str) -> tuple[str, ...]:
    """Return what can be chosen for a setting whose value is one of a few words."""
    match kind(name):
        case Kind.ACTION:
            return CHOICES
        case Kind.WORD:
            return tuple(SETTINGS_OF_WORDS[name])
        case Kind.DIALLING:
            return (Dialling.REFUSE, Dialling.CONFIRM, Dialling.GO)
    return ()


def danger(wish: Wish, policy: Policy) -> Danger | None:
    """Return why the wish, against the policy of today, asks to be sure; or None."""
    name, value = wish.name, wish.value
    if value in WEAK.get(name, ()) and value != getattr(policy, name):
        return Danger.OPEN
    if (name, value) in {("unlisted", Action.REJECT), ("allowlist_only", True)}:
        return Danger.CLOSED if value != getattr(policy, name) else None
    if name == "dial_listed" and value not in {Dialling.REFUSE, policy.dial_listed}:
        return Danger.DIALLED
    if name == "cut_listed_calls" and value is False and policy.cut_listed_calls:
        return Danger.UNCUT
    if name in {"record", "messages"} and value is True and not getattr(policy, name):
        return Danger.RECORDED
    if name == "callback_minutes" and value == 0 and policy.callback_minutes:
        return Danger.UNANSWERED
    return None
