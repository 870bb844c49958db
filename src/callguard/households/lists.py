"""The household's allowlist and block list."""

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..database import Database
from ..numbers import format_number
from ..trail import Doer, What, record
from . import plain_text
from .change import changing, get
from .errors import Fault, HouseholdError
from .listed import (
    MAX_NUMBERS,
    Effect,
    Listed,
    Planned,
    Row,
    check_allowed,
    full,
    in_order,
    matches,
    plan,
)
from .models import ListedNumber

Only = Callable[[Listed | None], None]
"""Raises if a change is not to be made, seeing what the lists hold of the number."""


def _always(_: Listed | None) -> None:
    """Make the change in any case."""


_WRITTEN = frozenset({Effect.ADDED, Effect.CHANGED, Effect.MOVED})


class Lists:
    """The numbers that the households in *database* let through or keep out.

    A number is on one list of a household at most.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(
        self, household: int, allowed: bool | None = None, *, search: str = ""
    ) -> tuple[Listed, ...]:
        """Return the allowlist (True), the block list (False) or both (None), sorted by name.

        Entries that have ended are among them. ``search`` is part of a name, a note or a number.

        Raises:
            HouseholdError: there is no such household.

        """
        with self._database.reading() as session:
            get(session, household)
            found = _all(session, household).values()
        return tuple(
            sorted(
                (
                    entry
                    for entry in found
                    if allowed in {None, entry.allowed} and (not search or matches(entry, search))
                ),
                key=in_order,
            )
        )

    def entry(self, household: int, number: int) -> Listed | None:
        """Return what the lists hold of *number*, or None.

        Raises:
            HouseholdError: there is no such household.

        """
        with self._database.reading() as session:
            get(session, household)
            found = _find(session, household, number)
            return _listed(found) if found else None

    def entry_of_id(self, household: int, entry_id: int) -> Listed | None:
        """Return the entry with this database id, if it is the household's, or None.

        Raises:
            HouseholdError: there is no such household.

        """
        with self._database.reading() as session:
            get(session, household)
            found = session.get(ListedNumber, entry_id)
            return _listed(found) if found and found.household_id == household else None

    def put(
        self,
        household: int,
        number: int,
        *,
        allowed: bool,
        name: str | None = None,
        note: str | None = None,
        expires_at: datetime | None = None,
        by: Doer,
        now: datetime,
        only_if: Only = _always,
    ) -> Listed | None:
        """Put *number* on the allowlist or the block list, or confirm it there from *now*.

        ``name`` and ``note`` stay as they are where None. Returns what the lists held of the
        number before, which :meth:`put_back` takes to undo this. ``only_if`` is shown that first,
        while nobody else can change it; what it raises leaves everything as it was.

        Raises:
            HouseholdError: there is no such household; the number is never refused; a text is
                unusable; the end has passed; the lists are full.

        """
        check_allowed(number, allowed=allowed)
        shown = None if name is None else plain_text.name(name)
        noted = None if note is None else plain_text.note(note)
        _check_end(expires_at, now)
        with changing(self._database, household, now) as (session, _):
            found = _find(session, household, number)
            before = _listed(found) if found else None
            only_if(before)
            if found is None:
                _check_room(session, household)
                found = ListedNumber(household_id=household, number=number, name="", note="")
                session.add(found)
            found.allowed = allowed
            found.name = found.name if shown is None else shown
            found.note = found.note if noted is None else noted
            found.confirmed_at = now
            found.expires_at = expires_at
            _record(session, household, _listed(found), by=by, now=now)
        return before

    def take_off(
        self,
        household: int,
        number: int,
        *,
        by: Doer,
        now: datetime,
        only_if: Only = _always,
    ) -> Listed:
        """Take *number* off whichever list it is on; returns it as it was.

        ``only_if`` is shown the entry first, as in :meth:`put`.

        Raises:
            HouseholdError: there is no such household, or the number is on neither list.

        """
        with changing(self._database, household, now) as (session, _):
            found = _find(session, household, number)
            if found is None:
                raise _not_listed(number)
            before = _listed(found)
            only_if(before)
            session.delete(found)
            record(
                session,
                by,
                What.UNLIST,
                household_id=household,
                now=now,
                number=number,
                name=before.name,
                allowed=before.allowed,
            )
        return before

    def put_back(self, household: int, entry: Listed, *, by: Doer, now: datetime) -> None:
        """Put *entry* back as it was: to undo :meth:`take_off` or :meth:`put`.

        It counts as confirmed when it was, so that a listing since then still comes before it.

        Raises:
            HouseholdError: there is no such household; the number is never refused; a text is
                unusable; the lists are full.

        """
        check_allowed(entry.number, allowed=entry.allowed)
        name, note = plain_text.name(entry.name), plain_text.note(entry.note)
        with changing(self._database, household, now) as (session, _):
            found = _find(session, household, entry.number)
            if found is None:
                _check_room(session, household)
                found = ListedNumber(household_id=household, number=entry.number)
                session.add(found)
            found.allowed, found.name, found.note = entry.allowed, name, note
            found.confirmed_at = min(entry.confirmed_at, now)
            found.expires_at = entry.expires_at
            _record(session, household, _listed(found), by=by, now=now)

    def add_many(
        self,
        household: int,
        rows: Iterable[Row],
        *,
        allowed: bool,
        by: Doer,
        now: datetime,
    ) -> tuple[Planned, ...]:
        """Put *rows* on the allowlist or the block list, all that can be in one transaction.

        Returns what came of each row; a refused one says why. ``listed.plan`` tells it beforehand.

        Raises:
            HouseholdError: there is no such household.

        """
        with changing(self._database, household, now) as (session, _):
            entries = {
                entry.number: entry
                for entry in session.scalars(
                    select(ListedNumber).where(ListedNumber.household_id == household)
                )
            }
            present = {number: _listed(entry) for number, entry in entries.items()}
            planned = plan(present, rows, allowed=allowed)
            written = [one.row for one in planned if one.effect in _WRITTEN]
            for row in written:
                entry = entries.get(row.number)
                if entry is None:
                    entry = ListedNumber(
                        household_id=household, number=row.number, name="", note=""
                    )
                    session.add(entry)
                entry.allowed = allowed
                entry.name = row.name or entry.name
                entry.note = row.note or entry.note
                entry.confirmed_at = now
                entry.expires_at = None
            added = sum(one.effect is Effect.ADDED for one in planned)
            if written:
                record(
                    session,
                    by,
                    What.IMPORT_NUMBERS,
                    household_id=household,
                    now=now,
                    allowed=allowed,
                    added=added,
                    changed=len(written) - added,
                    numbers=[row.number for row in written],
                )
        return planned

    def exported(self, household: int, form: str, *, by: Doer, now: datetime) -> None:
        """Note in the trail that somebody took the lists away as a file of this *form*.

        Raises:
            HouseholdError: there is no such household.

        """
        with self._database.transaction() as session:
            get(session, household)
            record(session, by, What.EXPORT_NUMBERS, household_id=household, now=now, form=form)


def _all(session: Session, household: int) -> dict[int, Listed]:
    found = session.execute(
        select(
            ListedNumber.number,
            ListedNumber.allowed,
            ListedNumber.name,
            ListedNumber.note,
            ListedNumber.confirmed_at,
            ListedNumber.expires_at,
            ListedNumber.id,
        ).where(ListedNumber.household_id == household)
    )
    return {row.number: Listed(*row) for row in found}


def _find(session: Session, household: int, number: int) -> ListedNumber | None:
    return session.scalar(
        select(ListedNumber).where(
            ListedNumber.household_id == household, ListedNumber.number == number
        )
    )


def _listed(found: ListedNumber) -> Listed:
    return Listed(
        found.number,
        found.allowed,
        found.name,
        found.note,
        found.confirmed_at,
        found.expires_at,
        found.id,
    )


def _check_end(expires_at: datetime | None, now: datetime) -> None:
    if expires_at is not None and expires_at <= now:
        raise HouseholdError("the end has passed already", Fault.PAST, field="expires_at")


def _check_room(session: Session, household: int) -> None:
    count = session.scalar(select(func.count()).where(ListedNumber.household_id == household))
    if (count or 0) >= MAX_NUMBERS:
        raise full()


def _record(session: Session, household: int, entry: Listed, *, by: Doer, now: datetime) -> None:
    record(
        session,
        by,
        What.ALLOW if entry.allowed else What.BLOCK,
        household_id=household,
        now=now,
        number=entry.number,
        name=entry.name,
        until=entry.expires_at.isoformat(timespec="seconds") if entry.expires_at else None,
    )


def _not_listed(number: int) -> HouseholdError:
    return HouseholdError(
        f"{format_number(number)} is on neither list", Fault.NOT_LISTED, number=number
    )
