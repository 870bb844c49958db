"""The process ``portal``: the family's site at the node's HTTP port."""

import asyncio
import logging
import signal
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial

from aiohttp import web

from ..database import DatabaseError
from ..node.children import BEAT_SECONDS, Control, run_loop
from ..node.listener import Listener
from ..people.factor_key import FactorKey
from ..people.second_factor import seal_old
from ..settings import Settings
from ..tracing import tracing
from .address import address_of
from .family_site import family_site
from .opening import Opening
from .relay import relay
from .screen import relay_questions

log = logging.getLogger(__name__)

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
    traces = tracing(settings, "portal")
    if traces is not None:
        app.middlewares.insert(0, traces.pages())
    # Whoever follows a live page would hold up the end for a minute.
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    sealing = loop.create_task(_seal_second_factors(settings, opening))
    try:
        await web.SockSite(runner, listener.listening, ssl_context=_tls(settings)).start()
        await stopped.wait()
    finally:
        await runner.cleanup()
        sealing.cancel()
        beat.cancel()
        opening.close()
        link.close()
        if traces is not None:
            traces.close()


async def _seal_second_factors(settings: Settings, opening: Opening) -> None:
    """Seal what an older version kept in clear; what fails now is done at the next start."""
    key = FactorKey.in_file(settings.second_factor_key)
    try:
        count = await asyncio.to_thread(lambda: seal_old(opening(), key))
    except (DatabaseError, OSError) as error:
        log.warning("second factors that are in clear are not sealed yet: %s", error)
        return
    if count:
        log.info("second factors that were in clear, and are sealed now: %d", count)


def _tls(settings: Settings) -> ssl.SSLContext | None:
    """Return what the portal shows of itself; a certificate that was renewed counts at a reload."""
    if settings.http_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        # An empty password, since OpenSSL would ask the terminal for that of a locked key.
        context.load_cert_chain(settings.http_cert, settings.http_key, password="")
    except OSError as error:
        files = " and ".join(str(path) for path in (settings.http_cert, settings.http_key) if path)
        log.error("http_cert, http_key: %s are not a certificate and its key, in PEM", files)
        raise SystemExit(1) from error
    return context
