"""A demo's household is filled with a month of calls, and empty again as if nothing had been."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from callguard.calllog.log import CallLog
from callguard.database import Database
from callguard.database.tables import Base
from callguard.demo.errors import DemoError
from callguard.demo.filling import Demos
from callguard.demo.month import KNOWN, month
from callguard.households.lists import Lists
from callguard.households.models import ListedNumber
from callguard.households.registry import Home, Registry
from callguard.people.invitations import Invitations
from callguard.people.models import Membership, Person
from callguard.people.rights import Role
from callguard.recordings.keys import NodeKey
from callguard.recordings.recordings import Recordings
from callguard.recordings.registering import Registering
from callguard.recordings.sealing import seal
from callguard.recordings.shelf import Flaw, Kind, Shelf
from callguard.recordings.sound import is_wav
from callguard.recordings.spool import Spool
from callguard.settings import Settings
from callguard.trail import COMMAND_LINE, What
from callguard.trail.models import Deed

from ..portal.called import log_call
from ..recordings.left import leave, tone

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=2)
LINE, NEIGHBOUR = "0422-99-0000", "0422-99-0500"


def trace(database: Database, settings: Settings) -> dict[str, Any]:
    """Everything that there is: each row of each table, each file with what is in it."""
    with database.reading() as session:
        rows = {
            table.name: sorted(map(repr, session.execute(select(table)).all()))
            for table in Base.metadata.sorted_tables
        }
    files = {
        str(path.relative_to(settings.data)): path.is_file() and path.read_bytes()
        for path in settings.data.rglob("*")
    }
    return {**rows, "files": files}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a node that has its key already, as each has that has recorded something."""
    found = Settings(data=tmp_path / "node")
    NodeKey(found.recordings_key)
    return found


@pytest.fixture
def demos(settings: Settings, database: Database) -> Demos:
    return Demos(settings, database)


@pytest.fixture
def neighbour(database: Database) -> Home:
    """A real household, with a call."""
    home = Registry(database).add(NEIGHBOUR, "real", consent_by="本人", by=COMMAND_LINE, now=NOW)
    log_call(database, home.id, "0422-99-0199", NOW, outcome="refused")
    return home


def record_one(database: Database, settings: Settings, tmp_path: Path, call_id: str) -> None:
    """Record a call of the log as Asterisk would."""
    leave(tmp_path / "spool", f"message-{call_id}.wav", tone(1.0))
    (left,) = Spool(tmp_path / "spool").left()
    shelf, key = Shelf(settings.recordings, reserve=0), NodeKey(settings.recordings_key)
    assert seal(left, shelf, key, Flaw.NONE)
    assert Registering(database, shelf, key).register(NOW) == 1


def test_a_line_without_a_household_gets_one_with_the_month(
    demos: Demos, database: Database
) -> None:
    filled = demos.fill(LINE, now=NOW)
    assert filled.calls == len(month(NOW))
    assert filled.home.screened
    calls = CallLog(database).calls(filled.home.id, limit=200).calls
    assert [(call.at, call.reason, call.outcome) for call in reversed(calls)] == [
        (call.at, call.verdict.reason, call.outcome) for call in month(NOW)
    ]
    with database.reading() as session:
        listed = session.execute(select(ListedNumber.name, ListedNumber.allowed)).all()
    assert set(listed) == {(one.name, one.allowed) for one in KNOWN}


def test_its_trail_is_in_the_order_of_time(demos: Demos, database: Database) -> None:
    demos.fill(LINE, now=NOW)
    with database.reading() as session:
        whats = session.execute(select(Deed.at, Deed.what).order_by(Deed.id)).all()
    assert [at for at, _ in whats] == sorted(at for at, _ in whats)
    assert whats[-1].what == What.REPORT


def test_its_recordings_can_be_heard(demos: Demos, database: Database, settings: Settings) -> None:
    home = demos.fill(LINE, now=NOW).home
    recordings = Recordings(database, Shelf(settings.recordings), settings.recordings_key)
    found = recordings.all(home.id)
    assert {one.kind for one in found} == set(Kind)
    for one in found:
        assert is_wav(recordings.whole(home.id, one.call_id)[:44])


def test_a_household_that_was_made_for_it_goes_without_a_trace(
    demos: Demos, database: Database, settings: Settings, neighbour: Home
) -> None:
    before = trace(database, settings)
    home = demos.fill(LINE, now=NOW).home
    join(database, home)
    demos.remove(LINE, now=LATER)
    assert trace(database, settings) == before


def test_one_that_was_there_is_as_it_was(
    demos: Demos, database: Database, settings: Settings, neighbour: Home, tmp_path: Path
) -> None:
    home = demos.sign_up(LINE, "demo", consent_by="本人", now=NOW)
    join(database, home)
    call_id = log_call(database, home.id, "0422-99-4444", NOW, outcome="refused")
    record_one(database, settings, tmp_path, call_id)
    Lists(database).put(
        home.id, 81422994444, allowed=True, name="その医院", by=COMMAND_LINE, now=NOW
    )
    before = trace(database, settings)
    demos.fill(LINE, now=LATER)
    assert trace(database, settings) != before
    demos.remove(LINE, now=LATER)
    assert trace(database, settings) == before


def test_what_came_meanwhile_stays(demos: Demos, database: Database, settings: Settings) -> None:
    home = demos.sign_up(LINE, "demo", consent_by="本人", now=NOW)
    demos.fill(LINE, now=NOW)
    call_id = log_call(database, home.id, "0422-99-0199", LATER, outcome="refused")
    demos.remove(LINE, now=LATER)
    (left,) = CallLog(database).calls(home.id).calls
    assert left.call_id == call_id


def test_it_can_be_filled_and_emptied_again_and_again(
    demos: Demos, database: Database, settings: Settings
) -> None:
    demos.sign_up(LINE, "demo", consent_by="本人", now=NOW)
    before = trace(database, settings)
    for _ in range(2):
        demos.fill(LINE, now=NOW)
        with pytest.raises(DemoError, match="is filled already"):
            demos.fill(LINE, now=NOW)
        demos.remove(LINE, now=NOW)
        with pytest.raises(DemoError, match="is not filled"):
            demos.remove(LINE, now=NOW)
    assert trace(database, settings) == before


@pytest.mark.parametrize("own", [True, False])
def test_filled_again_it_has_the_month_before_now(
    demos: Demos, database: Database, settings: Settings, own: bool
) -> None:
    if not own:
        demos.sign_up(LINE, "demo", consent_by="本人", now=NOW)
    before = trace(database, settings)
    home = demos.fill(LINE, now=NOW).home
    assert demos.fill(LINE, now=LATER, again=True).home.id == home.id
    calls = CallLog(database).calls(home.id, limit=200).calls
    assert [call.at for call in reversed(calls)] == [call.at for call in month(LATER)]
    demos.remove(LINE, now=LATER)
    assert trace(database, settings) == before


def test_a_real_household_is_refused(
    demos: Demos, database: Database, settings: Settings, neighbour: Home
) -> None:
    before = trace(database, settings)
    with pytest.raises(DemoError, match="is a real one"):
        demos.fill(NEIGHBOUR, now=NOW)
    with pytest.raises(DemoError, match="is a real one"):
        demos.remove(NEIGHBOUR, now=NOW)
    assert trace(database, settings) == before


def test_a_real_household_on_a_line_that_was_a_demos_is_refused(
    demos: Demos, database: Database
) -> None:
    home = demos.sign_up(LINE, "demo", consent_by=None, now=NOW)
    Registry(database).remove(home.id, by=COMMAND_LINE, now=NOW)
    Registry(database).add(LINE, "real", consent_by="本人", by=COMMAND_LINE, now=LATER)
    with pytest.raises(DemoError, match="is a real one"):
        demos.fill(LINE, now=LATER)


@pytest.mark.database("sqlite")
@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff", b'{"81422990000": {"own": true}}'])
def test_a_damaged_file_is_named(
    demos: Demos, database: Database, settings: Settings, content: bytes
) -> None:
    demos.sign_up(LINE, "demo", consent_by=None, now=NOW)
    (settings.data / "demo.json").write_bytes(content)
    with pytest.raises(OSError, match=r"demo\.json is damaged"):
        demos.fill(LINE, now=NOW)


def join(database: Database, home: Home) -> None:
    """Have somebody join the household, and invite somebody else."""
    Invitations(database).invite(home.id, Role.MEMBER, "みずき", by=COMMAND_LINE, now=NOW)
    with database.transaction() as session:
        person = Person(
            name="中村 花子", mail=None, language="ja", operator=False, handle=b"h", created_at=NOW
        )
        person.memberships.append(
            Membership(household_id=home.id, role=Role.MANAGER, created_at=NOW)
        )
        session.add(person)
