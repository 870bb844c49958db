"""``callguard household``, ``allow``, ``block``, ``unlist`` and ``policy``."""

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from ..database import Database
from ..households.document import settings_to_json
from ..households.registry import HouseholdError, Registry
from ..numbers import format_number, parse_typed
from ..numbers.classify import classify_number
from ..screening import Entry
from ..settings import load


@contextmanager
def _registry() -> Iterator[Registry]:
    database = Database(load().households)
    try:
        yield Registry(database)
    finally:
        database.close()


def _now() -> datetime:
    return datetime.now(UTC)


def add(options: argparse.Namespace) -> int:
    """Sign up a household."""
    with _registry() as registry:
        line = registry.add(options.line, options.name, consent_by=options.consent, now=_now())
    state = "is screened" if options.consent else "is not screened until it agrees (consent)"
    print(f"{format_number(line)} ({options.name}) {state}")
    return 0


def consent(options: argparse.Namespace) -> int:
    """Record consent or its revocation."""
    with _registry() as registry:
        if options.revoke:
            registry.revoke_consent(options.line, now=_now())
        else:
            registry.consent(options.line, given_by=options.by, now=_now())
    print("consent revoked: calls ring unscreened" if options.revoke else "consent recorded")
    return 0


def list_all(_: argparse.Namespace) -> int:
    """List the households."""
    with _registry() as registry:
        for line, name, consented in registry.all():
            print(
                f"{format_number(line):<16} {'screened' if consented else 'no consent':<10} {name}"
            )
    return 0


def allow(options: argparse.Namespace) -> int:
    """Put a number on the allowlist."""
    return _list_number(options, allowed=True)


def block(options: argparse.Namespace) -> int:
    """Put a number on the block list."""
    return _list_number(options, allowed=False)


def unlist(options: argparse.Namespace) -> int:
    """Take a number off both lists."""
    number = _number(options)
    with _registry() as registry:
        found = registry.unlist_number(options.line, number)
    if not found:
        raise HouseholdError(f"{format_number(number)} is on neither list")
    print(f"{format_number(number)} taken off")
    return 0


def show_policy(options: argparse.Namespace) -> int:
    """Show what a household has chosen."""
    with _registry() as registry:
        policy = registry.policy(options.line)
    settings = settings_to_json(policy)
    if options.json:
        lists = {
            name: [format_number(number) for number in entries]
            for name, entries in (("allow", policy.allow), ("block", policy.block))
        }
        print(json.dumps({"consent": policy.consent, **settings, **lists}, ensure_ascii=False))
        return 0
    print(f"{'consent':<17} {'given' if policy.consent else 'not given: nothing is screened'}")
    for name, value in settings.items():
        print(f"{name:<17} {_shown(value)}")
    for name, entries in (("allow", policy.allow), ("block", policy.block)):
        for number, entry in entries.items():
            print(f"{name:<17} {_shown_entry(number, entry)}")
    return 0


def set_policy(options: argparse.Namespace) -> int:
    """Change policy settings."""
    changes: dict[str, str] = {}
    for setting in options.settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise HouseholdError(f"{setting!r} is not NAME=VALUE, such as payphone=reject")
        changes[name.strip().replace("-", "_")] = value
    with _registry() as registry:
        registry.change_settings(options.line, changes)
    print("changed: " + ", ".join(changes))
    return 0


def _list_number(options: argparse.Namespace, *, allowed: bool) -> int:
    number = _number(options)
    now = _now()
    expires_at = now + timedelta(days=options.days) if options.days else None
    with _registry() as registry:
        registry.list_number(
            options.line, number, allowed=allowed, name=options.name, expires_at=expires_at, now=now
        )
    print(f"{format_number(number)} {'allowed' if allowed else 'blocked'}")
    return 0


def _number(options: argparse.Namespace) -> int:
    if options.anyway:
        number = classify_number(options.number).number
        if number is not None:
            return number
    return parse_typed(options.number).number


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return "off" if value is None else str(value)


def _shown_entry(number: int, entry: Entry) -> str:
    name = f" {entry.name}" if entry.name else ""
    until = f" until {entry.expires_at:%Y-%m-%d %H:%M} UTC" if entry.expires_at else ""
    return f"{format_number(number)}{name}{until}"
