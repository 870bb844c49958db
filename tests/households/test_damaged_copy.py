"""A node's copy of the policies that goes bad while the node runs."""

import sqlite3
from pathlib import Path

import pytest

from callguard.database import Database
from callguard.households import replica
from callguard.households.policy_file import PolicyFile, is_damage
from callguard.households.registry import Registry
from callguard.screening.policy import NO_CONSENT

from .conftest import DAUGHTER, DOCTOR, LINE, NOW, NUMBER
from .test_replica import allow, documents, running, theirs


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "policies.db"


@pytest.fixture
def household(database: Database) -> int:
    return Registry(database).add(LINE, "home", consent_by="x", by=DAUGHTER, now=NOW).id


def spoil(path: Path) -> None:
    """Overwrite what is there, as a bad disk would, without another file in its place."""
    for one in (path, path.with_name(f"{path.name}-wal")):
        if one.exists():
            with one.open("r+b") as file:
                file.write(b"damaged!" * (one.stat().st_size // 8))


@pytest.mark.database("postgresql")
async def test_it_is_copied_anew_and_the_screener_reads_the_new_one(
    database: Database,
    database_url: str,
    path: Path,
    household: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replica, "CHECK_SECONDS", 0.0)
    monkeypatch.setattr(replica, "QUIET_SECONDS", 0.05)
    async with running(database_url, path) as node:
        await node.in_step()
        assert node.reader.policy(NUMBER) is not NO_CONSENT
        spoil(path)
        await node.until(lambda state: not state.in_step)
        await node.in_step()
        assert documents(path) == theirs(database)
        before = node.replica.state.changes
        allow(database, household)
        await node.changes(before + 1)
        assert DOCTOR in node.reader.policy(NUMBER).allow


def test_a_file_that_is_whole_passes(path: Path) -> None:
    file = PolicyFile(path)
    file.replace([(1, 2, "a policy")])
    file.check()
    file.close()


def test_a_busy_or_full_disk_is_no_damage() -> None:
    assert is_damage(sqlite3.DatabaseError("file is not a database"))
    assert not is_damage(sqlite3.OperationalError("database or disk is full"))
    assert not is_damage(OSError("no space"))
