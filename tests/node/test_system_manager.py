"""What the service manager hears."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from callguard.node.system_manager import SystemManager


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[tuple[socket.socket, dict[str, str]]]:
    """The manager's socket, and the environment that it gives."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        path = str(tmp_path / "notify")
        sock.bind(path)
        sock.setblocking(False)
        yield sock, {"NOTIFY_SOCKET": path}


def heard(sock: socket.socket) -> list[str]:
    lines = []
    while True:
        try:
            lines.append(sock.recv(1024).decode().partition("\n")[0])
        except BlockingIOError:
            return lines


Given = tuple[socket.socket, dict[str, str]]


def test_it_hears_how_the_node_stands(manager: Given) -> None:
    sock, environ = manager
    told = SystemManager(environ)
    told.ready()
    told.reloading()
    told.stopping()
    assert heard(sock) == ["READY=1", "RELOADING=1", "STOPPING=1"]


def test_it_hears_no_beat_unless_it_asks(manager: Given) -> None:
    sock, environ = manager
    SystemManager(environ).beat()
    assert heard(sock) == []


def test_it_hears_beats_well_within_its_time(manager: Given) -> None:
    sock, environ = manager
    told = SystemManager({**environ, "WATCHDOG_USEC": "600000000"})
    told.beat()
    told.beat()
    assert heard(sock) == ["WATCHDOG=1"]


def test_it_hears_no_beat_that_is_for_another_process(manager: Given) -> None:
    sock, environ = manager
    theirs = {"WATCHDOG_USEC": "1", "WATCHDOG_PID": str(os.getpid() + 1)}
    SystemManager({**environ, **theirs}).beat()
    assert heard(sock) == []


def test_a_manager_that_is_gone_stops_nothing(tmp_path: Path) -> None:
    SystemManager({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()


def test_without_a_manager_nothing_is_said() -> None:
    told = SystemManager({})
    told.ready()
    told.beat()


def test_an_abstract_socket_is_spoken_to() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(b"\0callguard-%d" % os.getpid())
        SystemManager({"NOTIFY_SOCKET": f"@callguard-{os.getpid()}"}).ready()
        sock.settimeout(30)
        assert sock.recv(100) == b"READY=1"
