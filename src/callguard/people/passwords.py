"""Passwords, the other way in: argon2id, with the mail address as the name to sign in by."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as Transaction

from ..database import Database
from ..trail import Doer, What, record
from .errors import Fault, PeopleError
from .models import Person, RecoveryCode
from .passkeys import count_passkeys, lock_person

MIN_PASSWORD = 12
"""Characters. NIST SP 800-63B asks for eight beside a second factor; a sentence is longer still."""

MAX_PASSWORD = 200
"""Characters: sentences fit, and nobody makes the hash chew on megabytes."""

MAX_MAIL = 254
"""Characters of a mail address (RFC 5321 section 4.5.3.1.3)."""

_MIN_DIFFERENT = 5
"""Different signs in a password: ``aaaaaaaaaaaa`` is none."""

_HASHER = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
"""Argon2id as OWASP's cheat sheet on password storage recommends: 46 MiB, one pass."""

_AT_ONCE = threading.BoundedSemaphore(2)
"""Hashes under way at one time: a crowd of sign-ins must not take a home adapter's memory."""

MOST_IN_LINE = 4
"""Sign-ins by password under way or waiting: more would take the threads that answer pages."""

_IN_LINE = threading.BoundedSemaphore(MOST_IN_LINE)

_BUSY = timedelta(seconds=2)

_NOBODY = _HASHER.hash("nobody's password")
"""What is verified for an address that nobody has, so that it takes as long."""


class Passwords:
    """The passwords in *database*."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(self, person_id: int, mail: str, password: str, *, by: Doer, now: datetime) -> None:
        """Give a person a mail address and a password to sign in by.

        Raises:
            PeopleError: either is unusable, or the address is somebody else's.

        """
        address, hashed = check_mail(mail), hash_password(password, mail)
        with self._database.transaction() as session:
            person = lock_person(session, person_id)
            claim_mail(session, person, address)
            person.password = hashed
            record(session, by, What.SET_PASSWORD, household_id=None, now=now)

    def remove(self, person_id: int, *, by: Doer, now: datetime) -> None:
        """Remove a person's password, second factor and recovery codes: passkeys are left.

        Raises:
            PeopleError: they have no passkey.

        """
        with self._database.transaction() as session:
            person = lock_person(session, person_id)
            if count_passkeys(session, person_id) == 0:
                raise PeopleError(
                    Fault.LAST_WAY_IN, "this is the only way to sign in; add a passkey first"
                )
            person.password = person.totp = None
            session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
            record(session, by, What.REMOVE_PASSWORD, household_id=None, now=now)

    def check(self, person_id: int | None, password: str) -> bool:
        """Tell whether *password* is the person's; it takes as long if there is no such person.

        No transaction is held over the hash. A hash of older parameters is renewed.
        """
        with self._database.reading() as session:
            stored = session.scalar(select(Person.password).where(Person.id == person_id))
        typed = _typed(password)
        if not verify(stored, typed) or person_id is None or stored is None:
            return False
        if _HASHER.check_needs_rehash(stored):
            with _AT_ONCE:
                renewed = _HASHER.hash(typed)
            with self._database.transaction() as session:
                person = lock_person(session, person_id)
                if person.password == stored:
                    person.password = renewed
        return True

    def owner(self, mail: str) -> int | None:
        """Return the id of the person who signs in by *mail*, if any."""
        try:
            address = check_mail(mail)
        except PeopleError:
            return None
        with self._database.reading() as session:
            return session.scalar(select(Person.id).where(Person.mail == address))


@contextmanager
def in_line() -> Iterator[None]:
    """Stand in line for a sign-in by password.

    Raises:
        PeopleError: the line is full (:attr:`Fault.WAIT`). Passkeys do not stand in it.

    """
    if not _IN_LINE.acquire(blocking=False):
        raise PeopleError(
            Fault.WAIT, "many people sign in just now; try again in two seconds", wait=_BUSY
        )
    try:
        yield
    finally:
        _IN_LINE.release()


def verify(stored: str | None, typed: str) -> bool:
    """Tell whether *typed* is the password behind the hash *stored*; None: nobody's."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(stored or _NOBODY, typed) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def hash_password(password: str, mail: str) -> str:
    """Return the hash of a new password.

    Raises:
        PeopleError: it is too short, too long, or easily guessed.

    """
    typed = _typed(password)
    if len(password) > MAX_PASSWORD or len(typed) > MAX_PASSWORD:
        raise PeopleError(
            Fault.PASSWORD_LONG, f"the password is too long; at most {MAX_PASSWORD} characters"
        )
    if len(typed) < MIN_PASSWORD:
        raise PeopleError(
            Fault.PASSWORD_SHORT,
            f"the password has {len(typed)} characters; take at least {MIN_PASSWORD}, "
            "three or four words in a row, for example",
        )
    folded, address = typed.casefold(), unicodedata.normalize("NFKC", mail).strip().casefold()
    if len(set(folded)) < _MIN_DIFFERENT or folded in {address, address.partition("@")[0]}:
        raise PeopleError(
            Fault.PASSWORD_PLAIN, "the password is easily guessed; take three or four words"
        )
    with _AT_ONCE:
        return _HASHER.hash(typed)


def check_mail(mail: str) -> str:
    """Return a mail address in the form that is stored: trimmed, half-width, lower case.

    Raises:
        PeopleError: it is none.

    """
    if len(mail) <= 2 * MAX_MAIL:
        address = unicodedata.normalize("NFKC", mail).strip().lower()
        name, at, host = address.rpartition("@")
        plain = not any(sign.isspace() or not sign.isprintable() for sign in address)
        if (
            plain
            and at
            and name
            and "@" not in name
            and "." in host.strip(".")
            and ".." not in host
            and len(address) <= MAX_MAIL
        ):
            return address
    raise PeopleError(Fault.MAIL, "this is no mail address; write it like hanako@example.jp")


def claim_mail(session: Transaction, person: Person, address: str) -> None:
    """Give *person* the mail address, in the caller's transaction.

    Raises:
        PeopleError: it is somebody else's.

    """
    try:
        with session.begin_nested():
            person.mail = address
    except IntegrityError as error:
        raise mail_taken() from error


def mail_taken() -> PeopleError:
    """Return the refusal of a mail address that somebody has."""
    return PeopleError(
        Fault.MAIL_TAKEN,
        "somebody signs in by this mail address already; if it is you, sign in instead",
    )


def _typed(password: str) -> str:
    # NIST SP 800-63B section 5.1.1.2: one form of what a Japanese keyboard writes full-width.
    return unicodedata.normalize("NFKC", password[: MAX_PASSWORD + 1])
