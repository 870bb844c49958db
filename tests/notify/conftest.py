"""What the tests of the news may use."""

import pytest

from callguard.database import Database

from ..portal.site import seed
from .family import Family


@pytest.fixture
def family(database: Database) -> Family:
    """Two households with people, on SQLite and on PostgreSQL."""
    (household, other), people = seed(database)
    return Family(database, household, other, people)
