"""The family's telephones: whom an unknown caller is put to, and whom the family key calls."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import Database
from ..numbers import Kind, NumberError, format_number, parse_typed
from ..screening import Action, Policy
from ..screening.policy import Challenge
from ..trail import Doer, What, record
from . import plain_text
from .change import changing, get
from .document import ACTIONS
from .errors import Fault, HouseholdError
from .models import FamilyMember

MAX_TELEPHONES = 4
"""A caller waits while they are called one after the other."""

_CALLED = frozenset({Kind.FIXED, Kind.IP, Kind.MOBILE, Kind.FMC})
"""The kinds of domestic number that a person has."""


@dataclass(frozen=True, slots=True)
class Telephone:
    """Somebody of the family, and the telephone that is called."""

    id: int
    name: str
    number: int = field(repr=False)
    """E.164 digits; never in a log, an announcement or the audit trail."""


def asks_nobody(policy: Policy) -> bool:
    """Tell whether unknown callers are to be put to the family, and there is nobody to call."""
    checked = any(getattr(policy, name) is Action.CHALLENGE for name in ACTIONS)
    return policy.challenge is Challenge.FAMILY and checked and not policy.family


class FamilyTelephones:
    """The telephones of the households in *database*, in the order in which they are called."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, household: int) -> tuple[Telephone, ...]:
        """Return the household's, the first to be called first.

        Raises:
            HouseholdError: there is no such household.

        """
        with self._database.reading() as session:
            get(session, household)
            return tuple(
                Telephone(one.id, one.name, one.number) for one in _rows(session, household)
            )

    def add(self, household: int, typed: str, name: str, *, by: Doer, now: datetime) -> Telephone:
        """Add a telephone, to be called after the others; *typed* is its number as people write it.

        One that is there already is called by the new name.

        Raises:
            HouseholdError: there is no such household; it is no number of a person's; it is the
                home's own; the name is unusable; there are too many.

        """
        wanted = plain_text.name(name, needed=True)
        number = read_number(typed)
        with changing(self._database, household, now) as (session, found):
            if number == found.line:
                raise HouseholdError(
                    "this is the home's own number: it is busy with the caller; give another",
                    Fault.OWN_LINE,
                )
            rows = _rows(session, household)
            row = next((one for one in rows if one.number == number), None)
            if row is None:
                if len(rows) >= MAX_TELEPHONES:
                    raise HouseholdError(
                        f"{MAX_TELEPHONES} telephones can be called; remove one first",
                        Fault.TOO_MANY_TELEPHONES,
                        limit=MAX_TELEPHONES,
                    )
                place = 1 + max((one.place for one in rows), default=0)
                row = FamilyMember(household_id=household, place=place, number=number)
                session.add(row)
            row.name = wanted
            session.flush()
            record(
                session,
                by,
                What.ADD_TELEPHONE,
                household_id=household,
                now=now,
                name=wanted,
                ending=_ending(number),
            )
            return Telephone(row.id, row.name, row.number)

    def remove(self, household: int, telephone: int, *, by: Doer, now: datetime) -> str:
        """Call a telephone no longer; return whose it was.

        Raises:
            HouseholdError: the household has none with this id.

        """
        with changing(self._database, household, now) as (session, _):
            row = _one(_rows(session, household), telephone)
            session.delete(row)
            record(
                session,
                by,
                What.REMOVE_TELEPHONE,
                household_id=household,
                now=now,
                name=row.name,
                ending=_ending(row.number),
            )
            return row.name

    def call_first(self, household: int, telephone: int, *, by: Doer, now: datetime) -> str:
        """Call a telephone before all others from now on; return whose it is.

        Raises:
            HouseholdError: the household has none with this id.

        """
        with changing(self._database, household, now) as (session, _):
            rows = _rows(session, household)
            row = _one(rows, telephone)
            if rows[0] is not row:
                row.place = rows[0].place - 1
                record(session, by, What.CALL_FIRST, household_id=household, now=now, name=row.name)
            return row.name


def read_number(typed: str) -> int:
    """Read the number of a person's telephone.

    Raises:
        HouseholdError: it is no number, or one of a service.

    """
    try:
        found = parse_typed(typed)
    except NumberError as error:
        raise HouseholdError(str(error), Fault.BAD_TELEPHONE) from error
    if found.kind is not None and found.kind not in _CALLED:
        raise HouseholdError(
            f"{format_number(found.number)} is the number of a service; give a fixed, IP or "
            "mobile telephone's",
            Fault.BAD_TELEPHONE,
        )
    return found.number


def _rows(session: Session, household: int) -> list[FamilyMember]:
    wanted = select(FamilyMember).where(FamilyMember.household_id == household)
    return list(session.scalars(wanted.order_by(FamilyMember.place, FamilyMember.id)))


def _one(rows: list[FamilyMember], telephone: int) -> FamilyMember:
    for row in rows:
        if row.id == telephone:
            return row
    raise HouseholdError(
        "there is no such telephone of the family; it may have been removed", Fault.NO_TELEPHONE
    )


def _ending(number: int) -> str:
    """Return what tells two telephones of one person apart, and is no number."""
    return str(number)[-2:]
