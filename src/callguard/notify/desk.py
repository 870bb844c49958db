"""The desk: looks up for each piece of news who wants to be told, by which way and when."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..database import Database
from ..households.consent_text import Purpose
from ..households.models import Consent
from ..people.models import Membership, Person
from ..people.rights import Role
from .choices import Rhythm, wants
from .models import Channel, Choice, Delivery, News
from .queue import GIVE_UP_AFTER
from .quiet import told_at
from .topics import TERMS, Topic


class Desk:
    """The desk of *database*; several may work on it at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hand_out(self, *, now: datetime, limit: int = 50) -> int:
        """Put what is new in the queue, *limit* pieces at most; return how many there were.

        News and its deliveries are one transaction: everybody is told, or it is still to be done.
        """
        with self._database.reading() as session:
            new = select(News.id).where(News.handed_out_at.is_(None)).limit(1)
            if session.scalar(new) is None:
                return 0  # without taking the lock that writers wait for
        with self._database.transaction() as session:
            oldest = (
                select(News.id).where(News.handed_out_at.is_(None)).order_by(News.id).limit(limit)
            )
            taken = session.execute(
                update(News)
                .where(News.id.in_(oldest.scalar_subquery()), News.handed_out_at.is_(None))
                .values(handed_out_at=now)
                .returning(News.id, News.household_id, News.topic, News.at, News.detail)
            ).all()
            fresh = [one for one in taken if now - one.at < GIVE_UP_AFTER]
            households = {one.household_id for one in fresh}
            members = _members(session, households)
            agreed = _agreed(session, households)
            for one in sorted(fresh, key=lambda row: row.id):
                if TERMS[Topic(one.topic)].of_calls and one.household_id not in agreed:
                    continue
                session.add_all(
                    Delivery(news_id=one.id, channel_id=channel, due_at=due, tries=0, result="")
                    for channel, due in _recipients(
                        members, one.household_id, Topic(one.topic), one.detail, now
                    ).items()
                )
        return len(taken)


def _agreed(session: Session, households: set[int]) -> set[int]:
    """Return the households that agree to notices of their calls."""
    return set(
        session.scalars(
            select(Consent.household_id).where(
                Consent.household_id.in_(households),
                Consent.purpose == Purpose.NOTICES.value,
                Consent.revoked_at.is_(None),
            )
        )
    )


def _members(session: Session, households: set[int]) -> Sequence[Any]:
    """Return each way to reach each member, with what they chose for it, topic by topic."""
    return session.execute(
        select(
            Membership.household_id,
            Membership.role,
            Person.id.label("person_id"),
            Person.quiet_hours,
            Person.digest,
            Channel.id.label("channel_id"),
            Choice.topic,
            Choice.wanted,
        )
        .join(Person, Person.id == Membership.person_id)
        .join(Channel, Channel.person_id == Person.id)
        .outerjoin(
            Choice,
            (Choice.channel_id == Channel.id) & (Choice.household_id == Membership.household_id),
        )
        .where(Membership.household_id.in_(households), Channel.confirmed_at.is_not(None))
    ).all()


def _recipients(
    members: Sequence[Any],
    household_id: int,
    topic: Topic,
    detail: dict[str, Any],
    now: datetime,
) -> dict[int, datetime]:
    """Return the channels that are told, and from when on each may be."""
    chosen: dict[int, bool | None] = {}
    by_channel: dict[int, Any] = {}
    for row in members:
        if row.household_id != household_id:
            continue
        by_channel[row.channel_id] = row
        chosen.setdefault(row.channel_id, None)
        if row.topic == topic:
            chosen[row.channel_id] = row.wanted
    due = {}
    for channel, row in by_channel.items():
        if topic is Topic.DIGEST and (
            row.person_id != detail.get("person") or row.digest == Rhythm.NEVER
        ):
            continue
        if wants(Role(row.role), topic, chosen[channel]):
            urgent = TERMS[topic].urgent
            due[channel] = now if urgent else told_at(row.quiet_hours, now=now)
    return due
