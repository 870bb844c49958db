"""A key that was pressed is carried out once; a listed number that was dialled is told."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from callguard.calllog.line_event import DialledOut, LineEvent, Press, Pressed, Presser
from callguard.calllog.models import CallRecord
from callguard.calllog.record import read
from callguard.database import Database
from callguard.feed.report_queue import ReportQueue
from callguard.households.family_telephones import FamilyTelephones
from callguard.households.lists import Lists
from callguard.households.registry import Registry
from callguard.line.keys import PATIENCE, OnTheLine
from callguard.notify.models import News
from callguard.screening import Reason
from callguard.screening.dialling import Ground
from callguard.screening.policy import Dialling
from callguard.settings import Settings
from callguard.trail.models import Deed

from ..calllog.conftest import CALLER, DAUGHTER, LINE, NEIGHBOUR, NOW, record_of, verdict

CALL = "0123456789abcdef"


@dataclass
class Home:
    """A household, another, and what carries out what is pressed there."""

    database: Database
    settings: Settings
    id: int
    other: int

    def called(
        self,
        number: int | None = CALLER,
        line: int = LINE,
        call_id: str = CALL,
        reason: Reason | None = None,
    ) -> None:
        """Put a call into the log."""
        about = verdict() if number == 110 else verdict(number)
        record = read(record_of(about, line=line, call_id=call_id))
        columns = record.columns(self.id if line == LINE else self.other)
        with self.database.transaction() as session:
            columns |= {"number": number} | ({"reason": reason.value} if reason else {})
            session.add(CallRecord(**columns))

    def heed(self, event: LineEvent, after: timedelta = timedelta(0)) -> bool:
        return OnTheLine(self.settings, self.database).heed(event, NOW + after)

    def listed(self, household: int | None = None) -> dict[int, bool]:
        """The numbers on the lists, and whether each is allowed."""
        entries = Lists(self.database).entries(household or self.id)
        return {entry.number: entry.allowed for entry in entries}

    def news(self) -> list[tuple[int, str]]:
        with self.database.reading() as session:
            found = session.scalars(select(News).order_by(News.id))
            return [(one.household_id, one.topic) for one in found]

    def evidence(self) -> dict[str, Any]:
        with self.database.reading() as session:
            return dict(session.scalars(select(CallRecord.evidence)).one())

    def doers(self) -> list[str]:
        with self.database.reading() as session:
            found = session.scalars(select(Deed).order_by(Deed.id))
            return [one.who for one in found if one.who != DAUGHTER.who]

    def reported(self) -> int:
        return len(ReportQueue(self.settings.reports).waiting())


@pytest.fixture
def home(database: Database, tmp_path: Path) -> Home:
    ids = [
        Registry(database)
        .add(line, "home", consent_by="本人", by=DAUGHTER, now=NOW - timedelta(days=9))
        .id
        for line in ("0422-99-0000", "0422-99-0500")
    ]
    url = database.engine.url.render_as_string(hide_password=False)
    return Home(database, Settings(data=tmp_path, database_url=url), ids[0], ids[1])


def pressed(press: Press = Press.SCAM, by: Presser = Presser.HOME, line: int = LINE) -> Pressed:
    return Pressed(press, by, CALL, line, NOW)


def test_the_scam_key_blocks_the_number_and_tells_the_family_once(home: Home) -> None:
    home.called()
    assert home.heed(pressed())
    assert home.heed(pressed())
    assert home.listed() == {CALLER: False}
    assert home.listed(home.other) == {}
    assert home.news() == [(home.id, "scam-key")]
    assert set(home.doers()) == {"home telephone"}


@pytest.mark.database("sqlite")
def test_the_scam_key_reports_the_number_once(home: Home) -> None:
    home.called()
    home.heed(pressed())
    home.heed(pressed())
    assert home.reported() == 1


@pytest.mark.parametrize(("press", "allowed"), [(Press.ALLOW, True), (Press.BLOCK, False)])
def test_a_code_puts_the_last_number_on_a_list_and_is_no_news(
    home: Home, press: Press, allowed: bool
) -> None:
    home.called()
    assert home.heed(pressed(press))
    assert home.listed() == {CALLER: allowed}
    assert (home.news(), home.reported()) == ([], 0)


@pytest.mark.parametrize("by", Presser)
def test_no_key_allows_a_number_that_the_police_have_listed(home: Home, by: Presser) -> None:
    home.called(reason=Reason.FRAUD_LIST)
    assert home.heed(Pressed(Press.ALLOW, by, CALL, LINE, NOW))
    assert home.listed() == {}
    assert home.heed(Pressed(Press.BLOCK, by, CALL, LINE, NOW))
    assert home.listed() == {CALLER: False}


def test_what_a_member_of_the_family_pressed_is_told_as_theirs(home: Home) -> None:
    home.called()
    home.heed(pressed(Press.BLOCK, Presser.FAMILY))
    assert set(home.doers()) == {"family telephone"}


@pytest.mark.parametrize(
    ("press", "listed"),
    [
        (Press.CONNECT, {}),
        (Press.REFUSE, {}),
        (Press.NOBODY, {}),
        (Press.ALLOW, {CALLER: True}),
        (Press.BLOCK, {CALLER: False}),
    ],
)
def test_who_of_the_family_decided_what_stands_in_the_calls_evidence(
    home: Home, press: Press, listed: dict[int, bool]
) -> None:
    yumi = FamilyTelephones(home.database).add(
        home.id, "090-9999-0001", "由美", by=DAUGHTER, now=NOW
    )
    home.called()
    event = Pressed(press, Presser.FAMILY, CALL, LINE, NOW, yumi.id)
    assert home.heed(event)
    assert home.heed(event)
    assert home.evidence()["family"] == {"said": press.value, "name": "由美"}
    assert (home.listed(), home.news()) == (listed, [])


def test_a_telephone_of_another_household_lends_no_name(home: Home) -> None:
    theirs = FamilyTelephones(home.database).add(
        home.other, "090-9999-0001", "由美", by=DAUGHTER, now=NOW
    )
    home.called()
    home.heed(Pressed(Press.CONNECT, Presser.FAMILY, CALL, LINE, NOW, theirs.id))
    assert home.evidence()["family"] == {"said": "connect"}


def test_a_caller_without_a_number_is_told_of_and_nobody_is_blocked(home: Home) -> None:
    home.called(None)
    assert home.heed(pressed())
    assert home.listed() == {}
    assert home.news() == [(home.id, "scam-key")]
    assert home.reported() == 0


def test_a_key_waits_for_its_call_and_not_for_ever(home: Home) -> None:
    assert not home.heed(pressed())
    assert not home.heed(pressed(), PATIENCE)
    assert home.heed(pressed(), PATIENCE + timedelta(seconds=1))
    assert (home.listed(), home.news()) == ({}, [])


def test_a_key_reaches_no_call_of_another_household(home: Home) -> None:
    home.called(line=NEIGHBOUR)
    assert home.heed(pressed(), 2 * PATIENCE)
    assert home.listed() == home.listed(home.other) == {}
    assert home.news() == []


def test_a_key_of_a_household_that_is_gone_is_forgotten(home: Home) -> None:
    Registry(home.database).remove(home.id, by=DAUGHTER, now=NOW)
    assert home.heed(pressed())


def test_a_number_that_cannot_be_blocked_is_told_of_all_the_same(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    home.called(110)
    assert home.heed(pressed())
    assert home.listed() == {}
    assert home.news() == [(home.id, "scam-key")]
    assert "the key is not carried out" in caplog.text


@pytest.mark.parametrize("dialling", Dialling)
def test_a_listed_number_that_was_dialled_is_told_once_an_hour(
    home: Home, dialling: Dialling
) -> None:
    for _ in range(2):
        assert home.heed(DialledOut(Ground.LISTED, dialling, CALLER, LINE, NOW))
    assert home.news() == [(home.id, "dialled-listed")]
    later = NOW + timedelta(hours=1)
    assert home.heed(DialledOut(Ground.LISTED, dialling, CALLER, LINE, later))
    assert home.news() == [(home.id, "dialled-listed")] * 2


@pytest.mark.parametrize("ground", [Ground.OVERSEAS, Ground.PREMIUM])
def test_a_costly_number_that_was_dialled_is_no_news(home: Home, ground: Ground) -> None:
    assert home.heed(DialledOut(ground, Dialling.CONFIRM, CALLER, LINE, NOW))
    assert home.news() == []
