"""Hosts as network namespaces, and the wires between them: cut, slow, or losing packets.

Each host has one interface, a TUN device whose other end is held here. A thread carries packets
from one to the other as a switch does, and treats those between two hosts as it is told. (The
kernel's own means, netem, is not to be had everywhere.)

Everything is made in the network namespace of this process, which must be one of its own:
``unshare --net --mount`` (``script/chaos``). It goes when the process goes.
"""

import fcntl
import heapq
import os
import random
import selectors
import socket
import struct
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from callguard.demo.place import Place

_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_PACKET = 4096
_NET = "10.77.0"


@dataclass(frozen=True, slots=True)
class Wire:
    """What becomes of the packets between two hosts."""

    loss: float = 0.0
    """Share of the packets that is lost; 1: all."""
    delay: float = 0.0
    """Seconds that each takes."""


PERFECT = Wire()


class Network:
    """Hosts and their wires. :meth:`place` makes a host when it is first named."""

    OUTSIDE = "exchange"
    """The host that is this process's own namespace."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._ends: dict[int, int] = {}
        """The open end of each host's wire, by the host's number."""
        self._faults: dict[frozenset[str], Wire] = {}
        self._table: dict[tuple[int, int], Wire] = {}
        self._chance = random.Random(2026)
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._late: list[tuple[float, int, int, bytes]] = []
        self._count = 0
        self._stopping = False
        _run("ip", "link", "set", "lo", "up")
        Path("/run/netns").mkdir(exist_ok=True)
        _run("mount", "-t", "tmpfs", "tmpfs", "/run/netns")
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    @property
    def hosts(self) -> int:
        """Return how many hosts there are."""
        return len(self._numbers)

    def place(self, name: str) -> Place:
        """Return the host of that name."""
        if name not in self._numbers:
            self._make(name)
        address = f"{_NET}.{self._numbers[name]}"
        if name == self.OUTSIDE:
            return Place(address)
        return Place(address, ("nsenter", f"--net=/run/netns/{name}", "--"))

    def fault(self, wire: Wire, one: str, *others: str) -> None:
        """Have the packets between *one* and each of *others* treated so, both ways.

        With no others: between it and every host.
        """
        for other in others or tuple(self._numbers):
            if other != one:
                self._faults[frozenset((one, other))] = wire
        self._publish()

    def mend(self) -> None:
        """Make every wire perfect again; what is under way still arrives."""
        self._faults.clear()
        self._publish()

    def close(self) -> None:
        """Stop carrying packets."""
        self._stopping = True
        self._wake.send(b"x")
        self._thread.join(5)
        for end in self._ends.values():
            os.close(end)

    def _make(self, name: str) -> None:
        number = 11 + len(self._numbers)
        device = f"wire{number}"
        end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(end, _TUNSETIFF, struct.pack("16sH", device.encode(), _IFF_TUN | _IFF_NO_PI))
        inside: tuple[str, ...] = ()
        if name != self.OUTSIDE:
            _run("ip", "netns", "add", name)
            _run("ip", "link", "set", device, "netns", name)
            inside = ("ip", "netns", "exec", name)
            _run(*inside, "ip", "link", "set", "lo", "up")
        _run(*inside, "ip", "address", "add", f"{_NET}.{number}/24", "dev", device)
        _run(*inside, "ip", "link", "set", device, "up")
        self._numbers[name] = number
        self._ends[number] = end
        self._selector.register(end, selectors.EVENT_READ)
        self._wake.send(b"x")
        self._publish()

    def _publish(self) -> None:
        names = {number: name for name, number in self._numbers.items()}
        self._table = {
            (one, other): self._faults.get(frozenset((names[one], names[other])), PERFECT)
            for one in names
            for other in names
        }

    def _carry(self) -> None:
        while not self._stopping:
            now = time.monotonic()
            while self._late and self._late[0][0] <= now:
                _, _, to, packet = heapq.heappop(self._late)
                self._deliver(to, packet)
            pause = self._late[0][0] - now if self._late else None
            for key, _ in self._selector.select(pause):
                if key.fileobj is self._woken:
                    self._woken.recv(64)
                else:
                    self._take(key.fd)

    def _take(self, end: int) -> None:
        for _ in range(64):
            try:
                packet = os.read(end, _PACKET)
            except OSError:
                return
            if len(packet) < 20 or packet[0] >> 4 != 4:
                continue  # not IPv4: nobody speaks anything else here
            sender, to = packet[15], packet[19]
            wire = self._table.get((sender, to), PERFECT)
            if wire.loss and self._chance.random() < wire.loss:
                continue
            if wire.delay:
                self._count += 1
                due = time.monotonic() + wire.delay
                heapq.heappush(self._late, (due, self._count, to, packet))
            else:
                self._deliver(to, packet)

    def _deliver(self, to: int, packet: bytes) -> None:
        end = self._ends.get(to)
        if end is not None:
            try:
                os.write(end, packet)
            except OSError:
                return  # a full queue loses packets, as everywhere


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
