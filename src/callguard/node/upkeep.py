"""What is to be finished or forgotten in the families' database, by whichever node gets to it."""

import asyncio
import logging
from datetime import UTC, datetime

from ..database import Database, DatabaseError
from ..households.groups import Groups
from ..households.moving import Moving

log = logging.getLogger(__name__)

LOOK_SECONDS = 15.0
FORGET_EVERY = 240
"""Looks between two at former lines whose time is over: an hour."""


class Upkeep:
    """Brings policies in step with their groups, and forgets former lines.

    A change of a group is finished by who made it; this is for one that was interrupted. A former
    line says nothing any more when its time is over; this takes away what is left of it.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._database: Database | None = None

    async def run(self) -> None:
        """Look now and then, until cancelled, through every fault of the database."""
        looks = 0
        try:
            while True:
                await asyncio.sleep(LOOK_SECONDS)
                try:
                    await asyncio.to_thread(self.look, datetime.now(UTC), forget=looks == 0)
                except DatabaseError:
                    continue  # others say so, and how to mend it
                looks = (looks + 1) % FORGET_EVERY
        finally:
            self.close()

    def close(self) -> None:
        """Close the database; the next look opens it again."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def look(self, now: datetime, *, forget: bool) -> None:
        """Do what there is to do.

        Raises:
            DatabaseError: the database does not answer; the next look goes on.

        """
        if self._database is None:
            self._database = Database(self._url)
        groups, done = Groups(self._database), 0
        while some := groups.bring_in_step(now):
            done += some
        if done:
            log.info("%d policies brought in step with their groups", done)
        if forget and (over := Moving(self._database).forget(now)):
            log.info("%d former lines are forgotten", over)
