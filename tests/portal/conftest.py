"""What the tests of the pages may use."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callguard.database import Database
from callguard.settings import Settings

from ..sqlite import Filling
from .site import Site, running_site, seed


@pytest.fixture(scope="session")
def filling() -> Filling:
    """Two households with people."""
    return seed


@pytest.fixture
async def site(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    """The site of the test's own, on SQLite and on PostgreSQL."""
    async with running_site(database, Settings(data=tmp_path / "data")) as running:
        yield running
