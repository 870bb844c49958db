"""The node's own pages, which the services answer."""

import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from callguard.portal import Health, application
from callguard.portal.address import address_of
from callguard.portal.edge import dress
from callguard.portal.relay import relay
from callguard.portal.reports import MAX_BODY
from callguard.settings import Settings

PROXY = {"X-Forwarded-For": "198.51.100.7"}


async def _good() -> Health:
    return Health(ok=True, detail="fine")


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Path]:
    """A socket at which the services answer."""

    async def take(request: web.Request) -> web.Response:
        shown = request.headers.get("Authorization", "")
        return web.json_response({"shown": shown, "body": await request.text()}, status=202)

    path = tmp_path / "services.sock"
    app = application({"screening": _good}, [web.post("/api/v1/reports", take)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.UnixSite(runner, str(path)).start()
    yield path
    await runner.cleanup()


async def ask(
    path: str, services: Path, *, method: str = "GET", proxy: str = "", **given: object
) -> tuple[int, object]:
    app = web.Application(middlewares=[dress])
    relay(app, services, partial(address_of, Settings(trusted_proxy=proxy)))
    async with (
        TestServer(app) as server,
        aiohttp.ClientSession() as session,
        session.request(method, server.make_url(path), **given) as answer,  # type: ignore[arg-type]
    ):
        text = await answer.text()
        return answer.status, json.loads(text) if text.startswith("{") else text


async def test_readiness_is_what_the_services_say(services: Path) -> None:
    status, said = await ask("/readyz", services)
    assert (status, said) == (
        200,
        {"status": "ready", "parts": {"screening": {"ok": True, "detail": "fine"}}},
    )


async def test_a_node_without_services_is_alive_and_not_ready(tmp_path: Path) -> None:
    nobody = tmp_path / "nobody.sock"
    assert (await ask("/healthz", nobody))[0] == 200
    status, said = await ask("/readyz", nobody)
    assert status == 503
    assert said == {
        "status": "not ready",
        "parts": {"services": {"ok": False, "detail": "the services do not answer"}},
    }
    assert (await ask("/metrics", nobody))[0] == 503


async def test_a_report_is_handed_on_with_its_token(services: Path) -> None:
    status, said = await ask(
        "/api/v1/reports",
        services,
        method="POST",
        data=b"{}",
        headers={"Authorization": "Bearer token", "Cookie": "callguard=secret"},
    )
    assert (status, said) == (202, {"shown": "Bearer token", "body": "{}"})


async def test_a_report_that_is_too_large_is_not_read(services: Path) -> None:
    body = b"x" * (MAX_BODY + 1)
    status, _ = await ask("/api/v1/reports", services, method="POST", data=body)
    assert status == 413


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
async def test_the_world_behind_a_proxy_finds_no_figures(services: Path, path: str) -> None:
    assert (await ask(path, services, headers=PROXY))[0] == 404
    assert (await ask(path, services, proxy="127.0.0.1", headers=PROXY))[0] == 404
    assert (await ask("/healthz", services, headers=PROXY))[0] == 200


async def test_a_private_network_behind_the_trusted_proxy_sees_them(services: Path) -> None:
    headers = {"X-Forwarded-For": "198.51.100.7, 192.168.1.5"}
    assert (await ask("/readyz", services, proxy="127.0.0.1", headers=headers))[0] == 200
