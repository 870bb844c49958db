"""A change to households: nobody else changes them meanwhile, and their policies go with them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Insert, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ..database import Database
from ..screening import Entry, Policy
from ..screening.policy import FamilyTelephone, Moved
from .consent_text import Purpose
from .document import encode, settings_from_json
from .errors import Fault, HouseholdError
from .models import (
    Consent,
    Expectation,
    FamilyMember,
    Household,
    HouseholdGroup,
    ListedNumber,
    Move,
    PolicyDocument,
)


@contextmanager
def changing(
    database: Database, household: int, now: datetime
) -> Iterator[tuple[Session, Household]]:
    """Yield a session and the household, locked; at the end its policy document is written anew.

    Raises:
        HouseholdError: there is no such household.

    """
    with database.transaction() as session:
        found = get(session, household, lock=True)
        yield session, found
        session.flush()
        write_document(session, found, now)


def get(session: Session, household: int, *, lock: bool = False) -> Household:
    """Return a household by its id.

    Raises:
        HouseholdError: there is none.

    """
    query = select(Household).where(Household.id == household)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise HouseholdError("there is no such household", Fault.NO_HOUSEHOLD)
    return found


def policy_of(session: Session, household: Household, now: datetime) -> Policy:
    """Return the household's policy as the screener is to see it from *now* on."""
    return policies_of(session, [household], now)[household.id]


def policies_of(
    session: Session, households: Sequence[Household], now: datetime
) -> dict[int, Policy]:
    """Return the policy of each household, by its id; a few hundred at most at a time."""
    ids = [one.id for one in households]
    lists: dict[int, dict[bool, dict[int, Entry]]] = {one: {True: {}, False: {}} for one in ids}
    for household, number, allowed, name, confirmed_at, expires_at in session.execute(
        select(
            ListedNumber.household_id,
            ListedNumber.number,
            ListedNumber.allowed,
            ListedNumber.name,
            ListedNumber.confirmed_at,
            ListedNumber.expires_at,
        )
        .where(ListedNumber.household_id.in_(ids))
        .order_by(ListedNumber.id)
    ):
        lists[household][allowed][number] = Entry(confirmed_at, name, expires_at)
    agreed: dict[int, set[str]] = {one: set() for one in ids}
    for household, purpose in session.execute(
        select(Consent.household_id, Consent.purpose).where(
            Consent.household_id.in_(ids), Consent.revoked_at.is_(None)
        )
    ):
        agreed[household].add(purpose)
    expected: dict[int, dict[str, datetime]] = {one: {} for one in ids}
    for household, country, until in session.execute(
        select(Expectation.household_id, Expectation.country, Expectation.until).where(
            Expectation.household_id.in_(ids), Expectation.until > now
        )
    ):
        expected[household][country] = until
    family: dict[int, list[FamilyTelephone]] = {one: [] for one in ids}
    for household, member, number in session.execute(
        select(FamilyMember.household_id, FamilyMember.id, FamilyMember.number)
        .where(FamilyMember.household_id.in_(ids))
        .order_by(FamilyMember.place, FamilyMember.id)
    ):
        family[household].append(FamilyTelephone(member, number))
    groups = _groups_of(session, households)
    return {
        one.id: Policy(
            consent=Purpose.SCREENING in agreed[one.id],
            logged={Purpose.SCREENING, Purpose.LOGGING} <= agreed[one.id],
            recorded={Purpose.SCREENING, Purpose.LOGGING, Purpose.RECORDING} <= agreed[one.id],
            **settings_from_json(settings_of(one, groups.get(one.group_id))),
            family=tuple(family[one.id]),
            allow=lists[one.id][True],
            block=lists[one.id][False],
            expected=expected[one.id],
        )
        for one in households
    }


def settings_of(household: Household, group: HouseholdGroup | None) -> Mapping[str, Any]:
    """Return what counts for the household: its own choices, and its group's for the rest."""
    return {**group.settings, **household.settings} if group else household.settings


def group_of(session: Session, household: Household) -> HouseholdGroup | None:
    """Return the group that the household follows, if it follows one."""
    return _groups_of(session, [household]).get(household.group_id)


def _groups_of(
    session: Session, households: Sequence[Household]
) -> dict[int | None, HouseholdGroup]:
    ids = {one.group_id for one in households} - {None}
    if not ids:
        return {}
    found = session.scalars(select(HouseholdGroup).where(HouseholdGroup.id.in_(ids)))
    return {one.id: one for one in found}


def write_document(session: Session, household: Household, now: datetime) -> None:
    """Write the policy document that the screener reads, in the change's own transaction."""
    write_documents(session, [household], now)


def write_documents(session: Session, households: Sequence[Household], now: datetime) -> None:
    """Write the policy documents of some households, a few hundred at most at a time.

    A line that a household had before gets one too, for as long as it tells the new number.
    """
    policies = policies_of(session, households, now)
    lines = {one.id: one.line for one in households}
    documents = {one.line: encode(policies[one.id]) for one in households}
    for household, old, until in session.execute(
        select(Move.household_id, Move.old_line, Move.until).where(Move.household_id.in_(lines))
    ):
        policy = policies[household]
        if until > now and policy.consent:
            moved = Moved(lines[household], until)
            documents[old] = encode(
                Policy(consent=True, logged=policy.logged, allow=policy.allow, moved=moved)
            )
        else:
            session.execute(delete(PolicyDocument).where(PolicyDocument.line == old))
    groups = _groups_of(session, households)
    for one in households:
        group = groups.get(one.group_id)
        one.group_revision = group.revision if group else 0
    if documents:
        rows = [{"line": line, "document": text} for line, text in documents.items()]
        session.execute(_put(session, rows))


def _put(session: Session, rows: Sequence[Mapping[str, Any]]) -> Insert:
    if session.get_bind().dialect.name == "postgresql":
        put = postgresql.insert(PolicyDocument).values(rows)
        return put.on_conflict_do_update(
            index_elements=["line"], set_={"document": put.excluded.document}
        )
    into = sqlite.insert(PolicyDocument).values(rows)
    return into.on_conflict_do_update(
        index_elements=["line"], set_={"document": into.excluded.document}
    )
