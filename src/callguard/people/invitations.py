"""Invitations: a link that lets its holder join a household, once, within a week."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy import update as sql_update
from sqlalchemy.orm import Session as Transaction

from ..database import Database
from ..households.models import Household
from ..trail import Doer, What, record
from .bearer import digest, new_token
from .errors import Fault, PeopleError
from .members import get_person
from .models import Invitation, Membership, Person
from .names import clean_name
from .rights import Role

VALID = timedelta(days=7)
"""How long an invitation waits: it may go by letter."""

MAX_OPEN = 20
"""Invitations of a household that wait at one time: a family has no more people."""

_OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation just made. The token is stored nowhere: show the link now."""

    id: int
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invitation offers its holder."""

    id: int
    household_id: int | None
    """None: the invitation is for an operator."""
    household: str
    """Name of the household; "" for an operator."""
    role: Role | None
    """None for an operator."""
    name: str
    """Whom it is meant for, as the inviter calls them."""
    invited_by: str
    """Who invites; "" if they are gone, or were at the command line."""
    created_at: datetime
    expires_at: datetime


class Invitations:
    """The invitations in *database*."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def invite(
        self, household_id: int | None, role: Role | None, name: str, *, by: Doer, now: datetime
    ) -> Invited:
        """Invite *name* into a household as *role*; or, both None, as one of the carrier's staff.

        Raises:
            PeopleError: the name is unusable, or too many invitations wait already.

        """
        if (household_id is None) != (role is None):
            raise ValueError("a household goes with a role, an operator with neither")
        name = clean_name(name)
        token = new_token()
        with self._database.transaction() as session:
            waiting = session.scalar(
                select(func.count()).select_from(Invitation).where(*_open(household_id, now))
            )
            if household_id is not None and (waiting or 0) >= MAX_OPEN:
                raise PeopleError(
                    Fault.TOO_MANY, f"{MAX_OPEN} invitations wait already; withdraw one first"
                )
            invitation = Invitation(
                digest=digest(token),
                household_id=household_id,
                role=role.value if role else _OPERATOR,
                name=name,
                invited_by=by.person_id,
                created_at=now,
                expires_at=now + VALID,
            )
            session.add(invitation)
            session.flush()
            record(
                session,
                by,
                What.INVITE,
                household_id=household_id,
                now=now,
                name=name,
                role=invitation.role,
            )
            return Invited(invitation.id, token, invitation.expires_at)

    def look(self, token: str, *, now: datetime) -> Offer:
        """Return what the invitation offers, and leave it as it is.

        Raises:
            PeopleError: there is no such invitation, or no longer.

        """
        with self._database.reading() as session:
            return _offer(session, _find(session, token, now))

    def waiting(self, household_id: int | None, *, now: datetime) -> tuple[Offer, ...]:
        """Return the invitations of a household that wait (None: for operators), newest first."""
        with self._database.reading() as session:
            found = session.scalars(
                select(Invitation)
                .where(*_open(household_id, now))
                .order_by(Invitation.created_at.desc(), Invitation.id.desc())
            ).all()
            return tuple(_offer(session, one) for one in found)

    def accept(self, token: str, person_id: int, *, by: Doer, now: datetime) -> int | None:
        """Let a person who is there already join; return the household's id (None: as operator).

        Raises:
            PeopleError: there is no such invitation, or they belong to the household already.

        """
        with self._database.transaction() as session:
            person = get_person(session, person_id)
            return take_seat(session, token, person, address=by.address, now=now)

    def withdraw(
        self, invitation_id: int, household_id: int | None, *, by: Doer, now: datetime
    ) -> None:
        """Take back an invitation of a household (None: for an operator).

        Raises:
            PeopleError: there is none that waits.

        """
        with self._database.transaction() as session:
            found = session.scalar(
                select(Invitation)
                .where(Invitation.id == invitation_id, *_open(household_id, now))
                .with_for_update()
            )
            if found is None:
                raise _gone()
            record(
                session,
                by,
                What.WITHDRAW_INVITATION,
                household_id=household_id,
                now=now,
                name=found.name,
                role=found.role,
            )
            session.delete(found)


def take_seat(
    session: Transaction, token: str, person: Person, *, address: str, now: datetime
) -> int | None:
    """Use the invitation up for *person*, in the caller's transaction; return the household's id.

    Raises:
        PeopleError: there is no such invitation, or they belong to the household already.

    """
    found = _find(session, token, now)
    # Of two who open the link at the same moment one gets in: the update counts, not the look.
    used = session.execute(
        sql_update(Invitation)
        .where(Invitation.id == found.id, Invitation.used_at.is_(None))
        .values(used_at=now)
        .returning(Invitation.id)
    ).first()
    if used is None:
        raise _gone()
    if found.household_id is None:
        person.operator = True
    else:
        there = session.scalar(
            select(Membership.id).where(
                Membership.person_id == person.id, Membership.household_id == found.household_id
            )
        )
        if there is not None:
            raise PeopleError(
                Fault.ALREADY_MEMBER,
                "you belong to this household already; the link is still good for somebody else",
            )
        session.add(
            Membership(
                person_id=person.id,
                household_id=found.household_id,
                role=Role(found.role).value,
                created_at=now,
            )
        )
    record(
        session,
        Doer(person.name, person.id, address),
        What.JOIN,
        household_id=found.household_id,
        now=now,
        name=person.name,
        role=found.role,
    )
    return found.household_id


def _find(session: Transaction, token: str, now: datetime) -> Invitation:
    key = digest(token)
    if key is None:
        raise _gone()
    found = session.scalar(
        select(Invitation).where(
            Invitation.digest == key, Invitation.used_at.is_(None), Invitation.expires_at > now
        )
    )
    if found is None:
        raise _gone()
    return found


def _open(household_id: int | None, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Invitation.household_id == household_id,
        Invitation.used_at.is_(None),
        Invitation.expires_at > now,
    )


def _offer(session: Transaction, invitation: Invitation) -> Offer:
    household = session.get(Household, invitation.household_id) if invitation.household_id else None
    inviter = session.get(Person, invitation.invited_by) if invitation.invited_by else None
    return Offer(
        invitation.id,
        invitation.household_id,
        household.name if household else "",
        Role(invitation.role) if invitation.household_id else None,
        invitation.name,
        inviter.name if inviter else "",
        invitation.created_at,
        invitation.expires_at,
    )


def _gone() -> PeopleError:
    return PeopleError(
        Fault.NO_SUCH_INVITATION,
        "this invitation is used, withdrawn or over seven days old; ask for a new one",
    )
