"""``callguard group``, and ``callguard household group``: defaults that households follow."""

import argparse
from typing import Any

from ..database import Database
from ..households.groups import Groups
from ..households.settings import HouseholdSettings
from ..trail import COMMAND_LINE
from .policy import pairs, shown
from .progress import Progress
from .rooms import household_on, now, opened


def list_all(_: argparse.Namespace) -> int:
    """List the groups."""
    with opened() as database:
        for group in Groups(database).all():
            behind = f", {group.behind:,} not in step yet (group apply)" if group.behind else ""
            print(f"{group.name}: {group.households:,} households{behind}")
            for name, value in group.settings.items():
                print(f"  {name:<17} {shown(value)}")
    return 0


def add(options: argparse.Namespace) -> int:
    """Make a group."""
    with opened() as database:
        group = Groups(database).add(
            options.name, pairs(options.settings), by=COMMAND_LINE, now=now()
        )
    print(f"the group {group.name} is there")
    return 0


def change(options: argparse.Namespace) -> int:
    """Change a group's defaults, and write the policies of those who follow it."""
    changes = pairs(options.settings)
    with opened() as database:
        group = Groups(database).change(options.name, changes, by=COMMAND_LINE, now=now())
        done = _bring_in_step(database, group.behind)
    print(f"changed: {', '.join(changes)}; {done:,} households follow")
    return 0


def apply(_: argparse.Namespace) -> int:
    """Write the policies that are behind a change of their group."""
    with opened() as database:
        behind = sum(group.behind for group in Groups(database).all())
        print(f"{_bring_in_step(database, behind):,} households brought in step")
    return 0


def remove(options: argparse.Namespace) -> int:
    """Remove a group."""
    with opened() as database:
        Groups(database).remove(options.name, by=COMMAND_LINE, now=now())
    print(f"the group {options.name} is removed")
    return 0


def follow(options: argparse.Namespace) -> int:
    """Have a household follow a group, or none."""
    with household_on(options.line) as (database, home):
        Groups(database).follow(home.id, options.to, by=COMMAND_LINE, now=now())
        own: Any = sorted(HouseholdSettings(database).chosen(home.id))
    whose = f"the defaults of {options.to}" if options.to else "callguard's own defaults"
    print(f"{home.name} follows {whose}; chosen itself: {', '.join(own) or 'nothing'}")
    return 0


def _bring_in_step(database: Database, behind: int) -> int:
    groups, done = Groups(database), 0
    with Progress("policies", behind) as progress:
        while some := groups.bring_in_step(now()):
            done += some
            progress.at(done)
    return done
