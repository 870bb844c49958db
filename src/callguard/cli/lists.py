"""``callguard allow``, ``block``, ``unlist`` and ``expect``."""

import argparse
from datetime import timedelta

from ..households.expectations import HOME, Expectations
from ..households.lists import Lists
from ..numbers import format_number, parse_typed
from ..numbers.classify import classify_number
from ..screening.policy import JST
from ..trail import COMMAND_LINE
from .rooms import household_on, now


def allow(options: argparse.Namespace) -> int:
    """Put a number on the allowlist."""
    return _put(options, allowed=True)


def block(options: argparse.Namespace) -> int:
    """Put a number on the block list."""
    return _put(options, allowed=False)


def unlist(options: argparse.Namespace) -> int:
    """Take a number off both lists."""
    number = _number(options)
    with household_on(options.line) as (database, home):
        Lists(database).take_off(home.id, number, by=COMMAND_LINE, now=now())
    print(f"{format_number(number)} taken off")
    return 0


def expect(options: argparse.Namespace) -> int:
    """Let unknown callers ring without the warning for some hours, or no longer."""
    country = options.country.upper()
    where = "Japan" if country == HOME else country
    with household_on(options.line) as (database, home):
        expectations = Expectations(database)
        if options.stop:
            found = expectations.stop(home.id, country, by=COMMAND_LINE, now=now())
            print(f"calls from {where} are {'no longer' if found else 'not'} expected")
        else:
            expected = expectations.expect(
                home.id,
                country=country,
                duration=timedelta(hours=options.hours),
                by=COMMAND_LINE,
                now=now(),
            )
            until = expected.until.astimezone(JST)
            print(f"unknown callers from {where} ring until {until:%Y-%m-%d %H:%M} Japan time")
    return 0


def _put(options: argparse.Namespace, *, allowed: bool) -> int:
    number = _number(options)
    moment = now()
    expires_at = moment + timedelta(days=options.days) if options.days else None
    with household_on(options.line) as (database, home):
        Lists(database).put(
            home.id,
            number,
            allowed=allowed,
            name=options.name,
            note=options.note,
            expires_at=expires_at,
            by=COMMAND_LINE,
            now=moment,
        )
    print(f"{format_number(number)} {'allowed' if allowed else 'blocked'}")
    return 0


def _number(options: argparse.Namespace) -> int:
    if options.anyway:
        number = classify_number(options.number).number
        if number is not None:
            return number
    return parse_typed(options.number).number
