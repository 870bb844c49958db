"""A listening socket that outlives the process that serves it.

The supervisor opens it and its child inherits it. When a child is replaced, its successor accepts
from the same socket, so that no connection is refused or cut in between. When a child dies, the
socket is closed with it: whoever waited in its queue hears so at once, and goes on to the next
line of defence.
"""

import socket

BACKLOG = 1024
"""Connections the kernel holds while the loop is busy."""


class Listener:
    """One TCP address. Several may listen at the same one (SO_REUSEPORT): the kernel shares the
    connections out among them.
    """

    def __init__(self, host: str, port: int) -> None:
        self.address = (host, port)
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """Listen, if it does not yet.

        Raises:
            OSError: the address cannot be used.

        """
        if self._socket is not None:
            return
        family = socket.AF_INET6 if ":" in self.address[0] else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.bind(self.address)
            sock.listen(BACKLOG)
            sock.setblocking(False)
        except OSError:
            sock.close()
            raise
        self._socket = sock

    def take_over(self, other: "Listener") -> None:
        """Listen with the socket of *other*, if it has one: with whoever waits in its queue."""
        if self._socket is None and other._socket is not None:
            self._socket = other._socket.dup()

    def close(self) -> None:
        """Close it in this process; it goes on listening where another has it open."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    @property
    def listening(self) -> socket.socket:
        """The socket, open and listening."""
        assert self._socket is not None, "opened by the supervisor before its child begins"
        return self._socket
