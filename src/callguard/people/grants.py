"""Grants: a household lets the carrier's staff see its calls for a few days.

Operators see no call without one (通信の秘密): the household gives it itself; it ends by itself, or
at once when the household says so.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy import update as sql_update
from sqlalchemy.orm import Session

from ..database import Database
from ..households.models import Household
from ..trail import Doer, What, record
from .errors import Fault, PeopleError
from .models import Grant, Person

MOST_DAYS = 7
"""What a question to the carrier needs; longer, and nobody would remember that it holds."""


@dataclass(frozen=True, slots=True)
class GrantSeen:
    """One grant, in force or over."""

    id: int
    given_by: str
    """The name of who gave it; empty if they have been erased since."""
    given_at: datetime
    until: datetime
    """When it ends, or was ended."""

    def holds(self, now: datetime) -> bool:
        """Tell whether operators see the calls at *now* (aware)."""
        return self.given_at <= now < self.until


class Grants:
    """The grants in *database*."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def give(self, household_id: int, days: int, *, by: Doer, now: datetime) -> GrantSeen:
        """Let operators see the household's calls for *days*; one in force is replaced.

        Raises:
            PeopleError: *days* is not from 1 to ``MOST_DAYS``, or there is no such household.

        """
        if not 1 <= days <= MOST_DAYS:
            raise PeopleError(
                Fault.GRANT_DAYS, f"a grant holds for 1 to {MOST_DAYS} days, not {days}"
            )
        with self._database.transaction() as session:
            _lock(session, household_id)
            _end(session, household_id, now)
            grant = Grant(
                household_id=household_id,
                given_by=by.person_id,
                given_at=now,
                until=now + timedelta(days=days),
            )
            session.add(grant)
            session.flush()
            record(
                session,
                by,
                What.GRANT,
                household_id=household_id,
                now=now,
                days=days,
                until=grant.until.isoformat(timespec="seconds"),
            )
            return GrantSeen(grant.id, by.who, grant.given_at, grant.until)

    def end(self, household_id: int, *, by: Doer, now: datetime) -> bool:
        """End the grant in force at once; tell whether there was one."""
        with self._database.transaction() as session:
            _lock(session, household_id)
            if not _end(session, household_id, now):
                return False
            record(session, by, What.END_GRANT, household_id=household_id, now=now)
            return True

    def holds(self, household_id: int, *, now: datetime) -> bool:
        """Tell whether operators may see the household's calls at *now*."""
        return self.in_force(household_id, now=now) is not None

    def in_force(self, household_id: int, *, now: datetime) -> GrantSeen | None:
        """Return the grant that holds at *now*, or None."""
        return next((one for one in self.all(household_id) if one.holds(now)), None)

    def all(self, household_id: int) -> tuple[GrantSeen, ...]:
        """Return the household's grants, the newest first; at most the last hundred."""
        wanted = (
            select(Grant, Person.name)
            .outerjoin(Person, Person.id == Grant.given_by)
            .where(Grant.household_id == household_id)
            .order_by(Grant.id.desc())
            .limit(100)
        )
        with self._database.reading() as session:
            return tuple(
                GrantSeen(grant.id, name or "", grant.given_at, grant.until)
                for grant, name in session.execute(wanted)
            )


def _lock(session: Session, household_id: int) -> None:
    """Make changes of a household's grants wait for each other: at most one is in force."""
    wanted = select(Household.id).where(Household.id == household_id).with_for_update()
    if session.scalar(wanted) is None:
        raise PeopleError(Fault.NO_SUCH_HOUSEHOLD, "there is no such household")


def _end(session: Session, household_id: int, now: datetime) -> bool:
    found = session.scalars(
        sql_update(Grant)
        .where(Grant.household_id == household_id, Grant.until > now)
        .values(until=now)
        .returning(Grant.id)
    ).all()
    return bool(found)
