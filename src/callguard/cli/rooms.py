"""The household that a command is about, and the database that it is in."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ..database import Database
from ..households.registry import Home, Registry
from ..recordings.recordings import Recordings
from ..recordings.shelf import Shelf
from ..settings import Settings, load


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


def recordings_of(settings: Settings, database: Database) -> Recordings:
    """Return the recordings of the households in *database*."""
    return Recordings(database, Shelf(settings.recordings), settings.recordings_key)


def write_new(path: Path, content: bytes) -> None:
    """Write a file that its owner only can read; what is there is never overwritten.

    Raises:
        OSError: it is there, or cannot be written.

    """
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise OSError(f"{path} exists already; give another name with --out") from error
    with os.fdopen(file, "wb") as out:
        out.write(content)


def now() -> datetime:
    """Return the time of the command."""
    return datetime.now(UTC)
