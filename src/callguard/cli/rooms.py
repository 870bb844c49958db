"""The household that a command is about, and the database that it is in."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from ..database import Database
from ..households.registry import Home, Registry
from ..settings import load


@contextmanager
def opened() -> Iterator[Database]:
    """Yield the database of the settings."""
    database = Database(load().households)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def household_on(line: str) -> Iterator[tuple[Database, Home]]:
    """Yield the database, and the household on *line* (as typed).

    Raises:
        HouseholdError: the line is no number, or has no household.

    """
    with opened() as database:
        yield database, Registry(database).find(line)


def now() -> datetime:
    """Return the time of the command."""
    return datetime.now(UTC)
