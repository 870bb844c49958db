"""Who wants to be told what, by which way and at which hours."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..database import Database
from ..households.document import quiet_hours
from ..people.models import Membership, Person
from ..people.rights import Role, may
from ..trail import Doer, What, record
from .models import Channel, Choice
from .refusals import NoticeRefused, Trouble
from .topics import TERMS, Topic


class Rhythm(StrEnum):
    """How often a person gets the digest, if anything has happened."""

    DAILY = "daily"
    WEEKLY = "weekly"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Habits:
    """At which hours a person is told."""

    quiet_hours: str
    """Hours without news, Japan time, as ``22:00-07:00``; empty: none."""
    digest: Rhythm


@dataclass(frozen=True, slots=True)
class Told:
    """What one member of a household is told, as the other members may see it."""

    name: str
    role: Role
    ways: int
    """By how many ways the person can be reached now."""
    topics: tuple[Topic, ...]


class Choices:
    """What people chose in *database*."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, person_id: int, household_id: int) -> frozenset[tuple[int, Topic]]:
        """Return what the person is told of the household: channel ids and topics.

        Raises:
            NoticeRefused: the person is no member.

        """
        with self._database.reading() as session:
            role = _role(session, person_id, household_id)
            chosen = _chosen(session, person_id, household_id)
            channels = session.scalars(select(Channel.id).where(Channel.person_id == person_id))
            return frozenset(
                (channel, topic)
                for channel in channels
                for topic in TERMS
                if wants(role, topic, chosen.get((channel, topic)))
            )

    def choose(
        self,
        person_id: int,
        household_id: int,
        wanted: frozenset[tuple[int, Topic]],
        *,
        by: Doer,
        now: datetime,
    ) -> None:
        """Set what the person is told of the household: by all channels of theirs, all topics.

        Raises:
            NoticeRefused: the person is no member, or a channel is not theirs.

        """
        with self._database.transaction() as session:
            role = _role(session, person_id, household_id)
            channels = set(
                session.scalars(select(Channel.id).where(Channel.person_id == person_id))
            )
            if strange := {channel for channel, _ in wanted} - channels:
                raise NoticeRefused(
                    Trouble.NOT_FOUND, f"there is no way to be told with id {min(strange)}"
                )
            if hidden := {topic for _, topic in wanted if not may(role, TERMS[topic].right)}:
                raise NoticeRefused(Trouble.BAD_TOPIC, f"{min(hidden)} is not for a {role}")
            session.execute(
                delete(Choice).where(
                    Choice.person_id == person_id, Choice.household_id == household_id
                )
            )
            session.add_all(
                Choice(
                    person_id=person_id,
                    household_id=household_id,
                    channel_id=channel,
                    topic=topic.value,
                    wanted=(channel, topic) in wanted,
                )
                for channel in channels
                for topic in TERMS
            )
            record(
                session, by, What.CHANGE_NOTICES, household_id=household_id, now=now,
                topics=sorted({topic.value for _, topic in wanted}),
            )  # fmt: skip

    def habits(self, person_id: int) -> Habits:
        """Return at which hours the person is told."""
        with self._database.reading() as session:
            person = session.get_one(Person, person_id)
            return Habits(person.quiet_hours or "", Rhythm(person.digest))

    def set_habits(
        self,
        person_id: int,
        household_id: int,
        *,
        quiet: str,
        digest: str,
        by: Doer,
        now: datetime,
    ) -> None:
        """Set at which hours the person is told; an empty ``quiet`` means at any.

        Raises:
            NoticeRefused: these are no hours, or there is no such rhythm.

        """
        hours: str | None = None
        if quiet.strip():
            try:
                hours = str(quiet_hours(quiet))
            except ValueError as error:
                raise NoticeRefused(
                    Trouble.BAD_QUIET_HOURS, "quiet hours are written like 22:00-07:00"
                ) from error
        if digest not in list(Rhythm):
            raise NoticeRefused(Trouble.BAD_DIGEST, f"a digest comes {', '.join(Rhythm)}")
        with self._database.transaction() as session:
            person = session.get_one(Person, person_id)
            person.quiet_hours = hours
            person.digest = digest
            record(
                session, by, What.CHANGE_NOTICES, household_id=household_id, now=now,
                quiet_hours=hours or "", digest=digest,
            )  # fmt: skip

    def household(self, household_id: int) -> list[Told]:
        """Return what each member of a household is told."""
        with self._database.reading() as session:
            members = session.execute(
                select(Membership.role, Person.id, Person.name)
                .join(Membership.person)
                .where(Membership.household_id == household_id)
                .order_by(Person.name, Person.id)
            )
            told = []
            for word, person_id, name in members:
                role = Role(word)
                chosen = _chosen(session, person_id, household_id)
                channels = list(
                    session.scalars(
                        select(Channel.id).where(
                            Channel.person_id == person_id, Channel.confirmed_at.is_not(None)
                        )
                    )
                )
                topics = tuple(
                    topic
                    for topic in TERMS
                    if any(wants(role, topic, chosen.get((one, topic))) for one in channels)
                )
                told.append(Told(name, role, len(channels), topics))
            return told


def wants(role: Role, topic: Topic, choice: bool | None) -> bool:
    """Tell whether somebody is told: by what they chose, otherwise by their role."""
    terms = TERMS[topic]
    return may(role, terms.right) and (role in terms.wanted_by if choice is None else choice)


def _role(session: Session, person_id: int, household_id: int) -> Role:
    role = session.scalar(
        select(Membership.role).where(
            Membership.person_id == person_id, Membership.household_id == household_id
        )
    )
    if role is None:
        raise NoticeRefused(Trouble.NOT_FOUND, "there is no such household")
    return Role(role)


def _chosen(session: Session, person_id: int, household_id: int) -> dict[tuple[int, Topic], bool]:
    found = session.execute(
        select(Choice.channel_id, Choice.topic, Choice.wanted).where(
            Choice.person_id == person_id, Choice.household_id == household_id
        )
    )
    return {(channel, Topic(topic)): wanted for channel, topic, wanted in found}
