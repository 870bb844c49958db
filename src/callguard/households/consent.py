"""The household's consent: given and revoked for each purpose, and kept as a record."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..database import Database
from ..trail import Doer, What, record
from .change import changing, get
from .consent_text import Purpose
from .errors import Fault, HouseholdError
from .models import Consent
from .registry import agree


@dataclass(frozen=True, slots=True)
class Given:
    """One consent to one purpose: in force, or revoked."""

    purpose: Purpose
    text_version: str
    """Which wording was agreed to; see ``consent_text``."""
    given_by: str
    evidence: str
    """How that is known, such as the number of a signed form; mostly empty."""
    digest: str
    """SHA-256 of the document that proves it, in hexadecimal; mostly empty."""
    given_at: datetime
    revoked_at: datetime | None
    revoked_by: str
    """Empty while it is in force."""


class Consents:
    """The consents in *database*."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def in_force(self, household: int) -> frozenset[Purpose]:
        """Return what the household has agreed to.

        Raises:
            HouseholdError: there is no such household.

        """
        with self._database.reading() as session:
            get(session, household)
            return in_force(session, household)

    def history(self, household: int) -> tuple[Given, ...]:
        """Return every consent that was ever given, the newest first.

        Raises:
            HouseholdError: there is no such household.

        """
        with self._database.reading() as session:
            get(session, household)
            found = session.scalars(
                select(Consent)
                .where(Consent.household_id == household)
                .order_by(Consent.given_at.desc(), Consent.id.desc())
            )
            return tuple(
                Given(
                    Purpose(one.purpose),
                    one.text_version,
                    one.given_by,
                    one.evidence,
                    one.evidence_digest,
                    one.given_at,
                    one.revoked_at,
                    one.revoked_by,
                )
                for one in found
            )

    def give(
        self,
        household: int,
        purposes: Collection[Purpose],
        *,
        given_by: str,
        evidence: str = "",
        digest: str = "",
        by: Doer,
        now: datetime,
    ) -> None:
        """Record consent to each of *purposes* that none is in force for.

        Raises:
            HouseholdError: there is no such household; a text is unusable; records or notices
                without screening.

        """
        with changing(self._database, household, now) as (session, found):
            before = in_force(session, household)
            new = frozenset(purposes) - before
            if Purpose.SCREENING not in new | before and new:
                raise HouseholdError(
                    "records, recordings and notices need the consent to screening too",
                    Fault.NO_CONSENT,
                    purpose=Purpose.SCREENING,
                )
            if new:
                agree(session, found, new, given_by, evidence, digest=digest, by=by, now=now)

    def revoke(
        self,
        household: int,
        purposes: Collection[Purpose] = frozenset(Purpose),
        *,
        by: Doer,
        now: datetime,
    ) -> None:
        """Revoke consent to *purposes*: it ends at once. Without screening the rest ends too.

        Raises:
            HouseholdError: there is no such household.

        """
        ending = frozenset(Purpose if Purpose.SCREENING in purposes else purposes)
        with changing(self._database, household, now) as (session, _):
            ended = []
            for consent in session.scalars(
                select(Consent).where(
                    Consent.household_id == household, Consent.revoked_at.is_(None)
                )
            ):
                if consent.purpose in ending:
                    consent.revoked_at = now
                    consent.revoked_by = by.who
                    ended.append(consent.purpose)
            if ended:
                detail = {"purposes": sorted(ended)}
                record(session, by, What.REVOKE_CONSENT, household_id=household, now=now, **detail)


def in_force(session: Session, household: int) -> frozenset[Purpose]:
    """Return what the household has agreed to, as *session* sees it."""
    found = session.scalars(
        select(Consent.purpose).where(
            Consent.household_id == household, Consent.revoked_at.is_(None)
        )
    )
    return frozenset(Purpose(purpose) for purpose in found)
