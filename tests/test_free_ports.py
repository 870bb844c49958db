"""Ports for parts that are told theirs before they begin."""

import asyncio
import socket
import sys

from callguard.free_ports import FIRST, LAST, free_ports, free_row, is_free


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


def test_a_row_is_handed_out_as_a_whole() -> None:
    rows = [free_row(3) for _ in range(60)]
    assert all(len(row) == 3 and row.step == 1 for row in rows)
    assert len({port for row in rows for port in row}) == 180


async def test_programs_beside_each_other_have_different_ports() -> None:
    program = "from callguard.free_ports import free_ports; print(free_ports(100)); input()"
    others = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", program),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]
    found = [set(free_ports(100))]
    for other in others:
        assert other.stdout is not None
        found.append({int(port) for port in (await other.stdout.readline())[1:-2].split(b",")})
    for other in others:
        await other.communicate(b"\n")
    assert len(set[int]().union(*found)) == 400
