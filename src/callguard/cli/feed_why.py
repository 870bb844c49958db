"""``callguard feed why``: who lists a number, why, since when, and what became of it."""

import argparse
import json
from datetime import UTC, datetime
from typing import Any

from ..blocklist.listing import Listing, Terms, Trial
from ..blocklist.live import LiveIndex, protected_numbers
from ..blocklist.moments import write_moment
from ..blocklist.store import ListStore
from ..feed.audit import AuditTrail, Event
from ..numbers import format_number
from ..numbers.typed import parse_shown
from ..settings import load

_TRIALS = {
    Trial.SIMULATED: "on trial: noted, calls are not refused",
    Trial.SHADOW: "its source is on trial: noted, calls are not refused",
    Trial.HELD: "held: calls are not refused before callguard feed approve",
}


def why(options: argparse.Namespace) -> int:
    """Say what this node knows of a number."""
    number = parse_shown(options.number)
    settings = load()
    blocklist = LiveIndex(ListStore(settings.lists), protected_numbers(settings.protected_numbers))
    listings = blocklist.index.listings(number, datetime.now(UTC))
    protected = blocklist.protects(number)
    history = AuditTrail(settings.audit).history(number)
    if options.json:
        shown = {
            "number": f"+{number}",
            "listings": [one.to_json() for one in listings],
            "protected": protected,
            "history": [_event_to_json(event) for event in history],
        }
        print(json.dumps(shown, ensure_ascii=False))
    else:
        print("\n".join(_explain(number, listings, history, protected=protected)))
    return 0


def _explain(
    number: int, listings: list[Listing], history: list[Event], *, protected: bool
) -> list[str]:
    lines = [f"{format_number(number)} is {'listed' if listings else 'not listed'}"]
    for one in listings:
        since = one.listed_at.isoformat(timespec="seconds")
        lines.append(f"  {one.source}: {_said(one.terms)}, since {since}")
        if one.trial is not None:
            lines.append(f"    {_TRIALS[one.trial]}")
    if protected:
        lines.append("  protected: calls are warned about, never refused")
    if history:
        lines.append("history")
    for event in history:
        did = f"listed, {_said(event.terms)}" if event.terms is not None else "retracted"
        at = event.issued_at.isoformat(timespec="seconds")
        lines.append(f"  {at}  {event.source}, batch {event.sequence}: {did}")
    return lines


def _said(terms: Terms) -> str:
    parts = [terms.category.value]
    if terms.evidence:
        shown = terms.evidence if terms.evidence.isprintable() else repr(terms.evidence)
        parts.append(f"reference {shown}")
    if terms.until is not None:
        parts.append(f"until {terms.until.isoformat(timespec='seconds')}")
    if terms.simulated:
        parts.append("on trial")
    return ", ".join(parts)


def _event_to_json(event: Event) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "source": event.source,
        "batch": event.sequence,
        "issued": write_moment(event.issued_at),
        "received": write_moment(event.received_at),
        "did": "retracted" if event.terms is None else "listed",
    }
    if event.terms is not None:
        said = event.terms.to_json()
        del said["listed"]  # it is when the batch was issued
        shown |= said
    return shown
