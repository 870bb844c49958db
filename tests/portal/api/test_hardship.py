"""The API in hardship: too much is asked, the database is away, something fails within."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from callguard.database import Database, DatabaseError
from callguard.portal.family_site import family_site
from callguard.portal.limits import Rate
from callguard.settings import Settings

from ..site import LOOK, UNBOUNDED, Clock

pytestmark = pytest.mark.database("sqlite")

SLOW = Rate(burst=3, per_second=0.001)
Client = TestClient[Any, Any]


@asynccontextmanager
async def client(
    folder: Path, open_database: Callable[[], Database], by_session: Rate = UNBOUNDED
) -> AsyncIterator[Client]:
    """Run the site, with a limit for sessions and tokens."""
    app = family_site(
        Settings(data=folder),
        open_database,
        Clock(),
        look=LOOK,
        by_address=UNBOUNDED,
        by_session=by_session,
    )
    async with TestClient(TestServer(app)) as running:
        yield running


async def test_a_token_that_asks_too_much_has_to_wait_and_others_do_not(
    database: Database, tmp_path: Path
) -> None:
    async with client(tmp_path, lambda: database, SLOW) as running:
        greedy = {"Authorization": "Bearer cg_" + "A" * 43}
        for _ in range(3):
            assert (await running.get("/api/v1/me", headers=greedy)).status == 401
        answer = await running.get("/api/v1/me", headers=greedy)
        content = await answer.json(content_type="application/problem+json")
        assert (answer.status, content["type"]) == (429, "/api/v1/problems/too-many")
        assert int(answer.headers["Retry-After"]) > 0
        modest = {"Authorization": "Bearer cg_" + "B" * 43}
        assert (await running.get("/api/v1/me", headers=modest)).status == 401


async def test_a_database_that_is_away_is_told(tmp_path: Path) -> None:
    def away() -> Database:
        raise DatabaseError("the households database cannot be used: secret.invalid is away")

    async with client(tmp_path, away) as running:
        answer = await running.get("/api/v1/me")
        content = await answer.json(content_type="application/problem+json")
        assert (answer.status, content["type"]) == (503, "/api/v1/problems/unavailable")
        assert answer.headers["Retry-After"]
        assert "secret" not in str(content)


async def test_a_fault_of_ours_tells_nothing_of_the_inside(tmp_path: Path) -> None:
    def broken() -> Database:
        raise RuntimeError("secret")

    async with client(tmp_path, broken) as running:
        answer = await running.get("/api/v1/me")
        content = await answer.json(content_type="application/problem+json")
        assert (answer.status, content["type"]) == (500, "/api/v1/problems/internal")
        assert "secret" not in str(content)
