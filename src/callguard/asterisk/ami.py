"""AMI, through asterisk-ami: the only module that imports it.

asterisk-ami reads in a thread of its own. This bridge carries what it reads into the event loop and
holds its traps (all tested): its ``timeout`` is also the read timeout, so a quiet Asterisk ends the
thread without a word; a callback that raises ends it too, and so does its own future where warnings
are errors; a peer that is no manager ends it with a traceback; CR LF in a value is a second action,
and any other line break of Unicode in an event's value a second header; it does not reconnect. AMI
is never on the path of a verdict.
"""

import asyncio
import contextlib
import logging
import random
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from asterisk.ami import AMIClient, SimpleAction

log = logging.getLogger(__name__)

READ_TIMEOUT = 30.0
"""Seconds of silence after which the connection counts as dead; pings keep it from being silent."""
PING_SECONDS = 10.0
ANSWER_SECONDS = 5.0
MAX_BACKOFF = 30.0


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


class _Client(AMIClient):  # type: ignore[misc]
    def listen(self) -> None:
        try:
            super().listen()
        except Exception as error:  # noqa: BLE001 - raised bare before the first line is a manager's
            self._fire_on_disconnect(error=error)

    def _decode_pack(self, pack: bytes) -> str:
        return _BREAKS.sub("\ufffd", super()._decode_pack(pack))


class AMIConnection:
    """One login. ``lost`` is called in the loop when the connection ends; ``event`` per event."""

    def __init__(
        self,
        host: str,
        port: int,
        event: Callable[[AMIEvent], None],
        lost: Callable[[], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = event
        self._lost = lost
        self._gone = False
        self._answers: dict[str, asyncio.Future[Any]] = {}
        """By ActionID: the response, or None when the connection was lost before it."""
        self._client = _Client(address=host, port=port, timeout=READ_TIMEOUT)
        self._client.add_listener(
            on_event=self._on_event,
            on_response=self._on_response,
            on_disconnect=self._on_disconnect,
        )

    async def open(self, user: str, secret: str) -> None:
        """Connect and log in.

        Raises:
            AMIError: nothing listens there, or it refuses the login.

        """
        check_value("user", user)
        check_value("secret", secret)
        try:
            await asyncio.to_thread(self._client.connect)
        except OSError as error:
            raise AMIError(f"no AMI answers: {error.strerror or error}") from error
        await self.action("Login", Username=user, Secret=secret)

    async def action(self, name: str, **values: str) -> Mapping[str, str]:
        """Send an action and return the headers of its response.

        Raises:
            AMIError: Asterisk refuses it, does not answer in time, or a value cannot be sent.

        """
        words = {key: check_value(key, value) for key, value in values.items()}
        if self._gone:
            raise AMIError(f"{name}: the connection is gone")
        action_id = self._client.next_action_id()
        action = SimpleAction(check_value("action", name), ActionID=action_id, **words)
        self._answers[action_id] = answered = self._loop.create_future()
        try:
            # Waiting for room in the socket is left to a thread.
            await asyncio.to_thread(self._client.send, action)
            async with asyncio.timeout(ANSWER_SECONDS):
                response = await answered
        except TimeoutError as error:  # an OSError too
            raise AMIError(f"{name}: no answer within {ANSWER_SECONDS:.0f} s") from error
        except OSError as error:
            raise AMIError(f"{name}: the connection is gone") from error
        finally:
            del self._answers[action_id]
        if response is None:
            raise AMIError(f"{name}: the connection is gone")
        if response.is_error():
            raise AMIError(f"{name}: {response.keys.get('Message', 'refused')}")
        return dict(response.keys)

    async def close(self) -> None:
        """Close the connection and wait for the library's thread."""
        sock: socket.socket | None = self._client._socket
        if sock is None:
            return
        # This wakes the thread, which disconnect() would wait 30 s for.
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
        if self._client.finished is not None:
            await asyncio.to_thread(self._client.disconnect)
        sock.close()

    # These three run in the library's thread, and may outlive the loop.

    def _on_event(self, event: Any, **_: Any) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._event, AMIEvent(event.name, dict(event.keys)))

    def _on_response(self, response: Any, **_: Any) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._answer, response)

    def _on_disconnect(self, **_: Any) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._end)

    def _answer(self, response: Any) -> None:
        answered = self._answers.get(response.keys.get("ActionID", ""))
        if answered is not None and not answered.done():
            answered.set_result(response)

    def _end(self) -> None:
        self._gone = True
        for answered in self._answers.values():
            if not answered.done():
                answered.set_result(None)
        self._lost()


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
                await connection.close()
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
