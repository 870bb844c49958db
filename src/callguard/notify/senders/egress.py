"""Connections to where strangers say: never into the network of the machine itself (SSRF).

The address is looked at where the connection is made, after the name was resolved and at each
redirect, so that a name that leads elsewhere by then is refused too.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from ..addresses import is_private

CONNECT_SECONDS = 10.0


class PrivateTargetError(OSError):
    """The address is not one of the Internet."""


class PublicResolver(AbstractResolver):
    """Resolves names for aiohttp, and refuses those that lead to a private address.

    aiohttp resolves no literal address: whoever uses it looks at those before.
    """

    def __init__(self, *, private_targets: bool) -> None:
        self._inner = ThreadedResolver()
        self._private = private_targets

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of *host*.

        Raises:
            PrivateTargetError: one of them is private.

        """
        found = await self._inner.resolve(host, port, family)
        if not self._private and any(is_private(one["host"]) for one in found):
            raise PrivateTargetError
        return found

    async def close(self) -> None:
        """Close nothing: threads of the loop do the work."""
        await self._inner.close()


def http_session(*, private_targets: bool) -> aiohttp.ClientSession:
    """Return a session for requests to where strangers say; its user forbids redirects."""
    connector = aiohttp.TCPConnector(
        resolver=PublicResolver(private_targets=private_targets), limit=0, force_close=True
    )
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


class Wire:
    """The sockets that one thread opens for one message: they can be cut from outside."""

    def __init__(self, *, private_targets: bool) -> None:
        self._private = private_targets
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._cut = False
        self.refused = False
        """Whether an address was private."""

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Watch what urllib3 connects to in this thread."""
        _here.wire = self
        try:
            yield
        finally:
            del _here.wire

    def cut(self) -> None:
        """End every connection: whoever waits for one wakes up with an error."""
        with self._lock:
            self._cut = True
            for one in self._sockets:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def connect(self, host: str, port: int, options: Any) -> socket.socket:
        """Return a connection to *host*, if it may be reached.

        Raises:
            PrivateTargetError: one of its addresses is private.
            OSError: none can be reached.

        """
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        if not self._private and any(is_private(str(one[4][0])) for one in found):
            self.refused = True
            raise PrivateTargetError(f"{host} is not on the Internet")
        error: OSError = OSError(f"{host} has no address")
        for family, kind, protocol, _, address in found:
            one = socket.socket(family, kind, protocol)
            try:
                one.settimeout(CONNECT_SECONDS)
                for option in options or ():
                    one.setsockopt(*option)
                with self._lock:
                    if self._cut:
                        raise TimeoutError("it took too long")
                    self._sockets.append(one)
                one.connect(address)
            except OSError as failure:
                one.close()
                error = failure
            else:
                return one
        raise error


class _Here(threading.local):
    wire: Wire


_here = _Here()


@contextlib.contextmanager
def urllib3_watched() -> Iterator[None]:
    """Let urllib3, which apprise's services use, connect by way of the thread's :class:`Wire`.

    It offers no other place to look at an address after its name was resolved.
    """
    from urllib3.util import connection

    original: Callable[..., socket.socket] = connection.create_connection

    def create_connection(
        address: tuple[str, int],
        timeout: Any = None,
        source_address: Any = None,
        socket_options: Any = None,
    ) -> socket.socket:
        wire: Wire | None = getattr(_here, "wire", None)
        if wire is None:
            return original(address, timeout, source_address, socket_options)
        one = wire.connect(*address, socket_options)
        if isinstance(timeout, int | float):
            one.settimeout(timeout)
        return one

    connection.create_connection = create_connection
    try:
        yield
    finally:
        connection.create_connection = original
