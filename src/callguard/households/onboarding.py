"""Many households signed up at once: some hundreds in a transaction, so that any number can be.

Whatever breaks, the transactions before are done and the one that broke is not there at all. To
hand the same table in again goes on from there: a household that is there already, by the same
name, is left as it is.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ..database import Database, DatabaseError
from ..trail import Doer, What, record
from .applicants import Applicant
from .change import write_documents
from .errors import Fault, HouseholdError
from .models import Consent, Household, HouseholdGroup, Move
from .registry import taken

CHUNK = 500
"""Households in one transaction: under a second, so that nobody waits for long to write."""

_TRIES = 3
"""Of one chunk, if somebody else signs one of its lines up at the same moment."""


class Effect(StrEnum):
    """What comes of a row."""

    ADDED = "added"
    PRESENT = "present"
    """It was there already, by the same name."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SignedUp:
    """A row, and what has come of it; of a dry run, what would."""

    applicant: Applicant
    effect: Effect
    errors: tuple[HouseholdError, ...] = ()
    household: int | None = None
    """The household's id, once it is signed up."""


class Onboarding:
    """Signs households up in *database*."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sign_up(
        self,
        applicants: Iterable[Applicant],
        *,
        by: Doer,
        now: datetime,
        dry_run: bool = False,
    ) -> Iterator[SignedUp]:
        """Sign up every household that can be, and yield each row with what has come of it.

        A row is yielded after the transaction that holds it; a dry run writes nothing.

        Raises:
            HouseholdError: the table cannot be read on.
            DatabaseError: the database failed; what was yielded before is done.

        """
        for some in chunks(applicants, CHUNK):
            yield from self._chunk(some, by, now, dry_run=dry_run)

    def _chunk(
        self, some: Sequence[Applicant], by: Doer, now: datetime, *, dry_run: bool
    ) -> list[SignedUp]:
        for left in reversed(range(_TRIES)):
            try:
                if dry_run:
                    with self._database.reading() as session:
                        return _planned(session, some)
                with self._database.transaction() as session:
                    return _added(session, _planned(session, some), by, now)
            except DatabaseError as error:
                if not (left and isinstance(error.__cause__, IntegrityError)):
                    raise
        raise AssertionError("the last try returns or raises")


_T = TypeVar("_T")


def chunks(rows: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Yield the *rows* in lists of at most *size*."""
    iterator = iter(rows)
    while some := list(islice(iterator, size)):
        yield some


def _planned(session: Session, some: Sequence[Applicant]) -> list[SignedUp]:
    lines = [one.line for one in some if one.line is not None]
    found = select(Household.line, Household.name).where(Household.line.in_(lines))
    present = dict(session.execute(found).all())
    groups = _groups(session, {one.group for one in some})
    planned = []
    for one in some:
        errors, effect = one.errors, Effect.ADDED
        if one.line in present:
            effect = Effect.PRESENT
            if present[one.line] != one.name:
                errors = (*errors, taken(one.line))
        if one.group and one.group not in groups:
            errors = (*errors, no_group(one.group))
        planned.append(SignedUp(one, Effect.REFUSED if errors else effect, errors))
    return planned


def _groups(session: Session, names: set[str]) -> dict[str, int]:
    found = select(HouseholdGroup.name, HouseholdGroup.id).where(HouseholdGroup.name.in_(names))
    return dict(session.execute(found).all())


def no_group(name: str) -> HouseholdError:
    """Return the refusal of a group that there is not."""
    return HouseholdError(
        f"there is no group {name[:60]!r}; make it with: callguard group add NAME",
        Fault.NO_GROUP,
        group=name[:60],
    )


def _added(session: Session, planned: list[SignedUp], by: Doer, now: datetime) -> list[SignedUp]:
    """Write the rows that are to be added, and return all rows as they are now."""
    new = [one.applicant for one in planned if one.effect is Effect.ADDED]
    if not new:
        return planned
    groups = _groups(session, {one.group for one in new})
    values: list[dict[str, Any]] = [
        {
            "line": one.line,
            "name": one.name,
            "created_at": now,
            "settings": {},
            "group_id": groups.get(one.group),
        }
        for one in new
    ]
    # A line that somebody else has left may tell their new number no longer.
    session.execute(delete(Move).where(Move.old_line.in_([one.line for one in new])))
    made = insert(Household).returning(Household, sort_by_parameter_order=True)
    households = session.scalars(made, values).all()
    ids = {household.line: household.id for household in households}
    consents = []
    for one in new:
        assert one.line is not None
        household_id = ids[one.line]
        record(
            session,
            by,
            What.ADD_HOUSEHOLD,
            household_id=household_id,
            now=now,
            line=one.line,
            name=one.name,
            **({"group": one.group} if one.group else {}),
        )
        agreed = one.consent
        if agreed is None:
            continue
        consents += [
            {
                "household_id": household_id,
                "purpose": purpose.value,
                "text_version": agreed.text_version,
                "given_by": agreed.by,
                "evidence": agreed.evidence,
                "evidence_digest": agreed.digest,
                "given_at": agreed.at,
            }
            for purpose in sorted(agreed.purposes)
        ]
        record(
            session,
            by,
            What.GIVE_CONSENT,
            household_id=household_id,
            now=now,
            purposes=sorted(agreed.purposes),
            given_by=agreed.by,
            text_version=agreed.text_version,
        )
    if consents:
        session.execute(insert(Consent), consents)
    write_documents(session, households, now)
    return [
        SignedUp(one.applicant, one.effect, (), ids[one.applicant.line])
        if one.effect is Effect.ADDED and one.applicant.line is not None
        else one
        for one in planned
    ]
