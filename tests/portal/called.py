"""Calls in a household's log, for the tests of the pages."""

from datetime import datetime
from typing import Any

from callguard.calllog.models import CallRecord
from callguard.database import Database
from callguard.numbers import Caller, Origin, classify_number
from callguard.screening import Action, Reason, Verdict


def log_call(
    database: Database,
    household: int,
    number: str | None,
    at: datetime,
    *,
    action: Action = Action.REJECT,
    reason: Reason = Reason.UNLISTED,
    origin: Origin = Origin.WITHHELD,
    outcome: str | None = None,
    seconds: int | None = None,
    **evidence: Any,
) -> str:
    """Put a call into the log; return its name. Without a *number*, *origin* says why."""
    caller = Caller(origin) if number is None else classify_number(number)
    shown = Verdict(action, reason, caller, evidence).to_json()
    with database.transaction() as session:
        call_id = f"{session.query(CallRecord).count() + 0xA0:016x}"
        session.add(
            CallRecord(
                call_id=call_id,
                household_id=household,
                at=at,
                action=action.value,
                reason=reason.value,
                defence="daemon",
                origin=caller.origin.value,
                number=caller.number,
                hidden=None,
                caller=shown["caller"],
                evidence=dict(evidence),
                ended_at=None,
                outcome=outcome,
                seconds=seconds,
            )
        )
    return call_id
