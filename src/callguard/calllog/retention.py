"""Calls are kept as long as their household wants, and then erased: 90 days if it says nothing."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from ..database import Database
from ..database.forgetting import forget_deleted
from ..households.models import Household
from .models import CallRecord

BATCH = 200
"""Calls erased in one transaction: short ones, so that nobody waits for them."""

PAUSE_SECONDS = 0.05
"""Between two of them."""


def _rest() -> bool:
    time.sleep(PAUSE_SECONDS)
    return True


def purge(database: Database, now: datetime, rest: Callable[[], bool] = _rest) -> int:
    """Erase every call that is older than its household keeps calls; return how many.

    ``rest`` is called between two transactions, and says whether to go on.

    Raises:
        DatabaseError: the database does not answer; what is erased stays erased.

    """
    with database.reading() as session:
        households = session.execute(select(Household.id, Household.retention_days)).all()
    erased = 0
    for household_id, days in households:
        while (gone := _erase(database, household_id, now - timedelta(days=days))) > 0:
            erased += gone
            if not rest():
                return erased
    if erased:
        forget_deleted(database)
    return erased


def _erase(database: Database, household_id: int, before: datetime) -> int:
    old = (
        select(CallRecord.id)
        .where(CallRecord.household_id == household_id, CallRecord.at < before)
        .order_by(CallRecord.at)
        .limit(BATCH)
    )
    with database.reading() as session:
        calls = list(session.scalars(old))
    if calls:
        with database.transaction() as session:
            session.execute(
                delete(CallRecord).where(CallRecord.id.in_(calls)),
                execution_options={"synchronize_session": False},
            )
    return len(calls)
