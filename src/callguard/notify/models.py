"""Ways to reach people, and the queue of what they are told."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..database.base import Base, UTCDateTime


class Channel(Base):
    """One way to reach one person."""

    __tablename__ = "channels"
    __table_args__ = (Index("ix_channels_person", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(8))
    """``mail``, ``push`` (web push) or ``apprise`` (any other service)."""
    name: Mapped[str] = mapped_column(String(100))
    address: Mapped[str] = mapped_column(Text)
    """Mail address, web-push subscription as JSON, or apprise URL: may hold secrets."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When it was shown to be the person's own; before that it gets the confirmation only."""
    failed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    fault: Mapped[str] = mapped_column(String(200), default="")
    """What went wrong last: a word of :class:`~.faults.Fault` and a status; empty: nothing."""
    code: Mapped[str | None] = mapped_column(String(8))
    """What was mailed to the address, to be typed in the portal; None once that is done."""
    code_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    code_tries: Mapped[int] = mapped_column(default=0)
    """Wrong codes typed."""


class Choice(Base):
    """Whether one person wants to hear of one topic in one household by one channel."""

    __tablename__ = "choices"
    __table_args__ = (UniqueConstraint("person_id", "household_id", "topic", "channel_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"))
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    topic: Mapped[str] = mapped_column(String(24))
    wanted: Mapped[bool]


class News(Base):
    """Something that happened in a household and that somebody may be told."""

    __tablename__ = "news"
    __table_args__ = (
        Index("ix_news_household", "household_id", "at"),
        Index("ix_news_handed_out", "handed_out_at", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"))
    topic: Mapped[str] = mapped_column(String(24))
    key: Mapped[str] = mapped_column(String(80), unique=True)
    """What makes it the same news: told again, it is not news."""
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    """What the message is made of; of a call its id only, so that erasing the call is enough."""
    handed_out_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When there was a delivery for everybody who wants to know."""


class Delivery(Base):
    """One message on its way to one channel."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("news_id", "channel_id"),
        Index("ix_deliveries_due", "done_at", "due_at"),
        Index("ix_deliveries_channel", "channel_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    news_id: Mapped[int] = mapped_column(ForeignKey("news.id", ondelete="CASCADE"))
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str | None] = mapped_column(String(40))
    claimed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    sending_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Set before the last step that cannot be undone: after a crash it is not sent again."""
    done_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    result: Mapped[str] = mapped_column(String(16), default="")
    """A word of :class:`~.queue.Result`; empty while it is on its way."""
