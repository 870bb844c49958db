"""Invitations: once, within a week, to one household."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from callguard.people.errors import Fault, PeopleError
from callguard.people.invitations import MAX_OPEN, VALID, Invitations
from callguard.people.members import People, new_person
from callguard.people.rights import Role
from callguard.trail import COMMAND_LINE, What

from .conftest import NOW, Family


def newcomer(family: Family, name: str = "次郎") -> int:
    with family.database.transaction() as session:
        return new_person(session, name, "ja", now=NOW).id


def accept(family: Family, token: str, person: int) -> int | None:
    by = family.by(person)
    return Invitations(family.database).accept(token, person, by=by, now=NOW)


def test_an_invitation_says_what_it_offers(family: Family, invitations: Invitations) -> None:
    offer = invitations.look(family.invite(Role.VIEWER), now=NOW)
    assert (offer.household, offer.role, offer.name) == ("中村家", Role.VIEWER, "次郎")
    assert offer.invited_by == "花子"
    assert offer.expires_at == NOW + VALID
    assert family.deeds(What.INVITE) == [
        (family.household, "花子", {"name": "次郎", "role": "viewer"})
    ]


def test_whoever_accepts_belongs_to_the_household_as_invited(
    family: Family, invitations: Invitations, people: People
) -> None:
    jiro, token = newcomer(family), family.invite(Role.VIEWER)
    assert accept(family, token, jiro) == family.household
    place = people.place(jiro, family.household)
    assert place is not None
    assert place.role is Role.VIEWER
    assert invitations.waiting(family.household, now=NOW) == ()
    assert family.deeds(What.JOIN)[0][:2] == (family.household, "次郎")


def test_an_invitation_counts_once(family: Family) -> None:
    token = family.invite()
    accept(family, token, newcomer(family))
    with pytest.raises(PeopleError) as refused:
        accept(family, token, newcomer(family, "三郎"))
    assert refused.value.kind is Fault.NO_SUCH_INVITATION


def test_of_two_who_accept_at_once_one_gets_in(family: Family, people: People) -> None:
    token, both = family.invite(), [newcomer(family), newcomer(family, "三郎")]

    def joins(person: int) -> bool:
        try:
            accept(family, token, person)
        except PeopleError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(joins, both)) == [False, True]
    assert len(people.members(family.household)) == 2


def test_a_week_later_it_is_over(family: Family, invitations: Invitations) -> None:
    token = family.invite()
    assert invitations.look(token, now=NOW + VALID - timedelta(seconds=1)).name == "次郎"
    with pytest.raises(PeopleError, match="ask for a new one"):
        invitations.look(token, now=NOW + VALID)


@pytest.mark.parametrize("token", ["", "x", "../../etc/passwd", "\x00" * 43, "A" * 43])
def test_a_link_that_nobody_made_tells_nothing(
    family: Family, invitations: Invitations, token: str
) -> None:
    family.invite()
    with pytest.raises(PeopleError) as refused:
        invitations.look(token, now=NOW)
    assert refused.value.kind is Fault.NO_SUCH_INVITATION
    assert "中村" not in str(refused.value)


def test_the_link_itself_is_stored_nowhere(family: Family) -> None:
    token = family.invite()
    with family.database.reading() as session:
        rows = [
            session.execute(text(f"SELECT * FROM {table}")).all()
            for table in ("invitations", "deeds")
        ]
    assert token not in str(rows)


def test_an_invitation_is_withdrawn_by_its_household_only(
    family: Family, invitations: Invitations
) -> None:
    token = family.invite()
    (offer,) = invitations.waiting(family.household, now=NOW)
    by = family.by(family.manager)
    for household in (family.other, None):
        with pytest.raises(PeopleError) as refused:
            invitations.withdraw(offer.id, household, by=by, now=NOW)
        assert refused.value.kind is Fault.NO_SUCH_INVITATION
    invitations.withdraw(offer.id, family.household, by=by, now=NOW)
    with pytest.raises(PeopleError):
        invitations.look(token, now=NOW)
    assert len(family.deeds(What.WITHDRAW_INVITATION)) == 1


def test_who_belongs_to_the_household_already_does_not_use_the_link_up(
    family: Family, people: People
) -> None:
    token = family.invite(Role.VIEWER)
    with pytest.raises(PeopleError) as refused:
        accept(family, token, family.manager)
    assert refused.value.kind is Fault.ALREADY_MEMBER
    place = people.place(family.manager, family.household)
    assert place is not None
    assert place.role is Role.MANAGER
    assert accept(family, token, newcomer(family)) == family.household


def test_an_operators_invitation_makes_an_operator_and_no_member(
    family: Family, invitations: Invitations, people: People
) -> None:
    token = invitations.invite(None, None, "係", by=COMMAND_LINE, now=NOW).token
    person = newcomer(family, "係")
    assert invitations.look(token, now=NOW).role is None
    assert [one.name for one in invitations.waiting(None, now=NOW)] == ["係"]
    assert accept(family, token, person) is None
    assert people.person(person).operator
    assert people.places(person) == ()


def test_only_so_many_invitations_wait_at_one_time(
    family: Family, invitations: Invitations
) -> None:
    for at in range(MAX_OPEN):
        family.invite(name=f"客{at}")
    with pytest.raises(PeopleError) as refused:
        family.invite()
    assert refused.value.kind is Fault.TOO_MANY
    by = family.by(family.manager)
    later = invitations.invite(family.household, Role.VIEWER, "later", by=by, now=NOW + VALID)
    assert later.expires_at == NOW + 2 * VALID


def test_a_role_without_a_household_is_a_mistake_of_the_program(
    invitations: Invitations,
) -> None:
    with pytest.raises(ValueError, match="goes with a role"):
        invitations.invite(None, Role.MANAGER, "x", by=COMMAND_LINE, now=NOW)
