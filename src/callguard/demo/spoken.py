"""What the demo's recordings hold: the warning, and a hum where people would talk."""

import array
import math
import sys
from functools import cache

from ..prompts import load
from ..recordings.shelf import Kind
from ..recordings.sound import BYTES_A_SECOND, HEADER_BYTES, RATE

_TONE, _SYLLABLES, _LEVEL = 220, 4, 5000
"""Hertz, swells a second, and the highest sample of 32,767."""


def sound(kind: Kind, seconds: int) -> bytes:
    """Return *seconds* of sound as it is recorded: 16-bit PCM, ``RATE`` samples a second."""
    begins = _warning() if kind is Kind.CALL else b""
    wanted = seconds * BYTES_A_SECOND
    return (begins + _hum() * seconds)[:wanted]


@cache
def _warning() -> bytes:
    return load()["warning-recorded"].audio().read_bytes()[HEADER_BYTES:]


@cache
def _hum() -> bytes:
    """Return a second of it; the second begins and ends in silence."""
    turn = 2 * math.pi / RATE
    samples = array.array(
        "h",
        (
            round(_LEVEL * math.sin(_TONE * turn * n) * abs(math.sin(_SYLLABLES / 2 * turn * n)))
            for n in range(RATE)
        ),
    )
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()
