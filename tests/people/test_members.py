"""Members of a household: as what, and how they leave it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from callguard.database import Database
from callguard.people.errors import Fault, PeopleError
from callguard.people.members import People
from callguard.people.models import Membership, Token
from callguard.people.rights import Role
from callguard.people.sessions import Sessions
from callguard.people.tokens import Scope, Tokens
from callguard.trail import What

from .conftest import HOME, NOW, Family


def refusal(error: pytest.ExceptionInfo[PeopleError]) -> Fault:
    return error.value.kind


def test_a_household_lists_its_people_and_no_others(family: Family, people: People) -> None:
    family.add("次郎", Role.VIEWER)
    family.add("小林", Role.MANAGER, family.other)
    found = people.members(family.household)
    assert [(one.name, one.role) for one in found] == [
        ("花子", Role.MANAGER),
        ("次郎", Role.VIEWER),
    ]
    assert found[0].seen_at is None


def test_when_a_member_was_last_there_is_seen(family: Family, people: People) -> None:
    family.device(family.manager)
    assert people.members(family.household)[0].seen_at == NOW


def test_a_persons_households_are_listed_by_name(family: Family, people: People) -> None:
    assert [one.name for one in people.places(family.manager)] == ["中村家"]
    place = people.place(family.manager, family.household)
    assert place is not None
    assert place.role is Role.MANAGER
    assert people.place(family.manager, family.other) is None


def test_a_role_is_changed_and_the_trail_says_so(family: Family, people: People) -> None:
    jiro = family.add("次郎", Role.VIEWER)
    by = family.by(family.manager)
    people.change_role(family.household, jiro, Role.MEMBER, by=by, now=NOW)
    place = people.place(jiro, family.household)
    assert place is not None
    assert place.role is Role.MEMBER
    assert family.deeds(What.CHANGE_ROLE) == [
        (family.household, "花子", {"name": "次郎", "before": "viewer", "role": "member"})
    ]


def test_the_same_role_again_leaves_no_line(family: Family, people: People) -> None:
    by = family.by(family.manager)
    people.change_role(family.household, family.manager, Role.MANAGER, by=by, now=NOW)
    assert family.deeds(What.CHANGE_ROLE) == []


def test_the_last_manager_can_be_neither_demoted_nor_removed(
    family: Family, people: People
) -> None:
    family.add("次郎", Role.MEMBER)
    family.add("小林", Role.MANAGER, family.other)
    by = family.by(family.manager)
    with pytest.raises(PeopleError) as demoted:
        people.change_role(family.household, family.manager, Role.VIEWER, by=by, now=NOW)
    with pytest.raises(PeopleError) as removed:
        people.remove(family.household, family.manager, by=by, now=NOW)
    assert refusal(demoted) is refusal(removed) is Fault.LAST_MANAGER


def test_one_of_two_managers_may_go(family: Family, people: People) -> None:
    family.add("次郎", Role.MANAGER)
    by = family.by(family.manager)
    people.remove(family.household, family.manager, by=by, now=NOW)
    assert [one.name for one in people.members(family.household)] == ["次郎"]


def test_two_managers_who_remove_each_other_at_once_do_not_both_succeed(
    family: Family, people: People
) -> None:
    jiro = family.add("次郎", Role.MANAGER)

    def remove(person: int) -> bool:
        try:
            people.remove(family.household, person, by=family.by(jiro), now=NOW)
        except PeopleError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(remove, [jiro, family.manager]))
    assert sorted(done) == [False, True]


def test_removal_ends_access_and_tokens_there_and_nothing_elsewhere(
    family: Family, people: People, sessions: Sessions, database: Database
) -> None:
    jiro = family.add("次郎", Role.MEMBER)
    with database.transaction() as session:
        session.add(
            Membership(person_id=jiro, household_id=family.other, role=Role.VIEWER, created_at=NOW)
        )
    token = sessions.start(jiro, agent="", address=HOME, how="passkey", now=NOW)
    Tokens(database).issue(
        family.household,
        jiro,
        name="program",
        scopes=[Scope.READ_CALLS],
        expires_at=NOW + timedelta(days=1),
        by=family.by(jiro),
        now=NOW,
    )
    people.remove(family.household, jiro, by=family.by(family.manager), now=NOW)
    assert [one.household_id for one in people.places(jiro)] == [family.other]
    assert sessions.find(token, now=NOW) is not None
    with database.reading() as session:
        assert session.scalars(select(Token)).all() == []
    assert family.deeds(What.REMOVE_MEMBER) == [(family.household, "花子", {"name": "次郎"})]


def test_a_person_of_another_household_is_not_there_to_change(
    family: Family, people: People
) -> None:
    stranger = family.add("小林", Role.MEMBER, family.other)
    by = family.by(family.manager)
    with pytest.raises(PeopleError) as changed:
        people.change_role(family.household, stranger, Role.VIEWER, by=by, now=NOW)
    with pytest.raises(PeopleError) as removed:
        people.remove(family.household, stranger, by=by, now=NOW)
    assert refusal(changed) is refusal(removed) is Fault.NO_SUCH_PERSON
    assert people.place(stranger, family.other) is not None


def test_name_and_language_are_changed(family: Family, people: People) -> None:
    people.rename(family.manager, "  中村　花子 ")
    people.set_language(family.manager, "en")
    person = people.person(family.manager)
    assert (person.name, person.language) == ("中村 花子", "en")
    with pytest.raises(PeopleError, match="there are ja and en"):
        people.set_language(family.manager, "fr")
    with pytest.raises(PeopleError, match="no such person"):
        people.rename(999_999, "nobody")
