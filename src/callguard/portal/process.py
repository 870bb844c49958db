"""The process ``portal``: the family's site at the node's HTTP port."""

import asyncio
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial

from aiohttp import web

from ..children import BEAT_SECONDS, Control, run_loop
from ..listener import Listener
from ..settings import Settings
from .address import address_of
from .family_site import family_site
from .opening import Opening
from .relay import relay
from .screen import relay_questions

THREADS = 16
"""Requests that wait for the database at the same time; a connection each."""


def run_portal(settings: Settings, listener: Listener, control: socket.socket) -> None:
    """Serve at *listener* until the supervisor is gone or says to stop."""
    run_loop(_run(settings, listener, control))


async def _run(settings: Settings, listener: Listener, control: socket.socket) -> None:
    stopped = asyncio.Event()
    link = Control(control, lambda _: None, stopped.set)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    loop.set_default_executor(ThreadPoolExecutor(THREADS, "page"))
    beat = loop.create_task(link.beat(BEAT_SECONDS))
    opening = Opening(settings.households)
    app = family_site(settings, opening, lambda: datetime.now(UTC))
    relay(app, settings.services_socket, partial(address_of, settings))
    relay_questions(app, settings, partial(address_of, settings))
    # Whoever follows a live page would hold up the end for a minute.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.SockSite(runner, listener.listening).start()
        await stopped.wait()
    finally:
        await runner.cleanup()
        beat.cancel()
        opening.close()
        link.close()
