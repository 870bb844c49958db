"""What the carrier's staff looks at of a household: nothing is shown before it is in the trail."""

from datetime import datetime

from ..database import Database
from ..trail import Doer, What, record
from .errors import Fault, PeopleError
from .grants import Grants


class Looks:
    """Notes looks in *database*, for the household to see."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def at_household(self, household_id: int, *, by: Doer, now: datetime) -> None:
        """Note that somebody looks at a household: its state and people, none of its calls."""
        with self._database.transaction() as session:
            record(session, by, What.LOOK, household_id=household_id, now=now)

    def at_calls(self, household_id: int, calls: int, *, by: Doer, now: datetime) -> None:
        """Note that somebody looks at so many calls of a household.

        Raises:
            PeopleError: the household lets nobody look.

        """
        if not Grants(self._database).holds(household_id, now=now):
            raise PeopleError(
                Fault.NO_GRANT, "the household lets nobody of the staff look at its calls now"
            )
        with self._database.transaction() as session:
            record(session, by, What.LOOK, household_id=household_id, now=now, calls=calls)
