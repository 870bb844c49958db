"""The second factor beside a password: a code of the hour (TOTP), or a recovery code, once."""

import hashlib
import logging
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyotp
from sqlalchemy import delete, func, select
from sqlalchemy import update as sql_update
from sqlalchemy.orm import Session as Transaction

from ..database import Database
from ..trail import Doer, What, record
from .ceremonies import Ceremonies, Device, Kind
from .errors import Fault, PeopleError
from .factor_key import FactorKey, SealedByAnother, is_clear
from .members import get_person
from .models import Person, RecoveryCode
from .passkeys import lock_person

log = logging.getLogger(__name__)

RECOVERY_CODES = 10

_SIGNS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no letter that passes for a digit or another letter."""

_LENGTH = 16
"""Signs of a recovery code, five bits each: 80 bits, so that an unsalted digest does."""

_MISREAD = str.maketrans({"o": "0", "i": "1", "l": "1"})

_BETWEEN = str.maketrans(dict.fromkeys(" \t\u3000-‐−ー"))
"""What people write between the signs of a code, hyphens of a Japanese keyboard included."""

_STEP = 30
"""Seconds that a code of the app counts (RFC 6238 section 4.1, which every app assumes)."""

_LATE = 1
"""Steps that a code may be early or late (RFC 6238 section 5.2): clocks differ."""

_ISSUER = "callguard"

SET_UP = b"set up"
"""Whose a secret is that nobody has put in force yet."""


@dataclass(frozen=True, slots=True)
class SetUp:
    """A second factor to be set up: shown once, and in force when a code of it was typed."""

    token: str
    """Goes with the code."""
    secret: str
    """Base 32, to be typed where the picture cannot be read."""
    uri: str
    """``otpauth://…``, for the QR code."""


class SecondFactor:
    """The second factors in *database*, their secrets sealed under *key*."""

    def __init__(self, database: Database, key: FactorKey) -> None:
        self._database = database
        self._key = key
        self._ceremonies = Ceremonies(database)

    def begin(self, *, device: Device, now: datetime) -> SetUp:
        """Offer a new second factor; the one in force stays so until :meth:`finish`.

        Raises:
            PeopleError: the person is gone.

        """
        with self._database.reading() as session:
            person = get_person(session, device.person_id)
            name = person.mail or person.name
        secret = new_secret()
        token = self._ceremonies.begin(
            Kind.SECOND_FACTOR,
            {"secret": self._key.seal(secret, SET_UP), "name": name},
            device=device,
            now=now,
        )
        return set_up(token, secret, name)

    def again(self, token: str, *, device: Device, now: datetime) -> SetUp:
        """Return what :meth:`begin` offered, after a mistyped code.

        Raises:
            PeopleError: it is over.

        """
        data = self._ceremonies.look(token, Kind.SECOND_FACTOR, device=device, now=now)
        return set_up(token, offered(data, self._key), data["name"])

    def finish(
        self, token: str, code: str, *, device: Device, by: Doer, now: datetime
    ) -> tuple[str, ...]:
        """Put the offered second factor in force; return its recovery codes, to be shown once.

        Raises:
            PeopleError: the code is wrong (try again), or the offer is over.

        """
        data = self._ceremonies.look(token, Kind.SECOND_FACTOR, device=device, now=now)
        secret = offered(data, self._key)
        step = step_of(secret, code, now)
        self._ceremonies.take(token, Kind.SECOND_FACTOR, device=device, now=now)
        with self._database.transaction() as session:
            person = lock_person(session, device.person_id)
            codes = put_in_force(session, person, secret, step, self._key)
            record(session, by, What.SET_SECOND_FACTOR, household_id=None, now=now)
        return codes

    def new_recovery_codes(self, person_id: int, *, by: Doer, now: datetime) -> tuple[str, ...]:
        """Make new recovery codes, to be shown once; the old ones count no more.

        Raises:
            PeopleError: the person is gone.

        """
        with self._database.transaction() as session:
            lock_person(session, person_id)
            codes = _renew_codes(session, person_id)
            record(session, by, What.MAKE_RECOVERY_CODES, household_id=None, now=now)
        return codes

    def recovery_codes_left(self, person_id: int) -> int:
        """Return how many of a person's recovery codes have not been used."""
        with self._database.reading() as session:
            return (
                session.scalar(
                    select(func.count())
                    .select_from(RecoveryCode)
                    .where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
                )
                or 0
            )

    def use(self, person_id: int, code: str, *, now: datetime) -> bool:
        """Use up a code of the app, or a recovery code; tell whether it counts."""
        with self._database.transaction() as session:
            kept, handle = session.execute(
                select(Person.totp, Person.handle).where(Person.id == person_id)
            ).one_or_none() or (None, b"")
            if kept is None:
                return False
            try:
                step = step_of(self._key.open(kept, handle), code, now)
            except SealedByAnother:
                log.error(
                    "the second factor of person %d cannot be opened: is the key "
                    "another node's? (second_factor_key_file)",
                    person_id,
                )
                return _use_recovery_code(session, person_id, code, now)
            except PeopleError:
                return _use_recovery_code(session, person_id, code, now)
            used = session.execute(
                sql_update(Person)
                .where(Person.id == person_id, Person.totp == kept, Person.totp_step < step)
                .values(totp_step=step)
                .returning(Person.id)
            ).first()
            return used is not None


def new_secret() -> str:
    """Return a new shared secret: 160 bits (RFC 4226 section 4) in base 32."""
    return pyotp.random_base32()


def set_up(token: str, secret: str, name: str) -> SetUp:
    """Return what is shown of a second factor to be set up."""
    return SetUp(token, secret, pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=_ISSUER))


def step_of(secret: str, code: str, now: datetime) -> int:
    """Return the time step whose code *code* is: now's, the one before or the one after.

    Raises:
        PeopleError: it is of none of them.

    """
    typed = _plain(code)
    if len(typed) == 6 and typed.isascii() and typed.isdigit():
        app, current = pyotp.HOTP(secret), int(now.timestamp()) // _STEP
        for step in range(current - _LATE, current + _LATE + 1):
            if secrets.compare_digest(app.at(step), typed):
                return step
    raise PeopleError(Fault.CODE, "the code is wrong or over; type the one that the app shows now")


def offered(data: Mapping[str, Any], key: FactorKey) -> str:
    """Return the secret in what was begun.

    Raises:
        PeopleError: it was begun under another key; begin again.

    """
    try:
        return key.open(data["secret"], SET_UP)
    except SealedByAnother as error:
        raise PeopleError(
            Fault.TOO_LATE, "the node's key is another by now; begin again"
        ) from error


def seal_old(database: Database, key: FactorKey) -> int:
    """Seal the secrets that were kept in clear before secrets were sealed; return how many.

    Raises:
        DatabaseError: the database does not answer.
        OSError: the key cannot be read or made.

    """
    with database.transaction() as session:
        rows = session.execute(
            select(Person.id, Person.handle, Person.totp).where(Person.totp.is_not(None))
        ).all()
        old = [(id_, handle, totp) for id_, handle, totp in rows if totp and is_clear(totp)]
        for person_id, handle, totp in old:
            session.execute(
                sql_update(Person)
                .where(Person.id == person_id, Person.totp == totp)
                .values(totp=key.seal(totp, handle))
            )
    return len(old)


def put_in_force(
    session: Transaction, person: Person, secret: str, step: int, key: FactorKey
) -> tuple[str, ...]:
    """Make *secret* the second factor of *person*, *step* used; return new recovery codes."""
    person.totp = key.seal(secret, person.handle)
    person.totp_step = step
    return _renew_codes(session, person.id)


def _renew_codes(session: Transaction, person_id: int) -> tuple[str, ...]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    codes = ["".join(secrets.choice(_SIGNS) for _ in range(_LENGTH)) for _ in range(RECOVERY_CODES)]
    session.add_all(
        RecoveryCode(person_id=person_id, digest=_digest(code), used_at=None) for code in codes
    )
    return tuple("-".join(code[at : at + 4] for at in range(0, _LENGTH, 4)) for code in codes)


def _use_recovery_code(session: Transaction, person_id: int, code: str, now: datetime) -> bool:
    typed = _plain(code).lower().translate(_MISREAD)
    if len(typed) != _LENGTH or not typed.isascii():
        return False
    used = session.execute(
        sql_update(RecoveryCode)
        .where(
            RecoveryCode.person_id == person_id,
            RecoveryCode.digest == _digest(typed),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.id)
    ).first()
    return used is not None


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.encode()).digest()


def _plain(code: str) -> str:
    """Return a code as typed without what is written between its signs, half-width."""
    return unicodedata.normalize("NFKC", code[:100]).translate(_BETWEEN)
