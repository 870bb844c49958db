"""Off-boarding: households leave, and everything of them is erased.

With a household go its lists, consents, calls, tokens, trail and former lines; and whoever was in
no other household and is no operator goes too, with devices, passkeys and addresses of notices.
That a line was removed, when and by whom stays in the trail, without a name.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from .database import Database
from .database.forgetting import forget_deleted
from .households import registry
from .households.applicants import cells_of, twice
from .households.errors import HouseholdError
from .households.models import Household
from .households.onboarding import CHUNK, chunks
from .people.models import Membership, Person
from .trail import Deed, Doer

COLUMNS: Mapping[str, frozenset[str]] = {
    "line": frozenset({"line", "number", "phone", "tel", "電話番号", "番号", "回線", "電話"})
}


class Effect(StrEnum):
    """What comes of a row."""

    REMOVED = "removed"
    ABSENT = "absent"
    """The line has no household (any more)."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Leaver:
    """One row: a line whose household leaves, or what is wrong with the row."""

    row: int
    typed_line: str
    line: int | None = None
    errors: tuple[HouseholdError, ...] = ()


@dataclass(frozen=True, slots=True)
class Left:
    """A row, and what has come of it; of a dry run, what would."""

    leaver: Leaver
    effect: Effect


def read_leavers(table: Iterable[tuple[int, list[str] | None]]) -> Iterator[Leaver]:
    """Yield the rows of a table with a column ``line`` (``delimited.rows``).

    Raises:
        HouseholdError: the table cannot be read.

    """
    yield from leavers(
        (place, cells["line"]) for place, cells in cells_of(table, COLUMNS, ("line",), "line")
    )


def leavers(lines: Iterable[tuple[int, str]]) -> Iterator[Leaver]:
    """Yield a row for each line as typed, with its place."""
    seen: dict[int, int] = {}
    for place, typed in lines:
        one = Leaver(place, typed[:60])
        try:
            line = registry.line_number(typed)
        except HouseholdError as error:
            yield replace(one, errors=(error,))
            continue
        first = seen.setdefault(line, place)
        yield replace(one, line=line, errors=() if first == place else (twice(line, first),))


class Leaving:
    """Removes households from *database*."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def remove(
        self, rows: Iterable[Leaver], *, by: Doer, now: datetime, dry_run: bool = False
    ) -> Iterator[Left]:
        """Remove the household of every row, and yield each row with what has come of it.

        Screening of a line stops with the transaction that its row is in, some hundreds at once.

        Raises:
            HouseholdError: the table cannot be read on.
            DatabaseError: the database failed; what was yielded before is done.

        """
        erased = False
        for some in chunks(rows, CHUNK):
            lines = [one.line for one in some if one.line is not None and not one.errors]
            if dry_run:
                with self._database.reading() as session:
                    present = set(
                        session.scalars(select(Household.line).where(Household.line.in_(lines)))
                    )
            else:
                with self._database.transaction() as session:
                    present = _remove(session, lines, by, now)
                erased = erased or bool(present)
            for one in some:
                effect = Effect.REMOVED if one.line in present else Effect.ABSENT
                yield Left(one, Effect.REFUSED if one.errors else effect)
        if erased:
            forget_deleted(self._database)

    def household(self, household: int, *, by: Doer, now: datetime) -> None:
        """Remove one household by its id.

        Raises:
            HouseholdError: there is none.

        """
        home = registry.Registry(self._database).get(household)
        with self._database.transaction() as session:
            _remove(session, [home.line], by, now)
        forget_deleted(self._database)


def _remove(session: Session, lines: Sequence[int], by: Doer, now: datetime) -> set[int]:
    households = session.scalars(
        select(Household).where(Household.line.in_(lines)).order_by(Household.id).with_for_update()
    ).all()
    if not households:
        return set()
    removed = {one.line for one in households}
    ids = [one.id for one in households]
    members = members_of(session, ids)
    registry.remove(session, households, by=by, now=now)
    erase_strangers(session, members)
    return removed


def members_of(session: Session, households: Sequence[int]) -> set[int]:
    """Return the people of *households*, all by their ids."""
    return set(
        session.scalars(select(Membership.person_id).where(Membership.household_id.in_(households)))
    )


def erase_strangers(session: Session, people: set[int]) -> None:
    """Erase those of *people* who belong to nothing any more."""
    if not people:
        return
    still = select(Membership.person_id).where(Membership.person_id.in_(people))
    gone = session.scalars(
        select(Person.id).where(
            Person.id.in_(people), Person.operator.is_(False), Person.id.not_in(still)
        )
    ).all()
    session.execute(delete(Deed).where(Deed.person_id.in_(gone), Deed.household_id.is_(None)))
    session.execute(delete(Person).where(Person.id.in_(gone)))
