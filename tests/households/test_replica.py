"""A node's copy of the policies in PostgreSQL: in step by notices, healed by comparing."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select, text

from callguard.database import Database
from callguard.households.lists import Lists
from callguard.households.models import PolicyDocument
from callguard.households.reader import PolicyReader, PolicyUnavailable
from callguard.households.registry import Registry
from callguard.households.replica import Replica, ReplicaState
from callguard.households.settings import HouseholdSettings
from callguard.screening import Action
from callguard.screening.policy import NO_CONSENT

from ..postgres import Postgres
from .conftest import DAUGHTER, DOCTOR, LINE, NOW, NUMBER

pytestmark = pytest.mark.database("postgresql")

BOUND = 60.0
"""Seconds after which a test gives up waiting for what must happen."""


@dataclass
class Node:
    """A node's copy, what it was told, and its screener's view."""

    replica: Replica
    reader: PolicyReader
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def until(self, holds: Callable[[ReplicaState], bool]) -> ReplicaState:
        """Wait for a state of the copy: woken by the state itself, never by a clock."""
        async with asyncio.timeout(BOUND), self.changed:
            await self.changed.wait_for(lambda: holds(self.replica.state))
        return self.replica.state

    async def changes(self, count: int) -> None:
        """Wait until *count* changes were taken over since the node began."""
        await self.until(lambda state: state.changes >= count)

    async def in_step(self) -> None:
        await self.until(lambda state: state.in_step)


@asynccontextmanager
async def running(url: str, path: Path) -> AsyncIterator[Node]:
    loop = asyncio.get_running_loop()
    waking: set[asyncio.Task[None]] = set()

    async def wake() -> None:
        async with node.changed:
            node.changed.notify_all()

    def told(_: ReplicaState) -> None:
        task = loop.create_task(wake())
        waking.add(task)
        task.add_done_callback(waking.discard)

    node = Node(Replica(url, path, lambda: NOW, told), PolicyReader(path))
    task = loop.create_task(node.replica.run())
    try:
        yield node
    finally:
        task.cancel()
        await asyncio.gather(task, *waking, return_exceptions=True)
        node.reader.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "policies.db"


@pytest.fixture
def household(database: Database) -> int:
    """A household that has agreed to screening."""
    return Registry(database).add(LINE, "home", consent_by="x", by=DAUGHTER, now=NOW).id


def allow(database: Database, household: int, number: int = DOCTOR) -> None:
    Lists(database).put(household, number, allowed=True, by=DAUGHTER, now=NOW)


def documents(path: Path) -> dict[int, str]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return dict(connection.execute("SELECT line, document FROM policy_documents").fetchall())


def theirs(database: Database) -> dict[int, str]:
    with database.reading() as session:
        return {one.line: one.document for one in session.scalars(select(PolicyDocument))}


async def test_a_change_reaches_the_next_call(
    database: Database, database_url: str, path: Path, household: int
) -> None:
    async with running(database_url, path) as node:
        await node.in_step()
        assert node.reader.policy(NUMBER).allow == {}
        await asyncio.to_thread(allow, database, household)
        await node.changes(2)
        assert list(node.reader.policy(NUMBER).allow) == [DOCTOR]


async def test_how_many_policies_there_are_is_known_after_each_change(
    database: Database, database_url: str, path: Path, household: int
) -> None:
    registry = Registry(database)
    async with running(database_url, path) as node:
        await node.in_step()
        assert node.replica.state.policies == 1
        other = registry.add("0422-99-0005", "other", consent_by="x", by=DAUGHTER, now=NOW)
        await node.until(lambda state: state.policies == 2)
        changes = node.replica.state.changes
        await asyncio.to_thread(allow, database, household)
        await node.changes(changes + 1)
        assert node.replica.state.policies == 2
        registry.remove(other.id, by=DAUGHTER, now=NOW)
        await node.until(lambda state: state.policies == 1)


async def test_a_change_reaches_every_node(
    database: Database, database_url: str, tmp_path: Path, household: int
) -> None:
    async with (
        running(database_url, tmp_path / "a" / "policies.db") as first,
        running(database_url, tmp_path / "b" / "policies.db") as second,
    ):
        await first.in_step()
        await second.in_step()
        await asyncio.to_thread(allow, database, household)
        for node in (first, second):
            await node.changes(2)
            assert list(node.reader.policy(NUMBER).allow) == [DOCTOR]


async def test_a_household_signed_up_and_removed_comes_and_goes(
    database: Database, database_url: str, path: Path
) -> None:
    async with running(database_url, path) as node:
        await node.in_step()
        assert node.reader.policy(NUMBER) is NO_CONSENT
        registry = Registry(database)
        home = await asyncio.to_thread(
            lambda: registry.add(LINE, "home", consent_by="x", by=DAUGHTER, now=NOW)
        )
        await node.changes(1)
        assert node.reader.policy(NUMBER).consent
        await asyncio.to_thread(lambda: registry.remove(home.id, by=DAUGHTER, now=NOW))
        await node.changes(2)
        assert node.reader.policy(NUMBER) is NO_CONSENT
        assert documents(path) == {}


async def test_what_is_undone_is_told_to_nobody(
    database: Database, database_url: str, path: Path, household: int
) -> None:
    def undo() -> None:
        with database.transaction() as session:
            session.execute(text("UPDATE policy_documents SET document = 'x'"))
            session.rollback()

    async with running(database_url, path) as node:
        await node.in_step()
        await asyncio.to_thread(undo)
        await asyncio.to_thread(allow, database, household)
        await node.changes(2)
        assert list(node.reader.policy(NUMBER).allow) == [DOCTOR]


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("postgresql+psycopg://postgres@/nowhere?host=/nowhere", "No such file or directory"),
        ("nonsense", "database_url is no URL of a database"),
        ("mysql://x:secret@host/name", "database_url names mysql; give one of postgresql, or none"),
    ],
)
async def test_before_the_first_copy_no_line_is_taken_for_one_without_a_household(
    path: Path, url: str, fault: str
) -> None:
    async with running(url, path) as node:
        state = await node.until(lambda state: bool(state.fault))
        assert not state.in_step
        assert fault in state.fault
        with pytest.raises(PolicyUnavailable):
            node.reader.policy(NUMBER)


async def test_what_changed_while_a_node_was_away_is_found_by_comparing(
    database: Database, database_url: str, path: Path, household: int
) -> None:
    registry = Registry(database)
    gone = registry.add("0422-99-0005", "gone", consent_by="x", by=DAUGHTER, now=NOW)
    async with running(database_url, path) as node:
        await node.in_step()
    registry.remove(gone.id, by=DAUGHTER, now=NOW)
    registry.add("0422-99-0006", "new", consent_by="x", by=DAUGHTER, now=NOW)
    allow(database, household)
    async with running(database_url, path) as node:
        state = await node.until(lambda state: state.in_step)
        assert (state.policies, state.changes) == (2, 3)
        assert documents(path) == theirs(database)


async def test_a_copy_from_a_backup_is_healed(
    database: Database, database_url: str, path: Path, household: int
) -> None:
    async with running(database_url, path) as node:
        await node.in_step()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE policy_documents SET digest = digest + 1, document = 'old'")
        connection.execute("INSERT INTO policy_documents VALUES (1, 2, 'never was')")
    async with running(database_url, path) as node:
        await node.in_step()
        assert documents(path) == theirs(database)


async def test_an_empty_notice_compares_everything_again(
    database: Database, database_url: str, path: Path, household: int
) -> None:
    async with running(database_url, path) as node:
        await node.in_step()

        def restore() -> None:
            with database.transaction() as session:
                session.execute(text("SET LOCAL session_replication_role = replica"))
                session.execute(text("DELETE FROM policy_documents"))
                session.execute(text("NOTIFY callguard_policies"))

        await asyncio.to_thread(restore)
        await node.changes(2)
        assert node.reader.policy(NUMBER) is NO_CONSENT


async def test_many_policies_that_differ_are_copied_as_a_whole(
    database: Database, database_url: str, path: Path, household: int
) -> None:
    def fill(document: str) -> None:
        with database.transaction() as session:
            session.execute(
                text(
                    "INSERT INTO policy_documents SELECT 81422000000 + n, :document"
                    " FROM generate_series(1, 1500) n"
                    " ON CONFLICT (line) DO UPDATE SET document = :document"
                ),
                {"document": document},
            )

    fill("one")
    async with running(database_url, path) as node:
        await node.in_step()
    fill("another, a ü and 家")
    async with running(database_url, path) as node:
        state = await node.until(lambda state: state.in_step)
        assert (state.policies, state.changes) == (1501, 1500)
        assert documents(path) == theirs(database)


async def test_changes_at_the_same_time_are_never_lost(
    database: Database, database_url: str, path: Path
) -> None:
    registry = Registry(database)
    homes = [
        registry.add(f"0422-99-00{n:02}", "home", consent_by="x", by=DAUGHTER, now=NOW)
        for n in range(4)
    ]

    def write(household: int) -> None:
        mine = Database(database_url)
        try:
            for number in range(DOCTOR, DOCTOR + 8):
                allow(mine, household, number)
        finally:
            mine.close()

    with ThreadPoolExecutor(4) as pool:
        loop = asyncio.get_running_loop()
        # The node begins in the middle of it: what is committed before, during and after the
        # comparison must all arrive.
        writing = [loop.run_in_executor(pool, write, home.id) for home in homes]
        async with running(database_url, path) as node:
            await asyncio.gather(*writing)
            last = theirs(database)
            await node.until(lambda state: state.in_step and documents(path) == last)


# The server itself.


@pytest.fixture(scope="module")
def own_server() -> Iterator[Postgres]:
    """A server that a test may stop."""
    server = Postgres()
    yield server
    server.remove()


async def test_screening_goes_on_while_the_database_is_down(
    own_server: Postgres, path: Path
) -> None:
    with own_server.database() as url:
        database = Database(url)
        home = Registry(database).add(LINE, "home", consent_by="x", by=DAUGHTER, now=NOW)
        async with running(url, path) as node:
            await node.in_step()
            await asyncio.to_thread(own_server.stop)
            state = await node.until(lambda state: not state.in_step)
            assert state.fault
            assert node.reader.policy(NUMBER).consent
        async with running(url, path) as node:  # the node is started again meanwhile
            await node.until(lambda state: bool(state.fault))
            assert node.reader.policy(NUMBER).consent
            await asyncio.to_thread(own_server.start)
            await asyncio.to_thread(
                lambda: HouseholdSettings(database).change(
                    home.id, {"payphone": "reject"}, by=DAUGHTER, now=NOW
                )
            )
            await node.until(lambda state: state.in_step and state.changes >= 1)
            assert node.reader.policy(NUMBER).payphone is Action.REJECT
        database.close()
