"""The recordings of a home: what lies where, and what is heard in it."""

import array
import asyncio
import os
import wave
from collections.abc import Callable
from io import BytesIO
from typing import TypeVar

from sqlalchemy import select

from callguard.database import Database
from callguard.demo.home import Home
from callguard.demo.media import SAMPLE_RATE, Sound
from callguard.households.directory import Directory
from callguard.notify.models import News
from callguard.recordings.recordings import Recording, Recordings
from callguard.recordings.shelf import Shelf

T = TypeVar("T")


class Kept:
    """What is kept of what was said in a home."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self.data = home.folder / "data"
        self.spool = home.folder / "asterisk" / "spool" / "recordings"

    def spooled(self) -> list[str]:
        """Return the names of the files in Asterisk's folder."""
        return sorted(path.name for path in self.spool.iterdir())

    def sizes(self) -> list[int]:
        """Return how large those files are."""
        return [path.stat().st_size for path in self.spool.iterdir()]

    def age(self, seconds: float) -> None:
        """Have those files be so much older."""
        for path in self.spool.iterdir():
            then = path.stat().st_mtime - seconds
            os.utime(path, (then, then))

    def news(self) -> list[tuple[str, str]]:
        """Return what the family is to be told: topics and calls."""
        database = Database(f"sqlite:///{self.data / 'households.db'}")
        try:
            with database.reading() as session:
                found = session.scalars(select(News).order_by(News.id)).all()
                return [(one.topic, one.detail.get("call_id", "")) for one in found]
        finally:
            database.close()

    def sealed(self) -> list[str]:
        """Return the names of the files in callguard's."""
        folder = self.data / "recordings"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def all(self) -> list[Recording]:
        """Return the recordings that the household has."""
        return self._ask(lambda recordings, household: list(recordings.all(household)))

    def sound(self, call_id: str) -> Sound:
        """Return what was said in a call."""
        return heard(self._ask(lambda recordings, home: recordings.whole(home, call_id)))

    async def of(self, call_id: str) -> Recording:
        """Wait for the recording of a call."""
        async with asyncio.timeout(60):
            while True:
                for one in await asyncio.to_thread(self.all):
                    if one.call_id == call_id:
                        return one
                await asyncio.sleep(0.1)

    async def nothing_in_clear(self) -> None:
        """Wait until Asterisk's folder is empty, and see that nothing of the home is a sound."""
        async with asyncio.timeout(60):
            while self.spooled():
                await asyncio.sleep(0.1)
        for path in self._home.folder.rglob("*"):
            if path.is_file():
                assert b"WAVEfmt" not in await asyncio.to_thread(path.read_bytes), path

    def _ask(self, what: Callable[[Recordings, int], T]) -> T:
        database = Database(f"sqlite:///{self.data / 'households.db'}")
        try:
            (household,) = Directory(database).all()
            shelf = Shelf(self.data / "recordings")
            return what(Recordings(database, shelf, self.data / "recordings.key"), household.id)
        finally:
            database.close()


def heard(content: bytes) -> Sound:
    """Return the sound of a WAV file."""
    with wave.open(BytesIO(content)) as file:
        return Sound(array.array("h", file.readframes(file.getnframes())).tolist())


def has_tone(sound: Sound, frequency: float) -> bool:
    """Tell whether somebody spoke this tone, alone or with another, for half a second."""
    half = SAMPLE_RATE // 2
    parts = (sound.samples[at : at + half] for at in range(0, len(sound.samples), half))
    return any(Sound(part).tone(frequency) > 0.25 for part in parts)
