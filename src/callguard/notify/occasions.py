"""What is news: called from other rooms where it happens, in the same transaction.

Nothing here sends, waits or fails for want of a network; each costs a line in a table at most.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ..calllog.models import CallRecord
from ..households.document import ACTIONS
from ..screening import Action, Reason
from ..screening.policy import JST
from ..trail import Doer
from .news import tell
from .topics import Topic

TOO_OLD = timedelta(days=1)
"""A call that reaches the log so late, after the database was away, is for the digest only."""


class NotedCall(Protocol):
    """A call as the log takes it down; a ``CallRecord`` is one."""

    call_id: str
    household_id: int
    at: datetime
    action: str
    reason: str
    number: int | None
    hidden: bytes | None


def calls_noted(session: Session, calls: Iterable[NotedCall], *, now: datetime) -> None:
    """Take calls that have just been added to the log, in the transaction that added them.

    A listed number is news once a day and household: callers of that kind try many times.
    """
    for call in sorted(calls, key=lambda one: (one.at, one.call_id)):
        if call.reason != Reason.FRAUD_LIST or now - call.at > TOO_OLD:
            continue
        if not _tried_before(session, call):
            tell(
                session,
                call.household_id,
                Topic.LISTED_TRIED,
                key=call.call_id,
                detail={"call_id": call.call_id},
                now=now,
            )


def _tried_before(session: Session, call: NotedCall) -> bool:
    local = call.at.astimezone(JST)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    caller = (
        CallRecord.number == call.number
        if call.number is not None
        else CallRecord.number.is_(None) & (CallRecord.hidden == call.hidden)
    )
    earlier = or_(
        CallRecord.at < call.at,
        (CallRecord.at == call.at) & (CallRecord.call_id < call.call_id),
    )
    found = session.scalar(
        select(CallRecord.id)
        .where(
            CallRecord.household_id == call.household_id,
            CallRecord.reason == Reason.FRAUD_LIST.value,
            CallRecord.at >= midnight,
            caller,
            earlier,
        )
        .limit(1)
    )
    return found is not None


def consent_revoked(session: Session, household_id: int, *, by: Doer, now: datetime) -> None:
    """Take that the household's consent was revoked: nothing is screened any more."""
    tell(
        session,
        household_id,
        Topic.PROTECTION_OFF,
        key=f"consent:{now.isoformat()}",
        detail={"consent": False, "by": by.who},
        now=now,
    )


def settings_changed(
    session: Session,
    household_id: int,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    by: Doer,
    now: datetime,
) -> None:
    """Take a change of a policy's settings, each as ``settings_to_json`` returns them in full.

    Only what makes the protection weaker is news.
    """
    weaker = weakened(before, after)
    if weaker:
        tell(
            session,
            household_id,
            Topic.PROTECTION_OFF,
            key=f"settings:{now.isoformat()}",
            detail={"settings": weaker, "by": by.who},
            now=now,
        )


_STRENGTH = (Action.CONNECT, Action.CHALLENGE, Action.WARN, Action.REJECT)


def weakened(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return the names of the settings by which *after* protects less than *before*."""

    def strength(settings: Mapping[str, Any], name: str) -> int:
        return _STRENGTH.index(Action(settings[name]))

    weaker = [name for name in ACTIONS if strength(after, name) < strength(before, name)]
    weaker += [
        name
        for name in ("allowlist_only", "quiet_hours", "whisper", "cut_listed_calls")
        if before[name] and not after[name]
    ]
    if set(after["countries"]) - set(before["countries"]):
        weaker.append("countries")
    return weaker


def member_joined(session: Session, household_id: int, person_id: int, *, now: datetime) -> None:
    """Take that somebody has joined the household."""
    tell(
        session,
        household_id,
        Topic.MEMBER_JOINED,
        key=f"{person_id}:{now.isoformat()}",
        detail={"person": person_id},
        now=now,
    )
