"""``callguard feed import``: a CSV file of numbers becomes signed batches."""

import argparse
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ..blocklist.errors import FeedError, ImportRefused
from ..blocklist.listing import Terms
from ..blocklist.moments import cut
from ..feed.import_plan import Plan, plan_listing, plan_retraction, rehearse
from ..feed.importing import SHOWN_FAULTS, Defaults, Rows, decode, read_rows
from ..feed.publisher import Publisher
from ..feed.trust_store import TrustStore
from ..feed.trusted_source import SourceTrust
from ..settings import load
from .feed import note_protected, publisher, read_category
from .progress import Progress

MAX_FILE_BYTES = 256 * 1024 * 1024
"""Of one file, which is read as a whole: some millions of rows."""


def import_file(options: argparse.Namespace) -> int:
    """List or retract the numbers of a file: those of all its rows, or none."""
    issued_at = cut(datetime.now(UTC))
    rows = _read(options, issued_at)
    if rows.ignored:
        print(f"columns that are not read: {', '.join(rows.ignored)}", file=sys.stderr)
    for fault in rows.faults:
        print(fault, file=sys.stderr)
    if rows.fault_count > SHOWN_FAULTS:
        print(f"… and {rows.fault_count - SHOWN_FAULTS:,} more", file=sys.stderr)
    if rows.fault_count and not options.skip_bad:
        raise ImportRefused(
            f"{rows.fault_count:,} of {rows.count:,} rows are wrong, and nothing is published; "
            "mend them, or pass over them with --skip-bad"
        )
    with publisher(options) as (source, hand):
        one, wanted, trust = hand.current(), rows.everything(), _trust(source)
        if options.retract:
            plan = plan_retraction(one, wanted)
        else:
            _check_categories(source, rows.numbers, trust)
            plan = plan_listing(one, rows.numbers)
        held = rehearse(one, plan.batches, trust.quota if trust else None, issued_at)
        print(f"{options.file}: {_sum_up(rows, plan, retract=options.retract)}")
        note_protected(wanted)
        if held:
            print(f"nodes will hold new numbers until someone approves them: {held}")
        if options.dry_run:
            count = len(plan.batches)
            print(f"nothing published: {count} batch{'es'[: 2 * (count != 1)]} would be")
        else:
            _publish(source, hand, plan)
    return 0


def _read(options: argparse.Namespace, issued_at: datetime) -> Rows:
    path = Path(options.file)
    defaults = Defaults(
        read_category(options.category) if options.category else None,
        options.reference,
        issued_at + timedelta(days=options.days) if options.days else None,
        options.simulated,
    )
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ImportRefused(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > MAX_FILE_BYTES:
        raise ImportRefused(f"{path} has more than {MAX_FILE_BYTES:,} bytes; divide it")
    try:
        text = decode(data)
        with Progress("reading", text.count("\n")) as progress:
            return read_rows(
                text, defaults, issued_at, only_numbers=options.retract, noted=progress.at
            )
    except ImportRefused as error:
        raise ImportRefused(f"{path}: {error}") from error


def _trust(source: str) -> SourceTrust | None:
    """Return what the root on this machine says of the source, if there is one."""
    trust = TrustStore(load().trust).load()
    return trust.sources.get(source) if trust is not None else None


def _check_categories(source: str, listed: Iterable[Terms], trust: SourceTrust | None) -> None:
    if trust is not None:
        for terms in listed:
            if terms.category not in trust.categories:
                raise ImportRefused(
                    f"source {source} has no right to list {terms.category.value}; nodes would "
                    "refuse the batch"
                )


def _sum_up(rows: Rows, plan: Plan, *, retract: bool) -> str:
    if retract:
        parts = f"{plan.removed:,} taken off, {plan.absent:,} not on the list"
    else:
        parts = (
            f"{plan.new:,} new numbers, {plan.changed:,} on other terms than before, "
            f"{plan.unchanged:,} unchanged"
        )
    skipped = f", {rows.fault_count:,} wrong and passed over" if rows.fault_count else ""
    return f"{rows.count:,} rows{skipped}; {parts}; {plan.total:,} on the list after it"


def _publish(source: str, hand: Publisher, plan: Plan) -> None:
    with Progress("publishing", len(plan.batches)) as progress:
        for position, steps in enumerate(plan.batches):
            try:
                last = hand.publish(steps).sequence
            except FeedError as error:
                raise FeedError(
                    f"{position} of {len(plan.batches)} batches are published; give the command "
                    f"again for the rest. {error}"
                ) from error
            progress.at(position + 1)
    if not plan.batches:
        print(f"source {source}: nothing to publish")
    elif len(plan.batches) == 1:
        print(f"source {source}: batch {last} published")
    else:
        print(f"source {source}: batches {last - len(plan.batches) + 1} to {last} published")
