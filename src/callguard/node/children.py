"""What the supervisor and its child processes say to each other, over a socket pair each.

A child sends a beat each time its loop has turned for a while; the services send word of changed
lists, which the supervisor passes on to the workers. When one end is gone, the other end reads EOF.
"""

import asyncio
import gc
import socket
from collections.abc import Callable, Coroutine
from typing import Any

import uvloop

BEAT = b"."
LISTS_CHANGED = b"L"

BEAT_SECONDS = 0.2


class Control:
    """The child's end."""

    def __init__(
        self, control: socket.socket, told: Callable[[bytes], None], gone: Callable[[], None]
    ) -> None:
        """Read from *control*: messages go to ``told``, the supervisor's end to ``gone``."""
        self._socket = control
        self._told = told
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        control.setblocking(False)
        self._loop.add_reader(control, self._read)

    def send(self, message: bytes) -> None:
        """Say something to the supervisor; a full pipe means that it is not listening now."""
        try:
            self._socket.send(message)
        except BlockingIOError:
            pass
        except OSError:
            self._gone()

    async def beat(self, seconds: float) -> None:
        """Send a beat every so often, for ever."""
        while True:
            self.send(BEAT)
            await asyncio.sleep(seconds)

    def close(self) -> None:
        """Stop reading."""
        self._loop.remove_reader(self._socket)

    def _read(self) -> None:
        try:
            message = self._socket.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            message = b""
        if message:
            self._told(message)
        else:
            self._loop.remove_reader(self._socket)
            self._gone()


def run_loop(main: Coroutine[Any, Any, None]) -> None:
    """Run a child's loop on uvloop, with what was loaded before out of the collector's way.

    What a call leaves behind goes by reference count; the collector looks seldom, for the rest.
    """
    gc.freeze()
    gc.set_threshold(10_000, 50, 100)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)
