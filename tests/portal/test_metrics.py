"""``/metrics``, and that its page documents each figure."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from pyroaring import BitMap64

import callguard
from callguard.blocklist.node_list import NodeList
from callguard.blocklist.source_list import SourceList
from callguard.feed.state import FeedState
from callguard.portal import application, metrics
from callguard.portal.metrics import FeedCollector, TaskCollector

from ..feed.police import NOW, Source, add, number
from .node_figures import node_collector

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")


def state() -> FeedState:
    """A feed of two sources: tokyo has listed three numbers, of which one is held; osaka none."""
    tokyo = Source()
    tokyo.signs(add(1, 2, 3))
    kept = NodeList(
        tokyo.list,
        held=BitMap64([number(3)]),
        held_since=1,
        heard_at=NOW,
        fresh_until=NOW + timedelta(minutes=5),
    )
    state = FeedState(connected=True)
    state.describe(kept, NOW, resyncing=False, fault="")
    state.describe(NodeList(SourceList("osaka")), NOW, resyncing=False, fault="batch 1 is forged")
    state.alarms["osaka"] += 2
    state.root_until = NOW + timedelta(days=20)
    state.keys_until = {"tokyo": NOW + timedelta(days=10)}
    state.sources["tokyo"] = replace(state.sources["tokyo"], protected=1)
    return state


@asynccontextmanager
async def portal(state: FeedState) -> AsyncIterator["TestClient"]:  # type: ignore[type-arg]
    collector = FeedCollector(state, lambda: NOW + timedelta(seconds=90), {"tokyo": 0.25})
    routes = metrics.routes(collector)
    async with TestClient(TestServer(application({}, routes))) as client:
        yield client


async def figures(state: FeedState) -> dict[str, float]:
    async with portal(state) as client, client.get("/metrics") as response:
        assert response.status == 200
        assert response.content_type == "text/plain"
        text = await response.text()
    return {
        line.rpartition(" ")[0]: float(line.rpartition(" ")[2])
        for line in text.splitlines()
        if not line.startswith("#")
    }


async def test_the_figures_are_those_of_the_feed() -> None:
    assert await figures(state()) == {
        f'callguard_info{{version="{callguard.__version__}"}}': 1,
        "callguard_feed_connected": 1,
        'callguard_feed_fresh{source="tokyo"}': 1,
        'callguard_feed_fresh{source="osaka"}': 0,
        'callguard_feed_faulty{source="tokyo"}': 0,
        'callguard_feed_faulty{source="osaka"}': 1,
        'callguard_feed_sequence{source="tokyo"}': 1,
        'callguard_feed_sequence{source="osaka"}': 0,
        'callguard_feed_numbers{source="tokyo"}': 3,
        'callguard_feed_numbers{source="osaka"}': 0,
        'callguard_feed_held{source="tokyo"}': 1,
        'callguard_feed_held{source="osaka"}': 0,
        'callguard_feed_protected{source="tokyo"}': 1,
        'callguard_feed_protected{source="osaka"}': 0,
        'callguard_feed_heard_seconds{source="tokyo"}': 90,
        'callguard_feed_lag_seconds{source="tokyo"}': 0.25,
        'callguard_feed_key_seconds{source="tokyo"}': 10 * 86400 - 90,
        "callguard_feed_root_seconds": 20 * 86400 - 90,
        'callguard_feed_alarms_total{source=""}': 0,
        'callguard_feed_alarms_total{source="osaka"}': 2,
        'callguard_feed_alarms_total{source="tokyo"}': 0,
    }


async def test_each_reading_is_of_the_state_as_it_is() -> None:
    feed = FeedState()
    assert (await figures(feed))["callguard_feed_connected"] == 0
    feed.connected = True
    assert (await figures(feed))["callguard_feed_connected"] == 1


async def test_prometheus_may_ask_for_its_other_form() -> None:
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    async with portal(state()) as client, client.get("/metrics", headers=accept) as response:
        assert response.content_type == "application/openmetrics-text"
        assert (await response.text()).endswith("# EOF\n")


async def test_prometheus_can_read_them() -> None:
    async with portal(state()) as client, client.get("/metrics") as response:
        families = list(text_string_to_metric_families(await response.text()))
    assert all(family.documentation for family in families)


def families() -> list[Metric]:
    """Every figure of a node of which everything can be said."""
    feed = FeedCollector(state(), lambda: NOW, {"tokyo": 0.25})
    return [*feed.collect(), *node_collector().collect(), *TaskCollector(lambda: 16).collect()]


def name_of(family: Metric) -> str:
    return family.name if family.type == "histogram" else family.samples[0].name


def labels_of(family: Metric) -> list[str]:
    return [] if family.type == "histogram" else list(family.samples[0].labels)


def test_the_page_documents_every_figure() -> None:
    table = re.search("<!-- metrics -->\n\n(.*?)\n\n<!-- /metrics -->", PAGE, re.DOTALL)
    assert table is not None
    documented = [
        tuple(cell.strip() for cell in line.strip("|").split("|"))
        for line in table.group(1).splitlines()[2:]
    ]
    assert documented == [
        (
            f"`{name_of(family)}`",
            family.type,
            ", ".join(f"`{label}`" for label in labels_of(family)) or "–",
            family.documentation,
        )
        for family in families()
    ]
