"""``callguard household import``, ``off-board`` and ``move``."""

import argparse
import sys
from collections import Counter

from ..database import Database
from ..households.applicants import read_applicants
from ..households.moving import Moving
from ..households.onboarding import Effect, Onboarding
from ..leaving import Effect as Leave
from ..leaving import Leaving, read_leavers
from ..numbers import format_number
from ..trail import COMMAND_LINE, What, record
from .rooms import now, opened
from .tables import Faults, digest, table


def sign_up(options: argparse.Namespace) -> int:
    """Sign up the households of a table."""
    moment = now()
    faults = Faults(options.faults)
    counts: Counter[Effect] = Counter()
    with opened() as database:
        rows = read_applicants(table(options.file), now=moment)
        found = Onboarding(database).sign_up(
            rows, by=COMMAND_LINE, now=moment, dry_run=options.dry_run
        )
        for one in found:
            counts[one.effect] += 1
            if one.effect is Effect.REFUSED:
                faults.add(one.applicant.row, one.applicant.typed_line, one.errors)
        if not options.dry_run:
            _note(database, What.IMPORT_HOUSEHOLDS, digest(options.file), counts)
    faults.close()
    done = "would be signed up" if options.dry_run else "signed up"
    print(
        f"{counts[Effect.ADDED]:,} households {done}, {counts[Effect.PRESENT]:,} there already, "
        f"{faults.count:,} rows wrong"
    )
    return 1 if faults.count else 0


def off_board(options: argparse.Namespace) -> int:
    """Remove the households of a table."""
    if not (options.yes or options.dry_run):
        print(
            f"callguard: this removes every household of {options.file} with its lists, calls, "
            "people and trail, for good; say --dry-run to check, or --yes",
            file=sys.stderr,
        )
        return 2
    faults = Faults(options.faults)
    counts: Counter[Leave] = Counter()
    with opened() as database:
        found = Leaving(database).remove(
            read_leavers(table(options.file)),
            by=COMMAND_LINE,
            now=now(),
            dry_run=options.dry_run,
        )
        for one in found:
            counts[one.effect] += 1
            if one.effect is Leave.REFUSED:
                faults.add(one.leaver.row, one.leaver.typed_line, one.leaver.errors)
        if not options.dry_run:
            _note(database, What.OFF_BOARD_HOUSEHOLDS, digest(options.file), counts)
    faults.close()
    done = "would be removed" if options.dry_run else "removed"
    print(
        f"{counts[Leave.REMOVED]:,} households {done}, {counts[Leave.ABSENT]:,} lines have none, "
        f"{faults.count:,} rows wrong"
    )
    return 1 if faults.count else 0


def move(options: argparse.Namespace) -> int:
    """Give a household another number."""
    with opened() as database:
        home = Moving(database).move(
            options.line, options.to, days=options.days, by=COMMAND_LINE, now=now()
        )
    told = (
        f"for {options.days} days the old number tells allowlisted callers the new one"
        if options.days
        else "the old number tells nobody"
    )
    print(f"{home.name} is on {format_number(home.line)} now; {told}")
    return 0


def _note(
    database: Database, what: What, table_digest: str, counts: Counter[Effect] | Counter[Leave]
) -> None:
    detail = {effect.value: count for effect, count in sorted(counts.items())}
    with database.transaction() as session:
        record(
            session,
            COMMAND_LINE,
            what,
            household_id=None,
            now=now(),
            sha256=table_digest,
            **detail,
        )
