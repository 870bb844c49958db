"""Which announcement is this? Compares a recording with all prompts.

The shape of loudness tells announcements apart, whatever a telephone line did to them. Those that
differ in a word have nearly the same shape; between them the waveform decides.
"""

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import sqrt
from operator import mul

from ..prompts import load
from .media import PACKET_SAMPLES, Sound

MIN_LIKENESS = 0.85
"""Correlation of loudness from which a prompt counts as recognised; others stay below 0.6."""
_ALIKE = 0.12
"""Prompts whose likeness is so near to the best one's are told apart by their waveform."""
_STEP = 2 * PACKET_SAMPLES
"""Samples of one step of loudness, 40 ms."""
_WINDOW = 10 * _STEP
"""Samples that are compared at once: a syllable or two."""


_SHORTEST = 25
"""Steps of loudness, a second: what is shorter, such as a digit, is like a part of everything."""
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

    @property
    def whole(self) -> bool:
        """Tell whether it was heard to its end, but for a word's last sound."""
        return bool(self.prompt) and self.seconds > load()[self.prompt].seconds() - 0.3


def recognise(sound: Sound) -> Recognised:
    """Return the prompt that *sound* begins with, after at most two seconds of something else."""
    heard = sound.levels()
    found: list[tuple[Recognised, int]] = []
    for name, levels in _known().items():
        if len(levels) < _SHORTEST:
            continue
        best, begin = Recognised("", 0.0, 0.0), 0
        for lead in range(min(_MAX_LEAD, len(heard))):
            part = heard[lead : lead + len(levels)]
            if len(part) < 0.6 * len(levels):
                break
            likeness = _correlation(part, levels[: len(part)])
            if likeness > best.likeness:
                best, begin = Recognised(name, len(part) / 25, likeness), lead
        found.append((best, begin))
    most = max((one.likeness for one, _ in found), default=0.0)
    if most < MIN_LIKENESS:
        return Recognised("", 0.0, most)
    alike = [(one, begin) for one, begin in found if one.likeness > most - _ALIKE]
    if len(alike) == 1:
        return alike[0][0]
    return max(alike, key=lambda one: _same_wave(sound.samples, one[0].prompt, one[1]))[0]


def holds(sound: Sound, name: str) -> bool:
    """Tell whether the prompt *name* is in *sound*, from its beginning to its end, anywhere."""
    heard, levels = sound.levels(), _known()[name]
    return any(
        _correlation(heard[lead : lead + len(levels)], levels) >= MIN_LIKENESS
        for lead in range(len(heard) - len(levels) + 1)
    )


def _same_wave(heard: Sequence[int], name: str, begin: int) -> float:
    """Return how like the waves are where they differ most, with the prompt from step *begin* on.

    The prompt may begin a step earlier or later: the loudest tenth of a second finds the place.
    """
    prompt = _samples(name)
    loudest = max(
        range(0, len(prompt) - _WINDOW, _STEP),
        key=lambda at: sum(map(abs, prompt[at : at + 800])),
    )
    mark = prompt[loudest : loudest + 800]
    around = begin * _STEP + loudest
    offset = max(
        range(max(0, around - 2 * _STEP), around + 2 * _STEP),
        key=lambda at: _product(heard[at : at + 800], mark),
    )
    shift = offset - loudest
    return min(
        (
            _correlation(heard[at + shift : at + shift + _WINDOW], prompt[at : at + _WINDOW])
            for at in range(max(0, -shift), min(len(prompt), len(heard) - shift) - _WINDOW, _WINDOW)
        ),
        default=0.0,
    )


def _product(a: Sequence[float], b: Sequence[float]) -> float:
    return float(sum(map(mul, a, b)))


@cache
def _samples(name: str) -> Sequence[int]:
    with wave.open(str(load()[name].audio("ja"))) as file:
        return memoryview(file.readframes(file.getnframes())).cast("h").tolist()


@cache
def _known() -> dict[str, list[float]]:
    return {name: Sound(list(_samples(name))).levels() for name in load()}


def _correlation(a: Sequence[float], b: Sequence[float]) -> float:
    count = len(a)
    sum_a, sum_b = sum(a), sum(b)
    product = _product(a, b) - sum_a * sum_b / count
    size_a = _product(a, a) - sum_a * sum_a / count
    size_b = _product(b, b) - sum_b * sum_b / count
    return product / sqrt(size_a * size_b) if size_a > 0 and size_b > 0 else 0.0
