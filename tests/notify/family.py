"""Two households of the tests, and what happens to them."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from callguard.calllog.models import CallRecord
from callguard.database import Database
from callguard.notify import news
from callguard.notify.models import Channel, Delivery, News
from callguard.notify.queue import Claimed, Queue
from callguard.notify.topics import Topic
from callguard.people.models import Person
from callguard.trail import Doer

from ..portal.site import NOON

BY = Doer("中村 manager", None, "127.0.0.1")
LISTED = 8105099990110


@dataclass
class Family:
    """A household, another one, and the people of both; ``stranger`` belongs to the other."""

    database: Database
    household: int
    other: int
    people: dict[str, int]
    now: datetime = NOON
    _names: list[str] = field(default_factory=list)

    def channel(
        self, who: str, kind: str = "mail", address: str = "", *, confirmed: bool = True
    ) -> int:
        """Give somebody a way to be reached; return its id."""
        with self.database.transaction() as session:
            channel = Channel(
                person_id=self.people[who],
                kind=kind,
                name=kind,
                address=address or f"{who}@example.jp",
                created_at=self.now,
                confirmed_at=self.now if confirmed else None,
                fault="",
                code_tries=0,
            )
            session.add(channel)
            session.flush()
            return channel.id

    def tell(self, topic: Topic = Topic.PROTECTION_OFF, **detail: Any) -> None:
        """Let something happen."""
        with self.database.transaction() as session:
            assert news.tell(
                session,
                self.household,
                topic,
                key=secrets.token_hex(4),
                detail=detail or {"revoked": "screening", "by": "中村 花子"},
                now=self.now,
            )

    def call(self, **values: Any) -> CallRecord:
        """Log a call to the household; return its record."""
        call = CallRecord(
            **{
                "call_id": secrets.token_hex(8),
                "household_id": self.household,
                "at": self.now,
                "action": "reject",
                "reason": "fraud-list",
                "defence": "daemon",
                "origin": "domestic",
                "number": LISTED,
                "caller": {"origin": "domestic", "number": f"+{LISTED}"},
                "evidence": {"category": "fake-police"},
            }
            | values
        )
        with self.database.transaction() as session:
            session.add(call)
            session.flush()
            session.expunge(call)
        return call

    def person(self, who: str, **values: Any) -> None:
        """Change something about somebody."""
        with self.database.transaction() as session:
            person = session.get_one(Person, self.people[who])
            for name, value in values.items():
                setattr(person, name, value)

    def news(self) -> list[News]:
        with self.database.reading() as session:
            found = list(session.scalars(select(News).order_by(News.id)))
            session.expunge_all()
            return found

    def deliveries(self) -> list[Delivery]:
        with self.database.reading() as session:
            found = list(session.scalars(select(Delivery).order_by(Delivery.id)))
            session.expunge_all()
            return found

    def told(self) -> list[str]:
        """Who is told, by address."""
        with self.database.reading() as session:
            return sorted(
                session.scalars(
                    select(Channel.address).join(Delivery, Delivery.channel_id == Channel.id)
                )
            )

    def claim(self, queue: Queue) -> Claimed:
        """Claim the one delivery that is due."""
        (claimed,) = queue.claim(10, now=self.now)
        return claimed

    def later(self, **length: float) -> datetime:
        """Let time pass; return what time it is then."""
        self.now += timedelta(**length)
        return self.now
