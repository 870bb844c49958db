"""Recordings are kept as long as their household wants: 30 days if it says nothing."""

import time
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from ..database import Database
from ..database.forgetting import forget_deleted
from ..households.change import group_of, settings_of
from ..households.document import settings_from_json
from ..households.models import Household
from ..screening import Policy
from .models import RecordingRow
from .shelf import Shelf

BATCH = 200
"""Recordings erased in one transaction, or asked for in one question."""

YOUNG_SECONDS = 600.0
"""What was written so lately is not looked at: it may be on its way into the database."""


def purge(database: Database, shelf: Shelf, now: datetime) -> int:
    """Erase every recording that is older than its household keeps recordings; return how many.

    Raises:
        DatabaseError: the database does not answer; what is erased stays erased.
        OSError: the folder of the recordings cannot be written.

    """
    with database.reading() as session:
        found = session.scalars(
            select(Household).where(Household.id.in_(select(RecordingRow.household_id).distinct()))
        )
        households = [
            (one.id, settings_from_json(settings_of(one, group_of(session, one)))) for one in found
        ]
    erased = 0
    for household_id, settings in households:
        days = Policy(**settings).recording_days
        while gone := _erase(database, household_id, now - timedelta(days=days)):
            shelf.remove(gone)
            erased += len(gone)
    if erased:
        forget_deleted(database)
    return erased


def sweep(database: Database, shelf: Shelf) -> int:
    """Remove the files of recordings that the database does not know any more; return how many.

    They went with their calls or their households, perhaps at another node. Their keys went first.

    Raises:
        DatabaseError: the database does not answer.
        OSError: the folder of the recordings cannot be read or written.

    """
    there = shelf.older_than(time.time() - YOUNG_SECONDS)
    removed = 0
    for begin in range(0, len(there), BATCH):
        some = there[begin : begin + BATCH]
        with database.reading() as session:
            known = set(
                session.scalars(select(RecordingRow.call_id).where(RecordingRow.call_id.in_(some)))
            )
        gone = [one for one in some if one not in known]
        shelf.remove(gone)
        removed += len(gone)
    return removed


def _erase(database: Database, household_id: int, before: datetime) -> list[str]:
    with database.reading() as session:
        old = list(
            session.scalars(
                select(RecordingRow.call_id)
                .where(RecordingRow.household_id == household_id, RecordingRow.at < before)
                .limit(BATCH)
            )
        )
    if old:
        with database.transaction() as session:
            session.execute(
                delete(RecordingRow).where(RecordingRow.call_id.in_(old)),
                execution_options={"synchronize_session": False},
            )
    return old
