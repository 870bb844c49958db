"""The announcement catalogue: what is said, to whom, and where the sound of it is."""

import tomllib
import wave
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

__all__ = ["Prompt", "audio_folder", "load"]

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Prompt:
    """One announcement.

    ``name`` is its table in ``catalogue.toml`` and the stem of its audio files; ``to`` is who hears
    it; ``when`` says in English when it is played; ``ja`` and ``en`` are the words. ``spoken`` is
    ``ja`` as the synthetic voice must be given it, or None where ``ja`` reads correctly.
    """

    name: str
    to: Literal["caller", "subscriber", "family"]
    when: str
    ja: str
    en: str
    spoken: str | None = None

    def audio(self, language: str = "ja") -> Path:
        """Return the path of the recording in ``language`` (``"ja"``): WAV, 8 kHz, mono, 16 bit.

        The file is not opened: the path of a language that has no recordings leads nowhere.
        """
        return audio_folder() / language / f"{self.name}.wav"

    def seconds(self, language: str = "ja") -> float:
        """Return the length of the recording in ``language``, in seconds.

        Raises FileNotFoundError where there is no recording in that language, and wave.Error where
        the file is not a PCM WAV file.
        """
        with wave.open(str(self.audio(language)), "rb") as recording:
            return recording.getnframes() / recording.getframerate()


def audio_folder() -> Path:
    """Return the absolute path of the folder that contains a folder for each language (``ja/``)."""
    return _HERE / "audio"


@cache
def load() -> dict[str, Prompt]:
    """Return every prompt by name, in the order of ``catalogue.toml``. The file is read once.

    Raises TypeError where a table has an unknown key or lacks one: a fault in the package, never in
    its use.
    """
    with (_HERE / "catalogue.toml").open("rb") as file:
        tables = tomllib.load(file)
    return {name: Prompt(name=name, **table) for name, table in tables.items()}
