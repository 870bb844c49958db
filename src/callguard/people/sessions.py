"""Devices signed in: how long, which, and how they are signed out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy import update as sql_update

from ..database import Database
from ..trail import Doer, What, record
from .bearer import digest, new_token
from .devices import device_words
from .errors import Fault, PeopleError
from .members import get_person
from .models import Person, Session

IDLE = timedelta(days=30)
"""A device unused for so long is signed out: she looks in rarely, a lost phone is not used."""

LONGEST = timedelta(days=180)
"""Signed out after so long in any case."""

RECENT = timedelta(minutes=10)
"""How long after a proof of identity things can be done that need one."""

_SEEN_EVERY = timedelta(minutes=5)
"""How exactly it is kept when a device was last seen: a write for every page would cost more."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A device signed in, and who uses it."""

    id: int
    person_id: int
    name: str
    language: str
    operator: bool
    device: str
    """Browser and system, such as ``Safari (iPhone)``; "" if unknown."""
    address: str
    """The IP address it signed in from."""
    created_at: datetime
    seen_at: datetime
    proved_at: datetime
    """When the person last proved who they are."""

    def proved_recently(self, now: datetime) -> bool:
        """Tell whether the last proof of identity is at most ten minutes old."""
        return now - self.proved_at <= RECENT


class Sessions:
    """The devices signed in, in *database*."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, person_id: int, *, agent: str, address: str, how: str, now: datetime) -> str:
        """Sign a device in; return the token for its cookie, which is stored nowhere.

        Devices whose time is over are swept up here.

        Args:
            person_id: who proved just now who they are.
            agent: the User-Agent header.
            address: the IP address.
            how: ``passkey``, ``password`` or ``invitation``, for the trail.
            now: the time (aware).

        Raises:
            PeopleError: there is no such person.

        """
        token = new_token()
        with self._database.transaction() as session:
            person = get_person(session, person_id)
            device = device_words(agent)
            session.execute(
                delete(Session).where(
                    or_(Session.seen_at <= now - IDLE, Session.created_at <= now - LONGEST)
                )
            )
            session.add(
                Session(
                    digest=digest(token),
                    person_id=person_id,
                    device=device,
                    address=address[:45],
                    created_at=now,
                    seen_at=now,
                    proved_at=now,
                )
            )
            record(
                session,
                Doer(person.name, person_id, address[:45]),
                What.SIGN_IN,
                household_id=None,
                now=now,
                how=how,
                device=device,
            )
        return token

    def find(self, token: str, *, now: datetime) -> SignedIn | None:
        """Return the device whose cookie *token* is, and note it as seen; None: signed out."""
        key = digest(token)
        if key is None:
            return None
        with self._database.reading() as session:
            row = session.execute(
                select(Session, Person)
                .join(Session.person)
                .where(Session.digest == key, *_alive(now))
            ).first()
            if row is None:
                return None
            found = _signed_in(*row)
        if now - found.seen_at >= _SEEN_EVERY:
            with self._database.transaction() as session:
                session.execute(
                    sql_update(Session).where(Session.id == found.id).values(seen_at=now)
                )
        return found

    def prove(self, session_id: int, *, now: datetime) -> None:
        """Note that the person of a device has proved again who they are."""
        with self._database.transaction() as session:
            session.execute(
                sql_update(Session).where(Session.id == session_id).values(proved_at=now)
            )

    def of_person(self, person_id: int, *, now: datetime) -> tuple[SignedIn, ...]:
        """Return a person's devices that are signed in, the last seen first."""
        with self._database.reading() as session:
            rows = session.execute(
                select(Session, Person)
                .join(Session.person)
                .where(Session.person_id == person_id, *_alive(now))
                .order_by(Session.seen_at.desc(), Session.id.desc())
            )
            return tuple(_signed_in(*row) for row in rows)

    def end(self, session_id: int, *, person_id: int, by: Doer, now: datetime) -> None:
        """Sign one of a person's devices out, at once.

        Raises:
            PeopleError: it is not theirs, or is signed out already.

        """
        with self._database.transaction() as session:
            found = session.scalar(
                select(Session).where(Session.id == session_id, Session.person_id == person_id)
            )
            if found is None:
                raise PeopleError(Fault.NO_SUCH_DEVICE, "this device is signed out already")
            session.delete(found)
            record(
                session,
                by,
                What.SIGN_OUT_DEVICE,
                household_id=None,
                now=now,
                device=found.device,
            )

    def end_others(self, session_id: int, *, person_id: int, by: Doer, now: datetime) -> int:
        """Sign out all of a person's devices but *session_id*; return how many."""
        with self._database.transaction() as session:
            others = session.scalars(
                select(Session).where(Session.person_id == person_id, Session.id != session_id)
            ).all()
            for other in others:
                session.delete(other)
            if others:
                record(
                    session,
                    by,
                    What.SIGN_OUT_DEVICE,
                    household_id=None,
                    now=now,
                    others=len(others),
                )
            return len(others)


def _alive(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Session.seen_at > now - IDLE, Session.created_at > now - LONGEST)


def _signed_in(session: Session, person: Person) -> SignedIn:
    return SignedIn(
        session.id,
        person.id,
        person.name,
        person.language,
        person.operator,
        session.device,
        session.address,
        session.created_at,
        session.seen_at,
        session.proved_at,
    )
