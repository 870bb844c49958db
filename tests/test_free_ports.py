"""Ports for parts that are told theirs before they begin."""

import socket

from callguard.free_ports import FIRST, LAST, free_ports, is_free


def test_each_port_is_handed_out_once_for_a_while() -> None:
    found = [port for _ in range(60) for port in free_ports(5)]
    assert len(set(found)) == len(found) == 300


def test_no_port_is_one_that_linux_hands_out_by_itself() -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        assert one.getsockname()[1] > LAST
    assert all(FIRST <= port <= LAST for port in free_ports(20))


def test_a_port_that_somebody_has_is_not_free() -> None:
    (port,) = free_ports(1)
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as one:
            one.bind(("127.0.0.1", port))
            assert not is_free(port)
    assert is_free(port)
