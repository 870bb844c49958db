"""The audit trail as people read it: pages of lines, the newest first."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from ..database import Database
from .deeds import What
from .models import Deed

MAX_PAGE = 200
"""Lines on one page at most."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the trail."""

    id: int
    at: datetime
    who: str
    """The person's name then, or the command line."""
    person_id: int | None
    """None: nobody who signs in, or somebody who has been erased since."""
    address: str
    """The IP address, or empty."""
    what: str
    """A :class:`What`; a newer callguard may have written one that this one does not know."""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrailPage:
    """Lines, the newest first."""

    lines: tuple[Line, ...]
    older: int | None
    """Where the next, older page begins: for ``before``; None: there are no older lines."""


class Trail:
    """The audit trail in *database*; each household sees its own lines."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(
        self,
        household_id: int,
        *,
        what: Collection[What] = (),
        before: int | None = None,
        limit: int = 50,
    ) -> TrailPage:
        """Return lines of a household, the newest first.

        ``what`` keeps lines about these deeds only; empty: all. ``before`` is a page's ``older``.

        Raises:
            DatabaseError: the database does not answer.

        """
        wanted = select(Deed).where(Deed.household_id == household_id)
        if what:
            wanted = wanted.where(Deed.what.in_([one.value for one in what]))
        if before is not None:
            wanted = wanted.where(Deed.id < before)
        limit = max(1, min(limit, MAX_PAGE))
        with self._database.reading() as session:
            rows = session.scalars(wanted.order_by(Deed.id.desc()).limit(limit + 1)).all()
            lines = tuple(_line(row) for row in rows[:limit])
        return TrailPage(lines, lines[-1].id if len(rows) > limit else None)

    def own(self, person_id: int, *, limit: int = 30) -> tuple[Line, ...]:
        """Return what a person did to their own account, the newest first: signed in, and such.

        Raises:
            DatabaseError: the database does not answer.

        """
        wanted = (
            select(Deed)
            .where(Deed.person_id == person_id, Deed.household_id.is_(None))
            .order_by(Deed.id.desc())
            .limit(min(limit, MAX_PAGE))
        )
        with self._database.reading() as session:
            return tuple(_line(row) for row in session.scalars(wanted))


def _line(row: Deed) -> Line:
    return Line(row.id, row.at, row.who, row.person_id, row.address, row.what, row.detail)
