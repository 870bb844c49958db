"""A real browser before the real site: Chromium, phone-sized and desktop, one for each file."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser as Chromium
from playwright.async_api import async_playwright

from callguard.database import Database
from callguard.settings import Settings

from ..portal.example import furnish
from ..portal.site import running_site, seed
from .chromium import Browsing, start
from .month import a_month_of_calls


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium() -> AsyncIterator[Chromium]:
    """The browser."""
    async with async_playwright() as driver, start(driver) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browsing(
    chromium: Chromium, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Browsing]:
    """The browser before a site whose household has had a month of calls."""
    folder = tmp_path_factory.mktemp("site")
    database = Database(f"sqlite:///{folder / 'households.db'}")
    try:
        seed(database)
        async with running_site(database, Settings(data=folder), host="localhost") as site:
            parts = furnish(site)
            a_month_of_calls(site)
            yield Browsing(chromium, site, parts)
    finally:
        database.close()
