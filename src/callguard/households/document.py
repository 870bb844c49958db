"""A household's policy as one JSON document: what the screener reads."""

import json
from collections.abc import Mapping
from datetime import datetime, time
from enum import StrEnum
from typing import Any

from ..screening import Action, Entry, Policy, QuietHours
from ..screening.policy import (
    AskOrder,
    Challenge,
    Dialling,
    FamilyTelephone,
    Moved,
    Unanswered,
)

ACTIONS = (
    *("withheld", "payphone", "unavailable", "overseas", "malformed", "fraud_list"),
    *("burst", "unlisted"),
)
"""The policy fields whose value is an action."""
SWITCHES = ("allowlist_only", "whisper", "record", "messages", "cut_listed_calls", "family_key")
"""The policy fields that are on or off."""

DIALS = ("dial_listed", "dial_overseas", "dial_premium")
"""The policy fields that say what becomes of calls that the household makes."""
WORDS: Mapping[str, type[StrEnum]] = {
    "challenge": Challenge,
    "ask_order": AskOrder,
    "ask_unanswered": Unanswered,
}
"""The policy fields whose value is one of a few words, and which."""
NUMBERS: Mapping[str, tuple[int, int]] = {
    "callback_minutes": (0, 1440),
    "ask_seconds": (10, 60),
    "long_call_minutes": (0, 240),
    "message_seconds": (10, 180),
    "recording_days": (1, 3650),
}
"""The policy fields that are whole numbers, and from which to which."""


def settings_to_json(policy: Policy) -> dict[str, Any]:
    """Return what a household has chosen, without consent and lists."""
    values: dict[str, Any] = {name: getattr(policy, name).value for name in ACTIONS}
    values |= {name: getattr(policy, name) for name in SWITCHES}
    values |= {name: getattr(policy, name).value for name in WORDS}
    values |= {name: getattr(policy, name).value for name in DIALS}
    values["countries"] = sorted(policy.countries)
    values["quiet_hours"] = str(policy.quiet_hours) if policy.quiet_hours else None
    values |= {name: getattr(policy, name) for name in NUMBERS}
    return values


def settings_from_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a :class:`Policy` from what :func:`settings_to_json` wrote."""
    known: dict[str, Any] = {name: Action(values[name]) for name in ACTIONS if name in values}
    known |= {name: bool(values[name]) for name in SWITCHES if name in values}
    known |= {name: of(values[name]) for name, of in WORDS.items() if name in values}
    known |= {name: Dialling(values[name]) for name in DIALS if name in values}
    if "countries" in values:
        known["countries"] = frozenset(values["countries"])
    if values.get("quiet_hours"):
        known["quiet_hours"] = quiet_hours(values["quiet_hours"])
    known |= {name: int(values[name]) for name in NUMBERS if name in values}
    return known


def quiet_hours(text: str) -> QuietHours:
    """Read ``22:00-07:00``.

    Raises:
        ValueError: it is not two times of day.

    """
    begin, _, end = text.partition("-")
    return QuietHours(time.fromisoformat(begin.strip()), time.fromisoformat(end.strip()))


def encode(policy: Policy) -> str:
    """Return the document of *policy*; ``written`` reads it as it stands, so the form matters."""
    moved = policy.moved
    return json.dumps(
        {
            "consent": policy.consent,
            "logged": policy.logged,
            "recorded": policy.recorded,
            **settings_to_json(policy),
            "family": [[one.id, one.number] for one in policy.family],
            "allow": _entries_to_json(policy.allow),
            "block": _entries_to_json(policy.block),
            "expected": {
                country: until.isoformat() for country, until in sorted(policy.expected.items())
            },
            **({"moved": [moved.to, moved.until.isoformat()]} if moved else {}),
        },
        ensure_ascii=False,
    )


def decode(text: str) -> Policy:
    """Read back what :func:`encode` wrote.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: it is something else.

    """
    values = json.loads(text)
    return Policy(
        consent=values["consent"] is True,
        logged=values.get("logged") is True,
        recorded=values.get("recorded") is True,
        **settings_from_json(values),
        family=tuple([FamilyTelephone(*one) for one in values.get("family", ())]),
        allow=_entries_from_json(values["allow"]),
        block=_entries_from_json(values["block"]),
        expected={
            country: datetime.fromisoformat(until)
            for country, until in values.get("expected", {}).items()
        },
        moved=_moved_from_json(values["moved"]) if "moved" in values else None,
    )


def _moved_from_json(value: tuple[int, str]) -> Moved:
    to, until = value
    return Moved(int(to), datetime.fromisoformat(until))


def _entries_to_json(entries: Mapping[int, Entry]) -> dict[str, list[str | None]]:
    return {
        str(number): [
            entry.name,
            entry.confirmed_at.isoformat(),
            entry.expires_at.isoformat() if entry.expires_at else None,
        ]
        for number, entry in entries.items()
    }


def entry_from_json(value: Any) -> Entry:
    """Return an entry from what a list of a document holds of a number.

    Raises:
        ValueError, TypeError: it is something else.

    """
    name, confirmed, expires = value
    return Entry(
        name=name,
        confirmed_at=datetime.fromisoformat(confirmed),
        expires_at=datetime.fromisoformat(expires) if expires else None,
    )


def _entries_from_json(values: Mapping[str, Any]) -> dict[int, Entry]:
    return {int(number): entry_from_json(value) for number, value in values.items()}
