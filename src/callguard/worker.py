"""A screening worker: one process that answers FastAGI."""

import asyncio
import signal
import socket

from .asterisk.answering import Answering
from .asterisk.server import serve
from .calllog.counts import Slot
from .calllog.group_commit import GroupCommit
from .calllog.journal import SEAL_BYTES, Journal
from .calllog.lines import VerdictLines
from .children import BEAT_SECONDS, LISTS_CHANGED, Control, run_loop
from .settings import Settings


def run_worker(settings: Settings, counts: Slot, control: socket.socket) -> None:
    """Serve FastAGI until the supervisor is gone or says to stop; *counts* is its own slot."""
    run_loop(_serve(settings, counts, control, Answering.open(settings)))


async def _serve(
    settings: Settings, counts: Slot, control: socket.socket, answering: Answering
) -> None:
    lines = VerdictLines()
    answering.note = lines.note
    journal = GroupCommit(Journal(settings.journal, ahead=SEAL_BYTES), counts)
    server = await serve(answering, settings.agi_host, settings.agi_port, journal.keep)
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
        journal.close()
        lines.flush()
        link.close()
