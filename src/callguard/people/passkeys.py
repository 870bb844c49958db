"""Passkeys: several a person, each with a name; to sign in nobody types anything."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy import update as sql_update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Transaction

from ..database import Database
from ..trail import Doer, What, record
from .ceremonies import Ceremonies, Device, Kind
from .errors import Fault, PeopleError
from .members import get_person
from .models import Passkey, Person
from .names import clean_name
from .relying_party import NewPasskey, RelyingParty, challenge_of, read_assertion

MAX_PASSKEYS = 20
"""Passkeys of one person: nobody has more devices, and a page lists them all."""


@dataclass(frozen=True, slots=True)
class PasskeySeen:
    """A passkey as the account page lists it."""

    id: int
    name: str
    created_at: datetime
    used_at: datetime | None


class Passkeys:
    """The passkeys in *database*, for the portal at *party*."""

    def __init__(self, database: Database, party: RelyingParty) -> None:
        self._database = database
        self._ceremonies = Ceremonies(database)
        self._party = party

    def begin_adding(self, *, device: Device, now: datetime) -> dict[str, Any]:
        """Ask the browser of *device* for a new passkey; return what to ask it (JSON).

        Raises:
            PeopleError: the person is gone, or has as many as there may be.

        """
        with self._database.reading() as session:
            person = get_person(session, device.person_id)
            name, handle = person.mail or person.name, person.handle
            known = _credentials(session, device.person_id)
        if len(known) >= MAX_PASSKEYS:
            raise PeopleError(
                Fault.TOO_MANY, f"there are {MAX_PASSKEYS} passkeys already; remove one first"
            )
        challenge = self._ceremonies.begin(Kind.ADD_PASSKEY, {}, device=device, now=now)
        return self._party.registration(challenge, handle=handle, name=name, known=known)

    def add(self, answer: str, name: str, *, device: Device, by: Doer, now: datetime) -> None:
        """Take the browser's answer: the person has a new passkey called *name*.

        Raises:
            PeopleError: the answer does not hold, comes too late, or the name is unusable.

        """
        name = clean_name(name)
        challenge = challenge_of(answer)
        self._ceremonies.take(challenge, Kind.ADD_PASSKEY, device=device, now=now)
        new = self._party.verify_registration(answer, challenge)
        with self._database.transaction() as session:
            person = get_person(session, device.person_id)
            add_passkey(session, person, new, name, by=by, now=now)

    def begin_sign_in(self, *, now: datetime) -> dict[str, Any]:
        """Ask a browser for any passkey that it has for the portal; return what to ask it."""
        challenge = self._ceremonies.begin(Kind.SIGN_IN, {}, device=None, now=now)
        return self._party.authentication(challenge, known=[])

    def sign_in(self, answer: str, *, now: datetime) -> int:
        """Take the browser's answer; return whose passkey it is: the person's id.

        Raises:
            PeopleError: the answer does not hold, or comes too late.

        """
        return self._check(answer, Kind.SIGN_IN, None, now)

    def begin_confirming(self, *, device: Device, now: datetime) -> dict[str, Any]:
        """Ask the browser of *device* for one of its person's passkeys."""
        with self._database.reading() as session:
            known = _credentials(session, device.person_id)
        challenge = self._ceremonies.begin(Kind.CONFIRM, {}, device=device, now=now)
        return self._party.authentication(challenge, known=known)

    def confirm(self, answer: str, *, device: Device, now: datetime) -> None:
        """Take the browser's answer: it is the person of *device* indeed.

        Raises:
            PeopleError: the answer does not hold, comes too late, or is another person's.

        """
        if self._check(answer, Kind.CONFIRM, device, now) != device.person_id:
            raise PeopleError(Fault.PASSKEY, "this passkey is another person's; take your own")

    def of_person(self, person_id: int) -> tuple[PasskeySeen, ...]:
        """Return a person's passkeys, oldest first."""
        with self._database.reading() as session:
            return tuple(
                PasskeySeen(one.id, one.name, one.created_at, one.used_at)
                for one in session.scalars(
                    select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id)
                )
            )

    def rename(self, passkey_id: int, name: str, *, person_id: int) -> None:
        """Call one of a person's passkeys *name*.

        Raises:
            PeopleError: it is not theirs, or the name is unusable.

        """
        with self._database.transaction() as session:
            renamed = session.execute(
                sql_update(Passkey)
                .where(Passkey.id == passkey_id, Passkey.person_id == person_id)
                .values(name=clean_name(name))
                .returning(Passkey.id)
            ).first()
        if renamed is None:
            raise _no_such_passkey()

    def remove(self, passkey_id: int, *, person_id: int, by: Doer, now: datetime) -> None:
        """Remove one of a person's passkeys, unless they could not get in any more.

        Raises:
            PeopleError: it is not theirs, or is their last way in.

        """
        with self._database.transaction() as session:
            person = lock_person(session, person_id)
            found = session.scalar(
                select(Passkey).where(Passkey.id == passkey_id, Passkey.person_id == person_id)
            )
            if found is None:
                raise _no_such_passkey()
            by_password = person.password is not None and person.totp is not None
            if count_passkeys(session, person_id) == 1 and not by_password:
                raise PeopleError(
                    Fault.LAST_WAY_IN,
                    "this is the only way to sign in; add another passkey or a password first",
                )
            session.execute(delete(Passkey).where(Passkey.id == passkey_id))
            record(session, by, What.REMOVE_PASSKEY, household_id=None, now=now, name=found.name)

    def _check(self, answer: str, kind: Kind, device: Device | None, now: datetime) -> int:
        read = read_assertion(answer)
        self._ceremonies.take(read.challenge, kind, device=device, now=now)
        with self._database.reading() as session:
            row = session.execute(
                select(Passkey, Person.handle)
                .join(Person, Person.id == Passkey.person_id)
                .where(Passkey.credential == read.credential)
            ).first()
        if row is None:
            raise PeopleError(
                Fault.PASSKEY, "this passkey is not known here, or was removed; take another"
            )
        passkey, handle = row
        if read.user_handle is not None and read.user_handle != handle:
            raise PeopleError(Fault.PASSKEY, "the passkey's answer does not hold; try again")
        count = self._party.verify_assertion(
            read, public_key=passkey.public_key, sign_count=passkey.sign_count
        )
        with self._database.transaction() as session:
            # The count is compared again: of an original and a copy that answer at the same
            # moment, one is refused. It also may have been removed meanwhile.
            kept = session.execute(
                sql_update(Passkey)
                .where(Passkey.id == passkey.id, Passkey.sign_count == passkey.sign_count)
                .values(sign_count=count, used_at=now)
                .returning(Passkey.id)
            ).first()
        if kept is None:
            raise PeopleError(Fault.PASSKEY, "the passkey's answer does not hold; try again")
        return passkey.person_id


def add_passkey(
    session: Transaction,
    person: Person,
    new: NewPasskey,
    name: str,
    *,
    by: Doer,
    now: datetime,
) -> None:
    """Give *person* a verified passkey, in the caller's transaction.

    Raises:
        PeopleError: somebody has this passkey already.

    """
    try:
        with session.begin_nested():
            session.add(
                Passkey(
                    person_id=person.id,
                    credential=new.credential,
                    public_key=new.public_key,
                    sign_count=new.sign_count,
                    name=clean_name(name),
                    created_at=now,
                    used_at=None,
                )
            )
    except IntegrityError as error:
        raise PeopleError(
            Fault.PASSKEY, "this passkey is registered already; sign in with it"
        ) from error
    record(session, by, What.ADD_PASSKEY, household_id=None, now=now, name=name)


def count_passkeys(session: Transaction, person_id: int) -> int:
    """Return how many passkeys a person has."""
    return (
        session.scalar(
            select(func.count()).select_from(Passkey).where(Passkey.person_id == person_id)
        )
        or 0
    )


def lock_person(session: Transaction, person_id: int) -> Person:
    """Return the row of a person for a change that others must wait for.

    Raises:
        PeopleError: there is none.

    """
    session.execute(select(Person.id).where(Person.id == person_id).with_for_update())
    return get_person(session, person_id)


def _credentials(session: Transaction, person_id: int) -> list[bytes]:
    return list(
        session.scalars(
            select(Passkey.credential).where(Passkey.person_id == person_id).order_by(Passkey.id)
        )
    )


def _no_such_passkey() -> PeopleError:
    return PeopleError(Fault.NO_SUCH_PASSKEY, "there is no such passkey any more")
