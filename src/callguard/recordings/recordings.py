"""The recordings of households, as those who may hear them have them: listed, heard, erased."""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update

from ..database import Database
from ..database.forgetting import forget_deleted
from ..trail import Deed, Doer, What, record
from .container import Reader
from .errors import DamagedRecording, NoRecording
from .keys import NodeKey, unwrap
from .models import HouseholdKey, RecordingRow
from .sealing import purpose
from .shelf import Flaw, Kind, Shelf

_LOOKED_THROUGH = 50
"""Lines of the trail that are looked through for whether somebody has listened before."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What is known of one recording."""

    call_id: str
    kind: Kind
    at: datetime
    """When the call came (aware, UTC)."""
    seconds: int
    flaw: Flaw
    """Why it is not whole."""
    node: str
    """The host that it lies on."""
    heard_at: datetime | None
    """When somebody first listened to it."""
    here: bool
    """It lies on this node, and can be heard."""


def household_purpose(household_id: int) -> str:
    """Return what a household's key is wrapped for."""
    return f"household {household_id}"


class Recordings:
    """The recordings in *database* and on *shelf*; *key* is the file of the node's key."""

    def __init__(self, database: Database, shelf: Shelf, key: Path) -> None:
        self._database = database
        self._shelf = shelf
        self._key = key

    def of_calls(self, household_id: int, call_ids: Collection[str]) -> Mapping[str, Recording]:
        """Return the recordings of some of a household's calls, by the calls' names.

        Raises:
            DatabaseError: the database does not answer.

        """
        if not call_ids:
            return {}
        found = self._find(household_id, RecordingRow.call_id.in_(call_ids))
        return {one.call_id: one for one in found}

    def all(self, household_id: int) -> Sequence[Recording]:
        """Return the household's recordings, the newest first."""
        return self._find(household_id, RecordingRow.household_id == household_id)

    def open(self, household_id: int, call_id: str) -> Reader:
        """Return a reader of one recording: a WAV file. Closing it is the caller's.

        Raises:
            NoRecording: the household has no recording of this call.
            RecordingElsewhere: it is not at this node.
            DamagedRecording: it cannot be decrypted here.
            DatabaseError: the database does not answer.

        """
        with self._database.reading() as session:
            row = session.execute(
                select(RecordingRow.key, HouseholdKey.key.label("household_key"))
                .join(HouseholdKey, HouseholdKey.id == RecordingRow.key_id)
                .where(RecordingRow.call_id == call_id, RecordingRow.household_id == household_id)
            ).one_or_none()
        if row is None:
            raise NoRecording("there is no recording of this call, or it has been erased")
        file = self._shelf.open(call_id)
        try:
            node = NodeKey(self._key)
            household = unwrap(row.household_key, node.key, household_purpose(household_id))
            return Reader(file, unwrap(row.key, household, purpose(call_id)), call_id)
        except OSError as error:
            file.close()
            raise DamagedRecording(f"the key of the recordings cannot be read: {error}") from error
        except BaseException:
            file.close()
            raise

    def whole(self, household_id: int, call_id: str) -> bytes:
        """Return one recording, a WAV file; raises as ``open`` does."""
        with self.open(household_id, call_id) as reader:
            return reader.whole()

    def heard(self, household_id: int, call_id: str, *, by: Doer, now: datetime) -> None:
        """Note in the trail that somebody listens; of each person and recording once.

        Raises:
            DatabaseError: the database does not answer.

        """
        before = (
            select(Deed.detail)
            .where(
                Deed.household_id == household_id,
                Deed.person_id == by.person_id,
                Deed.what == What.LISTEN.value,
            )
            .order_by(Deed.id.desc())
            .limit(_LOOKED_THROUGH)
        )
        with self._database.reading() as session:
            if by.person_id is not None and any(
                detail.get("call") == call_id for detail in session.scalars(before)
            ):
                return
        with self._database.transaction() as session:
            session.execute(
                update(RecordingRow)
                .where(RecordingRow.call_id == call_id, RecordingRow.heard_at.is_(None))
                .values(heard_at=now)
            )
            record(session, by, What.LISTEN, household_id=household_id, now=now, call=call_id)

    def erase(self, household_id: int, call_id: str, *, by: Doer, now: datetime) -> None:
        """Erase one recording for good; its call stays in the log.

        Raises:
            NoRecording: the household has no recording of this call.
            DatabaseError: the database does not answer.

        """
        if not self._erase(household_id, RecordingRow.call_id == call_id, by, now, of="call"):
            raise NoRecording("there is no recording of this call, or it has been erased")

    def erase_all(self, household_id: int, *, by: Doer, now: datetime) -> int:
        """Erase every recording of the household, and its key; return how many there were."""
        return self._erase(
            household_id, RecordingRow.household_id == household_id, by, now, of="all"
        )

    def _erase(
        self, household_id: int, which: ColumnElement[bool], by: Doer, now: datetime, *, of: str
    ) -> int:
        with self._database.transaction() as session:
            erased = session.scalars(
                delete(RecordingRow)
                .where(RecordingRow.household_id == household_id, which)
                .returning(RecordingRow.call_id)
                .execution_options(synchronize_session=False)
            ).all()
            if of == "all":
                session.execute(
                    delete(HouseholdKey).where(HouseholdKey.household_id == household_id)
                )
            if erased:
                record(
                    session,
                    by,
                    What.ERASE_RECORDINGS,
                    household_id=household_id,
                    now=now,
                    of=of,
                    recordings=len(erased),
                )
        if erased:
            forget_deleted(self._database)
            self._shelf.forget(erased)
        return len(erased)

    def _find(self, household_id: int, which: ColumnElement[bool]) -> Sequence[Recording]:
        wanted: Any = (
            select(RecordingRow)
            .where(RecordingRow.household_id == household_id, which)
            .order_by(RecordingRow.at.desc(), RecordingRow.call_id)
        )
        with self._database.reading() as session:
            rows: Iterable[RecordingRow] = session.scalars(wanted).all()
            return [
                Recording(
                    row.call_id,
                    Kind(row.kind),
                    row.at,
                    row.seconds,
                    Flaw(row.flaw),
                    row.node,
                    row.heard_at,
                    self._shelf.has(row.call_id),
                )
                for row in rows
            ]


def host() -> str:
    """Return the name of this machine, as it is shown beside its recordings."""
    return os.uname().nodename[:64]
