"""A households database on disk, for each test its own."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from callguard.database import Database
from callguard.households.models import PolicyDocument
from callguard.households.reader import PolicyReader
from callguard.households.registry import Registry
from callguard.screening import Policy

LINE = "0422-99-0000"
NUMBER = 81422990000
DOCTOR = 81422990001
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "households.db"


@pytest.fixture
def registry(database: Database) -> Registry:
    """The households, none yet."""
    return Registry(database)


@pytest.fixture
def home(registry: Registry) -> Registry:
    """The households, one signed up that has agreed to screening."""
    registry.add(LINE, "home", consent_by="subscriber", now=NOW)
    return registry


class CopyingReader(PolicyReader):
    """Reads from a copy of PostgreSQL's policies, made again at each question."""

    def __init__(self, path: Path, database: Database) -> None:
        super().__init__(path)
        self._database = database
        self._copy = Database(f"sqlite:///{path}")

    def policy(self, line: int | None) -> Policy:
        with self._database.reading() as session:
            found = session.scalars(select(PolicyDocument)).all()
            documents = [(one.line, one.document) for one in found]
        with self._copy.transaction() as session:
            session.execute(delete(PolicyDocument))
            for number, document in documents:
                session.add(PolicyDocument(line=number, document=document))
        self.close()
        return super().policy(line)

    def end(self) -> None:
        self.close()
        self._copy.close()


@pytest.fixture
def reader(database: Database, path: Path) -> Iterator[PolicyReader]:
    """The screener's view of the database."""
    if database.engine.dialect.name == "sqlite":
        reader = PolicyReader(path)
        yield reader
        reader.close()
    else:
        copying = CopyingReader(path, database)
        yield copying
        copying.end()
