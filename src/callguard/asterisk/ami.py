"""AMI, through asterisk-ami: the only module that imports it.

asterisk-ami reads in a thread of its own, which woke this process for each event by itself, and was
most of what an event cost. So its client is fed here with what the event loop reads: it makes
actions and takes responses apart. Events, which are many and plain, are read here. It has traps
(all tested): CR LF in a value is a second action, and any other line break of Unicode a second
header; it does not reconnect. AMI is never on the path of a verdict.
"""

import asyncio
import logging
import os
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from asterisk.ami import AMIClient, SimpleAction

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.05
"""After an event nothing is read for so long: the next ones are then read together."""
PING_SECONDS = 10.0
ANSWER_SECONDS = 5.0
MAX_BACKOFF = 30.0

MAX_PACK = 1024 * 1024
"""Bytes of one event or response; Asterisk's have a few hundred. A security limit."""


class AMIError(Exception):
    """Asterisk's manager did not do what was asked; the message says why."""


@dataclass(frozen=True, slots=True)
class AMIEvent:
    """One event: its name and its headers."""

    name: str
    headers: Mapping[str, str]


def check_value(name: str, value: str) -> str:
    """Return *value* if it can stand in an AMI header.

    Raises:
        AMIError: it holds CR, LF or NUL, which would begin another header or action.

    """
    if any(character in value for character in "\r\n\0"):
        raise AMIError(f"{name} cannot be sent to Asterisk: it holds a line break")
    return value


_BREAKS = re.compile("(?<!\r)\n|\r(?!\n)|[\v\f\x1c-\x1e\x85\u2028\u2029]")
"""Where ``str.splitlines``, which asterisk-ami reads with, ends a line and Asterisk does not."""


def _decoded(pack: bytes) -> str:
    text = pack.decode(errors="replace")
    if len(text.splitlines()) == text.count("\r\n") + 1:
        return text  # as nearly always, and to look for each break takes long
    return _BREAKS.sub("\ufffd", text)


def _event(pack: str) -> AMIEvent:
    """Read an event; asterisk-ami's own reading takes twice as long."""
    (_, _, name), *headers = [line.partition(": ") for line in pack.split("\r\n")]
    return AMIEvent(name, {header: value for header, _, value in headers})


class AMIConnection(asyncio.Protocol):
    """One login. ``lost`` is called when the connection ends; ``event`` per event."""

    def __init__(
        self,
        host: str,
        port: int,
        event: Callable[[AMIEvent], None],
        lost: Callable[[], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._address = (host, port)
        self._event = event
        self._lost = lost
        self._transport: asyncio.Transport | None = None
        """None: there is no connection."""
        self._unread = b""
        self._greeted = False
        self._answers: dict[str, asyncio.Future[Any]] = {}
        """By ActionID: the response, or None when the connection was lost before it."""
        self._client = AMIClient()
        self._client.add_listener(on_response=self._on_response)

    async def open(self, user: str, secret: str) -> None:
        """Connect and log in.

        Raises:
            AMIError: nothing listens there, or it refuses the login.

        """
        check_value("user", user)
        check_value("secret", secret)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._loop.create_connection(lambda: self, *self._address)
        except TimeoutError as error:  # an OSError too
            raise AMIError(f"no AMI answers within {ANSWER_SECONDS:.0f} s") from error
        except OSError as error:
            # asyncio's own words tell the address once more.
            told = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
            raise AMIError(f"no AMI answers: {told}") from error
        await self.action("Login", Username=user, Secret=secret)

    async def action(self, name: str, **values: str) -> Mapping[str, str]:
        """Send an action and return the headers of its response.

        Raises:
            AMIError: Asterisk refuses it, does not answer in time, or a value cannot be sent.

        """
        words = {key: check_value(key, value) for key, value in values.items()}
        check_value("action", name)
        if self._transport is None:
            raise AMIError(f"{name}: the connection is gone")
        action_id = self._client.next_action_id()
        action = SimpleAction(name, ActionID=action_id, **words)
        self._answers[action_id] = answered = self._loop.create_future()
        try:
            self._transport.write(f"{action}\r\n".encode())
            async with asyncio.timeout(ANSWER_SECONDS):
                response = await answered
        except TimeoutError as error:
            raise AMIError(f"{name}: no answer within {ANSWER_SECONDS:.0f} s") from error
        finally:
            del self._answers[action_id]
        if response is None:
            raise AMIError(f"{name}: the connection is gone")
        if response.is_error():
            raise AMIError(f"{name}: {response.keys.get('Message', 'refused')}")
        return dict(response.keys)

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is of no such class

    def data_received(self, data: bytes) -> None:
        """Take what Asterisk sent."""
        data = self._unread + data
        if not self._greeted:
            greeting, end, data = data.partition(b"\r\n")
            if not end:
                self._unread = greeting
                return
            self._greeted = bool(AMIClient.asterisk_start_regex.match(_decoded(greeting)))
        *packs, self._unread = data.split(b"\r\n\r\n")
        if not self._greeted or len(self._unread) > MAX_PACK:
            self.close()
            return
        told = False
        for pack in packs:
            text = _decoded(pack.lstrip(b"\r\n"))
            if text.startswith("Event: "):
                told = True
                self._event(_event(text))
            else:
                self._respond(text)
        if told and not self._answers:
            self._pause()

    def connection_lost(self, error: Exception | None) -> None:
        """Take that the connection has ended."""
        del error
        self._transport = None
        for answered in self._answers.values():
            if not answered.done():
                answered.set_result(None)
        self._lost()

    def _pause(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()
            self._loop.call_later(GATHER_SECONDS, self._resume)

    def _resume(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _respond(self, pack: str) -> None:
        try:
            self._client.fire_recv_pack(pack)
        except Exception as error:  # noqa: BLE001 - what it raises depends on what is said
            log.warning("AMI: what Asterisk says makes no sense: %s", type(error).__name__)

    def _on_response(self, response: Any, **_: Any) -> None:
        answered = self._answers.get(response.keys.get("ActionID", ""))
        if answered is not None and not answered.done():
            answered.set_result(response)


class AMIBridge:
    """Keeps one AMI login alive and hands out its events; ``up`` is called after each login."""

    def __init__(
        self,
        host: str,
        port: int,
        user: str,
        secret: str,
        event: Callable[[AMIEvent], None],
        up: Callable[[], None] = lambda: None,
    ) -> None:
        self._address = (host, port)
        self._login = (user, secret)
        self._event = event
        self._up = up
        self._connection: AMIConnection | None = None

    @property
    def connected(self) -> bool:
        """Tell whether Asterisk's manager is logged in to."""
        return self._connection is not None

    async def action(self, name: str, **values: str) -> Mapping[str, str]:
        """Send an action over the connection that stands now.

        Raises:
            AMIError: there is none, or the action fails.

        """
        if self._connection is None:
            raise AMIError(f"{name}: not connected to AMI at {self._address[0]}:{self._address[1]}")
        return await self._connection.action(name, **values)

    async def run(self) -> None:
        """Connect, and connect again whenever the connection is lost, until cancelled."""
        backoff = 0.5
        fault = ""
        while True:
            lost = asyncio.Event()
            connection = AMIConnection(*self._address, self._deliver, lost.set)
            try:
                await connection.open(*self._login)
                self._connection = connection
                log.info("AMI: connected to %s:%d", *self._address)
                backoff, fault = 0.5, ""
                self._up()
                await self._keep(connection, lost)
            except AMIError as error:
                if str(error) != fault:
                    log.warning("AMI at %s:%d: %s", *self._address, error)
                fault = str(error)
            finally:
                self._connection = None
                connection.close()
            await asyncio.sleep(backoff * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
            backoff = min(backoff * 2, MAX_BACKOFF)

    async def _keep(self, connection: AMIConnection, lost: asyncio.Event) -> None:
        while True:
            try:
                async with asyncio.timeout(PING_SECONDS):
                    await lost.wait()
            except TimeoutError:
                await connection.action("Ping")
            else:
                raise AMIError("the connection was lost")

    def _deliver(self, event: AMIEvent) -> None:
        try:
            self._event(event)
        except Exception:
            log.exception("AMI event %s", event.name)
