"""The policy of the household that asks, for a report of its own."""

from datetime import datetime

from ..database import Database
from ..households.settings import HouseholdSettings
from ..screening import Policy


class OwnPolicy:
    """The policy of one household, as the database has it now."""

    def __init__(self, database: Database, household: int, now: datetime) -> None:
        self._settings = HouseholdSettings(database)
        self._household = household
        self._now = now

    def policy(self, _: int | None) -> Policy:
        """Return it; the line is the household's own."""
        return self._settings.policy(self._household, now=self._now)
