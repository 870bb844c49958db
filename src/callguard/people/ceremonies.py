"""What was begun and awaits its answer: counts once, for a while, for who began it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, delete, select

from ..database import Database
from .bearer import digest, new_token
from .errors import Fault, PeopleError
from .models import Ceremony


class Kind(StrEnum):
    """What was begun."""

    SIGN_IN = "sign-in"
    """A passkey is asked for, of nobody in particular."""
    CONFIRM = "confirm"
    """A person who is signed in is asked for one of their passkeys."""
    ADD_PASSKEY = "add-passkey"
    JOIN_BY_PASSKEY = "join-by-passkey"
    JOIN_BY_PASSWORD = "join-by-password"  # noqa: S105 - a word, no password
    SECOND_FACTOR = "second-factor"
    UNDO = "undo"
    """A change of the lists that can be taken back."""
    IMPORT = "import"
    """An address book that was read and is not confirmed yet."""


LASTS = {
    Kind.SIGN_IN: timedelta(minutes=5),
    Kind.CONFIRM: timedelta(minutes=5),
    Kind.ADD_PASSKEY: timedelta(minutes=5),
    Kind.JOIN_BY_PASSKEY: timedelta(minutes=5),
    # An authenticator app may have to be found and installed first.
    Kind.JOIN_BY_PASSWORD: timedelta(minutes=30),
    Kind.SECOND_FACTOR: timedelta(minutes=30),
    Kind.UNDO: timedelta(hours=1),
    Kind.IMPORT: timedelta(hours=1),
}
"""How long an answer is awaited."""

ONLY_ONE = frozenset({Kind.UNDO, Kind.IMPORT})
"""What a device has begun once at most: a new one ends the one before. These can be large."""


@dataclass(frozen=True, slots=True)
class Device:
    """Who began it, and on which device, where they are signed in."""

    person_id: int
    session_id: int


class Ceremonies:
    """What was begun, in *database*."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self, kind: Kind, data: dict[str, Any], *, device: Device | None, now: datetime
    ) -> str:
        """Begin something; return its token (43 characters, 256 bits), which is stored nowhere.

        ``data`` (JSON) is handed back with the answer. What is over is swept up here.
        """
        token = new_token()
        with self._database.transaction() as session:
            session.execute(delete(Ceremony).where(Ceremony.expires_at <= now))
            if kind in ONLY_ONE and device is not None:
                session.execute(
                    delete(Ceremony).where(
                        Ceremony.session_id == device.session_id, Ceremony.kind == kind.value
                    )
                )
            session.add(
                Ceremony(
                    digest=digest(token),
                    kind=kind.value,
                    person_id=device.person_id if device else None,
                    session_id=device.session_id if device else None,
                    data=data,
                    expires_at=now + LASTS[kind],
                )
            )
        return token

    def look(
        self, token: str, kind: Kind, *, device: Device | None, now: datetime
    ) -> dict[str, Any]:
        """Return what was begun, and leave it begun.

        Raises:
            PeopleError: it is over, or was begun by another device.

        """
        with self._database.reading() as session:
            data: dict[str, Any] | None = session.scalar(
                select(Ceremony.data).where(*_which(token, kind, device, now))
            )
        if data is None:
            raise _over()
        return data

    def take(
        self, token: str, kind: Kind, *, device: Device | None, now: datetime
    ) -> dict[str, Any]:
        """Return what was begun and end it, whatever becomes of the answer: it counts once.

        Raises:
            PeopleError: it is over, or was begun by another device.

        """
        with self._database.transaction() as session:
            data: dict[str, Any] | None = session.scalar(
                delete(Ceremony).where(*_which(token, kind, device, now)).returning(Ceremony.data)
            )
        if data is None:
            raise _over()
        return data


def _which(
    token: str, kind: Kind, device: Device | None, now: datetime
) -> tuple[ColumnElement[bool], ...]:
    return (
        Ceremony.digest == digest(token),
        Ceremony.kind == kind.value,
        Ceremony.person_id == (device.person_id if device else None),
        Ceremony.session_id == (device.session_id if device else None),
        Ceremony.expires_at > now,
    )


def _over() -> PeopleError:
    return PeopleError(Fault.TOO_LATE, "this took too long or was finished before; begin again")
