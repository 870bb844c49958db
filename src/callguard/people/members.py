"""Persons, the households they belong to, and as what."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy import update as sql_update
from sqlalchemy.orm import Session as Transaction

from ..database import Database
from ..households.models import Household
from ..trail import Doer, What, record
from .errors import Fault, PeopleError
from .models import Membership, Passkey, Person, Session, Token
from .names import clean_name
from .rights import Role

LANGUAGES = ("ja", "en")


@dataclass(frozen=True, slots=True)
class PersonSeen:
    """A person as the account page shows them."""

    id: int
    name: str
    mail: str | None
    language: str
    """``ja`` or ``en``."""
    operator: bool
    has_password: bool
    has_second_factor: bool
    passkeys: int


@dataclass(frozen=True, slots=True)
class Place:
    """A household that a person belongs to, and as what."""

    household_id: int
    name: str
    line: int
    """E.164 digits."""
    signed_up: datetime
    role: Role


@dataclass(frozen=True, slots=True)
class Member:
    """A person of a household."""

    person_id: int
    name: str
    role: Role
    since: datetime
    seen_at: datetime | None
    """When they last used the portal, to within five minutes; None: no device is signed in."""


class People:
    """The people in *database*."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def person(self, person_id: int) -> PersonSeen:
        """Return a person.

        Raises:
            PeopleError: there is none with this id.

        """
        with self._database.reading() as session:
            person = get_person(session, person_id)
            passkeys = select(func.count()).where(Passkey.person_id == person_id)
            return PersonSeen(
                person.id,
                person.name,
                person.mail,
                person.language,
                person.operator,
                person.password is not None,
                person.totp is not None,
                session.scalar(passkeys) or 0,
            )

    def places(self, person_id: int) -> tuple[Place, ...]:
        """Return the households that a person belongs to, by name."""
        wanted = (
            select(Membership, Household)
            .join(Membership.household)
            .where(Membership.person_id == person_id)
            .order_by(Household.name, Household.id)
        )
        with self._database.reading() as session:
            return tuple(
                _place(membership, household) for membership, household in session.execute(wanted)
            )

    def place(self, person_id: int, household_id: int) -> Place | None:
        """Return a person's place in a household, or None: they do not belong to it."""
        wanted = (
            select(Membership, Household)
            .join(Membership.household)
            .where(Membership.person_id == person_id, Membership.household_id == household_id)
        )
        with self._database.reading() as session:
            for membership, household in session.execute(wanted):
                return _place(membership, household)
        return None

    def members(self, household_id: int) -> tuple[Member, ...]:
        """Return the people of a household, the longest there first."""
        seen = (
            select(Session.person_id, func.max(Session.seen_at).label("seen_at"))
            .group_by(Session.person_id)
            .subquery()
        )
        wanted = (
            select(Membership, Person, seen.c.seen_at)
            .join(Membership.person)
            .outerjoin(seen, seen.c.person_id == Person.id)
            .where(Membership.household_id == household_id)
            .order_by(Membership.created_at, Membership.id)
        )
        with self._database.reading() as session:
            return tuple(
                Member(person.id, person.name, Role(one.role), one.created_at, seen_at)
                for one, person, seen_at in session.execute(wanted)
            )

    def change_role(
        self, household_id: int, person_id: int, role: Role, *, by: Doer, now: datetime
    ) -> None:
        """Give a member another role; it counts from their next request on.

        Raises:
            PeopleError: they do not belong to the household, or are its last manager.

        """
        with self._database.transaction() as session:
            membership = _membership(session, household_id, person_id)
            before = Role(membership.role)
            if before is role:
                return
            if before is Role.MANAGER:
                spare_last_manager(session, household_id)
            membership.role = role.value
            record(
                session,
                by,
                What.CHANGE_ROLE,
                household_id=household_id,
                now=now,
                name=membership.person.name,
                before=before.value,
                role=role.value,
            )

    def remove(self, household_id: int, person_id: int, *, by: Doer, now: datetime) -> None:
        """Take a person out of a household. Their access ends at once; their tokens are gone.

        Raises:
            PeopleError: they do not belong to the household, or are its last manager.

        """
        with self._database.transaction() as session:
            membership = _membership(session, household_id, person_id)
            if membership.role == Role.MANAGER:
                spare_last_manager(session, household_id)
            name = membership.person.name
            session.execute(
                delete(Token).where(
                    Token.person_id == person_id, Token.household_id == household_id
                )
            )
            session.delete(membership)
            record(session, by, What.REMOVE_MEMBER, household_id=household_id, now=now, name=name)

    def rename(self, person_id: int, name: str) -> None:
        """Change a person's own name.

        Raises:
            PeopleError: there is no such person, or it is no name.

        """
        self._change(person_id, name=clean_name(name))

    def set_language(self, person_id: int, language: str) -> None:
        """Choose the language of pages and news, ``ja`` or ``en``.

        Raises:
            PeopleError: there is no such person or language.

        """
        self._change(person_id, language=check_language(language))

    def _change(self, person_id: int, **values: str) -> None:
        with self._database.transaction() as session:
            get_person(session, person_id)
            session.execute(sql_update(Person).where(Person.id == person_id).values(**values))


def check_language(language: str) -> str:
    """Return *language* if there are pages in it.

    Raises:
        PeopleError: there are none.

    """
    if language not in LANGUAGES:
        raise PeopleError(
            Fault.LANGUAGE, f"there is no language {language[:10]!r}; there are ja and en"
        )
    return language


def new_person(session: Transaction, name: str, language: str, *, now: datetime) -> Person:
    """Add a person who has no way in yet.

    Raises:
        PeopleError: the name or the language is unusable.

    """
    person = Person(
        name=clean_name(name),
        language=check_language(language),
        handle=secrets.token_bytes(64),
        operator=False,
        totp_step=0,
        created_at=now,
    )
    session.add(person)
    session.flush()
    return person


def get_person(session: Transaction, person_id: int) -> Person:
    """Return the row of a person.

    Raises:
        PeopleError: there is none with this id.

    """
    person = session.get(Person, person_id)
    if person is None:
        raise PeopleError(
            Fault.NO_SUCH_PERSON, "there is no such person; they may have been erased"
        )
    return person


def _place(membership: Membership, household: Household) -> Place:
    return Place(
        household.id, household.name, household.line, household.created_at, Role(membership.role)
    )


def _membership(session: Transaction, household_id: int, person_id: int) -> Membership:
    # Two managers who demote each other at the same moment must not both succeed: changes of a
    # household's people wait for each other here.
    session.execute(select(Household.id).where(Household.id == household_id).with_for_update())
    membership = session.scalar(
        select(Membership).where(
            Membership.household_id == household_id, Membership.person_id == person_id
        )
    )
    if membership is None:
        raise PeopleError(Fault.NO_SUCH_PERSON, "there is no such person in this household")
    return membership


def spare_last_manager(session: Transaction, household_id: int) -> None:
    """Refuse to take the last manager away; the caller holds the household's row locked.

    Raises:
        PeopleError: there is no other.

    """
    managers = session.scalar(
        select(func.count()).where(
            Membership.household_id == household_id, Membership.role == Role.MANAGER.value
        )
    )
    if (managers or 0) <= 1:
        raise PeopleError(
            Fault.LAST_MANAGER,
            "the household's last manager must stay; make somebody else a manager first",
        )
