"""What is done with a call that the subscriber makes; pure.

She may always reach help: an emergency number or a service code is never asked about. Everything
else goes too, but for what costs her money or leads to a fraudster; there the household chose.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..numbers.dialled import Destination, Dialled
from .policy import Dialling, Policy
from .rules import Blocklist, Listing


class Ground(StrEnum):
    """Why a call is not simply put through."""

    LISTED = "listed"
    OVERSEAS = "overseas"
    PREMIUM = "premium"


@dataclass(frozen=True, slots=True)
class DialVerdict:
    """What is done, and why."""

    dialling: Dialling
    ground: Ground | None = None
    listing: Listing | None = None
    """What the police list says of the number, where that is the ground."""


def dial_prompt(ground: Ground, dialling: Dialling) -> str | None:
    """Return the announcement for a call of *ground*; None: it goes out without a word."""
    return {
        Dialling.GO: None,
        Dialling.CONFIRM: f"dial-{ground}-confirm",
        Dialling.REFUSE: f"dial-{ground}",
    }[dialling]


_GO = DialVerdict(Dialling.GO)


def judge_dialled(
    dialled: Dialled, policy: Policy, blocklist: Blocklist, now: datetime
) -> DialVerdict:
    """Return what is done with a call to *dialled* at *now* (aware)."""
    if not policy.consent or dialled.destination in {Destination.EMERGENCY, Destination.CODE}:
        return _GO
    number = dialled.number
    if number is not None and not blocklist.protects(number):
        entry = policy.allow.get(number)
        listing = blocklist.find(number, now)
        if listing is not None and not (
            entry is not None and entry.holds(now) and entry.confirmed_at > listing.listed_at
        ):
            return DialVerdict(policy.dial_listed, Ground.LISTED, listing)
        if entry is not None and entry.holds(now):
            return _GO
    if dialled.destination is Destination.OVERSEAS:
        return _by_policy(policy.dial_overseas, Ground.OVERSEAS)
    if dialled.destination is Destination.PREMIUM:
        return _by_policy(policy.dial_premium, Ground.PREMIUM)
    return _GO


def _by_policy(dialling: Dialling, ground: Ground) -> DialVerdict:
    return _GO if dialling is Dialling.GO else DialVerdict(dialling, ground)
