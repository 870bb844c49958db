"""A household and its people, on both kinds of database."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from callguard.database import Database
from callguard.households.models import Household
from callguard.people.ceremonies import Device
from callguard.people.factor_key import FactorKey
from callguard.people.invitations import Invitations
from callguard.people.joining import Joining
from callguard.people.members import People, new_person
from callguard.people.models import Membership, Session
from callguard.people.relying_party import RelyingParty
from callguard.people.rights import Role
from callguard.people.sessions import Sessions
from callguard.trail import Deed, Doer, What

NOW = datetime(2026, 11, 27, 3, tzinfo=UTC)
HOME = "192.0.2.7"
PORTAL = "http://localhost:8080"
PARTY = RelyingParty.of(PORTAL)
KEY = FactorKey(lambda: bytes(range(32)))
MAIL, PASSWORD = "hanako@example.jp", "three plums in a basket"


@dataclass
class Family:
    """Two households; a manager, and whoever a test adds."""

    database: Database
    household: int
    other: int
    manager: int

    def add(self, name: str, role: Role, household: int | None = None) -> int:
        """Put a new person into the household; return their id."""
        with self.database.transaction() as session:
            person = new_person(session, name, "ja", now=NOW)
            session.add(
                Membership(
                    person_id=person.id,
                    household_id=household or self.household,
                    role=role,
                    created_at=NOW,
                )
            )
            return person.id

    def by(self, person_id: int) -> Doer:
        return Doer(People(self.database).person(person_id).name, person_id, HOME)

    def device(self, person_id: int) -> Device:
        """Sign a device in."""
        sessions = Sessions(self.database)
        token = sessions.start(person_id, agent="", address=HOME, how="passkey", now=NOW)
        found = sessions.find(token, now=NOW)
        assert found is not None
        return Device(person_id, found.id)

    def deeds(self, what: What) -> list[tuple[int | None, str, dict[str, Any]]]:
        """The lines of the trail about it: the household, who, what in particular."""
        with self.database.reading() as session:
            return [
                (one.household_id, one.who, one.detail)
                for one in session.scalars(select(Deed).where(Deed.what == what).order_by(Deed.id))
            ]

    def devices(self) -> int:
        with self.database.reading() as session:
            return len(session.scalars(select(Session)).all())

    def invite(self, role: Role = Role.MEMBER, name: str = "次郎") -> str:
        by = self.by(self.manager)
        return Invitations(self.database).invite(self.household, role, name, by=by, now=NOW).token


@pytest.fixture
def family(database: Database) -> Family:
    """Two households, the first with a manager called 花子."""
    with database.transaction() as session:
        homes = [
            Household(line=81422990000 + at, name=name, created_at=NOW, settings={})
            for at, name in enumerate(("中村家", "小林家"))
        ]
        session.add_all(homes)
        session.flush()
        first, second = (home.id for home in homes)
    family = Family(database, first, second, 0)
    family.manager = family.add("花子", Role.MANAGER)
    return family


@pytest.fixture
def people(database: Database) -> People:
    return People(database)


@pytest.fixture
def invitations(database: Database) -> Invitations:
    return Invitations(database)


@pytest.fixture
def sessions(database: Database) -> Sessions:
    return Sessions(database)


@pytest.fixture
def joining(database: Database) -> Joining:
    return Joining(database, PARTY, KEY)
