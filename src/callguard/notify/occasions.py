"""What is news: called from other rooms where it happens, in the same transaction.

Nothing here sends, waits or fails for want of a network; each costs a line in a table at most.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ..calllog.models import CallRecord
from ..households.consent_text import Purpose
from ..households.document import ACTIONS, DIALS
from ..screening import Action, Reason
from ..screening.policy import CHALLENGES, JST, Challenge, Dialling
from ..trail.deeds import Doer, What
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


def deed_done(
    session: Session,
    by: Doer,
    what: What,
    *,
    household_id: int,
    detail: Mapping[str, Any],
    now: datetime,
) -> None:
    """Take a deed as it is added to the trail: every change is, so that none is overlooked."""
    match what:
        case What.REVOKE_CONSENT:
            _consent_revoked(session, by, household_id, detail.get("purposes", ()), now)
        case What.CHANGE_SETTINGS:
            weaker = weakened(detail.get("changes", {}))
            if weaker:
                told = {"settings": weaker, "by": by.who}
                _protection_off(session, household_id, "settings", told, now)
        case What.PROPOSE_PROFILE:
            key = now.isoformat()
            tell(session, household_id, Topic.STRONGER_PROPOSED, key=key, detail={}, now=now)
        case What.JOIN:
            tell(
                session,
                household_id,
                Topic.MEMBER_JOINED,
                key=f"{by.person_id}:{now.isoformat()}",
                detail={"person": by.person_id},
                now=now,
            )


def _consent_revoked(
    session: Session, by: Doer, household_id: int, purposes: Collection[str], now: datetime
) -> None:
    """Tell that nothing is screened any more, or that nobody is told of calls any more."""
    for purpose in (Purpose.SCREENING, Purpose.NOTICES):
        if purpose in purposes:
            told = {"revoked": purpose.value, "by": by.who}
            _protection_off(session, household_id, "consent", told, now)
            return


def _protection_off(
    session: Session, household_id: int, kind: str, detail: dict[str, Any], now: datetime
) -> None:
    key = f"{kind}:{now.isoformat()}"
    tell(session, household_id, Topic.PROTECTION_OFF, key=key, detail=detail, now=now)


_STRENGTH = (Action.CONNECT, Action.WARN, Action.CHALLENGE, Action.REJECT)
_DIALLING_STRENGTH = (Dialling.GO, Dialling.CONFIRM, Dialling.REFUSE)
_PROTECTING = frozenset(
    {
        *("allowlist_only", "quiet_hours", "whisper", "cut_listed_calls", "family_key"),
        "long_call_minutes",
    }
)
"""The settings that protect while they are on."""


def weakened(changes: Mapping[str, Sequence[Any]]) -> list[str]:
    """Return which of *changes*, each from one value to another, make the protection weaker.

    Names and values are those of ``settings_to_json``.
    """
    weaker = []
    for name, (before, after) in changes.items():
        if name in ACTIONS:
            less = _STRENGTH.index(Action(after)) < _STRENGTH.index(Action(before))
        elif name in DIALS:
            strength = _DIALLING_STRENGTH.index
            less = strength(Dialling(after)) < strength(Dialling(before))
        elif name == "challenge":
            less = CHALLENGES.index(Challenge(after)) < CHALLENGES.index(Challenge(before))
        elif name == "countries":
            less = bool(set(after) - set(before))
        else:
            less = name in _PROTECTING and bool(before) and not after
        if less:
            weaker.append(name)
    return weaker
