"""The queue of deliveries: claimed by an update, tried again with pauses, never sent twice.

A sender claims a delivery, gets everything ready, and commits ``sending_at`` just before the step
that cannot be undone. If it dies before, the claim is released and the delivery is tried again. If
it dies after, nobody can know whether the message left: it is ``unknown`` and not sent again,
unless its channel shows a repeated message once only.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from ..database import Database
from .faults import Failure
from .models import Channel, Delivery, News

CLAIM_HOLDS = timedelta(minutes=5)
"""Much longer than any sending may take; only a sender whose machine is gone leaves a claim."""
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
GIVE_UP_AFTER = timedelta(days=3)
SHOWN_ONCE = ("push",)
"""The kinds of channel that show a message once, however often it arrives: a push service keeps
one of each topic (RFC 8030, section 5.4), and a browser shows the later in place of the earlier."""
NEWS_KEPT = timedelta(days=90)
"""For so long it is known what was told already."""


class Result(StrEnum):
    """What became of a delivery."""

    SENT = "sent"
    REFUSED = "refused"
    """The server will never take it."""
    GIVEN_UP = "given-up"
    """Tried for ``GIVE_UP_AFTER``."""
    UNKNOWN = "unknown"
    """callguard was stopped in the middle of sending it; it is not sent twice."""
    WITHDRAWN = "withdrawn"
    """There was no more reason to send it: the person left, the call was erased."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this sender alone is working on."""

    id: int
    news_id: int
    channel_id: int
    tries: int
    """How often it was tried before."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much is waiting."""

    waiting: int
    """Deliveries that are due, and news that nobody was looked up for yet."""
    oldest: datetime | None
    """Since when the oldest of them is due."""


class Queue:
    """The deliveries of *database*, as one sender named *name* sees them."""

    def __init__(
        self,
        database: Database,
        name: str,
        *,
        jitter: Callable[[], float] = lambda: random.uniform(0.8, 1.2),  # noqa: S311
    ) -> None:
        """Claim under *name*, which no other sender that is running uses.

        ``jitter`` gives the factor of each pause, so that many do not come back at once.
        """
        self._database = database
        self._name = name
        self._jitter = jitter

    def recover(self, *, now: datetime, restarted: bool = False) -> int:
        """Take back what long dead senders had claimed, and this one, if it has just ``restarted``.

        Returns how many deliveries are ``unknown`` now.
        """
        dead: ColumnElement[bool] = Delivery.claimed_at <= now - CLAIM_HOLDS
        if restarted:
            dead = or_(dead, Delivery.claimed_by == self._name)
        shown_once = select(Channel.id).where(Channel.kind.in_(SHOWN_ONCE))
        with self._database.transaction() as session:
            unknown = _changed(
                session,
                update(Delivery)
                .where(
                    Delivery.done_at.is_(None),
                    Delivery.sending_at.is_not(None),
                    Delivery.channel_id.not_in(shown_once),
                    dead,
                )
                .values(done_at=now, result=Result.UNKNOWN.value, claimed_by=None, claimed_at=None),
            )
            session.execute(
                update(Delivery)
                .where(Delivery.done_at.is_(None), dead)
                .values(claimed_by=None, claimed_at=None, sending_at=None)
            )
        return unknown

    def claim(self, limit: int, *, now: datetime) -> list[Claimed]:
        """Claim up to *limit* deliveries that are due, the longest waiting first.

        Of one channel one at a time: a slow one holds up itself, and no other.
        """
        free = and_(
            Delivery.done_at.is_(None), Delivery.due_at <= now, Delivery.claimed_at.is_(None)
        )
        with self._database.reading() as session:
            if session.scalar(select(Delivery.id).where(free).limit(1)) is None:
                return []  # without taking the lock that writers wait for
        with self._database.transaction() as session:
            first = (
                select(func.min(Delivery.id).label("id"), func.min(Delivery.due_at).label("due"))
                .where(free, ~_busy())
                .group_by(Delivery.channel_id)
                .order_by(func.min(Delivery.due_at))
                .limit(limit)
                .subquery()
            )
            # Where another sender was quicker, PostgreSQL asks again whether it is free.
            claimed = session.execute(
                update(Delivery)
                .where(Delivery.id.in_(select(first.c.id)), free)
                .values(claimed_by=self._name, claimed_at=now)
                .returning(Delivery.id, Delivery.news_id, Delivery.channel_id, Delivery.tries)
            ).all()
        return [Claimed(*row) for row in claimed]

    def sending(self, delivery: Claimed, *, now: datetime) -> bool:
        """Note that the step comes that cannot be undone; tell whether it may be taken."""
        with self._database.transaction() as session:
            return (
                _changed(
                    session,
                    self._mine(delivery)
                    .where(Delivery.sending_at.is_(None))
                    .values(sending_at=now),
                )
                == 1
            )

    def done(self, delivery: Claimed, result: Result, *, now: datetime) -> None:
        """Note how it ended."""
        with self._database.transaction() as session:
            session.execute(
                self._mine(delivery).values(
                    done_at=now,
                    result=result.value,
                    tries=delivery.tries + 1,
                    claimed_by=None,
                    claimed_at=None,
                )
            )
            if result is Result.SENT:
                session.execute(
                    update(Channel)
                    .where(Channel.id == delivery.channel_id)
                    .values(failed_at=None, fault="")
                )

    def postpone(self, delivery: Claimed, until: datetime) -> None:
        """Give a delivery back, untried, until another time."""
        with self._database.transaction() as session:
            session.execute(
                self._mine(delivery).values(
                    due_at=until, claimed_by=None, claimed_at=None, sending_at=None
                )
            )

    def failed(self, delivery: Claimed, failure: Failure, *, now: datetime) -> Result | None:
        """Note that it was not sent; return how it ended, or None if it will be tried again.

        It is certain that it was not sent, or the server was silent for so long that a message
        lost is the likelier, and the worse.
        """
        with self._database.transaction() as session:
            at = session.scalar(select(News.at).where(News.id == delivery.news_id))
            pause = min(FIRST_PAUSE * 2 ** min(delivery.tries, 20), LONGEST_PAUSE) * self._jitter()
            result: Result | None = None
            if failure.fault.lasting:
                result = Result.REFUSED
            elif at is None or now + pause > at + GIVE_UP_AFTER:
                result = Result.GIVEN_UP
            session.execute(
                self._mine(delivery).values(
                    tries=delivery.tries + 1,
                    due_at=now + pause,
                    sending_at=None,
                    claimed_by=None,
                    claimed_at=None,
                    done_at=now if result else None,
                    result=result.value if result else "",
                )
            )
            session.execute(
                update(Channel)
                .where(Channel.id == delivery.channel_id)
                .values(failed_at=now, fault=str(failure))
            )
        return result

    def backlog(self, *, now: datetime) -> Backlog:
        """Return what is due and not done."""
        with self._database.reading() as session:
            due, due_since = session.execute(
                select(func.count(), func.min(Delivery.due_at)).where(
                    Delivery.done_at.is_(None), Delivery.due_at <= now
                )
            ).one()
            told, told_since = session.execute(
                select(func.count(), func.min(News.at)).where(News.handed_out_at.is_(None))
            ).one()
        since = [one for one in (due_since, told_since) if one is not None]
        return Backlog(due + told, min(since, default=None))

    def forget_old(self, *, now: datetime) -> int:
        """Delete news of long ago, with its deliveries; return how much."""
        with self._database.transaction() as session:
            return _changed(
                session,
                delete(News).where(
                    News.at < now - NEWS_KEPT,
                    ~exists().where(Delivery.news_id == News.id, Delivery.done_at.is_(None)),
                ),
            )

    def _mine(self, delivery: Claimed) -> Any:
        return update(Delivery).where(
            Delivery.id == delivery.id,
            Delivery.claimed_by == self._name,
            Delivery.done_at.is_(None),
        )


def _busy() -> Any:
    """Whether another delivery to the same channel is being worked on."""
    other = Delivery.__table__.alias("other")
    return exists().where(
        other.c.channel_id == Delivery.channel_id,
        other.c.done_at.is_(None),
        other.c.claimed_at.is_not(None),
    )


def _changed(session: Session, statement: Any) -> int:
    result = session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount
