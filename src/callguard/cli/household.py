"""``callguard household``: sign up, consent, and the list of all."""

import argparse
import json
import sys
from typing import Any

from ..households.consent import Consents
from ..households.consent_text import Purpose
from ..households.directory import Directory
from ..households.registry import Home, Registry
from ..leaving import Leaving
from ..numbers import format_number
from ..settings import load
from ..trail import COMMAND_LINE
from .rooms import household_on, now, opened


def add(options: argparse.Namespace) -> int:
    """Sign up a household."""
    told = {"consent_by": options.consent, "evidence": options.evidence, "now": now()}
    with opened() as database:
        if options.demo:
            from ..demo.filling import Demos  # recordings and all: no other command needs them

            home = Demos(load(), database).sign_up(options.line, options.name, **told)
        else:
            home = Registry(database).add(options.line, options.name, by=COMMAND_LINE, **told)
    state = "is screened" if home.screened else "is not screened until it agrees (consent)"
    print(f"{format_number(home.line)} ({home.name}) {state}")
    return 0


def consent(options: argparse.Namespace) -> int:
    """Record consent or its revocation."""
    purposes = frozenset(map(Purpose, options.to or Purpose))
    with household_on(options.line) as (database, home):
        consents = Consents(database)
        if options.revoke:
            consents.revoke(home.id, purposes, by=COMMAND_LINE, now=now())
        else:
            consents.give(
                home.id,
                purposes,
                given_by=options.by,
                evidence=options.evidence,
                by=COMMAND_LINE,
                now=now(),
            )
        left = consents.in_force(home.id)
    if not options.revoke:
        print("consent recorded")
    elif Purpose.SCREENING in left:
        print(f"consent revoked; in force: {', '.join(sorted(left))}")
    else:
        print("consent revoked: calls ring unscreened")
    return 0


def rename(options: argparse.Namespace) -> int:
    """Call a household otherwise."""
    with household_on(options.line) as (database, home):
        Registry(database).rename(home.id, options.name, by=COMMAND_LINE, now=now())
    print(f"{format_number(home.line)} is called {' '.join(options.name.split())}")
    return 0


def remove(options: argparse.Namespace) -> int:
    """Remove a household and everything of it."""
    with household_on(options.line) as (database, home):
        shown = f"{format_number(home.line)} ({home.name})"
        if not options.yes:
            print(
                f"callguard: this removes {shown} with its lists, its calls and its trail, for "
                "good; say --yes",
                file=sys.stderr,
            )
            return 2
        Leaving(database).household(home.id, by=COMMAND_LINE, now=now())
    print(f"{shown} removed: calls ring unscreened")
    return 0


def show(options: argparse.Namespace) -> int:
    """Show one household."""
    with household_on(options.line) as (_, home):
        pass
    told = _to_json(home)
    if options.json:
        print(json.dumps(told, ensure_ascii=False))
        return 0
    told["consented"] = ", ".join(told["consented"]) or "to nothing"
    for name, value in told.items():
        print(f"{name:<15} {value}")
    return 0


def list_all(options: argparse.Namespace) -> int:
    """List the households."""
    with opened() as database:
        homes = Directory(database).all()
        if options.json:
            print(json.dumps([_to_json(home) for home in homes], ensure_ascii=False))
            return 0
        for home in homes:
            print(f"{format_number(home.line):<16} {_state(home):<10} {home.name}")
    return 0


def _to_json(home: Home) -> dict[str, Any]:
    return {
        "line": format_number(home.line),
        "name": home.name,
        "state": _state(home),
        "consented": sorted(home.consented),
        "since": home.created_at.isoformat(timespec="seconds"),
        "retention_days": home.retention_days,
    }


def _state(home: Home) -> str:
    return "screened" if home.screened else "no consent"
