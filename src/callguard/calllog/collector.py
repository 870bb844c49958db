"""Brings the journal into the database, a few calls at a time.

A file of the journal is removed only after the transaction that holds its calls; a call that is in
the database already is passed over. So whatever is killed, and whenever: no call is lost, none is
there twice. While the database is away, the journal waits.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from ..database import Database, DatabaseError
from ..households.models import Household, Move
from .endings import Endings
from .errors import CallLogError
from .journal import files_with_records
from .line_event import LineEvent
from .models import CallRecord
from .pending import Finished, collecting, finished
from .record import Record

log = logging.getLogger(__name__)

BATCH = 500
"""Calls in one transaction: some 20 ms of work, so that nobody waits long for the log."""

SETTLE_SECONDS = 5.0
"""How long an erasure waits for the calls of this moment."""


@dataclass(slots=True)
class NewCall:
    """A call that was not in the log yet."""

    call_id: str
    household_id: int
    at: datetime
    action: str
    reason: str
    number: int | None = field(repr=False)
    hidden: bytes | None = field(repr=False)


class Noted(Protocol):
    """Is told of calls that are new in the log, in the transaction that adds them."""

    def __call__(self, session: Session, calls: Sequence[NewCall], *, now: datetime) -> None:
        """Take the calls."""


class Heed(Protocol):
    """Carries out what happened on the line beside calls."""

    def __call__(self, event: LineEvent, now: datetime) -> bool:
        """Carry out *event*; tell whether it is done, or is to be tried again.

        Raises:
            DatabaseError: the database does not answer.

        """


@dataclass(slots=True)
class Collected:
    """What has been brought in."""

    calls: list[str]
    """The names of the calls that are in the database now, new there or not."""
    strangers: int = 0
    """Calls to lines that belong to no household (any more)."""
    unreadable: int = 0


class Collector:
    """Brings what is in *folder* into *database*; for one thread at a time."""

    def __init__(
        self,
        folder: Path,
        database: Database,
        noted: Noted | None = None,
        heed: Heed | None = None,
        seen: Callable[[Sequence[Record]], None] | None = None,
    ) -> None:
        """``seen`` is shown each call that has come in, once or more often."""
        self._folder = folder
        self._database = database
        self._noted = noted
        self._heed = heed
        self._seen = seen

    def collect(self, now: datetime, endings: Endings | None = None) -> Collected:
        """Bring in every finished file of the journal, and remove it.

        A call comes in with its end, if *endings* know it by now; they learn which calls are in.

        Raises:
            DatabaseError: the database does not answer; what is not in it stays in the journal.
            OSError: the journal cannot be read; TimeoutError: another program is collecting it.

        """
        done = Collected([])
        endings = Endings() if endings is None else endings
        with collecting(self._folder):
            for one in finished(self._folder):
                self._bring_in(one, done, endings, now)
                if self._heeded(one, now):
                    one.path.unlink()
        return done

    def settle(self, now: datetime) -> None:
        """Bring in every call whose caller has heard something by now.

        Raises:
            CallLogError: it takes too long, or the journal cannot be read.
            DatabaseError: the database does not answer.

        """
        until = time.monotonic() + SETTLE_SECONDS
        try:
            files = files_with_records(self._folder)
            self.collect(now)
            while any(path.exists() for path in files):
                if time.monotonic() > until:
                    raise CallLogError(
                        "the calls of the last minutes are still being written; try again in a "
                        "minute"
                    )
                time.sleep(0.05)
                self.collect(now)
        except OSError as error:
            raise CallLogError(
                f"the calls of the last minutes cannot be read: {error.strerror or error}"
            ) from error

    def _bring_in(self, one: Finished, done: Collected, endings: Endings, now: datetime) -> None:
        for begin in range(0, len(one.records), BATCH):
            records = one.records[begin : begin + BATCH]
            try:
                done.strangers += self._insert(records, endings, now)
            except DatabaseError as error:
                if not _of_the_data(error):
                    raise
                # One that the database cannot hold must not keep the others out for ever.
                for record in records:
                    done.strangers += self._insert_alone(record, endings, now)
            done.calls += [record.call_id for record in records]
            if self._seen is not None:
                self._seen(records)
        done.unreadable += one.unreadable

    def _heeded(self, one: Finished, now: datetime) -> bool:
        """Carry out the file's events; tell whether that is all done."""
        if self._heed is None:
            return not one.events
        done = [self._heed(event, now) for event in one.events]
        return all(done)

    def _insert_alone(self, record: Record, endings: Endings, now: datetime) -> int:
        try:
            return self._insert([record], endings, now)
        except DatabaseError as error:
            if not _of_the_data(error):
                raise
            log.error("call %s cannot be kept: %s", record.call_id, error)
            return 0

    def _insert(self, records: Sequence[Record], endings: Endings, now: datetime) -> int:
        """Add calls in one transaction; return how many belong to no household."""
        with self._database.transaction() as session:
            lines = {record.line for record in records}
            households = dict(
                session.execute(
                    select(Household.line, Household.id).where(Household.line.in_(lines))
                ).all()
            )
            former = lines - households.keys()
            if former:  # a line that a household has left still tells of its callers
                households |= dict(
                    session.execute(
                        select(Move.old_line, Move.household_id).where(Move.old_line.in_(former))
                    ).all()
                )
            rows = [
                record.columns(households[record.line]) | endings.of(record.call_id)
                for record in records
                if record.line in households
            ]
            new: set[str] = set()
            if rows:
                # By the tables, not by objects: as much again for each call.
                new = set(session.connection().execute(_insert_new(self._database), rows).scalars())
                if self._noted is not None and new:
                    added = [
                        NewCall(**{name: row[name] for name in _NEW})
                        for row in rows
                        if row["call_id"] in new
                    ]
                    self._tell(self._noted, session, added, now)
        over = {row["call_id"] for row in rows if row["outcome"] is not None} & new
        endings.written(over)
        endings.recorded([one.call_id for one in records if one.call_id not in over], now)
        return len(records) - len(rows)

    def _tell(
        self, noted: Noted, session: Session, added: Sequence[NewCall], now: datetime
    ) -> None:
        try:
            with session.begin_nested():
                noted(session, added, now=now)
        except Exception:
            # The log of calls is not to be lost for want of news about them.
            log.exception("no news of %d calls", len(added))


_NEW = tuple(one.name for one in fields(NewCall))


def _of_the_data(error: DatabaseError) -> bool:
    """Tell whether the database refused what was to be written, and not to write at all."""
    return isinstance(error.__cause__, DataError | IntegrityError)


def _insert_new(database: Database) -> Any:
    """Return the statement that adds calls, and gives back the names of those that are new.

    The rows are given when it is executed: with them in it, the statement itself would be made anew
    each time, which takes twice as long as all the rest.
    """
    kind = postgresql if database.engine.dialect.name == "postgresql" else sqlite
    return (
        kind.insert(CallRecord.__table__)
        .on_conflict_do_nothing(index_elements=["call_id"])
        .returning(CallRecord.__table__.c.call_id)
    )
