"""Tokens: what a program may do for a household, and when that ends."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from callguard.database import Database
from callguard.households.models import Household
from callguard.people.errors import Fault, PeopleError
from callguard.people.members import People
from callguard.people.models import Membership, Person, Token
from callguard.people.rights import Role
from callguard.people.tokens import (
    LONGEST_LIFE,
    MOST_TOKENS,
    PREFIX,
    Scope,
    Tokens,
    scopes_of,
)
from callguard.trail import Deed, Doer, What

NOW = datetime(2026, 11, 27, 3, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
BY = Doer("daughter", address="192.0.2.7")


class Home:
    """Two households, and a person of each role in the first."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.tokens = Tokens(database)
        with database.transaction() as session:
            first = Household(line=81422990000, name="home", created_at=NOW, settings={})
            second = Household(line=81422990010, name="another", created_at=NOW, settings={})
            session.add_all([first, second])
            session.flush()
            self.id, self.other = first.id, second.id
            self.people = {}
            for role in Role:
                person = Person(name=role.value, handle=role.value.encode(), created_at=NOW)
                session.add(person)
                session.flush()
                session.add(
                    Membership(
                        person_id=person.id, household_id=first.id, role=role, created_at=NOW
                    )
                )
                self.people[role] = person.id

    def issue(self, role: Role = Role.MANAGER, *scopes: Scope, days: int = 30) -> str:
        secret, _ = self.tokens.issue(
            self.id,
            self.people[role],
            name="home automation",
            scopes=scopes or scopes_of(role),
            expires_at=NOW + timedelta(days=days),
            by=BY,
            now=NOW,
        )
        return secret

    def set_role(self, was: Role, role: Role) -> None:
        People(self.database).change_role(self.id, self.people[was], role, by=BY, now=NOW)


@pytest.fixture
def home(database: Database) -> Home:
    return Home(database)


def test_a_token_is_found_by_its_secret_and_says_whose_it_is(home: Home) -> None:
    secret = home.issue(Role.MEMBER, Scope.READ_CALLS, Scope.WRITE_LISTS)
    bearer = home.tokens.find(secret, now=NOW)
    assert bearer is not None
    assert (bearer.household_id, bearer.person, bearer.role) == (home.id, "member", Role.MEMBER)
    assert bearer.scopes == {Scope.READ_CALLS, Scope.WRITE_LISTS}


def test_the_secret_is_nowhere_in_the_database(home: Home) -> None:
    secret = home.issue()
    assert secret.startswith(PREFIX)
    assert len(secret) == len(PREFIX) + 43
    with home.database.reading() as session:
        (token,) = session.scalars(select(Token))
        (deed,) = session.scalars(select(Deed))
    assert secret.removeprefix(PREFIX) not in repr(vars(token)) + repr(deed.detail)


def test_issuing_and_revoking_are_in_the_trail(home: Home) -> None:
    home.issue(Role.MANAGER, Scope.READ_CALLS)
    (token,) = home.tokens.of_household(home.id, now=NOW)
    home.tokens.revoke(home.id, token.id, by=BY, now=LATER)
    with home.database.reading() as session:
        issued, revoked = session.scalars(select(Deed).order_by(Deed.id))
    assert (issued.what, issued.who, issued.household_id) == (What.ISSUE_TOKEN, "daughter", home.id)
    assert issued.detail == {"name": "home automation", "scopes": ["calls:read"]}
    assert (revoked.what, revoked.detail) == (What.REVOKE_TOKEN, {"name": "home automation"})


@pytest.mark.parametrize(
    "shown", ["", "cg_", "cg_" + "A" * 43, "A" * 46, "cg_" + "あ" * 43, "cg_\0" + "A" * 42]
)
def test_what_is_no_token_finds_nobody(home: Home, shown: str) -> None:
    home.issue()
    assert home.tokens.find(shown, now=NOW) is None


def test_a_token_ends_at_its_time(home: Home) -> None:
    secret = home.issue(days=30)
    assert home.tokens.find(secret, now=LATER - timedelta(seconds=1)) is not None
    assert home.tokens.find(secret, now=LATER) is None
    (token,) = home.tokens.of_household(home.id, now=LATER)
    assert not token.holds


def test_a_revoked_token_is_worth_nothing_at_once(home: Home) -> None:
    secret = home.issue()
    (token,) = home.tokens.of_household(home.id, now=NOW)
    home.tokens.revoke(home.id, token.id, by=BY, now=NOW)
    assert home.tokens.find(secret, now=NOW) is None
    assert home.tokens.of_household(home.id, now=NOW) == []


def test_a_token_tells_its_persons_role_as_it_is_now(home: Home) -> None:
    secret = home.issue(Role.MANAGER, Scope.WRITE_POLICY, Scope.WRITE_LISTS)
    with home.database.transaction() as session:  # the last manager cannot be demoted otherwise
        session.execute(
            update(Membership)
            .where(Membership.person_id == home.people[Role.MANAGER])
            .values(role=Role.MEMBER)
        )
    bearer = home.tokens.find(secret, now=NOW)
    assert bearer is not None
    assert bearer.role is Role.MEMBER


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SUBSCRIBER])
def test_a_token_sleeps_while_its_person_may_use_none(home: Home, role: Role) -> None:
    secret = home.issue(Role.MEMBER)
    home.set_role(Role.MEMBER, role)
    assert home.tokens.find(secret, now=NOW) is None


def test_a_removed_members_tokens_die_and_do_not_return_with_them(home: Home) -> None:
    secret = home.issue(Role.MEMBER)
    person = home.people[Role.MEMBER]
    with home.database.transaction() as session:
        (place,) = session.scalars(select(Membership).where(Membership.person_id == person))
        session.delete(place)
    assert home.tokens.find(secret, now=NOW) is None
    with home.database.transaction() as session:
        session.add(
            Membership(
                person_id=person,
                household_id=home.id,
                role=Role.MANAGER,
                created_at=NOW + timedelta(minutes=1),
            )
        )
    assert home.tokens.find(secret, now=LATER - timedelta(days=1)) is None
    (token,) = home.tokens.of_household(home.id, now=NOW)
    assert not token.holds


def test_removing_a_member_erases_their_tokens(home: Home) -> None:
    home.issue(Role.MEMBER)
    People(home.database).remove(home.id, home.people[Role.MEMBER], by=BY, now=NOW)
    assert home.tokens.of_household(home.id, now=NOW) == []


@pytest.mark.parametrize("role", [Role.VIEWER, Role.SUBSCRIBER])
def test_who_may_use_no_tokens_cannot_issue_one(home: Home, role: Role) -> None:
    with pytest.raises(PeopleError) as caught:
        home.issue(role, Scope.READ_CALLS)
    assert caught.value.kind is Fault.NO_SUCH_PERSON


def test_a_person_issues_no_token_in_another_household(home: Home) -> None:
    with pytest.raises(PeopleError) as caught:
        home.tokens.issue(
            home.other,
            home.people[Role.MANAGER],
            name="x",
            scopes=[Scope.READ_CALLS],
            expires_at=LATER,
            by=BY,
            now=NOW,
        )
    assert caught.value.kind is Fault.NO_SUCH_PERSON
    assert home.tokens.of_household(home.other, now=NOW) == []


def test_another_households_token_cannot_be_revoked(home: Home) -> None:
    secret = home.issue()
    (token,) = home.tokens.of_household(home.id, now=NOW)
    with pytest.raises(PeopleError, match="there is no such token"):
        home.tokens.revoke(home.other, token.id, by=BY, now=NOW)
    assert home.tokens.find(secret, now=NOW) is not None


def test_a_member_revokes_and_sees_only_their_own(home: Home) -> None:
    home.issue(Role.MANAGER)
    home.issue(Role.MEMBER)
    member = home.people[Role.MEMBER]
    (own,) = home.tokens.of_household(home.id, now=NOW, person_id=member)
    (theirs,) = home.tokens.of_household(home.id, now=NOW, person_id=home.people[Role.MANAGER])
    with pytest.raises(PeopleError, match="there is no such token"):
        home.tokens.revoke(home.id, theirs.id, by=BY, now=NOW, person_id=member)
    home.tokens.revoke(home.id, own.id, by=BY, now=NOW, person_id=member)
    assert [token.id for token in home.tokens.of_household(home.id, now=NOW)] == [theirs.id]


@pytest.mark.parametrize(
    ("name", "scopes", "life", "fault"),
    [
        (" ", [Scope.READ_CALLS], LONGEST_LIFE, Fault.NAME),
        ("x" * 101, [Scope.READ_CALLS], LONGEST_LIFE, Fault.NAME),
        ("x\0", [Scope.READ_CALLS], LONGEST_LIFE, Fault.NAME),
        ("x", [], LONGEST_LIFE, Fault.TOKEN_SCOPES),
        ("x", [Scope.READ_CALLS], timedelta(0), Fault.TOKEN_END),
        ("x", [Scope.READ_CALLS], LONGEST_LIFE + timedelta(seconds=1), Fault.TOKEN_END),
    ],
)
def test_a_token_that_will_not_do_is_not_issued(
    home: Home, name: str, scopes: list[Scope], life: timedelta, fault: Fault
) -> None:
    with pytest.raises(PeopleError) as caught:
        home.tokens.issue(
            home.id,
            home.people[Role.MANAGER],
            name=name,
            scopes=scopes,
            expires_at=NOW + life,
            by=BY,
            now=NOW,
        )
    assert caught.value.kind is fault
    assert home.tokens.of_household(home.id, now=NOW) == []


def test_a_household_has_so_many_tokens_and_no_more(home: Home) -> None:
    for _ in range(MOST_TOKENS):
        home.issue(Role.MANAGER, Scope.READ_CALLS)
    with pytest.raises(PeopleError, match="at most 20 tokens"):
        home.issue(Role.MANAGER, Scope.READ_CALLS)


def test_the_last_use_is_noted_to_five_minutes(home: Home) -> None:
    secret = home.issue()

    def used() -> datetime | None:
        (token,) = home.tokens.of_household(home.id, now=NOW)
        return token.used_at

    assert used() is None
    home.tokens.find(secret, now=NOW)
    home.tokens.find(secret, now=NOW + timedelta(minutes=4))
    assert used() == NOW
    home.tokens.find(secret, now=NOW + timedelta(minutes=5))
    assert used() == NOW + timedelta(minutes=5)
