"""Erasing an account: all that is kept of a person, but their name where they did something.

What somebody did in a household stays in its trail, under the name that they had then: a trail out
of which one can erase oneself proves nothing.
"""

from datetime import datetime

from sqlalchemy import delete, select

from ..database import Database
from ..households.models import Household
from ..trail import Deed, Doer, What, record
from .errors import Fault, PeopleError
from .members import spare_last_manager
from .models import Membership, Person
from .passkeys import lock_person
from .rights import Role


def erase(database: Database, person_id: int, *, by: Doer, now: datetime) -> None:
    """Erase a person, their ways in, devices, tokens, notices and their own record.

    Raises:
        PeopleError: there is no such person, or a household or the carrier would be left without
            anybody who looks after it.

    """
    with database.transaction() as session:
        person = lock_person(session, person_id)
        memberships = session.scalars(
            select(Membership)
            .where(Membership.person_id == person_id)
            .order_by(Membership.household_id)
        ).all()
        # In the order of their ids: two who erase themselves must not wait for each other.
        for membership in memberships:
            session.execute(
                select(Household.id)
                .where(Household.id == membership.household_id)
                .with_for_update()
            )
            if membership.role == Role.MANAGER:
                spare_last_manager(session, membership.household_id)
            record(
                session,
                by,
                What.REMOVE_MEMBER,
                household_id=membership.household_id,
                now=now,
                name=person.name,
            )
        staff = select(Person.id).where(Person.operator.is_(True)).with_for_update()
        if person.operator and len(session.scalars(staff).all()) == 1:
            raise PeopleError(
                Fault.LAST_MANAGER, "the last operator must stay; invite another one first"
            )
        session.execute(
            delete(Deed).where(Deed.person_id == person_id, Deed.household_id.is_(None))
        )
        session.execute(delete(Person).where(Person.id == person_id))
