"""The carrier's staff: who is an operator, and how one ceases to be."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from ..database import Database
from ..trail import Doer, What, record
from .errors import Fault, PeopleError
from .models import Person, Session


@dataclass(frozen=True, slots=True)
class Operator:
    """One of the carrier's staff."""

    person_id: int
    name: str
    created_at: datetime
    seen_at: datetime | None
    """When they last used the portal, to within five minutes; None: no device is signed in."""


class Staff:
    """The operators in *database*."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> tuple[Operator, ...]:
        """Return the operators, by name."""
        seen = func.max(Session.seen_at)
        wanted = (
            select(Person.id, Person.name, Person.created_at, seen)
            .outerjoin(Session, Session.person_id == Person.id)
            .where(Person.operator.is_(True))
            .group_by(Person.id, Person.name, Person.created_at)
            .order_by(Person.name, Person.id)
        )
        with self._database.reading() as session:
            return tuple(Operator(*row) for row in session.execute(wanted))

    def dismiss(self, person_id: int, *, by: Doer, now: datetime) -> None:
        """Let a person be no operator any longer, from their next request on.

        Raises:
            PeopleError: they are none, or the last one.

        """
        with self._database.transaction() as session:
            # Locked, so that two who dismiss each other do not both succeed.
            staff = session.scalars(
                select(Person).where(Person.operator.is_(True)).with_for_update()
            ).all()
            person = next((one for one in staff if one.id == person_id), None)
            if person is None:
                raise PeopleError(Fault.NO_SUCH_PERSON, "there is no such operator")
            if len(staff) == 1:
                raise PeopleError(
                    Fault.LAST_MANAGER, "the last operator must stay; invite another one first"
                )
            person.operator = False
            record(
                session,
                by,
                What.REMOVE_MEMBER,
                household_id=None,
                now=now,
                name=person.name,
                role="operator",
            )
