"""Who fails to prove who they are has to wait, longer each time.

Counted for the account and for the address. Each attempt is counted before it is looked at, so
that a hundred at the same moment are a hundred, and given back when it succeeds. Passkeys are not
counted: nobody finds one by trying, and a family whose password somebody plays with gets in by one.
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session as Transaction

from ..database import Database
from .errors import Fault, PeopleError
from .models import Attempt

LONGEST = timedelta(minutes=15)
"""No pause is longer: an attacker gets nowhere at four attempts an hour, a family gets in again."""

FORGOTTEN = timedelta(days=1)
"""A quiet day makes every failure forgotten."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What failures are counted for."""

    key: str
    free: int
    """Failures before the first pause."""
    first: timedelta
    """The first pause; each one after it is twice as long."""

    def pause(self, failed: int) -> timedelta:
        """Return how long to wait after *failed* failures in a row."""
        if failed < self.free:
            return timedelta()
        doubled = min(failed - self.free, 10)
        return min(self.first * (1 << doubled), LONGEST)


def account(mail: str) -> Subject:
    """Count for an account, whether anybody has it or not."""
    return Subject(f"account:{_hash(mail)}", 5, timedelta(seconds=30))


def account_at(mail: str, address: str) -> Subject:
    """Count for an account from an address that its person is signed in from.

    Who fails elsewhere, on purpose, does not lock the family out at home.
    """
    return Subject(f"at-home:{_hash(f'{mail} {_network(address)}')}", 5, timedelta(seconds=30))


def from_address(address: str) -> Subject:
    """Count for an address; a household shares one, so that it may fail more often."""
    return Subject(f"address:{_hash(_network(address))}", 20, timedelta(minutes=1))


class Lockout:
    """The failures in *database*."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def admit(self, *subjects: Subject, now: datetime) -> None:
        """Count an attempt as failed, before it is looked at.

        Raises:
            PeopleError: one of the subjects has to wait; ``wait`` says how long.

        """
        with self._database.transaction() as session:
            session.execute(delete(Attempt).where(Attempt.last_at <= now - FORGOTTEN))
            # Always in one order: two attempts at the same moment must not wait for each other.
            for subject in sorted(subjects, key=lambda one: one.key):
                counted = _count(session, subject, now)
                wait = counted.last_at + subject.pause(counted.failed) - now
                if counted.failed and wait > timedelta():
                    raise too_many(wait)
                counted.failed += 1
                counted.last_at = now

    def succeeded(self, *, cleared: Subject, counted: Subject) -> None:
        """Forget the failures of *cleared*, and take back the attempt counted for *counted*.

        The address keeps the failures of before: signing in to an account of one's own would
        otherwise pay for guessing at others'.
        """
        with self._database.transaction() as session:
            session.execute(delete(Attempt).where(Attempt.subject == cleared.key))
            row = session.get(Attempt, counted.key, with_for_update=True)
            if row is not None and row.failed > 0:
                row.failed -= 1


def too_many(wait: timedelta) -> PeopleError:
    """Return the refusal that says how long to wait."""
    seconds = max(1, -int(-wait.total_seconds() // 1))
    how_long = f"{seconds} seconds" if seconds < 120 else f"{-(-seconds // 60)} minutes"
    return PeopleError(
        Fault.WAIT,
        f"too many wrong passwords or codes; wait {how_long}, or sign in with a passkey",
        wait=timedelta(seconds=seconds),
    )


def _count(session: Transaction, subject: Subject, now: datetime) -> Attempt:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(
        insert(Attempt)
        .values(subject=subject.key, failed=0, first_at=now, last_at=now)
        .on_conflict_do_nothing()
    )
    return session.scalars(
        select(Attempt).where(Attempt.subject == subject.key).with_for_update()
    ).one()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _network(address: str) -> str:
    """Return an IPv4 address, or the /64 of an IPv6 one: a household has that many of them."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return address
    if read.version == 4:
        return str(read)
    return str(ipaddress.ip_network((read, 64), strict=False))
