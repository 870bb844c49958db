"""Two households on a database of each kind, and calls to them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select

from callguard.calllog.collector import Collector
from callguard.calllog.journal import Journal
from callguard.calllog.log import Call, CallLog
from callguard.calllog.models import CallRecord
from callguard.calllog.record import Defence, Record, read, write
from callguard.database import Database
from callguard.households.registry import Registry
from callguard.numbers import Caller, Origin, classify_number
from callguard.screening import Action, Reason, Verdict
from callguard.trail import Doer
from callguard.trail.models import Deed

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
LINE = 81422990000
NEIGHBOUR = 81422990500
CALLER = 81422990199
DAUGHTER = Doer("娘", address="192.0.2.1")

_names = count(1)


def verdict(
    number: int | None = CALLER,
    action: Action = Action.WARN,
    reason: Reason = Reason.UNLISTED,
    **evidence: object,
) -> Verdict:
    """Return a verdict on a caller with that number, or one who withheld it."""
    if number is None:
        return Verdict(Action.REJECT, Reason.WITHHELD, Caller(Origin.WITHHELD), evidence)
    return Verdict(action, reason, classify_number(f"+{number}"), evidence)


def record_of(
    about: Verdict | None = None,
    *,
    line: int = LINE,
    at: datetime = NOW,
    call_id: str = "",
    hidden: bytes | None = None,
) -> bytes:
    """Return the journal's record of a call."""
    return write(
        about or verdict(),
        call_id=call_id or f"{next(_names):016x}",
        line=line,
        at=at,
        defence=Defence.DAEMON,
        hidden=hidden,
    )


@dataclass
class Home:
    """A household and its log."""

    database: Database
    id: int
    line: int
    log: CallLog = field(init=False)

    def __post_init__(self) -> None:
        self.log = CallLog(self.database)

    def called(
        self,
        about: Verdict | None = None,
        at: datetime = NOW,
        **columns: object,
    ) -> str:
        """Put a call into the log; return its name."""
        record: Record = read(record_of(about, line=self.line, at=at))
        with self.database.transaction() as session:
            session.add(CallRecord(**{**record.columns(self.id), **columns}))
        return record.call_id

    def calls(self, **wanted: object) -> list[Call]:
        return list(self.log.calls(self.id, **wanted).calls)  # type: ignore[arg-type]

    def trail(self) -> list[tuple[str, dict[str, object]]]:
        """Return what the trail says of the household's calls."""
        with self.database.reading() as session:
            found = session.scalars(
                select(Deed).where(Deed.household_id == self.id).order_by(Deed.id)
            )
            deeds = [(one.what, one.detail) for one in found]
        return [deed for deed in deeds if "call" in deed[0] or "evidence" in deed[0]]


@pytest.fixture
def home(database: Database) -> Home:
    found = Registry(database).add(
        "0422-99-0000", "home", consent_by="本人", by=DAUGHTER, now=NOW - timedelta(days=200)
    )
    return Home(database, found.id, LINE)


@pytest.fixture
def neighbour(database: Database) -> Home:
    found = Registry(database).add(
        "0422-99-0500", "neighbour", consent_by="本人", by=DAUGHTER, now=NOW - timedelta(days=200)
    )
    return Home(database, found.id, NEIGHBOUR)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The journal's."""
    return tmp_path / "journal"


@pytest.fixture
def journal(folder: Path) -> Iterator[Journal]:
    journal = Journal(folder)
    yield journal
    journal.close()


Written = Callable[..., None]


@pytest.fixture
def written(journal: Journal) -> Written:
    """Write records to the journal, in a file of their own."""

    def write_them(*records: bytes) -> None:
        journal.append(records)
        journal.seal()

    return write_them


@pytest.fixture
def collector(folder: Path, database: Database) -> Collector:
    return Collector(folder, database)
