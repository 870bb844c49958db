"""The one database of the families, their calls and their news: SQLite or PostgreSQL."""

__all__ = [
    "Base",
    "Database",
    "DatabaseError",
    "NewerDatabaseError",
    "ReadOnlyDatabaseError",
    "UTCDateTime",
    "look_at_postgresql",
]

from .base import Base, UTCDateTime
from .connection import (
    Database,
    DatabaseError,
    NewerDatabaseError,
    ReadOnlyDatabaseError,
    look_at_postgresql,
)
