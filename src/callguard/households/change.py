"""One change to one household: nobody else changes it meanwhile, and its policy goes with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import Database
from ..screening import Entry, Policy
from ..screening.policy import FamilyTelephone
from .consent_text import Purpose
from .document import encode, settings_from_json
from .errors import Fault, HouseholdError
from .models import (
    Consent,
    Expectation,
    FamilyMember,
    Household,
    ListedNumber,
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
    lists: dict[bool, dict[int, Entry]] = {True: {}, False: {}}
    for number, allowed, name, confirmed_at, expires_at in session.execute(
        select(
            ListedNumber.number,
            ListedNumber.allowed,
            ListedNumber.name,
            ListedNumber.confirmed_at,
            ListedNumber.expires_at,
        )
        .where(ListedNumber.household_id == household.id)
        .order_by(ListedNumber.id)
    ):
        lists[allowed][number] = Entry(confirmed_at, name, expires_at)
    agreed = set(
        session.scalars(
            select(Consent.purpose).where(
                Consent.household_id == household.id, Consent.revoked_at.is_(None)
            )
        )
    )
    expected = session.execute(
        select(Expectation.country, Expectation.until).where(
            Expectation.household_id == household.id, Expectation.until > now
        )
    )
    family = session.execute(
        select(FamilyMember.id, FamilyMember.number)
        .where(FamilyMember.household_id == household.id)
        .order_by(FamilyMember.place, FamilyMember.id)
    )
    return Policy(
        consent=Purpose.SCREENING in agreed,
        logged={Purpose.SCREENING, Purpose.LOGGING} <= agreed,
        **settings_from_json(household.settings),
        family=tuple([FamilyTelephone(row.id, row.number) for row in family]),
        allow=lists[True],
        block=lists[False],
        expected={row.country: row.until for row in expected},
    )


def write_document(session: Session, household: Household, now: datetime) -> None:
    """Write the policy document that the screener reads, in the change's own transaction."""
    document = encode(policy_of(session, household, now))
    session.merge(PolicyDocument(line=household.line, document=document))
