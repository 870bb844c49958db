"""Which announcement is this? Compares a recording with all prompts, by the shape of loudness."""

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import sqrt

from ..prompts import load
from .media import Sound

MIN_LIKENESS = 0.85
"""Correlation of loudness from which a prompt counts as recognised; others stay below 0.6."""
_MAX_LEAD = 50
"""40 ms steps of silence or ringing tone that may come before the prompt."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """The best match of a recording."""

    prompt: str
    """Name of the prompt, or empty if none is alike."""
    seconds: float
    """How much of it was heard."""
    likeness: float
    """Correlation of loudness, from -1 to 1."""


def recognise(sound: Sound) -> Recognised:
    """Return the prompt that *sound* begins with, after at most two seconds of something else."""
    heard = sound.levels()
    best = Recognised("", 0.0, 0.0)
    for name, levels in _known().items():
        for lead in range(min(_MAX_LEAD, len(heard))):
            part = heard[lead : lead + len(levels)]
            if len(part) < 0.6 * len(levels):
                break
            likeness = _correlation(part, levels[: len(part)])
            if likeness > best.likeness:
                best = Recognised(name, len(part) / 25, likeness)
    return best if best.likeness >= MIN_LIKENESS else Recognised("", 0.0, best.likeness)


@cache
def _known() -> dict[str, list[float]]:
    known: dict[str, list[float]] = {}
    for name, prompt in load().items():
        with wave.open(str(prompt.audio("ja"))) as file:
            data = memoryview(file.readframes(file.getnframes())).cast("h")
        known[name] = Sound(list(data)).levels()
    return known


def _correlation(a: Sequence[float], b: Sequence[float]) -> float:
    count = len(a)
    mean_a, mean_b = sum(a) / count, sum(b) / count
    product = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    size_a = sum((x - mean_a) ** 2 for x in a)
    size_b = sum((y - mean_b) ** 2 for y in b)
    return product / sqrt(size_a * size_b) if size_a and size_b else 0.0
