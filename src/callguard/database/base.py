"""What every table stands on. Each room keeps its tables in a ``models.py`` of its own."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime as SQLDateTime
from sqlalchemy import TypeDecorator
from sqlalchemy.orm import DeclarativeBase


class UTCDateTime(TypeDecorator[datetime]):
    """An aware time, kept in UTC; SQLite itself forgets the zone."""

    impl = SQLDateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Convert to UTC on the way in."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Say on the way out that it is UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base of all tables."""
