"""A node: builds the parts and runs them. The only place where everything meets.

Children are forked, so a worker's memory begins with what this process has loaded. Only what a
worker needs is imported here. What the others share is loaded when the workers run, or while they
wait for the database to be made (``shared.py``); everything else is imported in the child that
needs it.
"""

import logging
import os
import socket
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from .. import __version__
from ..figures.node import NodeFigures
from ..schema import newest_revision, revision_of
from ..settings import Settings, SettingsError, load
from .listener import Listener
from .log_format import formatter
from .shared import load_shared
from .supervisor import HUNG_SECONDS, Child, Supervisor
from .worker import run_worker

log = logging.getLogger(__name__)

SERVICES_HUNG_SECONDS = 20.0
"""The services hold no caller: they are given time to read a large batch."""

PAGES_HUNG_SECONDS = 60.0
"""Pages and news give way to all the rest: on a small machine with much to do they start slowly."""

PAGES_START_SECONDS = 120.0
"""The same; a supervisor that kills them as they begin makes it worse."""

_GIVES_WAY = 5
"""Niceness of pages and news: no verdict waits for them."""


class StartError(Exception):
    """The node cannot start; the message says why and what to do."""


def run_node(settings: Settings) -> None:
    """Run a node until it is told to stop.

    Raises:
        StartError: a port is taken, or the database is of a newer version.

    """
    _configure_logging(settings)
    ports = [
        ("agi_port", settings.agi_host, settings.agi_port),
        ("http_port", settings.http_host, settings.http_port),
    ]
    if settings.screen_token:
        from ..proxy.listener import HOST  # once, for all workers that are forked

        ports.append(("screen_port", HOST, settings.screen_port))
    for name, host, port in ports:
        _check_free(name, host, port)
    _check_length(settings.services_socket)
    _prepare_database(settings)
    node = _Node(settings)

    def ready() -> None:
        log.info(
            "callguard %s is ready: FastAGI %s:%d, HTTP %s:%d",
            __version__,
            settings.agi_host,
            settings.agi_port,
            settings.http_host,
            settings.http_port,
        )

    Supervisor(node.children(), ready, node.reread, node.figures.processes).run()


class _Node:
    """Who is to run, by the settings as they are now."""

    def __init__(self, settings: Settings) -> None:
        self.figures = NodeFigures(datetime.now(UTC))
        self._settings = settings
        self._generation = 0
        self._feed_server: Child | None = None

    def children(self) -> list[Child]:
        """Return every child, each to begin anew; the feed server only if it does not run yet."""
        settings, figures = self._settings, self.figures
        children = [self._worker(n) for n in range(settings.workers)]
        children.append(
            Child("services", partial(_run_services, settings, figures), SERVICES_HUNG_SECONDS)
        )
        pages = Listener(settings.http_host, settings.http_port)
        portal = partial(_run_portal, settings, pages)
        children += [
            Child("portal", portal, PAGES_HUNG_SECONDS, listeners=[pages]),
            Child("news", partial(_run_news, settings), PAGES_HUNG_SECONDS),
        ]
        for child in children[-3:]:
            child.start_within = PAGES_START_SECONDS
            child.load = load_shared
        if settings.redis_url != "embedded":
            self._feed_server = None
        elif self._feed_server is None:
            run = partial(_run_embedded, settings)
            self._feed_server = Child("feed server", run, SERVICES_HUNG_SECONDS, load=load_shared)
        if self._feed_server is not None:
            children.insert(settings.workers, self._feed_server)
        for child in children:
            figures.processes.add(child.name)
        return children

    def _worker(self, number: int) -> Child:
        settings = self._settings
        agi = Listener(settings.agi_host, settings.agi_port)
        proxies: Listener | None = None
        if settings.screen_token:
            from ..proxy.listener import HOST

            proxies = Listener(HOST, settings.screen_port)
        # A worker and its successor run side by side for a moment: each has figures of its own.
        place = 2 * number + self._generation % 2
        run = partial(run_worker, settings, self.figures, place, (agi, proxies))
        listeners = [agi, proxies] if proxies else [agi]
        return Child(f"worker {number + 1}", run, HUNG_SECONDS, relays=True, listeners=listeners)

    def reread(self) -> list[Child] | None:
        """Read the settings again; return who is to run by them, or None if they are of no use."""
        try:
            settings = load()
        except SettingsError as error:
            log.error("not reloaded, all stays as it was: %s", error)
            return None
        if settings.data != self._settings.data:
            log.error(
                "not reloaded, all stays as it was: data is %s now, which takes a restart",
                settings.data,
            )
            return None
        _configure_logging(settings)
        log.info("reloading: the settings have been read again")
        self._settings = settings
        self._generation += 1
        return self.children()


def _configure_logging(settings: Settings) -> None:
    """Write the log to stderr; again after a reload, for those that are forked from then on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(settings.log_format))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # Of k of n root keys it tells each that has not signed, at every start.
    logging.getLogger("tuf").setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)


def _check_free(name: str, host: str, port: int) -> None:
    # Without SO_REUSEPORT, so that a second callguard does not share the first one's calls.
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StartError(
                f"{host}:{port} cannot be used: {os.strerror(error.errno or 0)}; stop what uses "
                f"it, or set CALLGUARD_{name.upper()}"
            ) from error


_LONGEST_SOCKET = 107
"""Bytes of a Unix socket's path on Linux (sun_path)."""


def _check_length(path: Path) -> None:
    length = len(os.fsencode(path))
    if length > _LONGEST_SOCKET:
        raise StartError(
            f"{path} is too long for a socket, {length} bytes of {_LONGEST_SOCKET}; set "
            "CALLGUARD_DATA to a shorter path"
        )


def _run_services(settings: Settings, figures: NodeFigures, control: socket.socket) -> None:
    from .services import run_services

    run_services(settings, figures, control)


def _run_portal(settings: Settings, listener: Listener, control: socket.socket) -> None:
    os.nice(_GIVES_WAY)
    from ..portal.process import run_portal

    run_portal(settings, listener, control)


def _run_news(settings: Settings, control: socket.socket) -> None:
    os.nice(_GIVES_WAY)
    from ..notify.process import run_news

    run_news(settings, control)


def _run_embedded(settings: Settings, control: socket.socket) -> None:
    from ..feed.embedded import run_embedded

    run_embedded(settings, control)


_NEWER = 3
"""Exit status of the child that finds the database to be of a newer callguard."""


def _prepare_database(settings: Settings) -> None:
    """Make or upgrade the database; a node screens without, as long as it can read one."""
    if not settings.replicated and revision_of(settings.database_file) == newest_revision():
        return
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os._exit(_upgrade(settings, writing))
    os.close(writing)
    # On another core meanwhile; a worker that is forked later begins with all that as well.
    load_shared()
    with os.fdopen(reading, encoding="utf-8") as pipe:
        fault = pipe.read()
    _, status = os.waitpid(pid, 0)
    if os.waitstatus_to_exitcode(status) == _NEWER:
        raise StartError(fault)
    if fault:
        log.error("%s", fault)


def _upgrade(settings: Settings, writing: int) -> int:
    from ..database import Database, DatabaseError, NewerDatabaseError

    try:
        Database(settings.households).close()
    except DatabaseError as error:
        os.write(writing, str(error).encode())
        return _NEWER if isinstance(error, NewerDatabaseError) else 1
    except Exception as error:
        log.exception("the database could not be prepared")
        os.write(writing, f"the database could not be prepared: {error}".encode())
        return 1
    return 0
