"""The node's state, as its services tell it over their socket."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from callguard.people.rights import Role
from callguard.portal import Health, application
from callguard.portal.operator.node_state import ask

from ..site import OPERATOR, Site

pytestmark = pytest.mark.database("sqlite")

SOURCE: dict[str, Any] = {
    "state": "stale",
    "sequence": 42,
    "numbers": 12_345,
    "held": 7,
    "heard_at": "2026-11-27T02:55:00.000Z",
    "fault": "",
}


@pytest.fixture
async def services(site: Site) -> AsyncIterator[dict[str, Health]]:
    """The services' side of the socket; what it says can be changed."""
    says = {
        "screening": Health(ok=True, detail="a question is answered"),
        "feed": Health(ok=False, detail="silent: tokyo", needed=False),
    }

    async def screening() -> Health:
        return says["screening"]

    async def feed() -> Health:
        return says["feed"]

    site.settings.data.mkdir(parents=True, exist_ok=True)
    runner = web.AppRunner(application({"screening": screening, "feed": feed}))
    await runner.setup()
    await web.UnixSite(runner, str(site.settings.services_socket)).start()
    yield says
    await runner.cleanup()


async def test_parts_and_sources_are_shown(site: Site, services: dict[str, Health]) -> None:
    sources = {"tokyo": SOURCE, "osaka": {**SOURCE, "state": "waiting", "heard_at": None}}
    services["feed"] = Health(
        ok=False, detail="silent: tokyo", needed=False, values={"sources": sources}
    )
    page = await site.visitor(OPERATOR).get("/operator/node")
    assert page.status == 200
    assert "見守りは働いています" in page.words
    assert "feed 異常 silent: tokyo" in page.words
    assert "tokyo 届いていない 番号の数 12,345 承認を待つ番号 7 最後の配信 42" in page.words
    assert "osaka 待っている" in page.words
    assert "まだ届いていません" in page.words


async def test_a_node_that_does_not_screen_says_so(site: Site, services: dict[str, Health]) -> None:
    services["screening"] = Health(ok=False, detail="nobody answers <b>")
    page = await site.visitor(OPERATOR).get("/operator/node")
    assert "見守りが働いていません" in page.words
    assert "nobody answers &lt;b&gt;" in page.text


async def test_services_that_do_not_answer_are_told(site: Site) -> None:
    assert await ask(site.settings.services_socket) is None
    page = await site.visitor(OPERATOR).get("/operator/node")
    assert page.status == 200
    assert "装置の中の仕組みが答えません" in page.words


async def test_the_node_is_nothing_for_a_household(site: Site) -> None:
    assert (await site.visitor(Role.MANAGER).get("/operator/node")).status == 404
