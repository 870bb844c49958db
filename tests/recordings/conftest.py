"""Two households with calls, Asterisk's folder, and callguard's."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from callguard.database import Database
from callguard.notify.models import News
from callguard.recordings.keys import NodeKey
from callguard.recordings.models import HouseholdKey, RecordingRow
from callguard.recordings.recordings import Recordings
from callguard.recordings.registering import Registering
from callguard.recordings.sealing import seal
from callguard.recordings.shelf import Flaw, Shelf
from callguard.recordings.spool import Spool
from callguard.trail import Doer
from callguard.trail.models import Deed

from ..portal.called import log_call
from ..portal.site import NOON, seed, seeded
from ..sqlite import Filling
from .left import leave, tone

YUMI = Doer("由美", None, "192.0.2.7")


@dataclass
class Node:
    """A node's folders and database, two households in it."""

    folder: Path
    database: Database
    household: int
    other: int
    shelf: Shelf = field(init=False)
    spool: Spool = field(init=False)

    def __post_init__(self) -> None:
        self.shelf = Shelf(self.folder / "data" / "recordings", reserve=0)
        self.spool = Spool(self.folder / "spool")
        self.spool.folder.mkdir(parents=True)

    @property
    def key_file(self) -> Path:
        return self.folder / "data" / "recordings.key"

    @property
    def recordings(self) -> Recordings:
        return Recordings(self.database, self.shelf, self.key_file)

    def registering(self) -> Registering:
        return Registering(self.database, self.shelf, NodeKey(self.key_file))

    def call(self, household: int | None = None, ago: timedelta = timedelta(hours=1)) -> str:
        """Put a call into the log; return its name."""
        where = household or self.household
        return log_call(self.database, where, "0422-99-3333", NOON - ago)

    def recorded(self, call_id: str, kind: str = "call", sound: bytes = b"") -> bytes:
        """Record a call, to its place in the database; return what was said."""
        said = sound or tone(1.0)
        leave(self.spool.folder, f"{kind}-{call_id}.wav", said)
        (left,) = self.spool.left()
        assert seal(left, self.shelf, NodeKey(self.key_file), Flaw.NONE)
        assert self.registering().register(NOON) == 1
        return said

    def files(self) -> set[str]:
        """Return the names of the files in callguard's folder."""
        folder = self.shelf.folder
        return {path.name for path in folder.iterdir()} if folder.exists() else set()

    def rows(self) -> tuple[int, int]:
        """Return how many recordings and household keys the database has."""
        with self.database.reading() as session:
            return (
                len(session.scalars(select(RecordingRow.call_id)).all()),
                len(session.scalars(select(HouseholdKey.id)).all()),
            )

    def news(self) -> list[tuple[str, str]]:
        with self.database.reading() as session:
            return [(one.topic, one.detail["call_id"]) for one in session.scalars(select(News))]

    def trail(self) -> list[tuple[str, dict[str, object]]]:
        """Return what the trail says of recordings."""
        with self.database.reading() as session:
            deeds = session.scalars(select(Deed).order_by(Deed.id)).all()
            return [
                (one.what, one.detail)
                for one in deeds
                if one.what in {"listen", "erase-recordings", "export-evidence"}
            ]


@pytest.fixture(scope="session")
def filling() -> Filling:
    """Two households with people."""
    return seed


@pytest.fixture
def node(database: Database, tmp_path: Path) -> Node:
    (household, other), _ = seeded(database)
    return Node(tmp_path, database, household, other)
