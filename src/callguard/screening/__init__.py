"""The verdict on a call: a pure function of call, policy and blocklist; no I/O, no clock."""

from .policy import Entry, Policy, QuietHours
from .rules import RULES, Blocklist, Call, Listing, Rule
from .screener import screen
from .verdict import Action, Reason, Verdict

__all__ = [
    "RULES",
    "Action",
    "Blocklist",
    "Call",
    "Entry",
    "Listing",
    "Policy",
    "QuietHours",
    "Reason",
    "Rule",
    "Verdict",
    "screen",
]
