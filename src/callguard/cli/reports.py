"""``callguard reports``: a source looks at what households have reported, and decides."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pyroaring import BitMap64

from ..blocklist.errors import FeedError
from ..blocklist.listing import Terms
from ..blocklist.moments import cut
from ..blocklist.operation import Add
from ..feed.connect import connect
from ..feed.decisions import Decision, Decisions
from ..feed.review import Case, open_cases, read_inbox
from ..numbers import format_number
from ..settings import load
from .feed import note_protected, publisher, read_category


def list_cases(options: argparse.Namespace) -> int:
    """List what has been reported and not decided."""
    cases = _desk(options).cases
    if options.json:
        print(json.dumps([case.to_json() for case in cases], ensure_ascii=False))
        return 0
    for case in cases:
        homes = f"{case.homes} home{'s'[: case.homes != 1]}"
        print(f"{case.id}  {format_number(case.number):<16} {homes}, {_when(case)}{_kinds(case)}")
        for note in dict.fromkeys(one.note for one in case.reports if one.note):
            print(f"  {note}")
    if not cases:
        print("nothing to decide")
    return 0


def accept(options: argparse.Namespace) -> int:
    """List the numbers of some cases, in one batch."""
    now = cut(datetime.now(UTC))
    category = read_category(options.category)
    until = now + timedelta(days=options.days) if options.days else None
    desk = _desk(options)
    cases = desk.find(options.ids)
    note_protected(BitMap64(case.number for case in cases))
    with publisher(options) as (source, hand):
        batch = hand.publish(
            Add(
                (range(case.number, case.number + 1),),
                Terms(category, now, until, f"report:{case.id}"),
            )
            for case in cases
        )
    desk.decide(cases, Decision.ACCEPTED, f"batch {batch.sequence}", now)
    print(f"source {source}: batch {batch.sequence} published, {_numbers(cases)}")
    return 0


def dismiss(options: argparse.Namespace) -> int:
    """Remember that nothing comes of some cases, and why."""
    desk = _desk(options)
    cases = desk.find(options.ids)
    desk.decide(cases, Decision.DISMISSED, options.reason, cut(datetime.now(UTC)))
    print(f"dismissed: {_numbers(cases)}")
    return 0


@dataclass(frozen=True, slots=True)
class _Desk:
    """What lies before a reviewer."""

    cases: Sequence[Case]
    decisions: Decisions

    def find(self, ids: Sequence[str]) -> list[Case]:
        """Return the cases that *ids* name, by any of their reports."""
        by_id = {report.id: case for case in self.cases for report in case.reports}
        for one in ids:
            if one not in by_id:
                raise FeedError(f"{one[:40]!r} is no open report; callguard reports list names all")
        return list(dict.fromkeys(by_id[one] for one in ids))

    def decide(self, cases: Sequence[Case], decision: Decision, about: str, now: datetime) -> None:
        reports = [report for case in cases for report in case.reports]
        self.decisions.record(reports, decision, about, now)


def _desk(options: argparse.Namespace) -> _Desk:
    key = Path(options.key)
    outbox = Path(options.outbox or key.with_name(f"{key.name}.outbox"))
    decisions = Decisions(outbox.with_suffix(".reports.json"))
    settings = load()
    client = connect(options.redis or settings.redis, settings.redis_tls)
    try:
        inbox = read_inbox(client)
    finally:
        client.close()
    if inbox.strangers:
        print(f"{inbox.strangers:,} entries are no reports, and passed over", file=sys.stderr)
    return _Desk(open_cases(inbox.reports.values(), decisions.load()), decisions)


def _when(case: Case) -> str:
    first = case.reports[0].reported_at
    moments = [first] if case.last_at == first else [first, case.last_at]
    return " to ".join(moment.isoformat(timespec="minutes") for moment in moments)


def _kinds(case: Case) -> str:
    kinds = dict.fromkeys(one.category.value for one in case.reports if one.category)
    return f", {'/'.join(kinds)}" if kinds else ""


def _numbers(cases: Sequence[Case]) -> str:
    return f"{len(cases)} number{'s'[: len(cases) != 1]}"
