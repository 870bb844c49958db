"""The households: signed up, found by line, renamed, removed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ..database import Database
from ..database.forgetting import forget_deleted
from ..numbers import Kind, NumberError, format_number, parse_typed
from ..trail import Doer, What, record
from . import plain_text
from .change import changing, get, write_document
from .consent_text import VERSION, Purpose
from .errors import Fault, HouseholdError
from .models import Consent, Household, Move, PolicyDocument


@dataclass(frozen=True, slots=True)
class Home:
    """A household as it stands."""

    id: int
    line: int
    """E.164 digits of its number."""
    name: str
    created_at: datetime
    retention_days: int
    """Days that the log of a call is kept."""
    consented: frozenset[Purpose]
    """What it has agreed to, and not revoked."""

    @property
    def screened(self) -> bool:
        """Tell whether its calls are screened."""
        return Purpose.SCREENING in self.consented


def line_number(text: str) -> int:
    """Read a home's telephone number as typed.

    Raises:
        HouseholdError: it is not a Japanese subscriber's number.

    """
    try:
        typed = parse_typed(text)
    except NumberError as error:
        raise HouseholdError(f"line: {error}", Fault.NOT_A_LINE, text=text) from error
    if typed.kind not in {Kind.FIXED, Kind.IP, Kind.MOBILE, Kind.FMC}:
        raise HouseholdError(
            f"line: {typed} is not a Japanese subscriber's number", Fault.NOT_A_LINE, text=text
        )
    return typed.number


class Registry:
    """The households in *database*."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        line: str,
        name: str,
        *,
        consent_by: str | None,
        evidence: str = "",
        by: Doer,
        now: datetime,
    ) -> Home:
        """Sign up a household on *line* (as typed).

        ``consent_by`` says who agreed to everything, ``evidence`` how that is known, such as the
        number of a signed form; without consent nothing is screened or logged.

        Raises:
            HouseholdError: the line is no number, or has a household already; a name is unusable.

        """
        number = line_number(line)
        with self._database.transaction() as session:
            household = sign_up(session, number, name, by=by, now=now)
            if consent_by is not None:
                agree(session, household, frozenset(Purpose), consent_by, evidence, by=by, now=now)
            write_document(session, household, now)
            return _home(session, household)

    def find(self, line: str) -> Home:
        """Return the household on *line* (as typed).

        Raises:
            HouseholdError: the line is no number, or has no household.

        """
        number = line_number(line)
        with self._database.reading() as session:
            household = session.scalar(select(Household).where(Household.line == number))
            if household is None:
                shown = format_number(number)
                raise HouseholdError(
                    f"the line {shown} has no household; "
                    f"add it with: callguard household add --line {shown} --name NAME",
                    Fault.NO_HOUSEHOLD,
                )
            return _home(session, household)

    def get(self, household: int) -> Home:
        """Return a household by its id.

        Raises:
            HouseholdError: there is none.

        """
        with self._database.reading() as session:
            return _home(session, get(session, household))

    def rename(self, household: int, name: str, *, by: Doer, now: datetime) -> None:
        """Call the household otherwise.

        Raises:
            HouseholdError: there is no such household, or the name is unusable.

        """
        with changing(self._database, household, now) as (session, found):
            found.name = plain_text.name(name, needed=True)
            record(session, by, What.RENAME_HOUSEHOLD, household_id=household, now=now, name=name)

    def remove(self, household: int, *, by: Doer, now: datetime) -> None:
        """Remove the household and everything of it: lists, consents, calls, members, trail.

        Screening stops at once. That it was removed stays in the trail, without its name.

        Raises:
            HouseholdError: there is no such household.

        """
        with self._database.transaction() as session:
            remove(session, [get(session, household, lock=True)], by=by, now=now)
        forget_deleted(self._database)


def remove(session: Session, households: Collection[Household], *, by: Doer, now: datetime) -> None:
    """Remove *households*, locked by *session*, with everything of them."""
    erase(session, households)
    for one in households:
        record(session, by, What.REMOVE_HOUSEHOLD, household_id=None, now=now, line=one.line)


def erase(session: Session, households: Collection[Household]) -> None:
    """Remove *households* as :func:`remove` does, and tell the trail nothing."""
    ids = [one.id for one in households]
    lines = [one.line for one in households]
    lines += session.scalars(select(Move.old_line).where(Move.household_id.in_(ids)))
    session.execute(delete(PolicyDocument).where(PolicyDocument.line.in_(lines)))
    session.execute(delete(Household).where(Household.id.in_(ids)))


def sign_up(session: Session, line: int, name: str, *, by: Doer, now: datetime) -> Household:
    """Add a household on *line* (E.164 digits) in a transaction that also writes its document.

    Raises:
        HouseholdError: the line has a household already, or the name is unusable.

    """
    shown = plain_text.name(name, needed=True)
    if session.scalar(select(Household.id).where(Household.line == line)) is not None:
        raise taken(line)
    # A line that somebody else has left may tell their new number no longer.
    session.execute(delete(Move).where(Move.old_line == line))
    household = Household(line=line, name=shown, created_at=now, settings={})
    session.add(household)
    try:
        session.flush()
    except IntegrityError as error:  # signed up by another at this very moment
        raise taken(line) from error
    record(
        session, by, What.ADD_HOUSEHOLD, household_id=household.id, now=now, line=line, name=shown
    )
    return household


def agree(
    session: Session,
    household: Household,
    purposes: Collection[Purpose],
    given_by: str,
    evidence: str,
    *,
    digest: str = "",
    given_at: datetime | None = None,
    by: Doer,
    now: datetime,
) -> None:
    """Record the household's consent to *purposes*, in a transaction that writes its document.

    It was given at ``given_at``, or now. ``digest`` is the SHA-256 of the document that proves it,
    in hexadecimal.

    Raises:
        HouseholdError: a text is unusable.

    """
    who = plain_text.name(given_by, "who agreed", needed=True)
    known_by = plain_text.note(evidence, "evidence")
    for purpose in sorted(purposes):
        session.add(
            Consent(
                household_id=household.id,
                purpose=purpose.value,
                text_version=VERSION,
                given_by=who,
                evidence=known_by,
                evidence_digest=digest,
                given_at=given_at or now,
            )
        )
    session.flush()
    record(
        session,
        by,
        What.GIVE_CONSENT,
        household_id=household.id,
        now=now,
        purposes=sorted(purposes),
        given_by=who,
        text_version=VERSION,
    )


def _home(session: Session, household: Household) -> Home:
    purposes = session.scalars(
        select(Consent.purpose).where(
            Consent.household_id == household.id, Consent.revoked_at.is_(None)
        )
    )
    return Home(
        household.id,
        household.line,
        household.name,
        household.created_at,
        household.retention_days,
        frozenset(Purpose(purpose) for purpose in purposes),
    )


def taken(line: int) -> HouseholdError:
    """Return the refusal of a second household on *line*."""
    return HouseholdError(
        f"the line {format_number(line)} has a household already", Fault.LINE_TAKEN, number=line
    )
