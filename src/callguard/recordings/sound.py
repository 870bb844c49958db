"""The sound files that Asterisk writes: WAV of one kind.

Asterisk's ``wav`` is 16-bit PCM, mono, behind a header of 44 bytes (formats/format_wav.c); the
lengths in it are right only once the file has been closed.
"""

import array
import struct
import sys

HEADER_BYTES = 44
RATE = 8000
"""Samples a second."""
BYTES_A_SECOND = 2 * RATE

_FRAME = RATE // 50
"""Samples of 20 ms."""
_LOUD = 1600
"""Between the lowest and the highest sample of a frame, of 65,535: about -32 dBFS, speech on a
telephone line; noise on one is below a quarter of it."""
_SPOKEN_FRAMES = 25
"""Half a second of sound, in all: shorter than any word one would leave."""


def is_wav(begins: bytes) -> bool:
    """Tell whether a file whose first bytes are *begins* is one that Asterisk writes."""
    return (
        len(begins) == HEADER_BYTES
        and begins[:4] == b"RIFF"
        and begins[8:16] == b"WAVEfmt "
        and begins[20:24] == struct.pack("<HH", 1, 1)
        and begins[24:28] == struct.pack("<I", RATE)
        and begins[34:36] == struct.pack("<H", 16)
    )


def header(length: int) -> bytes:
    """Return the header of a file with *length* bytes of sound."""
    return struct.pack(
        "<4sI8sIHHIIHH4sI",
        *(b"RIFF", HEADER_BYTES - 8 + length, b"WAVEfmt ", 16, 1, 1),
        *(RATE, BYTES_A_SECOND, 2, 16, b"data", length),
    )


def has_speech(sound: bytes) -> bool:
    """Tell whether somebody says something in *sound*, and not only the line hums."""
    samples = array.array("h", sound[: len(sound) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    spoken = 0
    for begin in range(0, len(samples) - _FRAME + 1, _FRAME):
        frame = samples[begin : begin + _FRAME]
        spoken += max(frame) - min(frame) > _LOUD
        if spoken >= _SPOKEN_FRAMES:
            return True
    return False
