"""A worker's end of Kamailio's event stream (module evapi): no process waits for an answer.

Kamailio listens, on loopback; every worker connects. A call is held by Kamailio's transaction, not
by one of its processes, until the answer comes or 300 ms are over
(``asterisk-config/kamailio/screen.cfg``). Each message is a netstring around JSON::

    Kamailio                                          a worker
       │ ◀── {"token": …, "hello": true} ──────────────  │
       │  ── {"index": 1, "label": 2, "question": {…}} ▶ │
       │ ◀── {"token": …, "index": 1, "label": 2, …} ──  │    … the members of the answer

The token goes with every message: any program on the machine can connect. Kamailio asks the first
of the workers that have said hello; the others wait to take its place.
"""

import asyncio
import json
import logging
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from ..portal.api.problem import Problem
from .desk import Desk
from .inquiry import MAX_BODY
from .replying import no_verdict, to_bytes

log = logging.getLogger(__name__)

MAX_MESSAGE = MAX_BODY + 1024
"""Bytes of one netstring: a question, and the transaction that it is of."""

_LONGEST_LENGTH = len(str(MAX_MESSAGE))

PAUSE_SECONDS = 0.5
"""Between two attempts to connect."""


class StreamError(ValueError):
    """What comes is not from our Kamailio."""


class Netstrings:
    """Netstrings out of a stream of bytes."""

    def __init__(self) -> None:
        self._buffer = b""

    def receive(self, data: bytes) -> list[bytes]:
        """Take bytes and return what they complete.

        Raises:
            StreamError: they are no netstrings, or too long ones.

        """
        self._buffer += data
        found: list[bytes] = []
        begin = 0
        while True:
            colon = self._buffer.find(b":", begin, begin + _LONGEST_LENGTH + 1)
            if colon < 0:
                if len(self._buffer) - begin > _LONGEST_LENGTH:
                    raise StreamError("no length of a netstring")
                break
            length = self._buffer[begin:colon]
            if not length.isdigit() or int(length) > MAX_MESSAGE:
                raise StreamError("no length of a netstring")
            end = colon + 1 + int(length)
            if len(self._buffer) <= end:
                break
            if self._buffer[end : end + 1] != b",":
                raise StreamError("a netstring without its end")
            found.append(self._buffer[colon + 1 : end])
            begin = end + 1
        self._buffer = self._buffer[begin:]
        return found


def netstring(content: bytes) -> bytes:
    """Return *content* as a netstring."""
    return b"%d:%b," % (len(content), content)


class Stream(asyncio.Protocol):
    """One connection to Kamailio."""

    def __init__(self, desk: Desk, token: str, gone: Callable[[], None]) -> None:
        self._desk = desk
        self._token = token
        self._gone = gone
        self._netstrings = Netstrings()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say who is there."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is of no such class
        self._say({"hello": True})

    def data_received(self, data: bytes) -> None:
        """Answer questions."""
        try:
            for message in self._netstrings.receive(data):
                self._answer(message)
        except (StreamError, ValueError, KeyError, TypeError) as error:
            log.error("Kamailio's event stream: %s", type(error).__name__)
            self._transport.abort()

    def connection_lost(self, _: Exception | None) -> None:
        """Let another connection be made."""
        self._gone()

    def _answer(self, message: bytes) -> None:
        # The question is the last member, and read by itself, as what comes over HTTP is.
        head, found, question = message.partition(b',"question":')
        if not found:
            raise StreamError("a message without a question")
        place = json.loads(head + b"}")
        about = {"index": int(place["index"]), "label": int(place["label"])}
        record: bytes | None = None
        try:
            content, record = self._desk.answer(question[:-1])
        except Problem as problem:
            log.warning("a question of Kamailio's: %s", problem.detail)
            content = no_verdict("question")
        send = partial(self._say, {**about, **content})
        if record is None:
            send()
        else:
            self._desk.keep(record, send)

    def _say(self, content: dict[str, Any]) -> None:
        if not self._transport.is_closing():
            self._transport.write(netstring(to_bytes({"token": self._token, **content})))


async def serve_kamailio(host: str, port: int, token: str, desk: Desk) -> None:
    """Answer the Kamailio whose evapi listens at *host* and *port*, until cancelled."""
    loop = asyncio.get_running_loop()
    absent = False
    while True:
        over = asyncio.Event()
        try:
            transport, _ = await loop.create_connection(
                partial(Stream, desk, token, over.set), host, port
            )
        except OSError as error:
            if not absent:
                log.warning("Kamailio's event stream at %s:%d: %s", host, port, error.strerror)
            absent = True
        else:
            log.info("Kamailio asks at %s:%d", host, port)
            absent = False
            try:
                await over.wait()
            finally:
                transport.abort()
        await asyncio.sleep(PAUSE_SECONDS)
