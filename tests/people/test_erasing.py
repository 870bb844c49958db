"""Erasing an account: nothing of it is left but its name in others' trails."""

import pytest
from sqlalchemy import select

from callguard.database import Base, Database
from callguard.people.erasing import erase
from callguard.people.errors import Fault, PeopleError
from callguard.people.invitations import Invitations
from callguard.people.members import People
from callguard.people.models import Person
from callguard.people.passkeys import Passkeys
from callguard.people.passwords import Passwords
from callguard.people.rights import Role
from callguard.people.second_factor import SecondFactor
from callguard.trail import COMMAND_LINE, What

from .authenticator import Authenticator
from .conftest import KEY, MAIL, NOW, PARTY, PASSWORD, Family
from .test_second_factor import code_at


def rows_of(database: Database, person: int) -> set[str]:
    """Return the tables that still know the person."""
    with database.reading() as session:
        return {
            table.name
            for table in Base.metadata.tables.values()
            for column in table.columns
            if any(key.column.table.name == "people" for key in column.foreign_keys)
            and session.execute(select(table).where(column == person)).first()
        }


def test_nothing_is_left_but_the_name_in_the_households_trail(
    family: Family, people: People, database: Database
) -> None:
    jiro = family.add("次郎", Role.MANAGER)
    device, by = family.device(jiro), family.by(jiro)
    Passwords(database).set(jiro, MAIL, PASSWORD, by=by, now=NOW)
    second, passkeys = SecondFactor(database, KEY), Passkeys(database, PARTY)
    offered = second.begin(device=device, now=NOW)
    second.finish(offered.token, code_at(offered, NOW), device=device, by=by, now=NOW)
    answer = Authenticator().create(passkeys.begin_adding(device=device, now=NOW))
    passkeys.add(answer, "iPhone", device=device, by=by, now=NOW)
    Invitations(database).invite(family.household, Role.VIEWER, "三郎", by=by, now=NOW)
    assert {"memberships", "passkeys", "sessions", "deeds"} <= rows_of(database, jiro)
    erase(database, jiro, by=by, now=NOW)
    assert rows_of(database, jiro) == set()
    assert [one.name for one in people.members(family.household)] == ["花子"]
    assert family.deeds(What.REMOVE_MEMBER) == [(family.household, "次郎", {"name": "次郎"})]
    assert family.deeds(What.INVITE)[0][1] == "次郎"
    assert family.deeds(What.SIGN_IN) == []
    assert Passwords(database).owner(MAIL) is None
    with pytest.raises(PeopleError) as again:
        erase(database, jiro, by=by, now=NOW)
    assert again.value.kind is Fault.NO_SUCH_PERSON


def test_the_last_manager_stays_and_loses_nothing(family: Family, people: People) -> None:
    family.add("次郎", Role.MEMBER)
    by = family.by(family.manager)
    with pytest.raises(PeopleError) as refused:
        erase(family.database, family.manager, by=by, now=NOW)
    assert refused.value.kind is Fault.LAST_MANAGER
    assert [one.name for one in people.members(family.household)] == ["花子", "次郎"]
    assert family.deeds(What.REMOVE_MEMBER) == []


def test_the_last_operator_stays(family: Family, database: Database) -> None:
    viewer = family.add("係", Role.VIEWER)
    with database.transaction() as session:
        session.get_one(Person, viewer).operator = True
    with pytest.raises(PeopleError, match="last operator") as refused:
        erase(database, viewer, by=COMMAND_LINE, now=NOW)
    assert refused.value.kind is Fault.LAST_MANAGER
