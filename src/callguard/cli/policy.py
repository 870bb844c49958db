"""``callguard policy``: what a household has chosen."""

import argparse
import json
from datetime import datetime
from typing import Any

from ..households.document import settings_to_json
from ..households.errors import Fault, HouseholdError
from ..households.listed import Listed
from ..households.lists import Lists
from ..households.settings import HouseholdSettings
from ..numbers import format_number
from ..trail import COMMAND_LINE
from .rooms import household_on, now


def show(options: argparse.Namespace) -> int:
    """Show what a household has chosen."""
    with household_on(options.line) as (database, home):
        policy = HouseholdSettings(database).policy(home.id, now=now())
        entries = Lists(database).entries(home.id)
    settings = settings_to_json(policy)
    lists = {
        "allow": [entry for entry in entries if entry.allowed],
        "block": [entry for entry in entries if not entry.allowed],
    }
    if options.json:
        written: dict[str, Any] = {"consent": policy.consent, **settings}
        written["retention_days"] = home.retention_days
        for name, listed in lists.items():
            written[name] = [_entry_to_json(entry) for entry in listed]
        written["expected"] = {
            country: _stamp(until) for country, until in sorted(policy.expected.items())
        }
        print(json.dumps(written, ensure_ascii=False))
        return 0
    print(f"{'consent':<17} {'given' if policy.consent else 'not given: nothing is screened'}")
    for name, value in settings.items():
        print(f"{name:<17} {shown(value)}")
    for name, listed in lists.items():
        for entry in listed:
            print(f"{name:<17} {_shown_entry(entry)}")
    for country, until in sorted(policy.expected.items()):
        print(f"{'expected':<17} {country} until {until:%Y-%m-%d %H:%M} UTC")
    return 0


def change(options: argparse.Namespace) -> int:
    """Change policy settings."""
    changes = pairs(options.settings)
    with household_on(options.line) as (database, home):
        HouseholdSettings(database).change(home.id, changes, by=COMMAND_LINE, now=now())
    print("changed: " + ", ".join(changes))
    return 0


def follow(options: argparse.Namespace) -> int:
    """Let the defaults of the household's group count again."""
    names = [name.strip().replace("-", "_") for name in options.settings]
    with household_on(options.line) as (database, home):
        HouseholdSettings(database).follow(home.id, names, by=COMMAND_LINE, now=now())
    print("as the group has it: " + ", ".join(names))
    return 0


def pairs(settings: list[str]) -> dict[str, str]:
    """Read ``NAME=VALUE`` words.

    Raises:
        HouseholdError: one is something else.

    """
    changes: dict[str, str] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise HouseholdError(
                f"{setting!r} is not NAME=VALUE, such as payphone=reject", Fault.BAD_VALUE
            )
        changes[name.strip().replace("-", "_")] = value
    return changes


def shown(value: object) -> str:
    """Return a setting's value as people read it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return "off" if value is None else str(value)


def _shown_entry(entry: Listed) -> str:
    name = f" {entry.name}" if entry.name else ""
    until = f" until {entry.expires_at:%Y-%m-%d %H:%M} UTC" if entry.expires_at else ""
    note = f" ({' '.join(entry.note.split())})" if entry.note else ""
    return f"{format_number(entry.number)}{name}{until}{note}"


def _entry_to_json(entry: Listed) -> dict[str, Any]:
    return {
        "number": format_number(entry.number),
        "name": entry.name,
        "note": entry.note,
        "confirmed_at": _stamp(entry.confirmed_at),
        "expires_at": _stamp(entry.expires_at) if entry.expires_at else None,
    }


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
