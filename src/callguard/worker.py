"""A screening worker: one process that answers FastAGI, and SIP proxies where there are any."""

import asyncio
import signal
import socket
from typing import TYPE_CHECKING

from .asterisk.answering import Answering
from .asterisk.server import serve
from .calllog.counts import Slot
from .calllog.group_commit import GroupCommit
from .calllog.journal import SEAL_BYTES, Journal
from .calllog.lines import VerdictLines
from .children import BEAT_SECONDS, LISTS_CHANGED, Control, run_loop
from .settings import Settings

if TYPE_CHECKING:
    from aiohttp.web import AppRunner


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
    proxies = await _for_proxies(settings, answering, journal)
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
        if proxies is not None:
            await proxies.cleanup()
        journal.close()
        lines.flush()
        link.close()


async def _for_proxies(
    settings: Settings, answering: Answering, journal: GroupCommit
) -> "AppRunner | None":
    """Answer proxies too, where there may be one."""
    if not settings.screen_token:
        return None
    from .proxy.listener import listen  # a home's worker does without an HTTP server

    return await listen(settings, answering, journal.keep)
