"""Callers, times and a police list for the tests of screening."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from callguard.numbers import Caller, CallerID, Disclosed, Kind, Origin, classify
from callguard.screening import Action, Call, Entry, Policy, Verdict, screen

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
"""Noon in Japan."""
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

moments = st.integers(0, 4_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))
"""Any time from 1970 to 2096."""

DOCTOR = Caller(Origin.DOMESTIC, 81422990001, Kind.FIXED)
WITHHELD = Caller(Origin.WITHHELD)
PAYPHONE = Caller(Origin.PAYPHONE)
UNAVAILABLE = Caller(Origin.UNAVAILABLE)
UNITED_STATES = Caller(Origin.OVERSEAS, 12025550123, calling_code=1)
CANADA = Caller(Origin.OVERSEAS, 14165550123, calling_code=1)
NOWHERE = Caller(Origin.OVERSEAS, 2952570110, fault="no country has a code that begins with 295")
IMPOSSIBLE = Caller(Origin.MALFORMED, 81312345678, fault="the exchange begins with 1")
POLICE = Caller(Origin.DOMESTIC, 110, Kind.EMERGENCY)
DISCLOSED = Caller(Origin.WITHHELD, disclosed=Disclosed(81422990003))


@dataclass(frozen=True)
class Listed:
    """A listing by the police."""

    listed_at: datetime = NOW - DAY

    def to_json(self) -> dict[str, Any]:
        """Return what the evidence of a verdict shows."""
        return {"source": "tokyo", "listed_at": self.listed_at.isoformat()}


@dataclass(frozen=True)
class PoliceList:
    """A police list in a dictionary."""

    listings: Mapping[int, Listed] = field(default_factory=dict)
    protected: frozenset[int] = frozenset()
    trial: Mapping[int, Listed] = field(default_factory=dict)

    def find(self, number: int, now: datetime) -> Listed | None:
        """Return the listing of *number*."""
        return self.listings.get(number)

    @property
    def has_trials(self) -> bool:
        """Whether any number is only noted."""
        return bool(self.trial)

    def on_trial(self, number: int, now: datetime) -> Listed | None:
        """Return the listing of *number* that is only noted."""
        return self.trial.get(number)

    def protects(self, number: int) -> bool:
        """Tell whether *number* is protected."""
        return number in self.protected


NOTHING_LISTED = PoliceList()


def listed(*callers: Caller, at: datetime = NOW - DAY) -> PoliceList:
    """The list on which the *callers* are since *at*."""
    return PoliceList(dict.fromkeys(map(number_of, callers), Listed(at)))


def number_of(caller: Caller) -> int:
    """The caller's number, which it has."""
    assert caller.number is not None
    return caller.number


def entries(
    *callers: Caller, at: datetime = NOW - 2 * DAY, until: datetime | None = None
) -> dict[int, Entry]:
    """Entries on a household's list."""
    return {number_of(caller): Entry(at, "doctor", until) for caller in callers}


def policy(**choices: Any) -> Policy:
    """The policy of a household that has agreed to screening."""
    return Policy(consent=True, **choices)


def calling(number: str, **parts: Any) -> Caller:
    """The caller behind a raw number."""
    return classify(CallerID(number=number, **parts))


def verdict(
    caller: Caller,
    choices: Policy | None = None,
    police: PoliceList = NOTHING_LISTED,
    *,
    now: datetime = NOW,
    emergency_dialled_at: datetime | None = None,
) -> Verdict:
    """The verdict on a call."""
    return screen(Call(caller, emergency_dialled_at), choices or policy(), police, now)


def outcome(*arguments: Any, **keywords: Any) -> tuple[Action, str]:
    """Action and reason of a verdict."""
    found = verdict(*arguments, **keywords)
    return found.action, found.reason.value
