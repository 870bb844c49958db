"""Calls erased before their time, because the household wants it.

In SQLite what is deleted is overwritten with zeros (``secure_delete``), and the write-ahead log,
which still holds the pages of before, is emptied at once. In PostgreSQL the row is gone for every
reader; its bytes go when VACUUM has run and the space is used again (docs/call-log.md).
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete

from ..database import Database
from ..database.forgetting import forget_deleted
from ..trail import Doer, What, record
from .errors import ErasureError, NoSuchCall
from .log import within
from .models import CallRecord


class Erasure:
    """Erases calls in *database*; what else is kept of a call goes with it.

    ``settle`` brings in what this node has written of calls and not brought in yet, so that no
    erased call comes after: ``Collector.settle``. It may raise ``CallLogError``. ``gone`` is told
    the names of erased calls, to remove the files of their recordings: ``Shelf.forget``.
    """

    def __init__(
        self,
        database: Database,
        settle: Callable[[datetime], None],
        gone: Callable[[Sequence[str]], None],
    ) -> None:
        self._database = database
        self._settle = settle
        self._gone = gone

    def call(self, household_id: int, call_id: str, *, by: Doer, now: datetime) -> None:
        """Erase one call.

        Raises:
            NoSuchCall: the household has none of this name.
            DatabaseError: the database does not answer.

        """
        name = call_id if call_id.isascii() and call_id.isalnum() else ""
        if not self._erase(household_id, CallRecord.call_id == name, by, now, of="call"):
            raise NoSuchCall("there is no such call, or it has been erased")

    def number(self, household_id: int, number: int, *, by: Doer, now: datetime) -> int:
        """Erase every call in which *number* (E.164 digits) was shown; return how many."""
        return self._erase(household_id, CallRecord.number == number, by, now, of="number")

    def period(
        self, household_id: int, since: datetime, until: datetime, *, by: Doer, now: datetime
    ) -> int:
        """Erase the calls from ``since`` to before ``until``; return how many.

        Raises:
            ErasureError: the period ends before it begins.

        """
        if until <= since:
            raise ErasureError("the period ends before it begins; give the earlier day first")
        inside = (CallRecord.at >= within(since)) & (CallRecord.at < within(until))
        return self._erase(household_id, inside, by, now, of="period")

    def all(self, household_id: int, *, by: Doer, now: datetime) -> int:
        """Erase every call of the household; return how many."""
        return self._erase(household_id, CallRecord.id > 0, by, now, of="all")

    def _erase(
        self, household_id: int, which: ColumnElement[bool], by: Doer, now: datetime, *, of: str
    ) -> int:
        self._settle(now)
        with self._database.transaction() as session:
            erased = session.scalars(
                delete(CallRecord)
                .where(CallRecord.household_id == household_id, which)
                .returning(CallRecord.call_id)
                .execution_options(synchronize_session=False)
            ).all()
            if erased:
                # Not the number: the trail is kept, and would tell what was to be forgotten.
                record(
                    session,
                    by,
                    What.ERASE_CALLS,
                    household_id=household_id,
                    now=now,
                    of=of,
                    calls=len(erased),
                )
        if erased:
            forget_deleted(self._database)
            self._gone(erased)
        return len(erased)
