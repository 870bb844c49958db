"""What Asterisk leaves in its folder, without an Asterisk."""

import math
import struct
from pathlib import Path

from callguard.recordings.sound import RATE, header

CALL, OTHER_CALL = "5f0c2b9d8e7a6143", "5f0c2b9d8e7a6144"


def tone(seconds: float, frequency: float = 440.0, level: int = 8000) -> bytes:
    """Return sound as somebody's voice would be, or at level 0 as silence."""
    turn = 2 * math.pi * frequency / RATE
    samples = (round(level * math.sin(turn * n)) for n in range(int(seconds * RATE)))
    return b"".join(struct.pack("<h", sample) for sample in samples)


def wav(sound: bytes) -> bytes:
    """Return the file of *sound*."""
    return header(len(sound)) + sound


def leave(spool: Path, name: str, sound: bytes) -> Path:
    """Leave a file of this name."""
    spool.mkdir(parents=True, exist_ok=True)
    path = spool / name
    path.write_bytes(wav(sound))
    return path
