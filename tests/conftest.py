"""What every test may use."""

import socket
from collections.abc import Callable

import pytest


@pytest.fixture(scope="session")
def free_ports() -> Callable[..., list[int]]:
    """Hand out ports of 127.0.0.1 that are free."""

    def take(count: int, kind: socket.SocketKind = socket.SOCK_STREAM) -> list[int]:
        sockets = [socket.socket(socket.AF_INET, kind) for _ in range(count)]
        try:
            for one in sockets:
                one.bind(("127.0.0.1", 0))
            return [one.getsockname()[1] for one in sockets]
        finally:
            for one in sockets:
                one.close()

    return take
