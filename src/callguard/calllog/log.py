"""The log of calls as people read it: pages of calls, one call, figures, a search."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, Self

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from ..database import Database
from ..households.models import ListedNumber
from ..numbers import Origin
from ..screening import Action, Reason
from .errors import CursorError, NoSuchCall
from .models import CallRecord
from .outcome import Outcome
from .search import find
from .words_kept import Unknown, read_word

MAX_PAGE = 200
"""Calls on one page at most."""

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9000, 1, 1, tzinfo=UTC)
"""No call was or will be outside; beyond, a time may have no form in UTC."""

NEWEST = 50
"""Calls that the marker of a live page looks at: as many as its first page shows."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call to a household. Nothing in it tells a number that the caller withheld."""

    id: int
    """The database's own number of the call; later calls mostly have greater ones."""
    call_id: str
    """The call's name in addresses and logs: 16 hexadecimal digits."""
    at: datetime
    """When the verdict was given (aware, UTC)."""
    action: Action | Unknown
    reason: Reason | Unknown
    defence: str
    """``daemon``, ``fallback`` or ``alone``: which line of defence gave the verdict."""
    origin: Origin | Unknown
    number: int | None
    """E.164 digits that the caller showed, or an emergency service's short code."""
    caller: Mapping[str, Any] = field(default_factory=dict)
    """The caller as in a verdict's JSON: origin, number, kind, calling_code, fault, verstat."""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """What the reason rests on, as in a verdict's JSON."""
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    """How the call ended; None while it lasts."""
    seconds: int | None = None
    """How long caller and subscriber talked."""
    name: str = ""
    """What the household calls the number today, or empty."""
    allowed: bool | None = None
    """The number is on the household's allowlist (True) or block list (False) today, or on none."""
    listed_until: datetime | None = None
    """When that entry ends, if it does; it may be past."""


@dataclass(frozen=True, slots=True)
class Page:
    """Calls, the newest first."""

    calls: tuple[Call, ...]
    older: str | None
    """Where the next, older page begins: for ``before``; None: there are no older calls."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many calls of a period were treated how, and ended how."""

    actions: Mapping[Action | Unknown, int] = field(default_factory=dict)
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    reasons: Mapping[Reason | Unknown, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All calls."""
        return sum(self.actions.values())

    @property
    def refused(self) -> int:
        """Calls that were refused; the telephone stayed silent."""
        return self.actions.get(Action.REJECT, 0)

    @property
    def warned(self) -> int:
        """Calls whose caller heard the warning, or had to press a digit."""
        return self.actions.get(Action.WARN, 0) + self.actions.get(Action.CHALLENGE, 0)

    @property
    def connected(self) -> int:
        """Calls that rang at once."""
        return self.actions.get(Action.CONNECT, 0)

    @property
    def answered(self) -> int:
        """Calls that somebody answered, those that were cut off later among them."""
        return self.outcomes.get(Outcome.ANSWERED, 0) + self.outcomes.get(Outcome.CUT, 0)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two calls in the order of time."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{_micros(self.at)}-{self.id}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what :meth:`__str__` wrote.

        Raises:
            CursorError: it is something else.

        """
        micros, dash, number = text.partition("-")
        plain = dash and micros.isascii() and micros.isdigit() and number.isascii()
        if not (plain and number.isdigit() and len(micros) <= 17 and len(number) <= 18):
            raise CursorError("this page of the calls is not known; begin at the newest calls")
        return cls(EARLIEST + timedelta(microseconds=int(micros)), int(number))


def _micros(at: datetime) -> int:
    return (at - EARLIEST) // timedelta(microseconds=1)


class CallLog:
    """The calls in *database*. Everything is asked for one household, by its database id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def calls(
        self,
        household_id: int,
        *,
        action: Action | None = None,
        reason: Reason | None = None,
        outcome: Outcome | None = None,
        search: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> Page:
        """Return calls of a household, the newest first.

        ``search`` is a number as people write it, the beginning or the end of one, or a part of a
        name on the household's lists; ``since`` and ``until`` (aware) bound the time, the second
        not included; ``before`` is a page's ``older``. At most ``MAX_PAGE`` calls are returned.

        Raises:
            CursorError: ``before`` is no page's ``older``.
            DatabaseError: the database does not answer.

        """
        conditions: list[ColumnElement[bool]] = []
        if action is not None:
            conditions.append(CallRecord.action == action.value)
        if reason is not None:
            conditions.append(CallRecord.reason == reason.value)
        if outcome is not None:
            conditions.append(_ended_so(outcome))
        conditions += _period(since, until)
        if before is not None:
            place = Cursor.read(before)
            conditions.append(
                or_(
                    CallRecord.at < place.at,
                    and_(CallRecord.at == place.at, CallRecord.id < place.id),
                )
            )
            conditions.append(CallRecord.at <= place.at)  # what the index is searched by
        limit = max(1, min(limit, MAX_PAGE))
        with self._database.reading() as session:
            if search.strip():
                found = find(session, household_id, search)
                if found is None:
                    return Page((), None)
                conditions.append(found)
            rows = session.execute(_newest_first(household_id, *conditions).limit(limit + 1)).all()
            calls = tuple(_call(row) for row in rows[:limit])
        more = len(rows) > limit
        return Page(calls, str(Cursor(calls[-1].at, calls[-1].id)) if more else None)

    def call(self, household_id: int, call_id: str) -> Call:
        """Return one call of a household.

        Raises:
            NoSuchCall: the household has none of this name; another's may have it.
            DatabaseError: the database does not answer.

        """
        with self._database.reading() as session:
            row = _one(session, household_id, call_id)
        if row is None:
            raise NoSuchCall("there is no such call, or it has been erased")
        return _call(row)

    def tally(self, household_id: int, since: datetime, until: datetime) -> Tally:
        """Count a household's calls from ``since`` to before ``until`` (both aware)."""
        counted = (
            select(CallRecord.action, CallRecord.reason, CallRecord.outcome, func.count())
            .where(CallRecord.household_id == household_id, *_period(since, until))
            .group_by(CallRecord.action, CallRecord.reason, CallRecord.outcome)
        )
        actions: dict[Action | Unknown, int] = {}
        outcomes: dict[Outcome, int] = {}
        reasons: dict[Reason | Unknown, int] = {}
        with self._database.reading() as session:
            for action, reason, outcome, count in session.execute(counted):
                done, because = read_word(Action, action), read_word(Reason, reason)
                actions[done] = actions.get(done, 0) + count
                reasons[because] = reasons.get(because, 0) + count
                if outcome is not None:
                    ended = Outcome.recorded(outcome)
                    outcomes[ended] = outcomes.get(ended, 0) + count
        return Tally(actions, outcomes, reasons)

    def newest(self, household_id: int) -> str:
        """Return a marker that changes whenever one of the ``NEWEST`` newest calls does.

        For live pages: a call that comes, ends or is erased changes it; it tells nothing.
        """
        newest = (
            select(CallRecord.id, CallRecord.outcome)
            .where(CallRecord.household_id == household_id)
            .order_by(CallRecord.at.desc(), CallRecord.id.desc())
            .limit(NEWEST)
        )
        with self._database.reading() as session:
            rows = session.execute(newest).all()
        digest = blake2b(digest_size=8)
        for number, outcome in rows:
            digest.update(f"{number}:{outcome or ''};".encode())
        return digest.hexdigest()

    def last_calls_of_number(
        self, household_id: int, number: int, *, limit: int = 5
    ) -> tuple[Call, ...]:
        """Return the newest calls in which *number* (E.164 digits) was shown."""
        with self._database.reading() as session:
            rows = session.execute(
                _newest_first(household_id, CallRecord.number == number).limit(limit)
            ).all()
            return tuple(_call(row) for row in rows)


def _ended_so(outcome: Outcome) -> ColumnElement[bool]:
    if outcome is Outcome.UNKNOWN:  # words of other versions count as it
        return CallRecord.outcome.not_in([one for one in Outcome if one is not outcome])
    return CallRecord.outcome == outcome.value


def _period(since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    bounds: list[ColumnElement[bool]] = []
    if since is not None:
        bounds.append(CallRecord.at >= within(since))
    if until is not None:
        bounds.append(CallRecord.at < within(until))
    return bounds


def within(moment: datetime) -> datetime:
    """Return *moment* (aware), or ``EARLIEST`` or ``LATEST`` if it is beyond one."""
    return max(EARLIEST, min(moment, LATEST))


_Found = Select[CallRecord, str, bool, datetime | None]
_Row = Row[CallRecord, str, bool, datetime | None]


def _newest_first(household_id: int, *conditions: ColumnElement[bool]) -> _Found:
    # The names are those of today: a caller who was put on a list since has one.
    return (
        select(CallRecord, ListedNumber.name, ListedNumber.allowed, ListedNumber.expires_at)
        .outerjoin(
            ListedNumber,
            and_(
                ListedNumber.household_id == CallRecord.household_id,
                ListedNumber.number == CallRecord.number,
            ),
        )
        .where(CallRecord.household_id == household_id, *conditions)
        .order_by(CallRecord.at.desc(), CallRecord.id.desc())
    )


def _one(session: Session, household_id: int, call_id: str) -> _Row | None:
    if len(call_id) != 16 or not set(call_id) <= set("0123456789abcdef"):
        return None  # PostgreSQL would complain about some of what strangers put into an address
    return session.execute(_newest_first(household_id, CallRecord.call_id == call_id)).one_or_none()


def _call(row: _Row) -> Call:
    record, name, allowed, listed_until = row
    return Call(
        id=record.id,
        call_id=record.call_id,
        at=record.at,
        action=read_word(Action, record.action),
        reason=read_word(Reason, record.reason),
        defence=record.defence,
        origin=read_word(Origin, record.origin),
        number=record.number,
        caller=record.caller,
        evidence=record.evidence,
        ended_at=record.ended_at,
        outcome=None if record.outcome is None else Outcome.recorded(record.outcome),
        seconds=record.seconds,
        name=name or "",
        allowed=allowed,
        listed_until=listed_until,
    )
