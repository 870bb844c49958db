"""The sound of ``script/bench calls``: a process of its own, the ears and mouths of all ends.

``python -m benches.media_ends`` prints its two UDP ports, one for all callers and one for all
telephones, then speaks and listens until stdin ends, and prints what it found as one JSON object.

Whoever is spoken to is answered: each stream that arrives, told apart by the port that Asterisk
sends it from, is given a stream back, 50 packets of PCMU a second. Each packet bears its own
number, which Asterisk passes on with the sound, so that what arrives at the other side is known one
by one. Times of arrival are the kernel's.
"""

import json
import select
import socket
import struct
import sys
import time
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

PACKET_SECONDS = 0.02
PACKET_SAMPLES = 160
BUFFER_SECONDS = 0.06
"""What a telephone holds back to play evenly; a packet that is later is as good as lost."""
_RECEIVE_BUFFER = 8 * 1024 * 1024
_SO_RCVBUFFORCE, _SO_TIMESTAMPNS = 33, 35
"""Linux's; Python has no names for them."""
_HEADER = struct.Struct("!BBHII")
_MARK = struct.Struct("!4sHI")
_MAGIC = b"\x10\x32\x54\x76"
_STAMP = struct.Struct("@qq")
_REST = b"\xff" * (PACKET_SAMPLES - _MARK.size)


@dataclass(slots=True)
class Arrived:
    """Packets of one stream: their numbers, and when they came, in seconds."""

    numbers: "array[int]" = field(default_factory=lambda: array("L"))
    times: "array[float]" = field(default_factory=lambda: array("d"))

    def add(self, number: int, at: float) -> None:
        """Take one packet."""
        self.numbers.append(number)
        self.times.append(at)


@dataclass(slots=True)
class Mouth:
    """What is sent back to one port of Asterisk's."""

    address: tuple[str, int]
    name: int
    due: float
    sent: Arrived = field(default_factory=Arrived)


class Side:
    """All callers, or all telephones: one socket."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER)
        except PermissionError:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        self.socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self.socket.setblocking(False)
        self.mouths: dict[int, Mouth] = {}
        """By Asterisk's port."""
        self.from_asterisk: dict[tuple[int, int], Arrived] = {}
        """Announcements, by port and SSRC; by RTP's own numbers."""
        self.from_other_side: dict[int, Arrived] = {}
        """By the name of the mouth."""

    @property
    def port(self) -> int:
        """Return the UDP port."""
        return int(self.socket.getsockname()[1])

    def hear(self) -> None:
        """Take all that has arrived."""
        while True:
            try:
                data, extra, _, address = self.socket.recvmsg(2048, 64)
            except BlockingIOError:
                return
            if len(data) < _HEADER.size + _MARK.size or data[1] & 0x7F:
                continue  # not PCMU
            seconds, nanoseconds = _STAMP.unpack(extra[0][2])
            at = seconds + nanoseconds / 1e9
            magic, name, number = _MARK.unpack_from(data, _HEADER.size)
            port = address[1]
            if magic == _MAGIC:
                self.from_other_side.setdefault(name, Arrived()).add(number, at)
            else:
                _, _, number, _, source = _HEADER.unpack_from(data)
                self.from_asterisk.setdefault((port, source), Arrived()).add(number, at)
            if port not in self.mouths:
                # At a moment of its own: telephones do not send in step.
                phase = (len(self.mouths) * 7 % 20) / 1000
                self.mouths[port] = Mouth(address, len(self.mouths), time.time() + phase)

    def speak(self, now: float) -> None:
        """Send what is due."""
        for mouth in self.mouths.values():
            while mouth.due <= now:
                number = len(mouth.sent.numbers)
                header = _HEADER.pack(
                    0x80, 0, number & 0xFFFF, number * PACKET_SAMPLES & 0xFFFFFFFF, mouth.name
                )
                mark = _MARK.pack(_MAGIC, mouth.name, number)
                self.socket.sendto(header + mark + _REST, mouth.address)
                mouth.sent.add(number, time.time())
                mouth.due += PACKET_SECONDS


def play() -> tuple[Side, Side]:
    """Speak and listen until stdin ends."""
    callers, telephones = sides = (Side(), Side())
    print(json.dumps({"callers": callers.port, "telephones": telephones.port}), flush=True)  # noqa: T201
    poll = select.poll()
    poll.register(sys.stdin, select.POLLIN | select.POLLHUP)
    for side in sides:
        poll.register(side.socket, select.POLLIN)
    while True:
        for descriptor, _ in poll.poll(1):
            if descriptor == sys.stdin.fileno():
                return sides
        for side in sides:
            side.hear()
            side.speak(time.time())


def jitter_ms(transits: Iterable[float]) -> list[float]:
    """Return RFC 3550's interarrival jitter after each packet (section 6.4.1), in ms.

    *transits* say how long each packet was on its way, in seconds; from which moment on does not
    matter.
    """
    found: list[float] = []
    jitter = 0.0
    for last, this in pairwise(transits):
        jitter += (abs(this - last) - jitter) / 16
        found.append(jitter * 1000)
    return found


def during(arrived: Arrived, begin: float, end: float) -> Arrived:
    """Return what arrived between two moments."""
    part = Arrived()
    for number, at in zip(arrived.numbers, arrived.times, strict=True):
        if begin <= at <= end:
            part.add(number, at)
    return part


def conversation(said: Side, heard: Side) -> dict[str, float]:
    """Return how one side's words came to the other while all conversations were going on."""
    streams = heard.from_other_side
    begin = max((one.times[0] for one in streams.values()), default=0.0)
    end = min((one.times[-1] for one in streams.values()), default=0.0)
    found: dict[str, float] = {"streams": len(streams), "seconds": max(0.0, end - begin)}
    if end <= begin:
        return found
    spoken = {mouth.name: mouth.sent for mouth in said.mouths.values()}
    sent = arrived = unplayable = 0
    transits: list[float] = []
    jitters: list[float] = []
    for name, all_of_it in streams.items():
        # What was sent a little before the end may still be on its way.
        came = dict(zip(all_of_it.numbers, all_of_it.times, strict=True))
        mine = during(spoken[name], begin, end - 1)
        took = [
            (came[number] - at)
            for number, at in zip(mine.numbers, mine.times, strict=True)
            if number in came
        ]
        sent += len(mine.numbers)
        arrived += len(took)
        quickest = min(took, default=0.0)
        unplayable += sum(one > quickest + BUFFER_SECONDS for one in took)
        transits += took
        jitters += jitter_ms(took)
    return {
        **found,
        "packets": sent,
        "loss_percent": 100 * (sent - arrived) / sent,
        "unplayable_percent": 100 * (sent - arrived + unplayable) / sent,
        "jitter_ms": median(jitters),
        "jitter_p99_ms": _part(jitters, 0.99),
        "transit_ms": median(transits) * 1000,
        "transit_p99_ms": _part(transits, 0.99) * 1000,
    }


def announcements(side: Side) -> dict[str, float]:
    """Return how Asterisk's own announcements arrived at one side."""
    packets = missing = 0
    jitters: list[float] = []
    for one in side.from_asterisk.values():
        numbers = one.numbers
        for last, number in pairwise(numbers):
            gap = (number - last) & 0xFFFF
            if gap < 1000:  # else the stream began anew
                missing += gap - 1
        packets += len(numbers)
        jitters += jitter_ms(
            at - number * PACKET_SECONDS for number, at in zip(numbers, one.times, strict=True)
        )
    return {
        "streams": len(side.from_asterisk),
        "packets": packets,
        "loss_percent": 100 * missing / max(1, packets + missing),
        "jitter_ms": median(jitters) if jitters else 0.0,
        "jitter_p99_ms": _part(jitters, 0.99),
    }


def _part(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)] if ordered else 0.0


def main() -> None:
    """Play, then tell."""
    callers, telephones = play()
    found = {
        "to_telephone": conversation(callers, telephones),
        "to_caller": conversation(telephones, callers),
        "announcements": announcements(callers),
    }
    print(json.dumps(found))  # noqa: T201


if __name__ == "__main__":
    main()
