"""What an engineer on call is told of a node."""

import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from callguard.asterisk.answering import Answering
from callguard.asterisk.server import serve
from callguard.feed.state import FeedState
from callguard.figures.standing import Standing
from callguard.node import report as node_report
from callguard.node.doctor import Finding, State
from callguard.node.report import CHECKS, report, status
from callguard.portal import metrics
from callguard.portal.metrics import FeedCollector
from callguard.settings import Settings

from ..feed.police import NOW
from ..portal.node_figures import STANDING, node_collector
from ..portal.test_metrics import state

FINE = replace(STANDING, defences=STANDING.defences.__class__(daemon=9), reports_waiting=0)
RUNBOOK = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text("utf-8")


@pytest.fixture
def settings(
    tmp_path: Path, sqlite_template: Path, free_ports: Callable[[int], list[int]]
) -> Settings:
    """A node with a database and nothing running."""
    settings = Settings(data=tmp_path, agi_port=free_ports(1)[0])
    shutil.copy(sqlite_template, settings.database_file)
    return settings


@asynccontextmanager
async def worker(settings: Settings) -> AsyncIterator[None]:
    """Somebody answers FastAGI."""
    answering = Answering.open(settings)
    server = await serve(answering, settings.agi_host, settings.agi_port)
    try:
        yield
    finally:
        server.close()
        answering.policies.close()


@asynccontextmanager
async def services(
    settings: Settings, standing: Standing, feed: FeedState | None
) -> AsyncIterator[None]:
    """The services give these figures."""
    feed = feed or FeedState(connected=True)
    app = web.Application()
    app.add_routes(metrics.routes(FeedCollector(feed, lambda: NOW), node_collector(standing)))
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.UnixSite(runner, str(settings.services_socket)).start()
        yield
    finally:
        await runner.cleanup()


async def told(
    settings: Settings, standing: Standing, feed: FeedState | None = None
) -> dict[str, Finding]:
    """What is said of a node whose worker answers and whose services give these figures."""
    async with worker(settings), services(settings, standing, feed):
        return {finding.part: finding for finding in await report(settings)}


async def test_a_node_that_is_well(settings: Settings) -> None:
    found = await told(settings, FINE)
    assert found["defence"].detail == "daemon 9, fallback 0, alone 0"
    assert found["decisions"].detail == "1.8 ms at the mean, 99 of 100 within 5 ms"
    assert found["Asterisk"].detail == "5 calls, 3 of them screened; up for 1.0 h"
    # The sample of figures has one question without a verdict.
    assert [part for part, one in found.items() if one.state is not State.GOOD] == ["verdicts"]
    assert status(list(found.values())) == 3


@pytest.mark.parametrize(
    ("changes", "part", "expected"),
    [
        ({"policies_in_step": False}, "policies", 1),
        ({"asterisk_connected": False}, "Asterisk", 3),
        ({"journal_stuck": True}, "journal", 3),
        ({"news_silent": True}, "news", 3),
        ({"news_oldest_seconds": 700.0}, "news", 3),
        ({"disk_free": 10}, "disk", 3),
        ({"defences": STANDING.defences}, "defence", 3),
        ({"reports_waiting": 4}, "reports", 3),
    ],
    ids=lambda one: next(iter(one)) if isinstance(one, dict) else str(one),
)
async def test_what_is_wrong_is_named_with_its_page(
    settings: Settings,
    changes: dict[str, object],
    part: str,
    expected: int,
) -> None:
    found = await told(settings, replace(FINE, **changes))  # type: ignore[arg-type]
    assert found[part].state is not State.GOOD
    assert f"### {found[part].mend.rpartition(' ')[2]}\n" in RUNBOOK
    assert status(list(found.values())) == expected


async def test_a_source_that_stands_still(settings: Settings) -> None:
    found = await told(settings, FINE, state())
    assert found["feed osaka"].state is State.BAD
    assert found["feed tokyo"].state is State.NOTE


async def test_a_node_that_does_not_run(settings: Settings) -> None:
    findings = await report(settings)
    assert [(one.part, one.state) for one in findings] == [
        ("node", State.BAD),
        ("screening", State.BAD),
    ]
    assert status(findings) == 1


async def test_a_node_whose_services_alone_are_away(settings: Settings) -> None:
    async with worker(settings):
        findings = await report(settings)
    assert [one.state for one in findings] == [State.BAD, State.GOOD]
    assert status(findings) == 1


async def test_a_node_whose_worker_gives_no_verdict(settings: Settings) -> None:
    settings.database_file.unlink()
    async with worker(settings), services(settings, FINE, None):
        findings = await report(settings)
    assert findings[0].detail.endswith("closed without a verdict")
    assert status(findings) == 1


def test_every_page_that_may_be_named_is_there() -> None:
    assert CHECKS
    text = Path(node_report.__file__).read_text(encoding="utf-8")
    for alert in re.findall(r'_see\("(\w+)"\)', text):
        assert f"### Callguard{alert}\n" in RUNBOOK
