"""The screener's view of the households: quick, current, and robust against the disk."""

import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from callguard.database import Database
from callguard.households import reader as reader_module
from callguard.households.reader import PolicyReader, PolicyUnavailable
from callguard.households.registry import Registry
from callguard.households.settings import HouseholdSettings
from callguard.screening import Action, Policy
from callguard.screening.policy import NO_CONSENT

from .conftest import DAUGHTER, DOCTOR, LINE, NOW, NUMBER, Household

pytestmark = pytest.mark.database("sqlite")


def checkpoint(path: Path) -> None:
    """Move everything from the write-ahead log into the database file."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.fixture(autouse=True)
def asked_at_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no change hide behind the 5 ms in which the file is not asked again."""
    monkeypatch.setattr(reader_module, "FRESH_SECONDS", 0.0)


@pytest.fixture
def at_rest(home: Household, database: Database, path: Path) -> Path:
    """A database file that nobody has open."""
    home.settings.change(home.id, {"payphone": "reject"}, by=DAUGHTER, now=NOW)
    database.close()
    checkpoint(path)
    return path


@pytest.fixture
def alone(at_rest: Path) -> Iterator[PolicyReader]:
    """A reader of that file that nobody else has open."""
    reader = PolicyReader(at_rest)
    yield reader
    reader.close()


def test_the_policy_of_a_line_is_read(home: Household, reader: PolicyReader) -> None:
    assert reader.policy(NUMBER) == home.settings.policy(home.id, now=NOW)


def test_a_line_without_a_household_is_not_screened(home: Household, reader: PolicyReader) -> None:
    assert reader.policy(DOCTOR) is NO_CONSENT
    assert reader.policy(None) is NO_CONSENT


def test_under_load_the_file_is_asked_every_5_ms(
    home: Household, reader: PolicyReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([10.0, 10.0049, 10.0051])
    monkeypatch.setattr(reader_module, "FRESH_SECONDS", 0.005)
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    before = reader.policy(NUMBER)
    home.settings.change(home.id, {"payphone": "reject"}, by=DAUGHTER, now=NOW)
    assert reader.policy(NUMBER) is before
    assert reader.policy(NUMBER).payphone is Action.REJECT


def test_an_unchanged_policy_comes_from_memory(home: Household, reader: PolicyReader) -> None:
    assert reader.policy(NUMBER) is reader.policy(NUMBER)


def test_a_change_by_another_process_counts_at_the_next_call(
    home: Household, reader: PolicyReader, path: Path
) -> None:
    assert reader.policy(NUMBER).payphone is Action.WARN
    change = (
        "import sys; from callguard.cli import main; "
        f"main(['policy', 'set', '--line', '{LINE}', 'payphone=reject'])"
    )
    subprocess.run(
        [sys.executable, "-c", change],
        env={"CALLGUARD_DATA": str(path.parent)},
        check=True,
        capture_output=True,
    )
    assert reader.policy(NUMBER).payphone is Action.REJECT


def test_a_household_signed_up_later_counts_at_the_next_call(
    registry: Registry, reader: PolicyReader
) -> None:
    assert reader.policy(NUMBER) is NO_CONSENT
    registry.add(LINE, "home", consent_by="subscriber", by=DAUGHTER, now=NOW)
    assert reader.policy(NUMBER).consent


def test_a_reader_does_not_wait_for_a_writer(
    home: Household, reader: PolicyReader, path: Path
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM policy_documents")
        assert reader.policy(NUMBER).consent
        writer.execute("COMMIT")
    assert reader.policy(NUMBER) is NO_CONSENT


def test_a_reader_changes_nothing(home: Household, reader: PolicyReader) -> None:
    reader.policy(NUMBER)
    assert reader._connection is not None
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader._connection.execute("DELETE FROM policy_documents")


def test_memory_is_bounded(
    home: Household, reader: PolicyReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_module, "MAX_CACHED_BYTES", 2_000)
    for line in range(10):
        reader.policy(line)
        assert len(reader._cache) <= 3
    assert reader.policy(NUMBER).consent


def test_a_missing_file_is_unavailable(path: Path) -> None:
    with pytest.raises(PolicyUnavailable, match=r"households\.db: unable to open"):
        PolicyReader(path).policy(NUMBER)
    assert not path.exists()


def test_a_file_that_appears_later_is_read(path: Path) -> None:
    reader = PolicyReader(path)
    with pytest.raises(PolicyUnavailable):
        reader.policy(NUMBER)
    database = Database(f"sqlite:///{path}")
    Registry(database).add(LINE, "home", consent_by="subscriber", by=DAUGHTER, now=NOW)
    assert reader.policy(NUMBER).consent
    reader.close()
    database.close()


@pytest.mark.parametrize("content", [b"", b"not a database, whatever it is" * 100])
def test_a_damaged_file_is_unavailable(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(PolicyUnavailable):
        PolicyReader(path).policy(NUMBER)
    assert path.read_bytes() == content


def test_a_folder_in_place_of_the_file_is_unavailable(path: Path) -> None:
    path.mkdir()
    with pytest.raises(PolicyUnavailable):
        PolicyReader(path).policy(NUMBER)


@pytest.mark.parametrize(
    "document",
    [
        "",
        "{",
        "[]",
        "null",
        "1",
        "{}",
        '{"consent": true}',
        '{"consent": true, "allow": {"x": ["", "2026-11-24T03:00:00+00:00", null]}, "block": {}}',
        '{"consent": true, "allow": {"1": "x"}, "block": {}}',
        '{"consent": true, "allow": {}, "block": {}, "payphone": "dance"}',
        '{"consent": true, "allow": {}, "block": {}, "quiet_hours": "night"}',
        '{"consent": true, "allow": [], "block": []}',
    ],
)
def test_a_damaged_document_is_unavailable(
    home: Household, reader: PolicyReader, path: Path, document: str
) -> None:
    reader.policy(NUMBER)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE policy_documents SET document = ?", (document,))
    with pytest.raises(PolicyUnavailable, match=r"households\.db"):
        reader.policy(NUMBER)
    assert reader.policy(DOCTOR) is NO_CONSENT


def test_the_policy_is_still_known_when_the_file_vanishes(
    alone: PolicyReader, at_rest: Path
) -> None:
    known = alone.policy(NUMBER)
    at_rest.unlink()
    assert alone.policy(NUMBER) is known
    alone.close()  # as after an error: the file must be opened anew, and is not there
    assert alone.policy(NUMBER) is known
    with pytest.raises(PolicyUnavailable):
        alone.policy(DOCTOR)


def test_the_policy_is_still_known_when_the_file_is_overwritten(
    alone: PolicyReader, at_rest: Path
) -> None:
    known = alone.policy(NUMBER)
    alone.close()
    at_rest.write_bytes(b"a disk that went wrong" * 1000)
    assert alone.policy(NUMBER) is known
    with pytest.raises(PolicyUnavailable):
        alone.policy(DOCTOR)


def test_a_restored_file_is_read_again(alone: PolicyReader, at_rest: Path, tmp_path: Path) -> None:
    kept = shutil.copy(at_rest, tmp_path / "backup.db")
    at_rest.unlink()
    with pytest.raises(PolicyUnavailable):
        alone.policy(NUMBER)
    shutil.copy(kept, at_rest)
    assert alone.policy(NUMBER).consent


def test_a_disk_without_room_for_the_readers_index_is_read_as_it_stood(
    alone: PolicyReader, at_rest: Path
) -> None:
    blocked = at_rest.with_name(at_rest.name + "-wal")
    blocked.mkdir()  # where the write-ahead log would go
    assert alone.policy(NUMBER) == Policy(
        consent=True, logged=True, recorded=True, payphone=Action.REJECT
    )
    blocked.rmdir()
    # With room again, a change counts at the next call as ever.
    database = Database(f"sqlite:///{at_rest}")
    household = Registry(database).find(LINE).id
    HouseholdSettings(database).change(household, {"payphone": "connect"}, by=DAUGHTER, now=NOW)
    assert alone.policy(NUMBER).payphone is Action.CONNECT
    database.close()


def test_a_path_with_odd_characters_is_read(at_rest: Path) -> None:
    path = at_rest.with_name("50% #家?mode=rw.db")
    at_rest.rename(path)
    reader = PolicyReader(path)
    assert reader.policy(NUMBER).consent
    reader.close()


def test_a_policy_that_did_not_change_is_not_read_twice(
    alone: PolicyReader, at_rest: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that comes into the log changes the file, and no policy."""
    known = alone.policy(NUMBER)
    with closing(sqlite3.connect(at_rest)) as connection, connection:
        connection.execute("CREATE TABLE another (id INTEGER)")
    monkeypatch.setattr("callguard.households.reader.FRESH_SECONDS", 0.0)
    alone._fresh_until = 0.0
    assert alone.policy(NUMBER) is known
