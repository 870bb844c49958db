"""A screening worker: one process that answers FastAGI, and SIP proxies where there are any."""

import asyncio
import signal
import socket
from typing import TYPE_CHECKING

from ..asterisk.answering import Answering
from ..asterisk.server import DEADLINE, AGIServer
from ..asterisk.timed import TimedAnswers
from ..calllog.counts import Slot
from ..calllog.group_commit import GroupCommit
from ..calllog.journal import SEAL_BYTES, Journal
from ..calllog.lines import CallLines
from ..figures.node import NodeFigures
from ..figures.verdicts import WorkerFigures
from ..settings import Settings
from .children import BEAT_SECONDS, LISTS_CHANGED, Control, run_loop
from .listener import Listener

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ..asterisk.traced import TracedAnswers
    from ..tracing import Tracing

DRAIN_SECONDS = DEADLINE + 0.5
"""Calls that were asking when the worker was told to stop are answered until then."""
_LOOK_SECONDS = 0.01


def run_worker(
    settings: Settings,
    figures: NodeFigures,
    place: int,
    listeners: tuple[Listener, Listener | None],
    control: socket.socket,
) -> None:
    """Serve until the supervisor is gone or says to stop.

    *place*: which of the workers' figures are its own, from 0 on. *listeners*: for FastAGI, and for
    proxies if there may be any.
    """
    counts, own = figures.journal.slot(1 + place), figures.verdicts.worker(place)
    run_loop(_serve(settings, counts, own, listeners, control, Answering.open(settings)))


async def _serve(
    settings: Settings,
    counts: Slot,
    figures: WorkerFigures,
    listeners: tuple[Listener, Listener | None],
    control: socket.socket,
    answering: Answering,
) -> None:
    lines = CallLines()
    answering.note = lines.note
    answering.count = figures.decided
    journal = GroupCommit(Journal(settings.journal, ahead=SEAL_BYTES), counts)
    loop = asyncio.get_running_loop()
    timed = TimedAnswers(answering, figures, journal.keep)
    traces = _traces(settings)
    answers: TimedAnswers | TracedAnswers = timed
    if traces is not None:
        answers = _traced(timed, traces)
    server = AGIServer(listeners[0].listening, answers, answers.keep)
    proxies = await _for_proxies(settings, answering, journal, listeners[1])
    stopped = asyncio.Event()

    def told(message: bytes) -> None:
        if LISTS_CHANGED in message:
            answering.refresh()

    link = Control(control, told, stopped.set)
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    tasks = [
        loop.create_task(link.beat(BEAT_SECONDS)),
        loop.create_task(_tell(server, figures)),
    ]
    try:
        await stopped.wait()
    finally:
        server.close()
        if proxies is not None:
            await proxies()
        await _drain(server)
        for task in tasks:
            task.cancel()
        journal.close()
        server.end()
        figures.tell(0)
        counts.faulty = False
        counts.tell()
        lines.flush()
        link.close()
        if traces is not None:
            traces.close()


def _traces(settings: Settings) -> "Tracing | None":
    if not settings.trace_url:
        return None
    from ..tracing import tracing  # brings an HTTP server along, which a worker does without

    return tracing(settings, "worker")


def _traced(timed: TimedAnswers, traces: "Tracing") -> "TracedAnswers":
    from ..asterisk.traced import TracedAnswers

    return TracedAnswers(timed, timed.keep, traces)


async def _for_proxies(
    settings: Settings, answering: Answering, journal: GroupCommit, listener: Listener | None
) -> "Callable[[], Awaitable[None]] | None":
    """Answer proxies too, where there may be one; return what ends that."""
    if listener is None:
        return None
    from ..proxy.serving import serve_proxies  # a home's worker does without an HTTP server

    return await serve_proxies(settings, answering, journal.keep, listener.listening)


async def _tell(server: AGIServer, figures: WorkerFigures) -> None:
    while True:
        figures.tell(server.running)
        await asyncio.sleep(BEAT_SECONDS)


async def _drain(server: AGIServer) -> None:
    """Wait for the calls whose questions are being answered."""
    loop = asyncio.get_running_loop()
    end = loop.time() + DRAIN_SECONDS
    while server.running and loop.time() < end:
        await asyncio.sleep(_LOOK_SECONDS)
