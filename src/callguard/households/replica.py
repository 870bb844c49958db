"""Keeps a node's copy of all policies in step with PostgreSQL, so that no call ever waits for it.

Every change to a policy document makes PostgreSQL send its line on a channel (LISTEN/NOTIFY, by a
trigger) when the change is committed. The node fetches that line's document and writes it into
its own file, where the next call finds it. Nothing is asked per call.

Nothing is remembered of what was seen before, so nothing can be remembered wrongly: after each
connection the node first listens and then compares the digest of every policy with its own. What
is committed before the comparison is in it, and what is committed later is told. A lost
connection, a notice that was lost with it, a database restored from yesterday, a file put back
from a backup: each ends in the same comparison.
"""

import asyncio
import contextlib
import logging
import random
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import AsyncConnection
from sqlalchemy.exc import ArgumentError

from ..database.address import database_address, libpq_address
from .policy_file import Copied, PolicyFile, discard, is_damage

log = logging.getLogger(__name__)

CHANNEL = "callguard_policies"
"""Its notices hold a line, or nothing: then everything is compared again."""

CONNECT_SECONDS = 5
QUIET_SECONDS = 5.0
"""After so long without a notice the connection is tried: a dead one gives no sign by itself."""
ANSWER_SECONDS = 5.0
RETRY_SECONDS = (0.2, 15.0)
"""The first pause before connecting again, and the longest; each is twice the one before."""
CHECK_SECONDS = 600.0
"""How often a copy that nothing changes is read whole: a disk may go bad without a word."""
PIECE = 5_000
"""Rows that are read before they are written."""
AT_ONCE = 1000
"""Lines that are fetched by number; more come faster as a whole."""

_POLICIES = "SELECT line, hashtextextended(document, 0) AS digest, document FROM policy_documents"
_DIGESTS = "SELECT line, hashtextextended(document, 0) FROM policy_documents"


def server_address(url: str) -> str:
    """Return the URL of a PostgreSQL as libpq takes it.

    Raises:
        psycopg.ProgrammingError: it is none of PostgreSQL.

    """
    try:
        address = database_address(url)
    except ArgumentError as error:
        raise psycopg.ProgrammingError("database_url is no URL of a database") from error
    if address.get_backend_name() != "postgresql":
        raise psycopg.ProgrammingError(
            f"database_url names {address.get_backend_name()}; give one of postgresql, or none"
        )
    return libpq_address(address)


def digests(url: str) -> dict[int, int]:
    """Return the digest of each line's policy in the database behind *url* (SQLAlchemy).

    Raises:
        psycopg.Error: it does not answer within some seconds, or has no such table.

    """
    with psycopg.connect(server_address(url), connect_timeout=CONNECT_SECONDS) as connection:
        return dict(connection.execute(_DIGESTS.encode()).fetchall())


@dataclass(frozen=True, slots=True)
class ReplicaState:
    """How a node's copy stands."""

    in_step: bool = False
    """Every change reaches the next call."""
    policies: int = 0
    """How many there are in the copy."""
    changes: int = 0
    """Changes that were taken over since the node began, comparisons included."""
    compared_at: datetime | None = None
    """When everything was last compared."""
    fault: str = ""
    """Why it is not in step."""


class Replica:
    """Keeps the file *path* in step with the database behind *url* (SQLAlchemy)."""

    def __init__(
        self,
        url: str,
        path: Path,
        clock: Callable[[], datetime],
        told: Callable[[ReplicaState], None],
    ) -> None:
        """``told`` is told of each new state, after what it says has reached the file."""
        self._url = url
        self._path = path
        self._clock = clock
        self._told = told
        self.state = ReplicaState()

    async def run(self) -> None:
        """Keep the copy in step until cancelled, through every fault of database and disk."""
        pause = RETRY_SECONDS[0]
        while True:
            before = self.state.compared_at
            try:
                await self._follow()
            except (psycopg.Error, sqlite3.Error, OSError) as error:
                fault = str(error).strip().partition("\n")[0] or type(error).__name__
                self._tell(in_step=False, fault=fault)
                if is_damage(error):
                    # Its lines are all in the database; calls go on from what is in memory.
                    with contextlib.suppress(OSError):  # the next attempt meets it again
                        await asyncio.to_thread(discard, self._path)
            if self.state.compared_at != before:  # it was connected meanwhile
                pause = RETRY_SECONDS[0]
            # Not all nodes of an exchange at the same moment.
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311
            pause = min(pause * 2, RETRY_SECONDS[1])

    async def compare_once(self) -> None:
        """Bring the copy into step as the database is now, and follow it no further.

        Raises:
            psycopg.Error, sqlite3.Error, OSError: of the database, and of the copy.

        """
        async with _connected(server_address(self._url)) as connection, _opened(self._path) as file:
            await self._compare(connection, file)

    async def _follow(self) -> None:
        async with _connected(server_address(self._url)) as connection, _opened(self._path) as file:
            await connection.execute(f"LISTEN {CHANNEL}".encode())
            await asyncio.to_thread(file.check)
            await self._compare(connection, file)
            checked_at = time.monotonic()
            while True:
                lines = await _told_lines(connection)
                if None in lines:
                    await self._compare(connection, file)
                elif lines:
                    await self._fetch(connection, file, {line for line in lines if line})
                else:
                    async with asyncio.timeout(ANSWER_SECONDS):
                        await connection.execute("SELECT 1")
                    if time.monotonic() - checked_at > CHECK_SECONDS:
                        await asyncio.to_thread(file.check)
                        checked_at = time.monotonic()

    async def _compare(self, connection: AsyncConnection[Any], file: PolicyFile) -> None:
        if not await asyncio.to_thread(file.has_copy):
            policies = await _copy(connection, file, whole=True)
            self._in_step(policies, policies)
            return
        policies = 0
        await asyncio.to_thread(file.begin_comparison)
        async for digests in _rows(connection, _DIGESTS, ["int8", "int8"]):
            await asyncio.to_thread(file.compare, digests)
            policies += len(digests)
        changed = await asyncio.to_thread(file.differing)
        wanted: list[int] = []
        if changed > AT_ONCE:
            await _copy(connection, file, whole=False)
        elif changed:
            wanted = await asyncio.to_thread(file.wanted)
        gone = await asyncio.to_thread(file.gone)
        if wanted or gone:
            await asyncio.to_thread(file.change, await _some(connection, wanted), gone)
        self._in_step(policies, changed + len(gone))

    async def _fetch(
        self, connection: AsyncConnection[Any], file: PolicyFile, lines: set[int]
    ) -> None:
        policies = await _some(connection, lines)
        gone = lines - {line for line, _, _ in policies}
        more = await asyncio.to_thread(file.change, policies, gone)
        self._tell(policies=self.state.policies + more, changes=self.state.changes + len(lines))

    def _in_step(self, policies: int, changes: int) -> None:
        self._tell(
            in_step=True,
            policies=policies,
            changes=self.state.changes + changes,
            compared_at=self._clock(),
            fault="",
        )

    def _tell(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)
        self._told(self.state)


class ReplicaLog:
    """Writes into the log when the copy gets into step and when it falls out of it."""

    def __init__(self) -> None:
        self._before = ReplicaState()

    def __call__(self, state: ReplicaState) -> None:
        """Note *state*; the same fault again says nothing new."""
        before, self._before = self._before, state
        if state.in_step and not before.in_step:
            log.info("%d policies are in step with the database", state.policies)
        elif state.fault and state.fault != before.fault:
            log.warning(
                "the policies are not in step with the database, and count as they are: %s",
                state.fault,
            )


@contextlib.asynccontextmanager
async def _connected(url: str) -> AsyncIterator[AsyncConnection[Any]]:
    connection = await AsyncConnection.connect(
        url,
        autocommit=True,
        connect_timeout=CONNECT_SECONDS,
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
    )
    try:
        yield connection
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def _opened(path: Path) -> AsyncIterator[PolicyFile]:
    file = await asyncio.to_thread(PolicyFile, path)
    try:
        yield file
    finally:
        file.close()


async def _told_lines(connection: AsyncConnection[Any]) -> set[int | None]:
    """Return the lines of the notices that have come; none if none has come for a while."""
    lines: set[int | None] = set()
    async for notice in connection.notifies(timeout=QUIET_SECONDS, stop_after=1):
        lines.add(int(notice.payload) if notice.payload.isdecimal() else None)
    async for notice in connection.notifies(timeout=0):  # those that came with it
        lines.add(int(notice.payload) if notice.payload.isdecimal() else None)
    return lines


async def _some(connection: AsyncConnection[Any], lines: Iterable[int]) -> list[Copied]:
    found = await connection.execute(f"{_POLICIES} WHERE line = ANY(%s)".encode(), [list(lines)])
    return [(line, digest, document) for line, digest, document in await found.fetchall()]


async def _copy(connection: AsyncConnection[Any], file: PolicyFile, *, whole: bool) -> int:
    """Put all policies of the database into *file*, piece by piece; return how many there are.

    A *whole* copy takes the place of what is there.
    """
    policies = 0
    await asyncio.to_thread(file.begin)
    try:
        if whole:
            await asyncio.to_thread(file.clear)
        async for piece in _rows(connection, _POLICIES, ["int8", "int8", "text"]):
            await asyncio.to_thread(file.put, piece)
            policies += len(piece)
    except BaseException:
        await asyncio.to_thread(file.rollback)
        raise
    await asyncio.to_thread(file.commit)
    return policies


async def _rows(
    connection: AsyncConnection[Any], query: str, types: list[str]
) -> AsyncIterator[list[Any]]:
    """Yield the rows of *query*, some thousand at a time: a million never lie in memory."""
    piece: list[Any] = []
    async with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)".encode()) as copy,
    ):
        copy.set_types(types)
        async for row in copy.rows():
            piece.append(row)
            if len(piece) == PIECE:
                yield piece
                piece = []
    if piece:
        yield piece
