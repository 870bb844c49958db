"""Brings encrypted recordings into the database, each to the household whose call it was.

Until then the key of each lies beside it, under the node's key; from then on under the household's.
A recording whose call does not come into the log is of nobody who agreed to it, or of a call that
has been erased: it is removed. So is that of a warned call to which nobody was put through: all
that is in it is callguard's own announcement, and what the caller said to it.
"""

from datetime import datetime, timedelta
from enum import Enum, auto

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ..calllog.models import CallRecord
from ..calllog.outcome import Outcome
from ..database import Database
from ..notify.news import tell
from ..notify.topics import Topic
from .keys import NodeKey, new_key, unwrap, wrap
from .models import HouseholdKey, RecordingRow
from .recordings import host, household_purpose
from .sealing import purpose
from .shelf import Kind, Shelf, Waiting

PATIENCE = timedelta(minutes=10)
"""How long a recording waits for its call, while the database answers."""

LONGEST_RINGING = timedelta(minutes=5)
"""A call that began longer ago was put through, if it is not known how it ended: warning and
ringing together are shorter."""

_NOBODY = frozenset({Outcome.LEFT, Outcome.UNANSWERED, Outcome.REFUSED})
"""How a call ends in which nobody at home has spoken with the caller."""


class _Fate(Enum):
    """What becomes of a recording that waits."""

    REGISTERED = auto()
    MISSED = auto()
    """Its call is not in the log."""
    OPEN = auto()
    """How its call ended is not known yet."""
    UNWANTED = auto()


class Registering:
    """Registers what waits on *shelf* in *database*; *key* is this node's."""

    def __init__(self, database: Database, shelf: Shelf, key: NodeKey) -> None:
        self._database = database
        self._shelf = shelf
        self._key = key
        self._missed: dict[str, datetime] = {}
        """Calls that the database did not have, and since when they are missed."""

    def register(self, now: datetime) -> int:
        """Register what can be; return how many recordings are new in the database.

        Raises:
            DatabaseError: the database does not answer; the rest waits.
            DamagedRecording: a key cannot be opened.

        """
        done = 0
        for one in self._shelf.waiting():
            if one.wrapped_by != self._key.name:
                continue  # another node's, in a folder that both use
            fate = self._register(one, now)
            if fate is _Fate.MISSED:
                if now - self._missed.setdefault(one.call_id, now) <= PATIENCE:
                    continue
                fate = _Fate.UNWANTED
            self._missed.pop(one.call_id, None)
            if fate is _Fate.UNWANTED:
                self._shelf.remove([one.call_id])
            elif fate is _Fate.REGISTERED:
                self._shelf.settle(one.call_id)
                done += 1
        return done

    def _register(self, one: Waiting, now: datetime) -> _Fate:
        """Bring one recording into the database, if it is to be kept."""
        with self._database.transaction() as session:
            call = session.execute(
                select(CallRecord.household_id, CallRecord.at, CallRecord.outcome).where(
                    CallRecord.call_id == one.call_id
                )
            ).one_or_none()
            if call is None:
                return _Fate.MISSED
            if one.kind is Kind.CALL:
                if call.outcome in _NOBODY:
                    return _Fate.UNWANTED
                if call.outcome is None and now - call.at < LONGEST_RINGING:
                    return _Fate.OPEN
            key_id, household = household_key(session, self._key, call.household_id, now)
            own = unwrap(one.key, self._key.key, purpose(one.call_id))
            if session.get(RecordingRow, one.call_id) is None:
                session.add(
                    RecordingRow(
                        call_id=one.call_id,
                        household_id=call.household_id,
                        kind=one.kind.value,
                        at=call.at,
                        seconds=one.seconds,
                        flaw=one.flaw.value,
                        node=host(),
                        key_id=key_id,
                        key=wrap(own, household, purpose(one.call_id)),
                    )
                )
            if one.kind is Kind.MESSAGE:
                tell(
                    session,
                    call.household_id,
                    Topic.MESSAGE_LEFT,
                    key=one.call_id,
                    detail={"call_id": one.call_id},
                    now=now,
                )
        return _Fate.REGISTERED


def household_key(
    session: Session, node: NodeKey, household_id: int, now: datetime
) -> tuple[int, bytes]:
    """Return the id of the household's key under *node*'s, and the key.

    It is made with the first recording.
    """
    wanted = select(HouseholdKey).where(
        HouseholdKey.household_id == household_id, HouseholdKey.wrapped_by == node.name
    )
    found = session.scalar(wanted)
    if found is None:
        values = {
            "household_id": household_id,
            "wrapped_by": node.name,
            "key": wrap(new_key(), node.key, household_purpose(household_id)),
            "created_at": now,
        }
        # Another node with the same key may be making it at this moment: one of the two counts.
        insert = (
            postgresql.insert(HouseholdKey).values(values).on_conflict_do_nothing()
            if session.get_bind().dialect.name == "postgresql"
            else sqlite.insert(HouseholdKey).values(values).on_conflict_do_nothing()
        )
        session.execute(insert)
        found = session.scalars(wanted).one()
    return found.id, unwrap(found.key, node.key, household_purpose(household_id))
