"""A database for each test its own, a household, and how the screener sees it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from callguard.database import Database
from callguard.households.consent import Consents
from callguard.households.expectations import Expectations
from callguard.households.lists import Lists
from callguard.households.models import PolicyDocument
from callguard.households.policy_file import PolicyFile
from callguard.households.reader import PolicyReader
from callguard.households.registry import Registry
from callguard.households.settings import HouseholdSettings
from callguard.screening import Policy
from callguard.trail import Doer, What
from callguard.trail.models import Deed

LINE = "0422-99-0000"
NUMBER = 81422990000
DOCTOR = 81422990001
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
DAUGHTER = Doer("娘", address="192.0.2.1")


class CopyingReader(PolicyReader):
    """Reads from a node's copy of PostgreSQL's policies, brought in step at each question."""

    def __init__(self, path: Path, database: Database) -> None:
        super().__init__(path)
        self._database = database
        self._file = PolicyFile(path)

    def policy(self, line: int | None) -> Policy:
        with self._database.reading() as session:
            found = session.scalars(select(PolicyDocument)).all()
            self._file.replace((one.line, 0, one.document) for one in found)
        self.close()  # it would look for changes once a millisecond only
        return super().policy(line)

    def end(self) -> None:
        self.close()
        self._file.close()


@dataclass
class Household:
    """One household that has agreed to everything, and all that can be done with it."""

    database: Database
    reader: PolicyReader
    id: int

    def __post_init__(self) -> None:
        self.registry = Registry(self.database)
        self.lists = Lists(self.database)
        self.consents = Consents(self.database)
        self.settings = HouseholdSettings(self.database)
        self.expectations = Expectations(self.database)

    def policy(self) -> Policy:
        """The policy, which the screener and the family see alike."""
        policy = self.reader.policy(NUMBER)
        assert self.settings.policy(self.id, now=NOW) == policy
        return policy

    def deeds(self) -> list[tuple[str, str, dict[str, object]]]:
        """The household's trail since it was signed up: who, what, and the detail."""
        return deeds(self.database, self.id)[2:]


def deeds(
    database: Database, household: int | None = None
) -> list[tuple[str, str, dict[str, object]]]:
    """The trail, of one household or of all: who, what, and the detail."""
    with database.reading() as session:
        found = session.scalars(select(Deed).order_by(Deed.id)).all()
        return [
            (deed.who, What(deed.what).value, deed.detail)
            for deed in found
            if household in {None, deed.household_id}
        ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The SQLite file: the database itself, or the copy of PostgreSQL's policies."""
    return tmp_path / "households.db"


@pytest.fixture
def registry(database: Database) -> Registry:
    """The households, none yet."""
    return Registry(database)


@pytest.fixture
def home(database: Database, reader: PolicyReader) -> Household:
    """A household that has agreed to everything."""
    added = Registry(database).add(LINE, "home", consent_by="subscriber", by=DAUGHTER, now=NOW)
    return Household(database, reader, added.id)


@pytest.fixture
def other(database: Database, reader: PolicyReader) -> Household:
    """Another household."""
    added = Registry(database).add(
        "0422-99-0005", "another", consent_by="subscriber", by=DAUGHTER, now=NOW
    )
    return Household(database, reader, added.id)


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
