"""Joining by invitation as a new person: with a passkey, or with password and second factor.

Person, way in, place in the household and the used invitation are written in one transaction:
nobody is there who cannot get in, and no invitation is lost to somebody who gave up half-way.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..database import Database
from ..trail import Doer, What, record
from .bearer import digest
from .ceremonies import Ceremonies, Kind
from .errors import Fault, PeopleError
from .factor_key import FactorKey
from .invitations import Invitations, take_seat
from .members import check_language, new_person
from .names import clean_name
from .passkeys import add_passkey
from .passwords import Passwords, check_mail, claim_mail, hash_password, mail_taken
from .relying_party import RelyingParty, challenge_of
from .second_factor import SET_UP, SetUp, new_secret, offered, put_in_force, set_up, step_of


@dataclass(frozen=True, slots=True)
class Joined:
    """Who has joined, and what."""

    person_id: int
    household_id: int | None
    """None: as an operator."""
    recovery_codes: tuple[str, ...] = ()
    """To be shown once."""


class Joining:
    """How new people come in, in *database*, at the portal of *party*.

    *key* is that of second factors.
    """

    def __init__(self, database: Database, party: RelyingParty, key: FactorKey) -> None:
        self._database = database
        self._key = key
        self._invitations = Invitations(database)
        self._ceremonies = Ceremonies(database)
        self._passwords = Passwords(database)
        self._party = party

    def ask_passkey(
        self, invitation: str, name: str, language: str, *, now: datetime
    ) -> dict[str, Any]:
        """Return what to ask the browser for (JSON), so that *name* joins with a passkey.

        Raises:
            PeopleError: the invitation is over, or the name or language unusable.

        """
        self._invitations.look(invitation, now=now)
        data = _who(invitation, name, language)
        handle = secrets.token_bytes(64)
        challenge = self._ceremonies.begin(
            Kind.JOIN_BY_PASSKEY, {**data, "handle": handle.hex()}, device=None, now=now
        )
        return self._party.registration(challenge, handle=handle, name=data["name"], known=[])

    def with_passkey(
        self, invitation: str, answer: str, passkey_name: str, *, address: str, now: datetime
    ) -> Joined:
        """Take the browser's answer: the person is there, and belongs to the household.

        Args:
            invitation: the token of the link.
            answer: what ``navigator.credentials.create`` returned, as JSON.
            passkey_name: what the passkey is called at first, the device for example.
            address: the IP address.
            now: the time (aware).

        Raises:
            PeopleError: the invitation is over, or the answer does not hold or comes too late.

        """
        challenge = challenge_of(answer)
        data = self._ceremonies.take(challenge, Kind.JOIN_BY_PASSKEY, device=None, now=now)
        _same(data, invitation)
        new = self._party.verify_registration(answer, challenge)
        with self._database.transaction() as session:
            person = new_person(session, data["name"], data["language"], now=now)
            person.handle = bytes.fromhex(data["handle"])
            household_id = take_seat(session, invitation, person, address=address, now=now)
            by = Doer(person.name, person.id, address)
            add_passkey(session, person, new, passkey_name, by=by, now=now)
            return Joined(person.id, household_id)

    def begin_with_password(
        self,
        invitation: str,
        name: str,
        language: str,
        mail: str,
        password: str,
        *,
        now: datetime,
    ) -> SetUp:
        """Take name, mail address and password; return the second factor to be set up.

        Raises:
            PeopleError: the invitation is over, one of them is unusable, or the mail address is
                somebody's already.

        """
        self._invitations.look(invitation, now=now)
        secret, address = new_secret(), check_mail(mail)
        if self._passwords.owner(address) is not None:
            raise mail_taken()
        data = _who(invitation, name, language)
        data |= {
            "mail": address,
            "password": hash_password(password, mail),
            "secret": self._key.seal(secret, SET_UP),
        }
        token = self._ceremonies.begin(Kind.JOIN_BY_PASSWORD, data, device=None, now=now)
        return set_up(token, secret, address)

    def again(self, invitation: str, token: str, *, now: datetime) -> SetUp:
        """Return what :meth:`begin_with_password` returned, after a mistyped code.

        Raises:
            PeopleError: it is over.

        """
        data = self._ceremonies.look(token, Kind.JOIN_BY_PASSWORD, device=None, now=now)
        _same(data, invitation)
        return set_up(token, offered(data, self._key), data["mail"])

    def with_password(
        self, invitation: str, token: str, code: str, *, address: str, now: datetime
    ) -> Joined:
        """Take a code of the second factor: the person is there, and belongs to the household.

        Raises:
            PeopleError: the code is wrong (try again), it took too long, the invitation is over,
                or the mail address is somebody else's.

        """
        data = self._ceremonies.look(token, Kind.JOIN_BY_PASSWORD, device=None, now=now)
        _same(data, invitation)
        secret = offered(data, self._key)
        step = step_of(secret, code, now)
        self._ceremonies.take(token, Kind.JOIN_BY_PASSWORD, device=None, now=now)
        with self._database.transaction() as session:
            person = new_person(session, data["name"], data["language"], now=now)
            household_id = take_seat(session, invitation, person, address=address, now=now)
            claim_mail(session, person, data["mail"])
            person.password = data["password"]
            codes = put_in_force(session, person, secret, step, self._key)
            by = Doer(person.name, person.id, address)
            for what in (What.SET_PASSWORD, What.SET_SECOND_FACTOR):
                record(session, by, what, household_id=None, now=now)
            return Joined(person.id, household_id, codes)


def _who(invitation: str, name: str, language: str) -> dict[str, str]:
    return {
        "invitation": (digest(invitation) or b"").hex(),
        "name": clean_name(name),
        "language": check_language(language),
    }


def _same(data: dict[str, Any], invitation: str) -> None:
    if data["invitation"] != (digest(invitation) or b"").hex():
        raise PeopleError(
            Fault.TOO_LATE, "this was begun with another invitation; open the link again"
        )
