"""We expect a call: for some hours unknown callers ring without the warning."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from ..database import Database
from ..trail import Doer, What, record
from .change import changing, get
from .errors import Fault, HouseholdError
from .models import Expectation
from .settings import is_country

HOME = "JP"
"""Stands for any domestic number."""

USUAL = timedelta(hours=2)
MOST = timedelta(hours=24)
"""A telephone that rings for everybody is not to be forgotten."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Where a call is expected from, and until when."""

    country: str
    """ISO 3166 code; JP: any domestic number."""
    until: datetime


class Expectations:
    """The expectations in *database*; at most one for each country of a household."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def running(self, household: int, *, now: datetime) -> tuple[Expected, ...]:
        """Return what is expected now, what ends first coming first.

        Raises:
            HouseholdError: there is no such household.

        """
        with self._database.reading() as session:
            get(session, household)
            found = session.execute(
                select(Expectation.country, Expectation.until)
                .where(Expectation.household_id == household, Expectation.until > now)
                .order_by(Expectation.until, Expectation.country)
            )
            return tuple(Expected(country, until) for country, until in found)

    def expect(
        self,
        household: int,
        *,
        country: str = HOME,
        duration: timedelta = USUAL,
        by: Doer,
        now: datetime,
    ) -> Expected:
        """Expect a call from *country* for *duration* from now; the last word on a country counts.

        Raises:
            HouseholdError: there is no such household or country; the time is 0 or over 24 hours.

        """
        if country != HOME and not is_country(country):
            raise HouseholdError(
                f"{country!r} is not the code of a country, such as US",
                Fault.BAD_COUNTRY,
                value=country,
            )
        most = MOST // timedelta(hours=1)
        if not timedelta() < duration <= MOST:
            raise HouseholdError(
                f"a call can be expected for at most {most} hours", Fault.BAD_DURATION, hours=most
            )
        until = now + duration
        with changing(self._database, household, now) as (session, _):
            session.execute(
                delete(Expectation).where(
                    Expectation.household_id == household,
                    (Expectation.until <= now) | (Expectation.country == country),
                )
            )
            session.add(Expectation(household_id=household, country=country, until=until))
            record(
                session,
                by,
                What.EXPECT,
                household_id=household,
                now=now,
                country=country,
                until=until.isoformat(timespec="seconds"),
            )
        return Expected(country, until)

    def stop(self, household: int, country: str = HOME, *, by: Doer, now: datetime) -> bool:
        """Expect no call from *country* any longer; tell whether one was expected.

        Raises:
            HouseholdError: there is no such household.

        """
        with changing(self._database, household, now) as (session, _):
            found = session.scalar(
                select(Expectation).where(
                    Expectation.household_id == household,
                    Expectation.country == country,
                    Expectation.until > now,
                )
            )
            if found is None:
                return False
            session.delete(found)
            record(
                session, by, What.STOP_EXPECTING, household_id=household, now=now, country=country
            )
            return True
