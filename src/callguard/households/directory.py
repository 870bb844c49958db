"""All households, for the operator: found by line or name, page by page."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, cast, func, or_, select
from sqlalchemy.orm import Session

from ..database import Database
from . import plain_text
from .consent_text import Purpose
from .errors import HouseholdError
from .models import Consent, Household
from .registry import Home

PAGE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the households that were asked for, by line."""

    homes: tuple[Home, ...]
    total: int
    """How many there are in all."""
    next: int | None
    """The line after which the next page begins; None on the last one."""


class Directory:
    """The households in *database*, without anything of their calls."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def search(self, text: str = "", *, after: int = 0, limit: int = PAGE) -> Page:
        """Return households whose name holds *text*, or whose number begins or ends with it.

        ``after`` is the line (E.164 digits) after which the page begins. A text that no name can
        hold finds nothing.
        """
        try:
            wanted = plain_text.name(text)
        except HouseholdError:
            return Page((), 0, None)
        where = _where(wanted)
        with self._database.reading() as session:
            total = session.scalar(select(func.count(Household.id)).where(*where)) or 0
            found = _homes(session, [*where, Household.line > after], limit + 1)
        return Page(
            tuple(found[:limit]), total, found[limit - 1].line if len(found) > limit else None
        )

    def all(self) -> Iterator[Home]:
        """Yield every household by line, page by page."""
        after: int | None = 0
        while after is not None:
            page = self.search(after=after, limit=1000)
            yield from page.homes
            after = page.next


def _where(wanted: str) -> list[ColumnElement[bool]]:
    if not wanted:
        return []
    digits = "".join(str(int(character)) for character in wanted if character.isdecimal())
    found: ColumnElement[bool] = Household.name.icontains(wanted, autoescape=True)
    if digits and not any(character.isalpha() for character in wanted):
        line = cast(Household.line, String(20))
        national = digits.removeprefix("0")
        found = or_(
            found,
            line.startswith(digits),
            line.startswith(f"81{national}"),
            line.endswith(digits),
        )
    return [found]


def _homes(session: Session, where: list[ColumnElement[bool]], limit: int) -> list[Home]:
    found = session.scalars(
        select(Household).where(*where).order_by(Household.line).limit(limit)
    ).all()
    consents: dict[int, set[Purpose]] = {one.id: set() for one in found}
    for household, purpose in session.execute(
        select(Consent.household_id, Consent.purpose).where(
            Consent.household_id.in_(consents), Consent.revoked_at.is_(None)
        )
    ):
        consents[household].add(Purpose(purpose))
    return [
        Home(
            one.id,
            one.line,
            one.name,
            one.created_at,
            one.retention_days,
            frozenset(consents[one.id]),
        )
        for one in found
    ]
