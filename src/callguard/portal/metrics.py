"""``/metrics``, and how the feed stands on this node, in the form that Prometheus reads.

Each figure is documented in ``docs/metrics.md``; a test keeps the page and this module the same.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime

from aiohttp import web
from prometheus_client.core import (
    CollectorRegistry,
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from .. import __version__
from ..blocklist.moments import read_moment
from ..feed.state import FeedState, SourceState

_BY_SOURCE = ["source"]


async def _nothing() -> None:
    return


def routes(
    *collectors: Collector, before: Callable[[], Awaitable[None]] = _nothing
) -> list[web.RouteDef]:
    """Return the page of the figures that *collectors* read at each request.

    ``before``: what has to be found out first.
    """
    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)

    async def metrics(request: web.Request) -> web.Response:
        await before()
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(registry), headers={"Content-Type": content_type})

    return [web.get("/metrics", metrics)]


class TaskCollector(Collector):
    """Tells how many tasks there are."""

    def __init__(self, count: Callable[[], int]) -> None:
        self._count = count

    def collect(self) -> Iterator[Metric]:
        """Yield the figure."""
        yield GaugeMetricFamily(
            "callguard_services_tasks",
            "asyncio tasks of the services; calls do not add to them",
            value=self._count(),
        )


class FeedCollector(Collector):
    """Reads a feed's state, and how long after its issue each source's last news was enforced."""

    def __init__(
        self,
        state: FeedState,
        clock: Callable[[], datetime],
        lags: Mapping[str, float] | None = None,
    ) -> None:
        self._state = state
        self._clock = clock
        self._lags = lags if lags is not None else {}

    def collect(self) -> Iterator[Metric]:
        """Yield each figure."""
        yield InfoMetricFamily(
            "callguard", "the version of callguard that runs", value={"version": __version__}
        )
        yield GaugeMetricFamily(
            "callguard_feed_connected",
            "1 if the feed's Redis answers",
            value=self._state.connected,
        )
        yield self._of_sources(
            "callguard_feed_fresh",
            "1 if the source has spoken as soon as it said it would",
            lambda one: one.state == "fresh",
        )
        yield self._of_sources(
            "callguard_feed_faulty",
            "1 if the source's list stands still, or an entry of its stream was refused",
            lambda one: bool(one.fault),
        )
        yield self._of_sources(
            "callguard_feed_sequence", "the last batch applied", lambda one: one.sequence
        )
        yield self._of_sources(
            "callguard_feed_numbers",
            "numbers on the source's list, those on trial aside",
            lambda one: one.numbers,
        )
        yield self._of_sources(
            "callguard_feed_held",
            "numbers that are not enforced until somebody approves them",
            lambda one: one.held,
        )
        yield self._of_sources(
            "callguard_feed_protected",
            "protected numbers on the source's list, whose calls are never refused",
            lambda one: one.protected,
        )
        yield self._of_sources(
            "callguard_feed_heard_seconds",
            "seconds since the source issued what was heard of it last; absent before",
            self._heard_seconds,
        )
        lag = GaugeMetricFamily(
            "callguard_feed_lag_seconds",
            "seconds from the issue of the source's last batch to its enforcement; absent before",
            labels=_BY_SOURCE,
        )
        for source, seconds in sorted(self._lags.items()):
            lag.add_metric([source], seconds)
        yield lag
        yield from self._of_trust()
        alarms = CounterMetricFamily(
            "callguard_feed_alarms",
            "lines in the log that somebody should look at, since the services started; of the "
            "root of trust without a source",
            labels=_BY_SOURCE,
        )
        for name in sorted({"", *self._state.sources, *self._state.alarms}):
            alarms.add_metric([name], self._state.alarms[name])
        yield alarms

    def _of_trust(self) -> Iterator[Metric]:
        now = self._clock()
        keys = GaugeMetricFamily(
            "callguard_feed_key_seconds",
            "seconds until the last of the source's keys ends",
            labels=_BY_SOURCE,
        )
        for source, until in sorted(self._state.keys_until.items()):
            keys.add_metric([source], (until - now).total_seconds())
        yield keys
        root = GaugeMetricFamily(
            "callguard_feed_root_seconds",
            "seconds until the root of trust expires; absent without one",
        )
        if self._state.root_until is not None:
            root.add_metric([], (self._state.root_until - now).total_seconds())
        yield root

    def _of_sources(
        self, name: str, meaning: str, value: Callable[[SourceState], float | None]
    ) -> Metric:
        family = GaugeMetricFamily(name, meaning, labels=_BY_SOURCE)
        for source, one in self._state.sources.items():
            if (figure := value(one)) is not None:
                family.add_metric([source], figure)
        return family

    def _heard_seconds(self, one: SourceState) -> float | None:
        if one.heard_at is None:
            return None
        return (self._clock() - read_moment(one.heard_at)).total_seconds()
