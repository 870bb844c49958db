"""A worker's listener at a port of its own, over one household that is signed up."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from callguard.asterisk.answering import Answering
from callguard.database import Database
from callguard.households.lists import Lists
from callguard.households.registry import Registry
from callguard.numbers import parse_typed
from callguard.proxy.desk import Desk
from callguard.proxy.listener import HOST, PATH, listen
from callguard.settings import Settings
from callguard.trail import COMMAND_LINE

from ..asterisk.dialplan import ALLOWED, LINE

TOKEN = "a token for the proxy's tests"
SHOWN = {"Authorization": f"Bearer {TOKEN}"}


@dataclass
class Asked:
    """What came back."""

    status: int
    headers: Any
    content: dict[str, Any]


class Journal:
    """Takes records as the worker's journal does, and writes them when told to."""

    def __init__(self) -> None:
        self.records: list[bytes] = []
        self.slow = asyncio.Event()
        self.slow.set()
        self._tasks: set[asyncio.Task[None]] = set()

    def keep(self, record: bytes, send: Callable[[], None]) -> None:
        task = asyncio.get_running_loop().create_task(self._write(record, send))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _write(self, record: bytes, send: Callable[[], None]) -> None:
        await self.slow.wait()
        self.records.append(record)
        send()


class Proxy:
    """Asks as a proxy does."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        port: int,
        journal: Journal,
        answering: Answering,
        desk: Desk,
    ) -> None:
        self._session = session
        self.url = f"http://{HOST}:{port}{PATH}"
        self.port = port
        self.journal = journal
        self.answering = answering
        self.desk = desk

    async def ask(self, **fields: Any) -> Asked:
        return await self.send(json=fields)

    async def send(self, method: str = "POST", headers: Any = None, **given: Any) -> Asked:
        async with self._session.request(
            method, self.url, headers=SHOWN if headers is None else headers, **given
        ) as answer:
            kind = answer.content_type
            content = await answer.json(content_type=kind) if kind.endswith("json") else {}
            return Asked(answer.status, answer.headers, content)


@pytest.fixture(scope="session")
def signed_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a node with one household."""
    folder = tmp_path_factory.mktemp("proxy")
    database = Database(f"sqlite:///{folder / 'households.db'}")
    now = datetime(2026, 11, 1, tzinfo=UTC)
    home = Registry(database).add(LINE, "a home", consent_by="subscriber", by=COMMAND_LINE, now=now)
    allowed = parse_typed(ALLOWED).number
    Lists(database).put(home.id, allowed, allowed=True, by=COMMAND_LINE, now=now)
    database.close()
    return folder


@pytest.fixture
async def proxy(signed_up: Path, free_ports: Callable[..., list[int]]) -> AsyncIterator[Proxy]:
    (port,) = free_ports(1)
    settings = replace(Settings(data=signed_up), screen_token=TOKEN, screen_port=port)
    answering = Answering.open(settings)
    journal = Journal()
    desk = Desk(settings, answering, journal.keep)
    runner = await listen(settings, desk)
    try:
        async with aiohttp.ClientSession() as session:
            yield Proxy(session, port, journal, answering, desk)
    finally:
        await runner.cleanup()
        answering.policies.close()
