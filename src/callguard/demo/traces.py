"""Puts a month of calls into a household, as if they had been, and takes them out again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from ..calllog.models import CallRecord
from ..calllog.record import Defence, read, write
from ..households.models import Household, ListedNumber
from ..numbers import classify_number
from ..recordings.container import encrypt
from ..recordings.keys import NodeKey, new_key, wrap
from ..recordings.models import HouseholdKey, RecordingRow
from ..recordings.recordings import host
from ..recordings.registering import household_key
from ..recordings.sealing import purpose
from ..recordings.shelf import Flaw, Shelf
from ..recordings.sound import HEADER_BYTES, header
from ..trail import What
from ..trail.models import Deed
from .month import KNOWN, LISTED_FOR, PlannedCall
from .spoken import sound

FAMILY = "健"
"""Who of the family is said to have reported a caller."""


@dataclass(slots=True)
class Traces:
    """What was put in, by which it is found again."""

    calls: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    deeds: list[int] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)


def put(
    session: Session,
    household: Household,
    calls: Mapping[str, PlannedCall],
    *,
    shelf: Shelf,
    node: NodeKey,
    now: datetime,
) -> Traces:
    """Put *calls*, by their names, into the household, with recordings, lists and reports.

    The transaction of *session* also writes the household's document: ``changing``.

    Raises:
        OSError: the folder of the recordings cannot be written.

    """
    _add_calls(session, household, calls)
    numbers = _add_numbers(session, household, now)
    deeds = _add_reports(session, household, calls)
    had_key = session.scalar(_has_key(household.id, node))
    key_id, key = household_key(session, node, household.id, now)
    for call_id, call in calls.items():
        if call.kept is not None:
            session.add(_keep(household, call_id, call, shelf, key_id, key))
    session.flush()
    return Traces(list(calls), numbers, deeds, [] if had_key else [key_id])


def take_out(session: Session, household: Household, traces: Traces) -> None:
    """Take *traces* out, all but the files of the recordings."""
    mine = household.id
    for which in (
        delete(CallRecord).where(CallRecord.call_id.in_(traces.calls)),
        delete(ListedNumber).where(ListedNumber.number.in_(traces.numbers)),
        delete(Deed).where(Deed.id.in_(traces.deeds)),
        delete(HouseholdKey).where(
            HouseholdKey.id.in_(traces.keys),
            # Another recording may have been made under it since.
            ~exists().where(RecordingRow.key_id == HouseholdKey.id),
        ),
    ):
        session.execute(which.where(which.table.c.household_id == mine))


def _keep(
    household: Household, call_id: str, call: PlannedCall, shelf: Shelf, key_id: int, key: bytes
) -> RecordingRow:
    """Keep a recording of the call, as if Asterisk had made it."""
    assert call.kept is not None
    heard = sound(call.kept, call.kept_seconds)
    own = new_key()
    size = HEADER_BYTES + len(heard)
    shelf.put(call_id, encrypt(iter((header(len(heard)), heard)), size, own, call_id), size)
    return RecordingRow(
        call_id=call_id,
        household_id=household.id,
        kind=call.kept.value,
        at=call.at,
        seconds=call.kept_seconds,
        flaw=Flaw.NONE.value,
        node=host(),
        key_id=key_id,
        key=wrap(own, key, purpose(call_id)),
    )


def _add_calls(session: Session, household: Household, calls: Mapping[str, PlannedCall]) -> None:
    for call_id, call in calls.items():
        record = read(
            write(
                call.verdict,
                call_id=call_id,
                line=household.line,
                at=call.at,
                defence=Defence.DAEMON,
                hidden=None,
            )
        )
        columns = {
            **record.columns(household.id),
            "outcome": call.outcome.value,
            "ended_at": call.ended_at,
            "seconds": call.seconds,
        }
        session.add(CallRecord(**columns))
    session.flush()


def _add_numbers(session: Session, household: Household, now: datetime) -> list[int]:
    """Put the numbers on the lists that are on none; return them."""
    there = set(
        session.scalars(
            select(ListedNumber.number).where(ListedNumber.household_id == household.id)
        )
    )
    added = []
    for one in KNOWN:
        number = classify_number(one.number).number
        assert number is not None
        if number not in there:
            session.add(
                ListedNumber(
                    household_id=household.id,
                    number=number,
                    allowed=one.allowed,
                    name=one.name,
                    note=one.note,
                    confirmed_at=now - LISTED_FOR,
                )
            )
            added.append(number)
    return added


def _add_reports(
    session: Session, household: Household, calls: Mapping[str, PlannedCall]
) -> list[int]:
    """Say in the trail that callers were reported; return the lines. The police hear nothing."""
    deeds = list(_reports(household, calls))
    session.add_all(deeds)
    session.flush()
    return [deed.id for deed in deeds]


def _reports(household: Household, calls: Mapping[str, PlannedCall]) -> Iterator[Deed]:
    for call_id, call in calls.items():
        if call.reported:
            yield Deed(
                at=call.ended_at,
                household_id=household.id,
                person_id=None,
                who=FAMILY,
                address="",
                what=What.REPORT.value,
                detail={"number": call.verdict.caller.number, "call": call_id},
            )


def _has_key(household_id: int, node: NodeKey) -> Any:
    return select(
        exists().where(
            HouseholdKey.household_id == household_id, HouseholdKey.wrapped_by == node.name
        )
    )
