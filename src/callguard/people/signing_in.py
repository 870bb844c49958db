"""Signing in and proving again who one is, by passkey or by password and code."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from ..database import Database
from .ceremonies import Device
from .errors import Fault, PeopleError
from .factor_key import FactorKey
from .lockout import Lockout, Subject, account, account_at, from_address
from .models import Person, Session
from .passkeys import Passkeys
from .passwords import Passwords, check_mail, in_line
from .relying_party import RelyingParty
from .second_factor import SecondFactor


class SigningIn:
    """How people get in, in *database*, at the portal of *party*.

    *key* is that of second factors.
    """

    def __init__(self, database: Database, party: RelyingParty, key: FactorKey) -> None:
        self._database = database
        self._passkeys = Passkeys(database, party)
        self._passwords = Passwords(database)
        self._second_factor = SecondFactor(database, key)
        self._lockout = Lockout(database)

    def ask_passkey(self, *, now: datetime) -> dict[str, Any]:
        """Return what to ask a browser for (JSON), so that somebody signs in by passkey."""
        return self._passkeys.begin_sign_in(now=now)

    def by_passkey(self, answer: str, *, now: datetime) -> int:
        """Take the browser's answer; return the person's id.

        Raises:
            PeopleError: the answer does not hold, or comes too late.

        """
        return self._passkeys.sign_in(answer, now=now)

    def by_password(
        self, mail: str, password: str, code: str, *, address: str, now: datetime
    ) -> int:
        """Check mail address, password and code (of the app, or a recovery code) in one.

        Which of them was wrong is not told; an address that nobody has takes as long as another.

        Args:
            mail: the mail address.
            password: the password.
            code: the code of the second factor, or a recovery code, as typed.
            address: the IP address.
            now: the time (aware).

        Returns:
            the person's id.

        Raises:
            PeopleError: they are wrong, or too many were (:attr:`Fault.WAIT`).

        """
        person_id = self._passwords.owner(mail)
        name = _account_name(mail)
        return self._check(person_id, name, password, code, address, now)

    def confirm_by_password(
        self, person_id: int, password: str, code: str, *, address: str, now: datetime
    ) -> None:
        """Check password and code of a person who is signed in.

        Raises:
            PeopleError: they are wrong, or too many were (:attr:`Fault.WAIT`).

        """
        with self._database.reading() as session:
            mail = session.scalar(select(Person.mail).where(Person.id == person_id))
        self._check(person_id, mail or f"person {person_id}", password, code, address, now)

    def ask_passkey_again(self, *, device: Device, now: datetime) -> dict[str, Any]:
        """Return what to ask the browser of *device* for, to confirm who uses it."""
        return self._passkeys.begin_confirming(device=device, now=now)

    def confirm_by_passkey(self, answer: str, *, device: Device, now: datetime) -> None:
        """Take the browser's answer.

        Raises:
            PeopleError: the answer does not hold, comes too late, or is another person's.

        """
        self._passkeys.confirm(answer, device=device, now=now)

    def _check(
        self,
        person_id: int | None,
        name: str,
        password: str,
        code: str,
        address: str,
        now: datetime,
    ) -> int:
        whose, where = self._subject(person_id, name, address), from_address(address)
        with in_line():
            self._lockout.admit(whose, where, now=now)
            right = self._passwords.check(person_id, password)
        if not right or person_id is None or not self._second_factor.use(person_id, code, now=now):
            raise PeopleError(
                Fault.SIGN_IN, "the mail address, the password or the code is wrong; try again"
            )
        self._lockout.succeeded(cleared=whose, counted=where)
        return person_id

    def _subject(self, person_id: int | None, name: str, address: str) -> Subject:
        with self._database.reading() as session:
            at_home = session.scalar(
                select(Session.id)
                .where(Session.person_id == person_id, Session.address == address)
                .limit(1)
            )
        return account(name) if at_home is None else account_at(name, address)


def _account_name(mail: str) -> str:
    try:
        return check_mail(mail)
    except PeopleError:
        return "no mail address"
