"""Writes how calls ended into their records, and which ends were missed.

An end may come before its record: that waits in the journal. It is kept here until then, and comes
into the log with its record.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, or_, select, update

from ..database import Database
from .models import CallRecord
from .outcome import Ended, Outcome

KEPT = timedelta(minutes=1)
"""How long an end waits for its record; a call of a household without a log has none."""

GRACE = timedelta(seconds=15)
"""A call in the log that AMI has told nothing of for so long: its events were missed."""

LONGEST_CALL = timedelta(hours=4)
"""When a call of another node, whose events are not told here, counts as over."""

MAX_WAITING = 100_000
BATCH = 500


@dataclass(slots=True)
class _End:
    outcome: Outcome
    ended_at: datetime
    seconds: int | None
    since: datetime | None = None
    """When its record was first missed."""

    def columns(self) -> dict[str, Any]:
        return {
            "outcome": self.outcome.value,
            "ended_at": self.ended_at,
            "seconds": self.seconds,
        }


class Endings:
    """The ends of calls that are not in the database yet."""

    def __init__(self) -> None:
        self._ends: dict[str, _End] = {}
        self._open: dict[str, datetime] = {}
        """Calls in the database without an end, and since when they are known here."""
        self._looked = False

    def __len__(self) -> int:
        """Return how many ends wait."""
        return len(self._ends)

    def add(self, ended: Ended) -> None:
        """Take the end of a call."""
        if len(self._ends) < MAX_WAITING:
            self._ends[ended.call_id] = _End(ended.outcome, ended.ended_at, ended.seconds)

    def of(self, call_id: str) -> dict[str, Any]:
        """Return the columns of a call's record that tell its end; none if it is not known yet."""
        end = self._ends.get(call_id)
        return {} if end is None else end.columns()

    def recorded(self, calls: Iterable[str], now: datetime) -> None:
        """Take that calls are in the database now, without their ends."""
        for call_id in calls:
            self._open.setdefault(call_id, now)

    def written(self, calls: Iterable[str]) -> None:
        """Take that calls are in the database now, with their ends."""
        for call_id in calls:
            self._ends.pop(call_id, None)
            self._open.pop(call_id, None)

    def write(self, database: Database, in_progress: Collection[str], now: datetime) -> int:
        """Write what can be written; return how many calls have got their end.

        ``in_progress`` are the calls whose events are being followed.

        Raises:
            DatabaseError: the database does not answer; nothing is forgotten.

        """
        if not self._looked:
            self.recorded(_without_end(database, now), now)
            self._looked = True
        for call_id, since in list(self._open.items()):
            if call_id in self._ends or call_id in in_progress:
                continue
            if now - since > GRACE:
                self._ends[call_id] = _End(Outcome.UNKNOWN, now, None)
        due = [
            call_id for call_id, end in list(self._ends.items()) if self._is_due(call_id, end, now)
        ]
        written = 0
        for begin in range(0, len(due), BATCH):
            written += self._write(database, due[begin : begin + BATCH])
        return written

    def _is_due(self, call_id: str, end: _End, now: datetime) -> bool:
        """Tell whether the record is known to be there; or is looked for a last time."""
        end.since = end.since or now
        return call_id in self._open or now - end.since > KEPT

    def _write(self, database: Database, calls: list[str]) -> int:
        rows = [{"of": call_id, **self.of(call_id)} for call_id in calls]
        with database.transaction() as session:
            written = session.connection().execute(_UPDATE, rows).rowcount
        self.written(calls)
        return written


_UPDATE = (
    update(CallRecord.__table__)  # type: ignore[arg-type]
    .where(
        CallRecord.call_id == bindparam("of"),
        # An end that was thought missed may come all the same.
        or_(CallRecord.outcome.is_(None), CallRecord.outcome == Outcome.UNKNOWN.value),
    )
    .values(
        outcome=bindparam("outcome"), ended_at=bindparam("ended_at"), seconds=bindparam("seconds")
    )
)


def _without_end(database: Database, now: datetime) -> list[str]:
    """Return the calls that ended, or may have, while nobody here was told."""
    open_calls = select(CallRecord.call_id).where(CallRecord.outcome.is_(None)).limit(MAX_WAITING)
    if database.engine.dialect.name != "sqlite":
        # Other nodes share the database, and know of their own calls.
        open_calls = open_calls.where(CallRecord.at < now - LONGEST_CALL)
    with database.reading() as session:
        return list(session.scalars(open_calls))
