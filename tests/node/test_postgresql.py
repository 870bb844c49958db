"""Nodes of an exchange, their families in PostgreSQL: asked over FastAGI, cut off from it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ..postgres import Postgres
from .test_run import WITHOUT_FEED, Home, running

DAUGHTER = {"number": "0422990001"}


@pytest.fixture
def server() -> Iterator[Postgres]:
    """A server that the test may stop."""
    server = Postgres()
    yield server
    server.remove()


async def test_a_change_reaches_the_next_call_on_every_node_and_outlasts_the_database(
    server: Postgres, tmp_path: Path, free_ports: Callable[[int], list[int]]
) -> None:
    with server.database(None) as url:
        homes = []
        for name in ("first", "second"):
            (tmp_path / name).mkdir()
            home = Home(tmp_path / name, free_ports(2))
            home.settings |= {"CALLGUARD_DATABASE_URL": url, **WITHOUT_FEED}
            homes.append(home)
        # Both begin with a database without tables, at the same moment.
        async with running(homes[0]) as first, running(homes[1]) as second:
            for node in (first, second):
                await node.comes_to_log("policies are in step")
            home = homes[0]
            home.callguard("household", "add", "--line", "0422-99-0000", "--name", "x", "--consent")
            for node in (first, second):
                await node.comes_to_say("warn unlisted", **DAUGHTER)
            home.callguard("allow", "--line", "0422-99-0000", "0422-99-0001")
            for node in (first, second):
                await node.comes_to_say("connect household-allow", **DAUGHTER)
            server.stop()
            for node in (first, second):
                await node.comes_to_be(200, policies=False)
                assert await node.asks(**DAUGHTER) == "connect household-allow"
        # A node that starts without the database screens as it did.
        async with running(homes[1]) as again:
            assert await again.asks(**DAUGHTER) == "connect household-allow"
            assert homes[1].command("household", "list").returncode == 1
            server.start()
            home.callguard("unlist", "--line", "0422-99-0000", "0422-99-0001")
            await again.comes_to_say("warn unlisted", **DAUGHTER)
