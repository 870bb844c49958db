"""What the tests of the news may use."""

import pytest

from callguard.database import Database

from ..portal.site import seed, seeded
from ..sqlite import Filling
from .family import Family


@pytest.fixture(scope="session")
def filling() -> Filling:
    """Two households with people."""
    return seed


@pytest.fixture
def family(database: Database) -> Family:
    """Two households with people, on SQLite and on PostgreSQL."""
    (household, other), people = seeded(database)
    return Family(database, household, other, people)
