"""What a household has chosen: its policy, and for how long its calls are kept."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import phonenumbers
from sqlalchemy.orm import Session

from ..database import Database
from ..screening import Action, Policy
from ..screening.policy import Dialling
from ..trail import Doer, What, record
from .change import changing, get, group_of, policy_of, settings_of
from .document import (
    ACTIONS,
    DIALS,
    NUMBERS,
    SWITCHES,
    WORDS,
    quiet_hours,
    settings_from_json,
    settings_to_json,
)
from .errors import Fault, HouseholdError
from .models import Household

MIN_RETENTION_DAYS = 1
MAX_RETENTION_DAYS = 3650
"""Ten years: longer than any proceedings about a fraud."""

CHOICES = (Action.REJECT, Action.CHALLENGE, Action.WARN, Action.CONNECT)
"""What a household can have done with a kind of call."""


def _always(_: Policy) -> None:
    """Make the change in any case."""


class HouseholdSettings:
    """The choices in *database*."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def policy(self, household: int, *, now: datetime) -> Policy:
        """Return the household's policy as the screener sees it.

        Raises:
            HouseholdError: there is no such household.

        """
        with self._database.reading() as session:
            return policy_of(session, get(session, household), now)

    def change(
        self,
        household: int,
        changes: Mapping[str, str],
        *,
        by: Doer,
        now: datetime,
        only_if: Callable[[Policy], None] = _always,
    ) -> Policy:
        """Change policy settings, given as typed; all of them or, if one is unusable, none.

        ``only_if`` is shown the policy first, while nobody else can change it; what it raises
        leaves everything as it was.

        Raises:
            HouseholdError: there is no such household, setting or value.

        """
        read = {name: read_setting(name, text) for name, text in changes.items()}
        with changing(self._database, household, now) as (session, found):
            present = policy_of(session, found, now)
            only_if(present)
            found.settings = {**found.settings, **read}
            return _changed(session, found, present, by, now)

    def follow(self, household: int, names: Collection[str], *, by: Doer, now: datetime) -> Policy:
        """Take back what the household chose for settings: its group's defaults count again.

        Raises:
            HouseholdError: there is no such household or setting.

        """
        known = settings_to_json(Policy())
        for name in names:
            if name not in known:
                raise _no_setting(name)
        with changing(self._database, household, now) as (session, found):
            present = policy_of(session, found, now)
            found.settings = {
                name: value for name, value in found.settings.items() if name not in names
            }
            return _changed(session, found, present, by, now)

    def chosen(self, household: int) -> frozenset[str]:
        """Return the settings that the household chose itself.

        Raises:
            HouseholdError: there is no such household.

        """
        with self._database.reading() as session:
            return frozenset(get(session, household).settings)

    def keep_calls(self, household: int, days: int, *, by: Doer, now: datetime) -> None:
        """Set for how many days the log of a call is kept.

        Raises:
            HouseholdError: there is no such household, or it is not 1 to 3650 days.

        """
        if not MIN_RETENTION_DAYS <= days <= MAX_RETENTION_DAYS:
            raise HouseholdError(
                f"calls can be kept for {MIN_RETENTION_DAYS} to {MAX_RETENTION_DAYS} days, "
                f"not {days}",
                Fault.BAD_RETENTION,
                least=MIN_RETENTION_DAYS,
                most=MAX_RETENTION_DAYS,
            )
        with changing(self._database, household, now) as (session, found):
            if found.retention_days == days:
                return
            record(
                session,
                by,
                What.CHANGE_RETENTION,
                household_id=household,
                now=now,
                days=[found.retention_days, days],
            )
            found.retention_days = days


def _changed(
    session: Session, found: Household, present: Policy, by: Doer, now: datetime
) -> Policy:
    """Return the policy after the household's settings were changed; the change is in the trail."""
    before = settings_to_json(present)
    chosen = Policy(**settings_from_json(settings_of(found, group_of(session, found))))
    policy = replace(present, **{name: getattr(chosen, name) for name in before})
    after = settings_to_json(policy)
    detail = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    if detail:
        record(session, by, What.CHANGE_SETTINGS, household_id=found.id, now=now, changes=detail)
    return policy


def read_setting(name: str, text: str) -> Any:
    """Read one policy setting as typed, such as ``payphone``, ``reject``.

    Raises:
        HouseholdError: there is no such setting, or it has no such value.

    """
    value = text.strip().lower()
    if name in ACTIONS:
        if value in CHOICES:
            return value
        raise _bad(name, text, f"is none of {', '.join(CHOICES)}")
    if name in SWITCHES:
        if value in {"on", "yes", "true", "1"}:
            return True
        if value in {"off", "no", "false", "0"}:
            return False
        raise _bad(name, text, "is neither on nor off")
    if name in WORDS:
        return _word(name, text, WORDS[name])
    if name in DIALS:
        return _word(name, text, Dialling)
    if name == "countries":
        return _countries(text)
    if name == "quiet_hours":
        if value in {"", "off", "none"}:
            return None
        try:
            return str(quiet_hours(value))
        except ValueError as error:
            raise HouseholdError(
                f"quiet_hours: {text!r}; write 22:00-07:00, or off",
                Fault.BAD_VALUE,
                setting=name,
                value=text,
            ) from error
    if name in NUMBERS:
        least, most = NUMBERS[name]
        if value.isdecimal() and len(value) <= 4 and least <= int(value) <= most:
            return int(value)
        raise _bad(name, text, f"is not a number from {least} to {most}")
    raise _no_setting(name)


def _no_setting(name: str) -> HouseholdError:
    known = ", ".join(settings_to_json(Policy()))
    return HouseholdError(
        f"there is no policy setting {name!r}; there are {known}", Fault.NO_SETTING, setting=name
    )


def _word(name: str, text: str, words: type[StrEnum]) -> str:
    try:
        return words(text.strip().lower()).value
    except ValueError as error:
        raise _bad(name, text, f"is none of {', '.join(words)}") from error


def is_country(code: str) -> bool:
    """Tell whether *code* is the ISO 3166 code of a country abroad, in capitals."""
    return code in phonenumbers.SUPPORTED_REGIONS and code != "JP"


def _countries(text: str) -> list[str]:
    codes = [code.strip().upper() for code in text.replace(" ", ",").split(",") if code.strip()]
    if codes in (["NONE"], ["OFF"]):
        return []
    for code in codes:
        if not is_country(code):
            raise HouseholdError(
                f"countries: {code!r} is not the code of a country, such as US",
                Fault.BAD_COUNTRY,
                value=code,
            )
    return sorted(set(codes))


def _bad(name: str, text: str, what: str) -> HouseholdError:
    return HouseholdError(f"{name}: {text!r} {what}", Fault.BAD_VALUE, setting=name, value=text)
