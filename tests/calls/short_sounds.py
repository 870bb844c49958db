"""Announcements cut short, for tests of what is done and not of what is said."""

import shutil
import wave
from collections.abc import Collection
from pathlib import Path

from callguard.demo.home import Home
from callguard.prompts import audio_folder

SECONDS = 0.3


async def cut_short(home: Home, *, whole: Collection[str] = ()) -> None:
    """Have *home* play the beginning of each announcement only, but for those that stay *whole*."""
    folder = home.folder / "sounds"
    (folder / "ja").mkdir(parents=True, exist_ok=True)
    for path in (audio_folder() / "ja").glob("*.wav"):
        if path.stem in whole:
            shutil.copyfile(path, folder / "ja" / path.name)
        else:
            _cut(path, folder / "ja" / path.name)
    await home.asterisk.console(f"dialplan set global CALLGUARD_SOUNDS {folder}")


async def whole_again(home: Home) -> None:
    """Have the announcements played to their ends."""
    await home.asterisk.console(f"dialplan set global CALLGUARD_SOUNDS {audio_folder()}")


def _cut(source: Path, target: Path) -> None:
    with wave.open(str(source)) as whole, wave.open(str(target), "wb") as short:
        short.setparams(whole.getparams())
        short.writeframes(whole.readframes(int(SECONDS * whole.getframerate())))
