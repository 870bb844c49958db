"""The FastAGI server: the AGI protocol on asyncio."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from ..households.reader import PolicyUnavailable
from .agi import AGIError, AGIProtocol, Environment, State
from .answer import Answer
from .question import QuestionError

log = logging.getLogger(__name__)

_ANSWERED = State.ANSWERED
_HUNG_UP = State.HUNG_UP

DEADLINE = 1.0
"""Seconds from connect to close. AGI has no timeout of its own, and the caller hears silence."""

_TICK = 0.001
"""uvloop's clock counts whole milliseconds, so a timer may strike that much early."""

BACKLOG = 1024
"""Connections the kernel holds while the loop is busy."""


class Answers(Protocol):
    """Who answers the questions: ``Answering``, or what stands before it."""

    def reply(self, arguments: Sequence[str], now: datetime) -> Answer:
        """Return what answers the AGI arguments of one call; see ``Answering.reply``."""


Keep = Callable[[bytes, Callable[[], None]], None]
"""Keeps a verdict's record, then calls what sends the answer; it calls that in any case."""


def keep_nothing(_: bytes, send: Callable[[], None]) -> None:
    """Answer at once, and keep no record."""
    send()


class AGIConnection(asyncio.Protocol):
    """One call: reads the question, sends the answer, closes.

    Whatever goes wrong, the connection is closed without a verdict, and the dialplan goes on to its
    next line of defence.
    """

    __slots__ = ("_answering", "_deadlines", "_keep", "_protocol", "_transport")

    def __init__(self, answering: Answers, deadlines: "Deadlines", keep: Keep) -> None:
        self._answering = answering
        self._deadlines = deadlines
        self._keep = keep
        self._protocol = AGIProtocol()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start the clock."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._deadlines.begin(self._transport)

    def data_received(self, data: bytes) -> None:
        """Take what Asterisk sent."""
        try:
            environment = self._protocol.receive_data(data)
            if self._protocol.state is _HUNG_UP:
                self._transport.close()
            elif environment is not None:
                self._answer(environment)
        except AGIError as error:
            log.warning("AGI: %s", error)
            self._transport.abort()
        except (QuestionError, PolicyUnavailable) as error:
            log.error("no verdict: %s", error)
            self._transport.abort()
        except Exception:
            # Anything else is a bug in the screener; this call still has its other defences.
            log.exception("no verdict")
            self._transport.abort()

    def _answer(self, environment: Environment) -> None:
        reply = self._answering.reply(environment.arguments(), datetime.now(UTC))
        command = self._protocol.command("EXEC", "MSet", reply.text)
        if reply.record is None:
            self._send(command)
        else:
            self._keep(reply.record, partial(self._send, command))

    def _send(self, command: bytes) -> None:
        # The caller may have hung up while the verdict was written to disk.
        if self._protocol.state is _ANSWERED and not self._transport.is_closing():
            self._transport.write(command)
            self._transport.close()

    def eof_received(self) -> None:
        """Close when Asterisk does; at any byte, without a word."""
        self._protocol.receive_eof()

    def connection_lost(self, error: Exception | None) -> None:
        """Stop the clock."""
        self._deadlines.end(self._transport)


class Deadlines:
    """Aborts each connection ``DEADLINE`` seconds after it began.

    All share one timer, set for the oldest: a timer of its own would cost a connection more than
    reading its question does, and hardly any ever strikes.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._open: dict[asyncio.Transport, float] = {}
        """When each is due; the oldest first, since a dict keeps the order of insertion."""
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, transport: asyncio.Transport) -> None:
        """Start the clock of one connection."""
        due = self._loop.time() + DEADLINE
        self._open[transport] = due
        if self._timer is None:
            self._timer = self._loop.call_at(due, self._strike)

    def end(self, transport: asyncio.Transport) -> None:
        """Stop it."""
        self._open.pop(transport, None)

    @property
    def running(self) -> int:
        """How many connections are open."""
        return len(self._open)

    def _strike(self) -> None:
        self._timer = None
        now = self._loop.time() + _TICK
        while self._open:
            transport, due = next(iter(self._open.items()))
            if due > now:
                self._timer = self._loop.call_at(due, self._strike)
                return
            del self._open[transport]
            transport.abort()


async def serve(
    answering: Answers, host: str, port: int, keep: Keep = keep_nothing
) -> asyncio.Server:
    """Listen for Asterisk; several processes may share the port (SO_REUSEPORT).

    ``keep`` is given each verdict's record before its call is answered.

    Raises:
        OSError: the address cannot be bound.

    """
    loop = asyncio.get_running_loop()
    factory = partial(AGIConnection, answering, Deadlines(loop), keep)
    return await loop.create_server(factory, host, port, reuse_port=True, backlog=BACKLOG)
