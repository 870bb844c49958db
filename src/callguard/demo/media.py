"""The sound of a call: an RTP port that records what arrives, speaks a tone, and presses keys."""

import asyncio
import contextlib
import math
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Self

SAMPLE_RATE = 8_000
"""Samples a second of G.711."""
PACKET_SAMPLES = 160
"""20 ms, as telephones send it."""
RECEIVE_BUFFER = 4 * 1024 * 1024
"""Bytes; more than the kernel's usual limit only root is granted."""
_SO_RCVBUFFORCE = 33
"""Linux's; Python has no name for it."""
LATE_PACKETS = 50
"""A packet whose number is so little behind is late, or there already; any other begins anew."""
_HEADER = 12
_PCMU = 0
EVENT_PAYLOAD = 101
"""The RTP payload type of key presses, as telephones usually choose it."""
PRESS_PACKETS = 5
"""A key is held for 100 ms."""
SETTLE_PACKETS = 20
"""Sent before the first key: Asterisk drops a stream's first packets till it trusts them."""
_KEYS = "0123456789*#"
"""Keys by event code (RFC 4733 section 3.2)."""
_ROWS, _COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477)
"""The two tones of a key, in Hz (ITU-T Q.23)."""
_PAD = ("123", "456", "789", "*0#")


def _decoded(code: int) -> int:
    """Return the 16-bit sample of one µ-law byte (ITU-T G.711)."""
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)
    return 0x84 - magnitude if code & 0x80 else magnitude - 0x84


ULAW = tuple(_decoded(code) for code in range(256))


def encode_ulaw(sample: int) -> int:
    """Return the µ-law byte of one 16-bit sample (ITU-T G.711)."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32_635) + 0x84
    exponent = max(magnitude.bit_length() - 8, 0)
    return ~(sign | exponent << 4 | (magnitude >> (exponent + 3) & 0x0F)) & 0xFF


@dataclass(slots=True)
class Sound:
    """Recorded sound: 16-bit samples at 8 kHz."""

    samples: list[int] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Return how long it lasts."""
        return len(self.samples) / SAMPLE_RATE

    def levels(self) -> list[float]:
        """Return the loudness of each 40 ms, as root mean square from 0 to 1."""
        samples, step = self.samples, 2 * PACKET_SAMPLES
        return [
            math.sqrt(sum(s * s for s in samples[i : i + step]) / step) / 32_768
            for i in range(0, len(samples) - step + 1, step)
        ]

    def tone(self, frequency: float) -> float:
        """Return which share of the sound's energy lies at *frequency* Hz (Goertzel), 0 to 1."""
        total = sum(s * s for s in self.samples)
        if not total:
            return 0.0
        turn = 2 * math.cos(2 * math.pi * frequency / SAMPLE_RATE)
        before, last = 0.0, 0.0
        for sample in self.samples:
            before, last = last, sample + turn * last - before
        power = before * before + last * last - turn * before * last
        return min(1.0, 2 * power / (len(self.samples) * total))


class MediaPort(asyncio.DatagramProtocol):
    """A UDP port for PCMU. Records every packet; speaks once it knows where to."""

    def __init__(self) -> None:
        self._packets: list[tuple[int, int, bytes]] = []
        """Sequence number, time stamp, sound."""
        self._transport: asyncio.DatagramTransport | None = None
        self._peer: tuple[str, int] | None = None
        self._speaking: asyncio.Task[None] | None = None
        self._keys: list[_KeyPacket | None] = []
        """What the keys still to be pressed send; None: nothing."""
        self.frequency = 0.0
        self._silent = False

    @classmethod
    async def open(cls, host: str = "127.0.0.1", *, frequency: float = 0.0) -> Self:
        """Open a port that the system chooses; ``frequency`` is the tone it can speak, in Hz."""
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_datagram_endpoint(cls, local_addr=(host, 0))
        protocol.frequency = frequency
        return protocol

    @property
    def port(self) -> int:
        """Return the UDP port."""
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    def connection_made(self, transport: Any) -> None:
        """Take the socket."""
        self._transport = transport
        # Seconds of sound wait here while whoever runs this loop is busy.
        sock: socket.socket = transport.get_extra_info("socket")
        try:
            sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER)
        except PermissionError:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Record one packet."""
        if len(data) > _HEADER and data[1] & 0x7F == _PCMU:
            number, stamp = struct.unpack_from("!HI", data, 2)
            self._packets.append((number, stamp, data[_HEADER:]))

    def speak(self, host: str, port: int) -> None:
        """Send the tone to *host*:*port*, a packet each 20 ms, until closed."""
        if self.frequency:
            self._silent = False
            self._begin(host, port)

    async def say(self, seconds: float, host: str, port: int) -> None:
        """Speak the tone to *host*:*port* for so long, then silence, until closed."""
        self._silent = False
        self._begin(host, port)
        await asyncio.sleep(seconds)
        self._silent = True

    async def press(self, keys: str, host: str, port: int, *, in_band: bool = False) -> None:
        """Press *keys* one after another, 100 ms each with 100 ms between them.

        They go out as events (RFC 4733), or ``in_band`` as the tones that an analogue telephone
        makes (ITU-T Q.23).
        """
        if self._speaking is None or self._peer != (host, port):
            self._keys += [None] * SETTLE_PACKETS
        self._begin(host, port)
        for key in keys:
            packets = _tones(key) if in_band else _events(key)
            self._keys += [*packets, *[None] * PRESS_PACKETS]
        while self._keys:
            await asyncio.sleep(PACKET_SAMPLES / SAMPLE_RATE)

    def _begin(self, host: str, port: int) -> None:
        self._peer = (host, port)
        if self._speaking is None:
            self._speaking = asyncio.get_running_loop().create_task(self._speak())

    def heard(self) -> Sound:
        """Return what has arrived, in order; where packets are missing, silence."""
        sound: list[int] = []
        clock, last = 0, -1
        for number, stamp, payload in self._packets:
            if last >= 0:
                if (last - number) & 0xFFFF < LATE_PACKETS:
                    continue  # late
                gap = (stamp - clock) & 0xFFFFFFFF
                # Without a packet missing, a busy machine paused in the middle of a word, or a new
                # clock began: with an announcement, or a conversation.
                if (number - last) & 0xFFFF > 1 and gap < 10 * SAMPLE_RATE:
                    sound += [0] * gap
            sound += [ULAW[code] for code in payload]
            clock, last = (stamp + len(payload)) & 0xFFFFFFFF, number
        return Sound(sound)

    def forget(self) -> None:
        """Drop what has been recorded."""
        self._packets.clear()

    async def close(self) -> None:
        """Stop speaking and close the port."""
        if self._speaking is not None:
            self._speaking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._speaking
        if self._transport is not None:
            self._transport.close()

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        for number in count():
            stamp = number * PACKET_SAMPLES
            key = self._keys.pop(0) if self._keys else None
            kind, payload = (_PCMU, self._tone(stamp)) if key is None else key.at(stamp)
            began = stamp - key.since if key is not None and kind != _PCMU else stamp
            assert self._transport is not None
            header = struct.pack("!BBHII", 0x80, kind, number & 0xFFFF, began & 0xFFFFFFFF, 0x5EED)
            self._transport.sendto(header + payload, self._peer)
            due += PACKET_SAMPLES / SAMPLE_RATE
            await asyncio.sleep(max(0.0, due - loop.time()))

    def _tone(self, stamp: int) -> bytes:
        speaks = self.frequency and not self._silent
        return _sines(stamp, (self.frequency,)) if speaks else b"\xff" * PACKET_SAMPLES


@dataclass(frozen=True, slots=True)
class _KeyPacket:
    """20 ms of a pressed key: an event, or its tones."""

    since: int
    """Samples since the key went down."""
    event: bytes = b""
    tones: tuple[int, ...] = ()

    def at(self, stamp: int) -> tuple[int, bytes]:
        """Return payload type and payload of the packet that begins at the sample *stamp*."""
        if self.event:
            return EVENT_PAYLOAD, self.event
        return _PCMU, _sines(stamp, self.tones)


def _events(key: str) -> list[_KeyPacket]:
    """Return a key press as events: each says how long it lasted; the last comes three times."""
    code = _KEYS.index(key)
    return [
        _KeyPacket(
            n * PACKET_SAMPLES,
            struct.pack(
                "!BBH",
                code,
                (0x80 if n >= PRESS_PACKETS else 0) | 10,
                min(n + 1, PRESS_PACKETS) * PACKET_SAMPLES,
            ),
        )
        for n in range(PRESS_PACKETS + 3)
    ]


def _tones(key: str) -> list[_KeyPacket]:
    """Return a key press as its two tones."""
    row = next(n for n, keys in enumerate(_PAD) if key in keys)
    tones = (_ROWS[row], _COLUMNS[_PAD[row].index(key)])
    return [_KeyPacket(0, tones=tones)] * PRESS_PACKETS


def _sines(stamp: int, frequencies: Sequence[float]) -> bytes:
    """Return a packet of the sum of sine waves."""
    steps = [2 * math.pi * frequency / SAMPLE_RATE for frequency in frequencies]
    return bytes(
        encode_ulaw(int(10_000 / len(steps) * sum(math.sin(step * (stamp + i)) for step in steps)))
        for i in range(PACKET_SAMPLES)
    )
