"""``/healthz`` and ``/readyz``."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp.test_utils import TestClient, TestServer

import callguard
from callguard.portal import Health, application

GOOD = Health(ok=True, detail="a question is answered")
BAD = Health(ok=False, detail="nothing answers at 127.0.0.1:4573")
FEED_AWAY = Health(ok=False, detail="the feed cannot be reached", needed=False)


def says(health: Health) -> Callable[[], Awaitable[Health]]:
    async def check() -> Health:
        return health

    return check


@asynccontextmanager
async def portal(**parts: Health) -> AsyncIterator["TestClient"]:  # type: ignore[type-arg]
    server = TestServer(application({name: says(part) for name, part in parts.items()}))
    async with TestClient(server) as client:
        yield client


async def test_a_node_that_runs_is_alive() -> None:
    async with portal(screening=BAD) as client, client.get("/healthz") as response:
        assert response.status == 200
        assert await response.json() == {"status": "alive", "version": callguard.__version__}


async def test_a_node_whose_parts_are_well_is_ready() -> None:
    feed = Health(ok=True, detail="connected", needed=False, values={"lists": {"tokyo": 12}})
    async with portal(screening=GOOD, feed=feed) as client, client.get("/readyz") as response:
        assert response.status == 200
        assert await response.json() == {
            "status": "ready",
            "parts": {
                "screening": {"ok": True, "detail": "a question is answered"},
                "feed": {"ok": True, "detail": "connected", "lists": {"tokyo": 12}},
            },
        }


async def test_a_node_that_does_not_screen_is_not_ready() -> None:
    async with portal(screening=BAD, feed=FEED_AWAY) as client, client.get("/readyz") as response:
        assert response.status == 503
        assert await response.json() == {
            "status": "not ready",
            "parts": {
                "screening": {"ok": False, "detail": "nothing answers at 127.0.0.1:4573"},
                "feed": {"ok": False, "detail": "the feed cannot be reached"},
            },
        }


async def test_a_node_that_screens_without_the_feed_is_ready_and_says_so() -> None:
    async with portal(screening=GOOD, feed=FEED_AWAY) as client, client.get("/readyz") as response:
        assert response.status == 200
        content = await response.json()
        assert content["status"] == "ready"
        assert content["parts"]["feed"]["ok"] is False


async def test_the_parts_are_asked_each_time() -> None:
    answers = iter([BAD, GOOD])

    async def check() -> Health:
        return next(answers)

    async with TestClient(TestServer(application({"screening": check}))) as client:
        for status in (503, 200):
            async with client.get("/readyz") as response:
                assert response.status == status


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_is_read_only(path: str, method: str) -> None:
    async with portal(screening=GOOD) as client, client.request(method, path) as response:
        assert response.status == 405


async def test_there_is_nothing_else() -> None:
    async with portal(screening=GOOD) as client, client.get("/screen") as response:
        assert response.status == 404
