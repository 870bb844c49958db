"""The settings as the pages show them: in which order, what can be chosen, what asks to be sure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ...households.document import ACTIONS, DIALS, SWITCHES
from ...households.settings import CHOICES
from ...screening import Action, Policy
from ...screening.policy import Challenge, Dialling
from ..today.attention import WEAK


class Kind(StrEnum):
    """The kinds of setting, by what can be chosen."""

    ACTION = "action"
    """What is done with a kind of call."""
    CHALLENGE = "challenge"
    """How callers are challenged."""
    DIALLING = "dialling"
    """What becomes of a call that is made from home."""
    SWITCH = "switch"
    HOURS = "hours"
    MINUTES = "minutes"
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
        "unlisted",
        "challenge",
    ),
    "hours": ("quiet_hours", "allowlist_only"),
    "telephone": ("whisper", "cut_listed_calls", "record"),
    "dialling": ("dial_listed", "dial_overseas", "dial_premium"),
    "emergency": ("callback_minutes",),
}
"""Every setting, in the groups in which the page shows them."""

SETTINGS = frozenset(name for names in GROUPS.values() for name in names)

WORDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.ACTION: CHOICES,
    Kind.CHALLENGE: tuple(Challenge),
    Kind.DIALLING: (Dialling.REFUSE, Dialling.CONFIRM, Dialling.GO),
}
"""What can be chosen, for the kinds whose values are a few words."""
MINUTES = (0, 30, 60, 120, 360, 1440)


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
    return {
        "challenge": Kind.CHALLENGE,
        "quiet_hours": Kind.HOURS,
        "callback_minutes": Kind.MINUTES,
        "countries": Kind.COUNTRIES,
    }[name]


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
    if name == "record" and value is True and not policy.record:
        return Danger.RECORDED
    if name == "callback_minutes" and value == 0 and policy.callback_minutes:
        return Danger.UNANSWERED
    return None
