"""A screening worker: one process that answers FastAGI."""

import asyncio
import signal
import socket

from .asterisk.answering import Answering
from .asterisk.server import serve
from .calllog.lines import VerdictLines
from .children import BEAT_SECONDS, LISTS_CHANGED, Control, run_loop
from .settings import Settings


def run_worker(settings: Settings, control: socket.socket) -> None:
    """Serve FastAGI until the supervisor is gone or says to stop."""
    run_loop(_serve(settings, control, Answering.open(settings)))


async def _serve(settings: Settings, control: socket.socket, answering: Answering) -> None:
    lines = VerdictLines()
    answering.note = lines.note
    server = await serve(answering, settings.agi_host, settings.agi_port)
    stopped = asyncio.Event()

    def told(message: bytes) -> None:
        if LISTS_CHANGED in message:
            answering.blocklist.refresh()

    link = Control(control, told, stopped.set)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    beat = loop.create_task(link.beat(BEAT_SECONDS))
    try:
        await stopped.wait()
    finally:
        beat.cancel()
        server.close()
        lines.flush()
        link.close()
