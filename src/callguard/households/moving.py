"""A household gets another telephone number, and everything of it comes along.

For a while its former line tells callers on the allowlist the new number, and everybody else that
the number is not in use. Then the former line is forgotten.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from ..database import Database
from ..numbers import format_number
from ..trail import Doer, What, record
from .change import changing
from .errors import Fault, HouseholdError
from .models import Household, Move, PolicyDocument
from .registry import Home, Registry, line_number, taken

USUAL_DAYS = 90
MOST_DAYS = 366


class Moving:
    """Moves the households of *database*."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def move(self, line: str, to: str, *, days: int = USUAL_DAYS, by: Doer, now: datetime) -> Home:
        """Move the household on *line* to the line *to*, both as typed.

        For ``days`` the former line tells known callers the new one; 0: it is forgotten at once.

        Raises:
            HouseholdError: a line is no number, the first has no household or the second has one,
                or ``days`` is not from 0 to 366.

        """
        if not 0 <= days <= MOST_DAYS:
            raise HouseholdError(
                f"the former line can tell the new one for 0 to {MOST_DAYS} days, not {days}",
                Fault.BAD_DURATION,
                days=MOST_DAYS,
            )
        new = line_number(to)
        home = Registry(self._database).find(line)
        until = now + timedelta(days=days)
        with changing(self._database, home.id, now) as (session, household):
            old = household.line
            if old != home.line:  # moved by somebody else at this very moment
                raise HouseholdError(
                    f"the household is on {format_number(old)} now", Fault.NO_HOUSEHOLD
                )
            if session.scalar(select(Household.id).where(Household.line == new)) is not None:
                raise taken(new)
            # Whoever had the new line before tells nobody theirs any more, this household neither.
            session.execute(delete(Move).where(Move.old_line.in_([new, old])))
            session.execute(delete(PolicyDocument).where(PolicyDocument.line == old))
            household.line = new
            try:
                session.flush()
            except IntegrityError as error:  # signed up by another at this very moment
                raise taken(new) from error
            if days:
                session.add(
                    Move(household_id=household.id, old_line=old, moved_at=now, until=until)
                )
            record(
                session,
                by,
                What.MOVE_HOUSEHOLD,
                household_id=household.id,
                now=now,
                number=old,
                line=new,
                **({"until": until.isoformat(timespec="seconds")} if days else {}),
            )
        return Registry(self._database).get(home.id)

    def former(self, household: int, *, now: datetime) -> dict[int, datetime]:
        """Return the former lines of a household that tell its new one, and until when."""
        with self._database.reading() as session:
            found = session.execute(
                select(Move.old_line, Move.until)
                .where(Move.household_id == household, Move.until > now)
                .order_by(Move.until)
            )
            return dict(found.all())

    def forget(self, now: datetime) -> int:
        """Forget the former lines whose time is over; return how many."""
        with self._database.transaction() as session:
            over = session.scalars(
                delete(Move).where(Move.until <= now).returning(Move.old_line)
            ).all()
            taken_since = select(Household.line).where(Household.line.in_(over))
            left = set(over) - set(session.scalars(taken_since))
            if left:
                session.execute(delete(PolicyDocument).where(PolicyDocument.line.in_(left)))
            return len(over)
