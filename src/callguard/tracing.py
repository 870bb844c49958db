"""Traces for OpenTelemetry, if the setting ``trace_url`` asks for them; else nothing is loaded.

The only module that imports opentelemetry, which the extra ``callguard[otel]`` installs. Spans are
sent in batches by a thread; when the collector is away they are dropped. None names a number.
"""

import logging
from time import time_ns
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from . import __version__
from .settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

log = logging.getLogger(__name__)


class Tracing:
    """Where one process's spans go."""

    def __init__(self, provider: "TracerProvider") -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("callguard", __version__)

    def span(self, name: str, began: int, ended: int, attributes: dict[str, str | int]) -> None:
        """Tell of something that is over; *began* and *ended* in nanoseconds of Unix time."""
        one = self._tracer.start_span(name, start_time=began, attributes=attributes)
        one.end(ended)

    def pages(self) -> Middleware:
        """Return what tells of each request: its route, never its path or who asked."""

        @web.middleware
        async def traced(request: web.Request, handler: Handler) -> web.StreamResponse:
            began, status = time_ns(), 500
            try:
                response = await handler(request)
                status = response.status
            except web.HTTPException as answer:
                status = answer.status
                raise
            else:
                return response
            finally:
                resource = request.match_info.route.resource
                route = resource.canonical if resource is not None else "none"
                told: dict[str, str | int] = {
                    "http.request.method": request.method,
                    "http.route": route,
                    "http.response.status_code": status,
                }
                self.span(f"{request.method} {route}", began, time_ns(), told)

        return traced

    def close(self) -> None:
        """Send what waits, and stop."""
        self._provider.shutdown()


def tracing(settings: Settings, process: str) -> Tracing | None:
    """Return where the spans of *process* go; None if nobody wants them.

    How many calls are traced is OpenTelemetry's own setting, ``OTEL_TRACES_SAMPLER``.
    """
    if not settings.trace_url:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.error("trace_url is set, and OpenTelemetry is not installed: callguard[otel]")
        return None
    told = {"service.name": "callguard", "service.version": __version__, "process.name": process}
    provider = TracerProvider(resource=Resource.create(told))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(settings.trace_url, timeout=5)))
    return Tracing(provider)
