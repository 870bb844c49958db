"""Announcements of a moment's silence, for calls that are counted and not listened to."""

import wave
from pathlib import Path

from ..prompts import audio_folder


def silent_sounds(folder: Path) -> Path:
    """Make 20 ms of silence under each announcement's name; return *folder*."""
    (folder / "ja").mkdir(parents=True, exist_ok=True)
    for announcement in (audio_folder() / "ja").glob("*.wav"):
        with wave.open(str(folder / "ja" / announcement.name), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(bytes(320))
    return folder
