"""Announcements cut short, for tests of what is done and not of what is said."""

import math
import shutil
import struct
import wave
from collections.abc import Collection, Mapping
from pathlib import Path

from callguard.demo.home import Home
from callguard.prompts import audio_folder

SECONDS = 0.3
TONE_SECONDS = 2.0
_RATE = 8000


async def cut_short(
    home: Home, *, whole: Collection[str] = (), tones: Mapping[str, float] | None = None
) -> None:
    """Have *home* play the beginning of each announcement only, but for those that stay *whole*.

    In place of those in *tones* a tone is played, of so many Hz: it is told from silence, and from
    other tones, on a machine that is too busy to play speech well.
    """
    folder = home.folder / "sounds"
    (folder / "ja").mkdir(parents=True, exist_ok=True)
    for path in (audio_folder() / "ja").glob("*.wav"):
        target = folder / "ja" / path.name
        if tones and path.stem in tones:
            _write_tone(tones[path.stem], target)
        elif path.stem in whole:
            shutil.copyfile(path, target)
        else:
            _cut(path, target)
    await home.asterisk.console(f"dialplan set global CALLGUARD_SOUNDS {folder}")


async def whole_again(home: Home) -> None:
    """Have the announcements played to their ends."""
    await home.asterisk.console(f"dialplan set global CALLGUARD_SOUNDS {audio_folder()}")


def _cut(source: Path, target: Path) -> None:
    with wave.open(str(source)) as whole, wave.open(str(target), "wb") as short:
        short.setparams(whole.getparams())
        short.writeframes(whole.readframes(int(SECONDS * whole.getframerate())))


def _write_tone(frequency: float, target: Path) -> None:
    turn = 2 * math.pi * frequency / _RATE
    samples = [int(8000 * math.sin(turn * n)) for n in range(int(TONE_SECONDS * _RATE))]
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
