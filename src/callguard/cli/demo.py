"""``callguard demo``: a month of calls for a household of the demo's, and away again."""

import argparse

from ..database import Database
from ..demo.filling import Demos
from ..leaving import members_of
from ..numbers import format_number
from ..settings import load
from .rooms import now, opened


def fill(options: argparse.Namespace) -> int:
    """Fill the demo's household."""
    settings = load()
    with opened() as database:
        filled = Demos(settings, database).fill(
            options.line, now=now(), seed=options.seed, again=options.again
        )
        invited = _has_people(database, filled.home.id)
    line = format_number(filled.home.line)
    print(
        f"{line} ({filled.home.name}) has a month of example calls: {filled.calls} calls, "
        f"{filled.recordings} recordings"
    )
    if not invited:
        print(f"to get in: callguard people invite --line {line} --name NAME")
    print(f"to take them away again: callguard demo remove --line {line}")
    return 0


def remove(options: argparse.Namespace) -> int:
    """Take away what the demo's household was filled with."""
    with opened() as database:
        home = Demos(load(), database).remove(options.line, now=now())
    print(f"{format_number(home.line)} ({home.name}): the example calls are gone")
    return 0


def _has_people(database: Database, household: int) -> bool:
    with database.reading() as session:
        return bool(members_of(session, [household]))
