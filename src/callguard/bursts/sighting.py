"""Which calls count: those of unknown callers to homes that have agreed to records. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from ..calllog.record import Record
from ..screening import Reason

UNKNOWN = frozenset(
    {
        *(Reason.UNLISTED, Reason.BURST, Reason.OVERSEAS, Reason.MALFORMED),
        *(Reason.ALLOWLIST_ONLY, Reason.QUIET_HOURS),
    }
)
"""Reasons of calls by somebody about whom nothing else is known: no list of the family's, no
listing, no public number."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """An unknown number has called a home."""

    number: int
    """E.164 digits."""
    line: int
    at: datetime


def sightings(records: Iterable[Record], spared: Collection[int]) -> list[Sighting]:
    """Return what of *records* counts.

    *spared* are protected numbers and known mass callers: schools, city halls, delivery services.
    A number that its caller withheld does not count: a record does not hold it.
    """
    return [
        Sighting(one.number, one.line, one.at)
        for one in records
        if one.number is not None and one.reason in UNKNOWN and one.number not in spared
    ]
