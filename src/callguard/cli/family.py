"""``callguard family``: whose telephones are called about a household's calls."""

import argparse

from ..households.family_telephones import FamilyTelephones
from ..numbers import format_number
from ..trail import COMMAND_LINE
from .rooms import household_on, now


def list_all(options: argparse.Namespace) -> int:
    """List the telephones, in the order in which they are called."""
    with household_on(options.line) as (database, home):
        found = FamilyTelephones(database).all(home.id)
    for one in found:
        print(f"{one.id:>5}  {format_number(one.number):<16}  {one.name}")
    if not found:
        print("nobody yet; add somebody with: callguard family add")
    return 0


def add(options: argparse.Namespace) -> int:
    """Add a telephone, to be called after the others."""
    with household_on(options.line) as (database, home):
        added = FamilyTelephones(database).add(
            home.id, options.number, options.name, by=COMMAND_LINE, now=now()
        )
    print(f"{added.name} is called at {format_number(added.number)}")
    return 0


def remove(options: argparse.Namespace) -> int:
    """Call a telephone no longer."""
    with household_on(options.line) as (database, home):
        name = FamilyTelephones(database).remove(home.id, options.id, by=COMMAND_LINE, now=now())
    print(f"{name} is called no longer")
    return 0


def first(options: argparse.Namespace) -> int:
    """Call a telephone before all others."""
    with household_on(options.line) as (database, home):
        name = FamilyTelephones(database).call_first(
            home.id, options.id, by=COMMAND_LINE, now=now()
        )
    print(f"{name} is called first")
    return 0
