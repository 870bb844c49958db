"""A households database on disk, for each test its own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callguard.database import Database
from callguard.households.reader import PolicyReader
from callguard.households.registry import Registry

LINE = "0422-99-0000"
NUMBER = 81422990000
DOCTOR = 81422990001
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "households.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    """The database, its tables made."""
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def registry(database: Database) -> Registry:
    """The households, none yet."""
    return Registry(database)


@pytest.fixture
def home(registry: Registry) -> Registry:
    """The households, one signed up that has agreed to screening."""
    registry.add(LINE, "home", consent_by="subscriber", now=NOW)
    return registry


@pytest.fixture
def reader(database: Database, path: Path) -> Iterator[PolicyReader]:
    """The screener's view of the database."""
    reader = PolicyReader(path)
    yield reader
    reader.close()
