"""A listening socket that goes from one process to its successor."""

import socket
from collections.abc import Iterator

import pytest

from callguard.node.listener import Listener


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener("127.0.0.1", 0)
    listener.open()
    yield listener
    listener.close()


def address(listener: Listener) -> tuple[str, int]:
    host, port = listener.listening.getsockname()
    return host, port


def test_who_waits_in_the_queue_is_served_by_the_successor(listener: Listener) -> None:
    with socket.create_connection(address(listener)) as caller:
        successor = Listener("127.0.0.1", 0)
        successor.take_over(listener)
        listener.close()
        successor.listening.setblocking(True)
        served, _ = successor.listening.accept()
        with served:
            served.sendall(b"hello")
        assert caller.recv(5) == b"hello"
        successor.close()


def test_who_waits_hears_it_when_nobody_serves_any_more(listener: Listener) -> None:
    with socket.create_connection(address(listener)) as caller:
        caller.settimeout(30)
        listener.close()
        with pytest.raises(ConnectionResetError):
            caller.recv(1)


def test_several_share_an_address(listener: Listener) -> None:
    other = Listener(*address(listener))
    other.open()
    assert address(other) == address(listener)
    other.close()


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(OSError, match="assign"):
        Listener("192.0.2.1", 4573).open()
