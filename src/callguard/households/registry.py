"""What can be done with a household; every change also renews its policy document."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import phonenumbers
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ..database import Database
from ..numbers import Kind, NumberError, format_number, parse_typed
from ..numbers.plan import EMERGENCY
from ..screening import Action, Entry, Policy
from .document import (
    ACTIONS,
    SWITCHES,
    encode,
    quiet_hours,
    settings_from_json,
    settings_to_json,
)
from .models import Consent, Household, ListedNumber, PolicyDocument

CONSENT_TEXT = "2026-11"
"""Version of the consent wording that the subscriber is shown."""


class HouseholdError(Exception):
    """A request that cannot be carried out; the message says why and what would do."""


def line_number(text: str) -> int:
    """Read a home's telephone number as typed.

    Raises:
        HouseholdError: it is not a Japanese subscriber's number.

    """
    try:
        typed = parse_typed(text)
    except NumberError as error:
        raise HouseholdError(f"line: {error}") from error
    if typed.kind not in {Kind.FIXED, Kind.IP, Kind.MOBILE, Kind.FMC}:
        raise HouseholdError(f"line: {typed} is not a Japanese subscriber's number")
    return typed.number


class Registry:
    """The households in *database*."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, line: str, name: str, *, consent_by: str | None, now: datetime) -> int:
        """Sign up a household; return its line. ``consent_by`` says who agreed, or None.

        Raises:
            HouseholdError: the line is no number, or has a household already.

        """
        number = line_number(line)
        with self._database.transaction() as session:
            if _find(session, number) is not None:
                raise _taken(number)
            household = Household(line=number, name=name, created_at=now, settings={})
            session.add(household)
            if consent_by is not None:
                household.consents.append(
                    Consent(text_version=CONSENT_TEXT, given_by=consent_by, given_at=now)
                )
            try:
                session.flush()
            except IntegrityError as error:  # signed up by another at this very moment
                raise _taken(number) from error
            _write_document(session, household)
        return number

    def consent(self, line: str, *, given_by: str, now: datetime) -> None:
        """Record the household's consent, if none is in force."""
        with self._change(line) as household:
            if not any(consent.revoked_at is None for consent in household.consents):
                household.consents.append(
                    Consent(text_version=CONSENT_TEXT, given_by=given_by, given_at=now)
                )

    def revoke_consent(self, line: str, *, now: datetime) -> None:
        """Stop screening: every consent in force is revoked, and kept as a record."""
        with self._change(line) as household:
            for consent in household.consents:
                if consent.revoked_at is None:
                    consent.revoked_at = now

    def list_number(
        self,
        line: str,
        number: int,
        *,
        allowed: bool,
        name: str = "",
        expires_at: datetime | None = None,
        now: datetime,
    ) -> None:
        """Put *number* (E.164 digits) on the allowlist or the block list, or confirm it there.

        Raises:
            HouseholdError: the line has no household, or *number* is never refused.

        """
        if number in EMERGENCY and not allowed:
            raise HouseholdError(f"{number} cannot be blocked: an emergency service may call back")
        with self._change(line) as household:
            for entry in household.numbers:
                if entry.number == number:
                    entry.allowed = allowed
                    entry.name = name or entry.name
                    entry.confirmed_at = now
                    entry.expires_at = expires_at
                    return
            household.numbers.append(
                ListedNumber(
                    number=number,
                    allowed=allowed,
                    name=name,
                    confirmed_at=now,
                    expires_at=expires_at,
                )
            )

    def unlist_number(self, line: str, number: int) -> bool:
        """Take *number* off whichever list it is on; tell whether it was on one."""
        with self._change(line) as household:
            before = len(household.numbers)
            household.numbers = [entry for entry in household.numbers if entry.number != number]
            return len(household.numbers) < before

    def policy(self, line: str) -> Policy:
        """Return the household's policy as the screener sees it.

        Raises:
            HouseholdError: the line has no household.

        """
        with self._database.transaction() as session:
            return _policy(_get(session, line))

    def change_settings(self, line: str, changes: dict[str, str]) -> Policy:
        """Change policy settings, given as typed; all of them or, if one is unusable, none.

        Raises:
            HouseholdError: the line has no household, or a setting or value is unknown.

        """
        read = {name: read_setting(name, text) for name, text in changes.items()}
        with self._change(line) as household:
            household.settings = {**household.settings, **read}
            return _policy(household)

    def all(self) -> list[tuple[int, str, bool]]:
        """Return every household: line, name, and whether its consent is in force."""
        with self._database.transaction() as session:
            return [
                (household.line, household.name, _has_consent(household))
                for household in session.scalars(select(Household).order_by(Household.line))
            ]

    @contextmanager
    def _change(self, line: str) -> Iterator[Household]:
        with self._database.transaction() as session:
            household = _get(session, line)
            yield household
            session.flush()
            _write_document(session, household)


def read_setting(name: str, text: str) -> Any:
    """Read one policy setting as typed, such as ``payphone``, ``reject``.

    Raises:
        HouseholdError: there is no such setting, or it has no such value.

    """
    value = text.strip().lower()
    if name in ACTIONS:
        choices = [Action.REJECT, Action.WARN, Action.CONNECT]
        if value in choices:
            return value
        raise HouseholdError(f"{name}: {text!r} is none of {', '.join(choices)}")
    if name in SWITCHES:
        if value in {"on", "yes", "true", "1"}:
            return True
        if value in {"off", "no", "false", "0"}:
            return False
        raise HouseholdError(f"{name}: {text!r} is neither on nor off")
    if name == "countries":
        return _countries(text)
    if name == "quiet_hours":
        if value in {"", "off", "none"}:
            return None
        try:
            return str(quiet_hours(value))
        except ValueError as error:
            raise HouseholdError(f"quiet_hours: {text!r}; write 22:00-07:00, or off") from error
    if name == "callback_minutes":
        if value.isdecimal() and int(value) <= 1440:
            return int(value)
        raise HouseholdError(f"callback_minutes: {text!r} is not a number from 0 to 1440")
    known = ", ".join(settings_to_json(Policy()))
    raise HouseholdError(f"there is no policy setting {name!r}; there are {known}")


def _countries(text: str) -> list[str]:
    codes = [code.strip().upper() for code in text.replace(" ", ",").split(",") if code.strip()]
    if codes in (["NONE"], ["OFF"]):
        return []
    for code in codes:
        if code not in phonenumbers.SUPPORTED_REGIONS or code == "JP":
            raise HouseholdError(f"countries: {code!r} is not the code of a country, such as US")
    return sorted(set(codes))


def _taken(line: int) -> HouseholdError:
    return HouseholdError(f"the line {format_number(line)} has a household already")


def _find(session: Session, line: int) -> Household | None:
    return session.scalar(select(Household).where(Household.line == line).with_for_update())


def _get(session: Session, line: str) -> Household:
    number = line_number(line)
    household = _find(session, number)
    if household is None:
        raise HouseholdError(
            f"the line {format_number(number)} has no household; "
            f"add it with: callguard household add --line {format_number(number)} --name NAME"
        )
    return household


def _has_consent(household: Household) -> bool:
    return any(consent.revoked_at is None for consent in household.consents)


def _policy(household: Household) -> Policy:
    entries = {
        wanted: {
            entry.number: Entry(entry.confirmed_at, entry.name, entry.expires_at)
            for entry in household.numbers
            if entry.allowed is wanted
        }
        for wanted in (True, False)
    }
    return Policy(
        consent=_has_consent(household),
        **settings_from_json(household.settings),
        allow=entries[True],
        block=entries[False],
    )


def _write_document(session: Session, household: Household) -> None:
    session.merge(PolicyDocument(line=household.line, document=encode(_policy(household))))
