"""The FastAGI server: the AGI protocol on sockets of its own.

A call is four system calls for it: accept, receive, send, close. A transport of the loop's would
take nine; so the loop sees one descriptor only, that of an epoll which has all the sockets.
"""

import asyncio
import logging
import select
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from ..households.reader import PolicyUnavailable
from .agi import AGIError, AGIProtocol, Environment, State
from .answer import Answer
from .question import QuestionError

log = logging.getLogger(__name__)

_ENVIRONMENT_DUE = State.ENVIRONMENT
_HUNG_UP = State.HUNG_UP

DEADLINE = 1.0
"""Seconds from accept to close. AGI has no timeout of its own, and the caller hears silence."""

_TICK = 0.001
"""uvloop's clock counts whole milliseconds, so a timer may strike that much early."""

BACKLOG = 1024
"""Connections the kernel holds while the loop is busy."""

AT_ONCE = 16
"""Calls that are let in, or heard, before the loop turns to what else there is: a millisecond."""

RETRY_SECONDS = 0.05
"""Where no call can be let in, for want of descriptors or memory, it is tried again so soon."""

_STREAM = socket.SOCK_STREAM

_READ = 65_536
"""Bytes received at once."""


class Answers(Protocol):
    """Who answers the questions: ``Answering``, or what stands before it."""

    def reply(self, arguments: Sequence[str], now: datetime) -> Answer:
        """Return what answers the AGI arguments of one call; see ``Answering.reply``."""


Keep = Callable[[bytes, Callable[[], None]], None]
"""Keeps a verdict's record, then calls what sends the answer; it calls that in any case."""


def keep_nothing(_: bytes, send: Callable[[], None]) -> None:
    """Answer at once, and keep no record."""
    send()


class AGIServer:
    """Answers the calls that come in at a listening socket. Made and used in a running loop.

    Whatever goes wrong with a call, its connection is closed without a verdict, and the dialplan
    goes on to its next line of defence.
    """

    def __init__(
        self, listening: socket.socket, answering: Answers, keep: Keep = keep_nothing
    ) -> None:
        """Serve *listening*, a socket that does not block; it is the server's from now on."""
        self._loop = asyncio.get_running_loop()
        self._listening = listening
        self._family = listening.family
        self._answering = answering
        self._keep = keep
        self._deadlines = Deadlines(self._loop, self._end)
        self._asking: dict[int, _Call] = {}
        """By descriptor, those whose question is not whole yet."""
        self._poll = select.epoll()
        self._poll.register(listening, select.EPOLLIN)
        self._loop.add_reader(self._poll.fileno(), self._turn)

    @property
    def address(self) -> tuple[str, int]:
        """Return host and port."""
        host, port = self._listening.getsockname()[:2]
        return host, port

    @property
    def running(self) -> int:
        """How many calls are being asked about, or answered."""
        return self._deadlines.running

    def close(self) -> None:
        """Let nobody in any more; whoever is there is still answered."""
        self._stop_listening()
        self._listening.close()

    def end(self) -> None:
        """Close, and leave whoever is there without an answer."""
        self.close()
        self._deadlines.strike_all()
        self._loop.remove_reader(self._poll.fileno())
        self._poll.close()

    def _turn(self) -> None:
        for descriptor, _ in self._poll.poll(0, AT_ONCE):
            call = self._asking.get(descriptor)
            if call is not None:
                self._hear(call)
            elif descriptor == self._listening.fileno():
                self._let_in()

    def _let_in(self) -> None:
        for _ in range(AT_ONCE):
            try:
                # What ``accept`` itself rests on; that looks up members of enumerations besides,
                # which takes as long as the system call.
                descriptor, _ = self._listening._accept()  # type: ignore[attr-defined]
            except BlockingIOError:
                return
            except ConnectionError:
                continue  # who was gone before he was let in
            except OSError as error:
                log.error("no call can be let in: %s", error.strerror)
                self._stop_listening()
                self._loop.call_later(RETRY_SECONDS, self._listen_again)
                return
            self._hear(_Call(socket.socket(self._family, _STREAM, 0, descriptor)))

    def _stop_listening(self) -> None:
        # It may have been stopped already, and a socket that is closed has no descriptor.
        with suppress(FileNotFoundError, ValueError):
            self._poll.unregister(self._listening)

    def _listen_again(self) -> None:
        with suppress(FileExistsError, ValueError):
            self._poll.register(self._listening, select.EPOLLIN)

    def _hear(self, call: "_Call") -> None:
        """Take what Asterisk has sent, and answer the question once it is whole."""
        try:
            environment = call.receive()
            if environment is not None:
                self._answer(call, environment)
            elif call.protocol.state is not _ENVIRONMENT_DUE:
                self._end(call)
            elif call.descriptor not in self._asking:
                self._asking[call.descriptor] = call
                self._poll.register(call.descriptor, select.EPOLLIN)
                self._deadlines.begin(call)
        except AGIError as error:
            log.warning("AGI: %s", error)
            self._end(call)
        except (QuestionError, PolicyUnavailable) as error:
            log.error("no verdict: %s", error)
            self._end(call)
        except Exception:
            # Anything else is a bug in the screener; this call still has its other defences.
            log.exception("no verdict")
            self._end(call)

    def _answer(self, call: "_Call", environment: Environment) -> None:
        if call.protocol.state is _HUNG_UP:
            self._end(call)
            return
        reply = self._answering.reply(environment.arguments(), datetime.now(UTC))
        command = call.protocol.command("EXEC", "MSet", reply.text)
        if reply.record is None:
            self._send(call, command)
            return
        # Nobody listens to a caller whose verdict is being written; it is soon, and he is answered.
        if self._asking.pop(call.descriptor, None) is not None:
            self._poll.unregister(call.descriptor)
        self._deadlines.begin(call)
        self._keep(reply.record, partial(self._send, call, command))

    def _send(self, call: "_Call", command: bytes) -> None:
        """Send the answer, if the connection is still there, and close behind it."""
        if call.connection.fileno() < 0:
            return
        try:
            if call.connection.send(command, socket.MSG_DONTWAIT) < len(command):
                log.error("an answer was sent in part")
        except BlockingIOError:
            log.error("an answer could not be sent")
        except OSError:
            pass  # who is gone needs none
        self._end(call)

    def _end(self, call: "_Call") -> None:
        call.connection.close()  # epoll forgets it by itself
        self._asking.pop(call.descriptor, None)
        self._deadlines.end(call)


class _Call:
    """One call's connection, and how far the conversation is."""

    __slots__ = ("connection", "descriptor", "protocol")

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.descriptor = connection.fileno()
        """Also once the connection is closed."""
        self.protocol = AGIProtocol()

    def receive(self) -> Environment | None:
        """Return the environment if it is whole now.

        Raises:
            RemoteProtocolError: what has come is not AGI.

        """
        try:
            data = self.connection.recv(_READ, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None
        except OSError:
            data = b""  # gone without a goodbye
        if data:
            return self.protocol.receive_data(data)
        self.protocol.receive_eof()
        return None


class Deadlines:
    """Ends each call ``DEADLINE`` seconds after it began.

    All share one timer, set for the oldest: a timer of its own would cost a call more than
    reading its question does, and hardly any ever strikes.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, end: Callable[[_Call], None]) -> None:
        self._loop = loop
        self._end = end
        self._open: dict[_Call, float] = {}
        """When each is due; the oldest first, since a dict keeps the order of insertion."""
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, call: _Call) -> None:
        """Start the clock of one call, if it does not run yet."""
        if call in self._open:
            return
        due = self._loop.time() + DEADLINE
        self._open[call] = due
        if self._timer is None:
            self._timer = self._loop.call_at(due, self._strike)

    def end(self, call: _Call) -> None:
        """Stop it, if it runs."""
        self._open.pop(call, None)

    @property
    def running(self) -> int:
        """How many clocks run."""
        return len(self._open)

    def strike_all(self) -> None:
        """End all of them now."""
        for call in list(self._open):
            self._end(call)
        if self._timer is not None:
            self._timer.cancel()

    def _strike(self) -> None:
        self._timer = None
        now = self._loop.time() + _TICK
        while self._open:
            call, due = next(iter(self._open.items()))
            if due > now:
                self._timer = self._loop.call_at(due, self._strike)
                return
            del self._open[call]
            self._end(call)


async def serve(answering: Answers, host: str, port: int, keep: Keep = keep_nothing) -> AGIServer:
    """Listen for Asterisk; several processes may share the port (SO_REUSEPORT).

    ``keep`` is given each verdict's record before its call is answered.

    Raises:
        OSError: the address cannot be bound.

    """
    listening = socket.create_server((host, port), backlog=BACKLOG, reuse_port=True)
    listening.setblocking(False)
    return AGIServer(listening, answering, keep)
