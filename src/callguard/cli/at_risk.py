"""``callguard household at-risk``, ``accept``, ``decline``, ``withdraw``: a stronger protection."""

import argparse
from collections import Counter

from ..households.at_risk import read_at_risk
from ..households.errors import Fault, HouseholdError
from ..households.proposals import Effect, Proposals
from ..trail import COMMAND_LINE, What, record
from .policy import shown
from .rooms import household_on, now, opened
from .tables import Faults, digest, table


def propose(options: argparse.Namespace) -> int:
    """Propose a profile to the households of a table."""
    faults = Faults(options.faults)
    counts: Counter[Effect] = Counter()
    with opened() as database:
        rows = read_at_risk(
            table(options.file), profile=options.profile, reference=options.reference
        )
        found = Proposals(database).propose(
            rows, by=COMMAND_LINE, now=now(), dry_run=options.dry_run
        )
        for one in found:
            counts[one.effect] += 1
            if one.effect is Effect.REFUSED:
                faults.add(one.row.row, one.row.typed_line, one.errors)
        if not options.dry_run:
            with database.transaction() as session:
                record(
                    session,
                    COMMAND_LINE,
                    What.IMPORT_AT_RISK,
                    household_id=None,
                    now=now(),
                    sha256=digest(options.file),
                    **{effect.value: count for effect, count in sorted(counts.items())},
                )
    faults.close()
    would = "would get" if options.dry_run else "have got"
    print(
        f"{counts[Effect.PROPOSED]:,} households {would} a proposal, "
        f"{counts[Effect.PRESENT]:,} had it already, {faults.count:,} rows wrong"
    )
    return 1 if faults.count else 0


def accept(options: argparse.Namespace) -> int:
    """Record that a household agreed."""
    with household_on(options.line) as (database, home):
        changes = Proposals(database).accept(
            home.id,
            options.profile,
            decided_by=options.by,
            evidence=_evidence(options.evidence),
            by=COMMAND_LINE,
            now=now(),
        )
    changed = ", ".join(f"{name}={shown(value)}" for name, value in changes.items())
    print(f"{home.name} agreed; in force: {changed or 'it was as strong already'}")
    return 0


def decline(options: argparse.Namespace) -> int:
    """Record that a household declined."""
    with household_on(options.line) as (database, home):
        Proposals(database).decline(
            home.id,
            decided_by=options.by,
            evidence=_evidence(options.evidence),
            by=COMMAND_LINE,
            now=now(),
        )
    print(f"{home.name} declined; nothing is changed")
    return 0


def withdraw(options: argparse.Namespace) -> int:
    """Take a proposal back."""
    with household_on(options.line) as (database, home):
        Proposals(database).withdraw(home.id, by=COMMAND_LINE, now=now())
    print(f"the proposal to {home.name} is withdrawn")
    return 0


def _evidence(text: str) -> str:
    if not text.strip():
        raise HouseholdError(
            "evidence is empty; say how the decision is known, such as a form's number",
            Fault.NO_EVIDENCE,
            field="evidence",
        )
    return text
