"""What is known of recordings: their calls and their keys. What was said is not in here."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..database.base import Base, UTCDateTime


class HouseholdKey(Base):
    """A household's key, wrapped under a node's; without it none of its recordings can be heard."""

    __tablename__ = "recording_keys"
    __table_args__ = (UniqueConstraint("household_id", "wrapped_by"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"))
    wrapped_by: Mapped[str] = mapped_column(String(16))
    """The name of the node's key."""
    key: Mapped[bytes] = mapped_column(LargeBinary(60))
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)


class RecordingRow(Base):
    """One recording. It goes with its call, with its household, and with the household's key."""

    __tablename__ = "recordings"
    __table_args__ = (Index("ix_recordings_household_at", "household_id", "at"),)

    call_id: Mapped[str] = mapped_column(
        String(16), ForeignKey("calls.call_id", ondelete="CASCADE"), primary_key=True
    )
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(8))
    """``call`` or ``message``."""
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When the call came."""
    seconds: Mapped[int]
    flaw: Mapped[str] = mapped_column(String(12))
    """Why it is not whole; empty: it is."""
    node: Mapped[str] = mapped_column(String(64))
    """The host that took the call, and on which the recording lies."""
    key_id: Mapped[int] = mapped_column(ForeignKey("recording_keys.id", ondelete="CASCADE"))
    key: Mapped[bytes] = mapped_column(LargeBinary(60))
    """The recording's own, wrapped under the household's."""
    heard_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When somebody of the family first listened to it."""
