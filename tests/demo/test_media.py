"""The sound of a call: G.711, tones, and what an RTP port hears."""

import asyncio
import math
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callguard.demo.media import ULAW, MediaPort, Sound, encode_ulaw


def tone(frequency: float, seconds: float = 0.5) -> Sound:
    count = int(8000 * seconds)
    return Sound([int(9000 * math.sin(2 * math.pi * frequency * i / 8000)) for i in range(count)])


def test_every_byte_of_g711_comes_back_as_itself() -> None:
    # µ-law has two zeros; both decode to 0 and encode to the positive one.
    assert [encode_ulaw(ULAW[code]) for code in range(256) if code != 0x7F] == [
        code for code in range(256) if code != 0x7F
    ]


@given(st.integers(-32_768, 32_767))
@settings(deadline=None, derandomize=True)
def test_a_sample_is_off_by_a_sixteenth_at_most(sample: int) -> None:
    clipped = max(-32_124, min(32_124, sample))
    assert abs(ULAW[encode_ulaw(sample)] - clipped) <= max(8, abs(clipped) / 16)


@pytest.mark.parametrize("frequency", [400.0, 440.0, 700.0])
def test_a_tone_is_told_from_another_and_from_silence(frequency: float) -> None:
    assert tone(frequency).tone(frequency) > 0.95
    assert tone(frequency).tone(1000.0) < 0.05
    assert Sound([0] * 800).tone(frequency) == 0.0


async def _send(port: MediaPort, *packets: tuple[int, int, int]) -> None:
    """Send packets of one value: (number, timestamp, µ-law byte); wait until they are there."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        asyncio.DatagramProtocol, remote_addr=("127.0.0.1", port.port)
    )
    for number, stamp, code in packets:
        header = struct.pack("!BBHII", 0x80, 0, number, stamp & 0xFFFFFFFF, 1)
        transport.sendto(header + bytes([code]) * 160)
    transport.sendto(b"not RTP at all")
    async with asyncio.timeout(5):
        while len(port.heard().samples) < 160 * len({stamp for _, stamp, _ in packets}):
            await asyncio.sleep(0.001)
    transport.close()


async def test_a_gap_is_filled_with_silence_and_a_late_packet_is_dropped() -> None:
    port = await MediaPort.open()
    await _send(port, (65535, 1000, 0x00), (1, 1320, 0x00), (0, 1160, 0x00))
    samples = port.heard().samples
    assert samples == [ULAW[0]] * 160 + [0] * 160 + [ULAW[0]] * 160
    await port.close()


async def test_a_new_clock_goes_on_where_the_old_one_ended() -> None:
    port = await MediaPort.open()
    await _send(port, (7, 1000, 0x00), (8, 3_000_000_000, 0x00), (9, 2_999_996_000, 0x00))
    assert port.heard().seconds == pytest.approx(0.06)
    await port.close()


async def test_one_port_hears_what_another_speaks() -> None:
    speaker, listener = await MediaPort.open(frequency=440.0), await MediaPort.open()
    speaker.speak("127.0.0.1", listener.port)
    async with asyncio.timeout(5):
        while listener.heard().seconds < 0.1:
            await asyncio.sleep(0.01)
    await speaker.close()
    assert listener.heard().tone(440.0) > 0.9
    listener.forget()
    assert listener.heard().samples == []
    await listener.close()
