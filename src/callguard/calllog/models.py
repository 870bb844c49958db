"""The log of calls."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ..database.base import Base, UTCDateTime


class CallRecord(Base):
    """One call to a household: what was decided and how it ended."""

    __tablename__ = "calls"
    __table_args__ = (
        # The last three are for figures: the index alone tells them.
        Index("ix_calls_household_at", "household_id", "at", "id", "action", "outcome", "reason"),
        Index("ix_calls_household_action", "household_id", "action", "at", "id"),
        Index("ix_calls_household_reason", "household_id", "reason", "at", "id"),
        Index("ix_calls_household_number", "household_id", "number", "at"),
        Index(
            "ix_calls_open",
            "at",
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
    )

    # SQLite counts by itself only in a column of the type INTEGER.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    call_id: Mapped[str] = mapped_column(String(16), unique=True)
    """The call's name in Asterisk and in the log: 16 hexadecimal digits."""
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When the verdict was given."""
    action: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(20))
    defence: Mapped[str] = mapped_column(String(10))
    """``daemon``, ``fallback`` or ``alone``."""
    origin: Mapped[str] = mapped_column(String(12))
    number: Mapped[int | None] = mapped_column(BigInteger)
    """E.164 digits that the caller showed; never a withheld number that the network disclosed."""
    hidden: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    """Keyed hash of a withheld number that the network disclosed: for list matching only."""
    caller: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The caller as in a verdict's JSON."""
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    outcome: Mapped[str | None] = mapped_column(String(16))
    """A word of ``outcome.py``; None while the call lasts."""
    seconds: Mapped[int | None]
    """How long caller and subscriber talked."""


last_digits: ColumnElement[int] = CallRecord.number.op("%", return_type=Integer())(text("1000"))
"""What a search for the end of a number asks first; written out, for an index is of this text.

SQLite only has that index (revision 0007), since there one household has all the calls; at an
exchange each has few. SQLAlchemy cannot compare an index of an expression with the model.
"""
