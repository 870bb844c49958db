"""The ways to reach a person: added, shown to be their own, renamed, tried, removed."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hmac import compare_digest

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..database import Database
from ..people.models import Membership
from ..trail import Doer, What, record
from .addresses import mail_address, push_subscription, service_url, shown
from .faults import Failure
from .models import Channel, Delivery, News
from .queue import Result
from .refusals import NoticeRefused, Trouble
from .topics import Topic

MAX_CHANNELS = 10
MAX_NAME = 50
MAX_ASKED_FOR = 10
"""Codes and test messages that one person may cause in an hour."""
CODE_HOLDS = timedelta(minutes=30)
MAX_CODE_TRIES = 5
"""A code has a million values: five tries find it once in 200,000 times."""


class Kind(StrEnum):
    """By what way a person is reached."""

    MAIL = "mail"
    PUSH = "push"
    """Web push: a notification of the browser."""
    APPRISE = "apprise"
    """Any other service, by an apprise URL."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach a person, as it may be shown to that person."""

    id: int
    kind: Kind
    name: str
    address: str
    """The mail address; of other kinds what names the service and tells no secret."""
    confirmed: bool
    failure: Failure | None
    """What went wrong last, if nothing has arrived since."""
    failed_at: datetime | None
    told_at: datetime | None
    """When the last message was to go out."""
    result: Result | None
    """What became of the last message; None while it is on its way, or if there was none."""


class Channels:
    """The ways to reach people in *database*."""

    def __init__(
        self, database: Database, *, mail: bool = False, private_targets: bool = False
    ) -> None:
        """Use *database*.

        ``mail`` says whether a mail server is set up; ``private_targets`` whether messages may go
        to addresses within one's own network.
        """
        self._database = database
        self._mail = mail
        self._private = private_targets

    def of(self, person_id: int) -> list[Way]:
        """Return the person's ways, oldest first."""
        with self._database.reading() as session:
            return [_way(session, channel) for channel in _channels(session, person_id)]

    def add_mail(
        self, person_id: int, household_id: int, text: str, *, name: str, by: Doer, now: datetime
    ) -> int:
        """Add a mail address, and mail a code to it; return the channel's id.

        Until :meth:`confirm` gets the code, the address gets nothing else.

        Raises:
            NoticeRefused: it is no address, is there already, or there is no mail server.

        """
        if not self._mail:
            raise NoticeRefused(
                Trouble.NO_MAIL_SERVER,
                "no mail server is set up on this callguard; choose another way to be told",
            )
        address = mail_address(text)
        with self._adding(person_id, household_id, Kind.MAIL, address, name, by, now) as (
            session,
            channel,
        ):
            _send_code(session, channel, household_id, now)
            return channel.id

    def add_push(
        self, person_id: int, household_id: int, text: str, *, name: str, by: Doer, now: datetime
    ) -> int:
        """Add a browser's push subscription, given as JSON; return the channel's id.

        Raises:
            NoticeRefused: it is none, or may not be reached from here.

        """
        subscription = push_subscription(text, private_targets=self._private)
        address = subscription.to_json()
        with self._adding(person_id, household_id, Kind.PUSH, address, name, by, now) as (
            _,
            channel,
        ):
            channel.confirmed_at = now
            return channel.id

    def add_service(
        self, person_id: int, household_id: int, text: str, *, name: str, by: Doer, now: datetime
    ) -> int:
        """Add another service by its apprise URL; return the channel's id.

        Raises:
            NoticeRefused: it is none, or leads where nothing may go.

        """
        address = service_url(text, private_targets=self._private)
        with self._adding(person_id, household_id, Kind.APPRISE, address, name, by, now) as (
            _,
            channel,
        ):
            channel.confirmed_at = now
            return channel.id

    def send_code(
        self, person_id: int, household_id: int, channel_id: int, *, now: datetime
    ) -> None:
        """Mail a new code to an address that is not confirmed yet.

        Raises:
            NoticeRefused: there is no such channel, it needs no code, or too many were asked for.

        """
        with self._database.transaction() as session:
            channel = _get(session, person_id, channel_id)
            if channel.kind != Kind.MAIL or channel.confirmed_at is not None:
                raise NoticeRefused(Trouble.NOT_FOUND, "this way to be told needs no code")
            _send_code(session, channel, household_id, now)

    def confirm(self, person_id: int, channel_id: int, code: str, *, now: datetime) -> None:
        """Take the code that was mailed: the address is the person's own.

        Raises:
            NoticeRefused: it is not the code, or the code holds no longer.

        """
        with self._database.transaction() as session:
            channel = _get(session, person_id, channel_id)
            if channel.confirmed_at is not None:
                return
            if (
                channel.code is None
                or channel.code_until is None
                or now >= channel.code_until
                or channel.code_tries >= MAX_CODE_TRIES
            ):
                raise NoticeRefused(
                    Trouble.CODE_EXPIRED, "this code holds no longer; ask for a new one"
                )
            typed = "".join(str(int(one)) for one in code if one.isdecimal())
            right = compare_digest(typed, channel.code)
            if right:
                channel.confirmed_at = now
                channel.code = channel.code_until = None
            else:
                channel.code_tries += 1
        if not right:
            raise NoticeRefused(Trouble.WRONG_CODE, "this is not the code that was mailed")

    def rename(
        self,
        person_id: int,
        household_id: int,
        channel_id: int,
        name: str,
        *,
        by: Doer,
        now: datetime,
    ) -> None:
        """Give a way another name.

        Raises:
            NoticeRefused: there is no such channel, or the name is empty or too long.

        """
        with self._database.transaction() as session:
            channel = _get(session, person_id, channel_id)
            channel.name = _name(name)
            record(
                session, by, What.CHANGE_NOTICES, household_id=household_id, now=now,
                kind=channel.kind, renamed=channel.name,
            )  # fmt: skip

    def remove(
        self, person_id: int, household_id: int, channel_id: int, *, by: Doer, now: datetime
    ) -> None:
        """Remove a way, and whatever was on its way to it.

        Raises:
            NoticeRefused: there is no such channel.

        """
        with self._database.transaction() as session:
            channel = _get(session, person_id, channel_id)
            record(
                session, by, What.REMOVE_CHANNEL, household_id=household_id, now=now,
                kind=channel.kind, name=channel.name,
            )  # fmt: skip
            session.delete(channel)

    def test(self, person_id: int, household_id: int, channel_id: int, *, now: datetime) -> None:
        """Send a test message, as any other is sent; what became of it, :meth:`of` tells.

        Raises:
            NoticeRefused: there is no such channel, it is not confirmed, or too many were sent.

        """
        with self._database.transaction() as session:
            channel = _get(session, person_id, channel_id)
            if channel.confirmed_at is None:
                raise NoticeRefused(
                    Trouble.NOT_CONFIRMED, "type the code first that was mailed to this address"
                )
            _ask_for(session, channel, household_id, Topic.TEST, now)

    @contextmanager
    def _adding(
        self,
        person_id: int,
        household_id: int,
        kind: Kind,
        address: str,
        name: str,
        by: Doer,
        now: datetime,
    ) -> Iterator[tuple[Session, Channel]]:
        with self._database.transaction() as session:
            there = _channels(session, person_id)
            if any(one.kind == kind and one.address == address for one in there):
                raise NoticeRefused(Trouble.ALREADY_THERE, "this way to be told is there already")
            if len(there) >= MAX_CHANNELS:
                raise NoticeRefused(
                    Trouble.TOO_MANY,
                    f"there are {MAX_CHANNELS} ways to be told already; remove one first",
                )
            channel = Channel(
                person_id=person_id,
                kind=kind.value,
                name=_name(name),
                address=address,
                created_at=now,
                fault="",
                code_tries=0,
            )
            session.add(channel)
            session.flush()
            record(
                session, by, What.ADD_CHANNEL, household_id=household_id, now=now,
                kind=channel.kind, name=channel.name,
            )  # fmt: skip
            yield session, channel


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > MAX_NAME:
        raise NoticeRefused(Trouble.BAD_NAME, f"a name has 1 to {MAX_NAME} characters")
    return name


def _channels(session: Session, person_id: int) -> list[Channel]:
    found = select(Channel).where(Channel.person_id == person_id).order_by(Channel.id)
    return list(session.scalars(found))


def _get(session: Session, person_id: int, channel_id: int) -> Channel:
    """Return a channel of the person's own; another person's is not there."""
    channel = session.scalar(
        select(Channel).where(Channel.id == channel_id, Channel.person_id == person_id)
    )
    if channel is None:
        raise NoticeRefused(Trouble.NOT_FOUND, f"there is no way to be told with id {channel_id}")
    return channel


def _send_code(session: Session, channel: Channel, household_id: int, now: datetime) -> None:
    channel.code = f"{secrets.randbelow(1_000_000):06d}"
    channel.code_until = now + CODE_HOLDS
    channel.code_tries = 0
    _ask_for(session, channel, household_id, Topic.CODE, now)


def _ask_for(
    session: Session, channel: Channel, household_id: int, topic: Topic, now: datetime
) -> None:
    """Put a message in the queue that goes to one channel, whatever its owner has chosen."""
    member = select(Membership.id).where(
        Membership.person_id == channel.person_id, Membership.household_id == household_id
    )
    if session.scalar(member) is None:
        raise NoticeRefused(Trouble.NOT_FOUND, "there is no such household")
    # Counted in the news, which stays when the channel is removed and added again.
    mine = f"{household_id}:asked:{channel.person_id}:"
    asked = session.scalar(
        select(func.count())
        .select_from(News)
        .where(
            News.household_id == household_id,
            News.at > now - timedelta(hours=1),
            News.key.startswith(mine),
        )
    )
    if (asked or 0) >= MAX_ASKED_FOR:
        raise NoticeRefused(
            Trouble.TOO_OFTEN, f"{MAX_ASKED_FOR} messages in an hour were asked for; wait an hour"
        )
    news = News(
        household_id=household_id,
        topic=topic.value,
        key=f"{mine}{secrets.token_hex(8)}",
        at=now,
        detail={},
        handed_out_at=now,
    )
    session.add(news)
    session.flush()
    session.add(Delivery(news_id=news.id, channel_id=channel.id, due_at=now, tries=0, result=""))


def _way(session: Session, channel: Channel) -> Way:
    last = session.scalar(
        select(Delivery)
        .where(Delivery.channel_id == channel.id)
        .order_by(Delivery.id.desc())
        .limit(1)
    )
    kind = Kind(channel.kind)
    return Way(
        id=channel.id,
        kind=kind,
        name=channel.name,
        address=_shown(kind, channel.address),
        confirmed=channel.confirmed_at is not None,
        failure=Failure.read(channel.fault),
        failed_at=channel.failed_at,
        told_at=last.due_at if last else None,
        result=Result(last.result) if last and last.result else None,
    )


def _shown(kind: Kind, address: str) -> str:
    if kind is Kind.MAIL:
        return address
    if kind is Kind.PUSH:
        return ""
    return shown(address)
