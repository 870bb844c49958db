"""Carries out what was asked for by a key, and tells the family what was dialled."""

import logging
from datetime import datetime, timedelta

from sqlalchemy import select

from ..blocklist.errors import StoreError
from ..calllog.line_event import DialledOut, LineEvent, Press, Pressed, Presser
from ..calllog.models import CallRecord
from ..database import Database
from ..households.errors import HouseholdError
from ..households.lists import Lists
from ..households.models import FamilyMember, Household
from ..households.reader import PolicyReader, PolicyUnavailable
from ..notify.news import tell
from ..notify.topics import Topic
from ..numbers import NumberError, format_number
from ..screening import Reason
from ..screening.dialling import Ground
from ..settings import Settings
from ..trail import FAMILY_TELEPHONE, HOME_TELEPHONE
from .reporting import Reporting, ReportRefused

log = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=1)
"""How long the call that a key is about is waited for: it may still lie in another file."""

_UNDECIDING = frozenset({Press.CONNECT, Press.REFUSE, Press.NOBODY})
"""What was pressed about one call only, or not at all: nothing follows from it."""

_DOERS = {Presser.HOME: HOME_TELEPHONE, Presser.FAMILY: FAMILY_TELEPHONE}


class OnTheLine:
    """Carries out line events in *database*; reports are kept as *settings* say."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._lists = Lists(database)

    def heed(self, event: LineEvent, now: datetime) -> bool:
        """Carry out *event*; tell whether it is done, or is to be tried again.

        To carry it out twice is to do it once.

        Raises:
            DatabaseError: the database does not answer.

        """
        with self._database.reading() as session:
            household = session.scalar(select(Household.id).where(Household.line == event.line))
        if household is None:
            return True
        if isinstance(event, DialledOut):
            self._dialled(event, household, now)
            return True
        with self._database.reading() as session:
            row = session.execute(
                select(CallRecord.number, CallRecord.reason).where(
                    CallRecord.call_id == event.call_id, CallRecord.household_id == household
                )
            ).one_or_none()
        if row is None:
            return now - event.at > PATIENCE
        if event.press not in _UNDECIDING:
            listed = row.reason == Reason.FRAUD_LIST
            self._pressed(event, household, row.number, now, listed=listed)
        if event.by is Presser.FAMILY:
            self._note_who(event, household)
        return True

    def _note_who(self, event: Pressed, household: int) -> None:
        """Add to the evidence of the call what the family said when it was asked."""
        with self._database.transaction() as session:
            name = session.scalar(
                select(FamilyMember.name).where(
                    FamilyMember.id == event.who, FamilyMember.household_id == household
                )
            )
            call = session.scalar(select(CallRecord).where(CallRecord.call_id == event.call_id))
            if call is not None:
                said = {"said": event.press.value} | ({"name": name} if name else {})
                call.evidence = {**call.evidence, "family": said}

    def _dialled(self, event: DialledOut, household: int, now: datetime) -> None:
        if event.ground is not Ground.LISTED:
            return
        with self._database.transaction() as session:
            tell(
                session,
                household,
                Topic.DIALLED_LISTED,
                # Once an hour, and without the number: it is kept nowhere.
                key=f"{event.at:%Y-%m-%dT%H}",
                detail={"then": event.dialling.value},
                now=now,
            )

    def _pressed(
        self, event: Pressed, household: int, number: int | None, now: datetime, *, listed: bool
    ) -> None:
        if listed and event.press is Press.ALLOW:
            # Who deceives may tell her which keys to press; the portal warns first.
            log.warning("call %s: a listed number is not allowed by a key", event.call_id)
            return
        if number is not None:
            try:
                self._lists.put(
                    household,
                    number,
                    allowed=event.press is Press.ALLOW,
                    by=_DOERS[event.by],
                    now=now,
                )
            except HouseholdError as error:
                log.warning("call %s: the key is not carried out: %s", event.call_id, error)
        if event.press is not Press.SCAM:
            return
        with self._database.transaction() as session:
            news = tell(
                session,
                household,
                Topic.SCAM_KEY,
                key=event.call_id,
                detail={"call_id": event.call_id},
                now=now,
            )
        if news and number is not None:
            self._report(event, number, now)

    def _report(self, event: Pressed, number: int, now: datetime) -> None:
        policies = PolicyReader(self._settings.database_file)  # of this thread
        try:
            Reporting(self._settings, policies).take(
                format_number(number),
                format_number(event.line),
                now,
                called_at=event.at.isoformat(),
            )
        except (NumberError, ReportRefused, PolicyUnavailable, StoreError) as error:
            log.warning("call %s: it is not reported: %s", event.call_id, error)
        finally:
            policies.close()
