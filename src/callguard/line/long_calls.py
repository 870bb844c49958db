"""Tells the family, once, that somebody talks with an unknown caller for long.

Whoever means to deceive keeps people on the telephone. Since when she talks stands on her channel
in Asterisk, and that the family was told in the database: so whatever is started again meanwhile,
it is told, and not twice. Nothing here is on the path of a verdict.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import select

from ..asterisk.ami import AMIError, AMIEvent
from ..calllog.talks import VARIABLE, Talk, Talks
from ..database import Database, DatabaseError
from ..households.models import Household
from ..households.reader import PolicyUnavailable
from ..notify.news import tell
from ..notify.topics import Topic
from ..screening import Policy

log = logging.getLogger(__name__)

CHECK_SECONDS = 5.0


class Policies(Protocol):
    """Where the policy of a line is read."""

    def policy(self, line: int | None) -> Policy:
        """Return the policy of *line*; may raise ``PolicyUnavailable``."""


class LongCalls:
    """Follows conversations and tells of the long ones.

    Args:
        open_database: opens the database, or raises ``DatabaseError``.
        policies: after how many minutes each line's family wants to know.
        action: sends an AMI action, and may raise ``AMIError``.
        now: gives the time (aware).

    """

    def __init__(
        self,
        open_database: Callable[[], Database],
        policies: Policies,
        action: Callable[..., Awaitable[Any]],
        now: Callable[[], datetime],
    ) -> None:
        self._open_database = open_database
        self._policies = policies
        self._action = action
        self._now = now
        self._talks = Talks()
        self._connected = asyncio.Event()

    def receive(self, event: AMIEvent) -> None:
        """Take one AMI event."""
        self._talks.receive(event.name, event.headers)

    def connected(self) -> None:
        """Take that Asterisk's manager has been logged in to: there may be conversations."""
        self._connected.set()

    async def run(self) -> None:
        """Look for long conversations until cancelled."""
        while True:
            if self._connected.is_set():
                self._connected.clear()
                await self._ask()
            await self.check()
            await asyncio.sleep(CHECK_SECONDS)

    async def check(self) -> None:
        """Tell of the conversations that are long by now."""
        long = self._talks.long(self._longest, self._now())
        if not long:
            return
        try:
            await asyncio.to_thread(self._tell, long)
        except DatabaseError as error:
            log.warning("of %d long calls the family is told later: %s", len(long), error)
            return
        for talk in long:
            self._talks.forget(talk)

    async def _ask(self) -> None:
        try:
            await self._action("Status", Variables=VARIABLE)
        except AMIError as error:
            # The next login asks again; calls that begin from now on are followed all the same.
            log.warning("calls in progress are not known: %s", error)

    def _longest(self, talk: Talk) -> timedelta | None:
        try:
            policy = self._policies.policy(talk.line)
        except PolicyUnavailable:
            return None
        if not (policy.logged and policy.long_call_minutes):
            return None
        return timedelta(minutes=policy.long_call_minutes)

    def _tell(self, talks: Sequence[Talk]) -> None:
        now = self._now()
        database = self._open_database()
        try:
            with database.transaction() as session:
                lines = {talk.line for talk in talks}
                households = dict(
                    session.execute(
                        select(Household.line, Household.id).where(Household.line.in_(lines))
                    ).all()
                )
                for talk in talks:
                    if talk.line in households:
                        tell(
                            session,
                            households[talk.line],
                            Topic.LONG_CALL,
                            key=talk.call_id,
                            detail={
                                "call_id": talk.call_id,
                                "minutes": (now - talk.since) // timedelta(minutes=1),
                            },
                            now=now,
                        )
        finally:
            database.close()
