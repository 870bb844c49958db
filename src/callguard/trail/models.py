"""The audit trail's table."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ..database.base import Base, UTCDateTime


class Deed(Base):
    """One line of the audit trail: who did what, when, from where. Only ever added."""

    __tablename__ = "deeds"
    __table_args__ = (
        Index("ix_deeds_household_at", "household_id", "id"),
        Index("ix_deeds_person", "person_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    household_id: Mapped[int | None] = mapped_column(
        ForeignKey("households.id", ondelete="CASCADE")
    )
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id", ondelete="SET NULL"))
    who: Mapped[str] = mapped_column(String(100))
    """The person's name then, or the command line."""
    address: Mapped[str] = mapped_column(String(45))
    what: Mapped[str] = mapped_column(String(40))
    """A word such as ``allow``; ``trail/deeds.py`` lists them."""
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
