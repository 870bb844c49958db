"""What is done with a call on its way out of an exchange; pure.

No household is asked here: the carrier itself keeps a line from calling that the police had
suspended (利用停止). Help can be called from any line all the same.
"""

from datetime import datetime
from typing import Protocol

from ..numbers import Caller
from ..numbers.dialled import Destination, Dialled
from .rules import Listing
from .verdict import Action, Reason, Verdict


class Suspensions(Protocol):
    """The lines that police sources had suspended."""

    def suspended(self, number: int, now: datetime) -> Listing | None:
        """Return the newest suspension of *number* (E.164 digits) that is in force, or None."""

    def protects(self, number: int) -> bool:
        """Tell whether *number* is a public one that no listing may silence."""


def calling_line(caller: Caller) -> int | None:
    """Return the line that calls (E.164 digits), as its own exchange knows it, shown or not."""
    if caller.number is None and caller.disclosed is not None:
        return caller.disclosed.number
    return caller.number


def screen_outbound(
    caller: Caller, dialled: Dialled, suspensions: Suspensions, now: datetime
) -> Verdict:
    """Decide what is done with a call by *caller* to *dialled* at *now* (aware).

    A number that the line withholds, and its own exchange knows, counts like one that is shown.
    """
    if dialled.destination is Destination.EMERGENCY:
        return Verdict(Action.CONNECT, Reason.OUTBOUND, caller, {"emergency": True})
    number = calling_line(caller)
    if number is None or suspensions.protects(number):
        return Verdict(Action.CONNECT, Reason.OUTBOUND, caller)
    listing = suspensions.suspended(number, now)
    if listing is None:
        return Verdict(Action.CONNECT, Reason.OUTBOUND, caller)
    return Verdict(Action.REJECT, Reason.SUSPENDED, caller, listing.to_json())
