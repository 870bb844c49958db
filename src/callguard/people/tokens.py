"""Tokens: what a program shows at the API in place of a person, for one household.

A token is ``cg_`` and 256 random bits. The database holds its SHA-256 only: it is random enough
that a slow hash would add nothing. A token can do what its scopes name *and* its person's role
allows at that moment; when the person leaves the household, it is worth nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import Database
from ..trail import Doer, What, record
from .bearer import digest, new_token
from .errors import Fault, PeopleError
from .models import Membership, Person, Token
from .names import clean_name
from .rights import Right, Role, may

PREFIX = "cg_"
"""Begins every token, so that a person and a scanner for lost secrets know one."""
MOST_TOKENS = 20
"""Tokens of one household: more than any home needs, few enough to look through."""
LONGEST_LIFE = timedelta(days=366)
"""A token that nobody renews ends within a year."""
_SEEN_EVERY = timedelta(minutes=5)
"""How exactly the last use is kept: a write for every request would cost more than it tells."""


class Scope(StrEnum):
    """What a token may be used for."""

    READ_CALLS = "calls:read"
    READ_RECORDINGS = "recordings:read"
    ERASE_RECORDINGS = "recordings:erase"
    READ_LISTS = "lists:read"
    WRITE_LISTS = "lists:write"
    READ_POLICY = "policy:read"
    WRITE_POLICY = "policy:write"
    WRITE_TELEPHONES = "telephones:write"
    WRITE_PROPOSALS = "proposals:write"
    WRITE_EXPECT = "expect:write"
    WRITE_REPORT = "report:write"


NEEDED: Mapping[Scope, Right] = {
    Scope.READ_CALLS: Right.SEE_CALLS,
    Scope.READ_RECORDINGS: Right.LISTEN,
    Scope.ERASE_RECORDINGS: Right.ERASE_CALLS,
    Scope.READ_LISTS: Right.SEE_LISTS,
    Scope.WRITE_LISTS: Right.CHANGE_LISTS,
    Scope.READ_POLICY: Right.SEE_PROTECTION,
    Scope.WRITE_POLICY: Right.CHANGE_PROTECTION,
    Scope.WRITE_TELEPHONES: Right.MANAGE_PEOPLE,
    Scope.WRITE_PROPOSALS: Right.GIVE_CONSENT,
    Scope.WRITE_EXPECT: Right.CHANGE_LISTS,
    Scope.WRITE_REPORT: Right.REPORT_CALLS,
}
"""The right that a token's person must have, for each scope."""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token as the household sees it later: everything but its secret."""

    id: int
    name: str
    person_id: int
    person: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    """Last use, to five minutes; None: never."""
    holds: bool
    """False: expired, or its person has left the household or may use tokens no longer."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who shows a token: it is good for its scopes, within what the role allows now."""

    token_id: int
    name: str
    """The token's name."""
    household_id: int
    person_id: int
    person: str
    language: str
    role: Role
    scopes: frozenset[Scope]


def scopes_of(role: Role) -> tuple[Scope, ...]:
    """Return the scopes that a person of *role* can give to a token."""
    return tuple(scope for scope in Scope if may(role, NEEDED[scope]))


class Tokens:
    """The tokens in *database*."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def issue(
        self,
        household_id: int,
        person_id: int,
        *,
        name: str,
        scopes: Iterable[Scope],
        expires_at: datetime,
        by: Doer,
        now: datetime,
    ) -> tuple[str, IssuedToken]:
        """Issue a token; return its secret, which nobody can read again, and what is kept.

        Raises:
            PeopleError: the name or the expiry will not do, the person's role does not allow a
                scope or a token, or the household has too many.

        """
        name, chosen = clean_name(name), frozenset(scopes)
        if not chosen:
            raise PeopleError(Fault.TOKEN_SCOPES, "a token needs at least one scope")
        if not now < expires_at <= now + LONGEST_LIFE:
            raise PeopleError(
                Fault.TOKEN_END, f"a token ends within {LONGEST_LIFE.days} days, and not before now"
            )
        secret = new_token()
        with self._database.transaction() as session:
            membership = _membership(session, household_id, person_id)
            role = Role(membership.role) if membership is not None else None
            if membership is None or role is None or not may(role, Right.USE_TOKENS):
                raise PeopleError(
                    Fault.NO_SUCH_PERSON, "this person issues no tokens in this household"
                )
            if missing := chosen - set(scopes_of(role)):
                raise PeopleError(
                    Fault.TOKEN_SCOPES, f"a {role} cannot give a token {', '.join(sorted(missing))}"
                )
            kept = session.scalars(select(Token).where(Token.household_id == household_id)).all()
            if len(kept) >= MOST_TOKENS:
                raise PeopleError(
                    Fault.TOO_MANY,
                    f"a household has at most {MOST_TOKENS} tokens; revoke one that is not used",
                )
            token = Token(
                digest=digest(secret),
                person_id=person_id,
                household_id=household_id,
                name=name,
                scopes=sorted(chosen),
                created_at=now,
                expires_at=expires_at,
            )
            session.add(token)
            session.flush()
            record(
                session,
                by,
                What.ISSUE_TOKEN,
                household_id=household_id,
                now=now,
                name=name,
                scopes=sorted(chosen),
            )
            return PREFIX + secret, _issued(token, membership, membership.person, now)

    def of_household(
        self, household_id: int, *, now: datetime, person_id: int | None = None
    ) -> list[IssuedToken]:
        """Return the household's tokens, newest first; those that hold no more too.

        Args:
            household_id: whose tokens.
            now: the time (aware).
            person_id: only the tokens of this person; None: of everybody.

        """
        query = (
            select(Token, Person, Membership)
            .join(Person, Person.id == Token.person_id)
            .outerjoin(
                Membership,
                (Membership.person_id == Token.person_id)
                & (Membership.household_id == Token.household_id),
            )
            .where(Token.household_id == household_id)
            .order_by(Token.id.desc())
        )
        if person_id is not None:
            query = query.where(Token.person_id == person_id)
        with self._database.reading() as session:
            return [
                _issued(token, membership, person, now)
                for token, person, membership in session.execute(query)
            ]

    def revoke(
        self,
        household_id: int,
        token_id: int,
        *,
        by: Doer,
        now: datetime,
        person_id: int | None = None,
    ) -> None:
        """End a token at once; with *person_id*, only if it is that person's.

        Raises:
            PeopleError: the household has no such token.

        """
        with self._database.transaction() as session:
            token = session.get(Token, token_id)
            if (
                token is None
                or token.household_id != household_id
                or person_id not in {None, token.person_id}
            ):
                raise PeopleError(Fault.NO_SUCH_TOKEN, "there is no such token")
            record(
                session, by, What.REVOKE_TOKEN, household_id=household_id, now=now, name=token.name
            )
            session.delete(token)

    def find(self, secret: str, *, now: datetime) -> Bearer | None:
        """Return who shows *secret*; None if it is no token that holds. Notes that it was used."""
        key = digest(secret.removeprefix(PREFIX)) if secret.startswith(PREFIX) else None
        if key is None:
            return None
        query = (
            select(Token, Membership, Person)
            .join(
                Membership,
                (Membership.person_id == Token.person_id)
                & (Membership.household_id == Token.household_id),
            )
            .join(Person, Person.id == Token.person_id)
            .where(Token.digest == key)
        )
        with self._database.reading() as session:
            found = session.execute(query).one_or_none()
            if found is None:
                return None
            token, membership, person = found
            if not _holds(token, membership, now):
                return None
            stale = token.used_at is None or token.used_at <= now - _SEEN_EVERY
            bearer = Bearer(
                token_id=token.id,
                name=token.name,
                household_id=token.household_id,
                person_id=person.id,
                person=person.name,
                language=person.language,
                role=Role(membership.role),
                scopes=_scopes(token),
            )
        if stale:
            with self._database.transaction() as session:
                used = session.get(Token, bearer.token_id)
                if used is None:
                    return None
                used.used_at = now
        return bearer


def _membership(session: Session, household_id: int, person_id: int) -> Membership | None:
    return session.scalar(
        select(Membership).where(
            Membership.household_id == household_id, Membership.person_id == person_id
        )
    )


def _holds(token: Token, membership: Membership | None, now: datetime) -> bool:
    # Somebody who left and came back has another membership: tokens of before stay dead.
    if membership is None or membership.created_at > token.created_at:
        return False
    if not may(Role(membership.role), Right.USE_TOKENS):
        return False
    return token.expires_at is None or now < token.expires_at


def _issued(
    token: Token, membership: Membership | None, person: Person, now: datetime
) -> IssuedToken:
    return IssuedToken(
        id=token.id,
        name=token.name,
        person_id=person.id,
        person=person.name,
        scopes=tuple(scope for scope in Scope if scope in _scopes(token)),
        created_at=token.created_at,
        expires_at=token.expires_at,
        used_at=token.used_at,
        holds=_holds(token, membership, now),
    )


def _scopes(token: Token) -> frozenset[Scope]:
    return frozenset(Scope(word) for word in token.scopes)
