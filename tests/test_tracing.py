"""Traces: sent to a collector if one is named, and nothing of them is loaded otherwise."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from callguard.asterisk.answer import Answer
from callguard.asterisk.question import QuestionError
from callguard.asterisk.traced import TracedAnswers
from callguard.settings import Settings, SettingsError, load
from callguard.tracing import Tracing, tracing

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 27, tzinfo=UTC)


@dataclass
class Collector:
    """A collector of traces."""

    url: str = ""
    spans: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.bodies.append(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    told = {
                        one.key: one.value.string_value or str(one.value.int_value)
                        for one in span.attributes
                    }
                    self.spans.append((span.name, told))
        return web.Response()


@asynccontextmanager
async def collecting() -> AsyncIterator[tuple[Collector, Tracing]]:
    """A collector, and where spans go that are meant for it; closed, it has all of them."""
    collector = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", collector.take)
    async with TestServer(app) as server:
        collector.url = str(server.make_url("/v1/traces"))
        traces = tracing(Settings(trace_url=collector.url), "worker")
        assert traces is not None
        yield collector, traces
        await asyncio.to_thread(traces.close)


class Answers:
    """Answers each question so."""

    def __init__(self, record: bytes | None, fault: Exception | None = None) -> None:
        self._record = record
        self._fault = fault

    def reply(self, arguments: object, now: datetime) -> Answer:
        if self._fault:
            raise self._fault
        text = (
            "CALLGUARD_ACTION=warn,CALLGUARD_REASON=unlisted,CALLGUARD_CALL_ID=0123456789abcdef"
            ",CALLGUARD_CALLER=+81422990003"
        )
        return Answer(text, self._record)


async def test_each_question_is_a_span_that_names_no_number() -> None:
    async with collecting() as (collector, traces):
        waiting: list[Callable[[], None]] = []
        answers = TracedAnswers(Answers(b"record"), lambda _, send: waiting.append(send), traces)
        answers.reply([], NOW)
        answers.keep(b"record", lambda: None)
        waiting[0]()
        TracedAnswers(Answers(None), lambda *_: None, traces).reply([], NOW)
    told = {
        "callguard.action": "warn",
        "callguard.reason": "unlisted",
        "callguard.call_id": "0123456789abcdef",
    }
    assert collector.spans == [("screen", told), ("screen", told)]
    assert not any(b"81422990003" in body for body in collector.bodies)


async def test_a_question_without_a_verdict_is_a_span_too() -> None:
    async with collecting() as (collector, traces):
        answers = TracedAnswers(Answers(None, QuestionError("none")), lambda *_: None, traces)
        with pytest.raises(QuestionError):
            answers.reply([], NOW)
    assert collector.spans == [("screen", {"error.type": "QuestionError"})]


async def test_each_page_is_a_span_by_its_route() -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response()

    async with collecting() as (collector, traces):
        app = web.Application(middlewares=[traces.pages()])
        app.router.add_get("/join/{token}", page)
        async with TestClient(TestServer(app)) as client:
            await client.get("/join/secret")
            await client.get("/nowhere/secret")
    assert [(name, told["http.response.status_code"]) for name, told in collector.spans] == [
        ("GET /join/{token}", "200"),
        ("GET none", "404"),
    ]
    assert not any(b"secret" in body for body in collector.bodies)


def test_without_a_collector_nothing_of_it_is_loaded() -> None:
    assert tracing(Settings(), "worker") is None
    # (redis loads what it finds of OpenTelemetry; an exporter it does not.)
    code = (
        "import sys, callguard.node.worker, callguard.node.services, callguard.portal.process;"
        "sys.exit(any(name.startswith('opentelemetry.exporter') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="trace_url is 'collector'"):
        load({"CALLGUARD_TRACE_URL": "collector"})
