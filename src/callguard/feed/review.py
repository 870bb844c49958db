"""The reports as a reviewing source sees them: by number, with how many homes say so."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .connect import FAULTS, Client, explain
from .report import Report
from .streams import REPORT, REPORTS_STREAM, entries, write_id

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Case:
    """All open reports of one number, the oldest first."""

    reports: tuple[Report, ...]

    @property
    def id(self) -> str:
        """What it is called: the id of its first report."""
        return self.reports[0].id

    @property
    def number(self) -> int:
        """Who called: E.164 digits."""
        return self.reports[0].number

    @property
    def homes(self) -> int:
        """How many homes report the number; each counts once."""
        return len({(one.node, one.home) for one in self.reports})

    @property
    def nodes(self) -> int:
        """On how many nodes these homes are: one node may be hostile."""
        return len({one.node for one in self.reports})

    @property
    def last_at(self) -> datetime:
        """When it was reported last."""
        return max(one.reported_at for one in self.reports)

    def to_json(self) -> dict[str, Any]:
        """Return the case as JSON values, its reports without the pseudonyms."""
        return {
            "id": self.id,
            "number": f"+{self.number}",
            "homes": self.homes,
            "nodes": self.nodes,
            "reports": [
                {
                    "id": one.id,
                    "reported": one.reported_at.isoformat(timespec="seconds"),
                    "called": one.called_at.isoformat(timespec="seconds")
                    if one.called_at
                    else None,
                    "category": one.category.value if one.category else None,
                    "note": one.note,
                }
                for one in self.reports
            ],
        }


@dataclass(frozen=True, slots=True)
class Inbox:
    """What is in the stream."""

    reports: Mapping[str, Report]
    """By id, in the order in which they came."""
    strangers: int
    """Entries that are no reports."""


def read_inbox(client: Client) -> Inbox:
    """Read the whole stream of reports.

    Raises:
        FeedError: Redis cannot be reached, or refuses.

    """
    stream: Any = client
    reports: dict[str, Report] = {}
    strangers, start = 0, "-"
    while True:
        try:
            page = entries(stream.xrange(REPORTS_STREAM, start, count=_PAGE))
        except FAULTS as error:
            raise explain(error) from error
        for _, fields in page:
            try:
                report = Report.from_bytes(fields.get(REPORT, b""))
            except ValueError:
                strangers += 1
            else:
                reports.setdefault(report.id, report)
        if len(page) < _PAGE:
            return Inbox(reports, strangers)
        start = f"({write_id(page[-1][0])}"


def open_cases(reports: Iterable[Report], decided: Collection[str]) -> list[Case]:
    """Group what has not been decided by number: what most homes report comes first."""
    by_number: dict[int, list[Report]] = {}
    for report in reports:
        if report.id not in decided:
            by_number.setdefault(report.number, []).append(report)
    cases = [Case(tuple(found)) for found in by_number.values()]
    return sorted(cases, key=lambda case: (-case.homes, -case.last_at.timestamp(), case.id))
