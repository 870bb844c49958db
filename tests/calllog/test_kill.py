"""A real worker, killed at any moment: no verdict is lost whose caller heard anything."""

import asyncio
import os
import random
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from callguard.calllog.pending import finished
from callguard.database import Database
from callguard.figures.node import NodeFigures
from callguard.households.registry import Registry
from callguard.node.listener import Listener
from callguard.node.worker import run_worker
from callguard.settings import Settings

from ..asterisk.dialplan import LINE, arguments, environment
from .conftest import DAUGHTER, NOW

pytestmark = pytest.mark.slow

KILLS = 8
CALLS_AT_ONCE = 40
QUESTION = environment(*arguments(line=LINE, number="0422-99-2222", pres="allowed_not_screened"))


@pytest.fixture
def settings(tmp_path: Path, free_ports: object) -> Settings:
    [port] = free_ports(1)  # type: ignore[operator]
    database = Database(f"sqlite:///{tmp_path / 'households.db'}")
    Registry(database).add(LINE, "home", consent_by="本人", by=DAUGHTER, now=NOW)
    database.close()
    return Settings(data=tmp_path, agi_port=port)


class Worker:
    """A worker in a process of its own."""

    def __init__(self, settings: Settings) -> None:
        ours, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            ours.close()
            with suppress(BaseException):
                listener = Listener(settings.agi_host, settings.agi_port)
                listener.open()
                run_worker(settings, NodeFigures(NOW), 0, (listener, None), theirs)
            os._exit(0)
        theirs.close()
        ours.recv(1)  # its first beat: it listens
        self._control = ours

    def ends(self, number: signal.Signals) -> None:
        """Send a signal, and wait until it has ended."""
        os.kill(self.pid, number)
        os.waitpid(self.pid, 0)

    def close(self) -> None:
        self._control.close()


@pytest.fixture
def worker(settings: Settings) -> Iterator[Worker]:
    worker = Worker(settings)
    yield worker
    with suppress(ProcessLookupError, ChildProcessError):
        worker.ends(signal.SIGKILL)
    worker.close()


async def _call(port: int, heard: set[str]) -> None:
    """Place call after call, and note the name of each that has been answered."""
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        while True:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(QUESTION)
                answer = (await reader.readline()).decode()
                found = re.search("CALLGUARD_CALL_ID=([0-9a-f]{16})", answer)
                if found is None:
                    return
                heard.add(found[1])
                await reader.read()
            finally:
                writer.close()
                with suppress(ConnectionError):
                    await writer.wait_closed()


async def _calls_until_killed(settings: Settings, chance: random.Random) -> set[str]:
    worker = Worker(settings)
    heard: set[str] = set()
    calls = [asyncio.create_task(_call(settings.agi_port, heard)) for _ in range(CALLS_AT_ONCE)]
    enough = chance.randint(1, 200)
    try:
        async with asyncio.timeout(30):
            while len(heard) < enough:
                await asyncio.sleep(0)
    finally:
        worker.ends(signal.SIGKILL)
        worker.close()
        await asyncio.gather(*calls)
    return heard


def test_no_verdict_is_lost_that_a_caller_has_heard(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a disk that takes longer than this, an answer goes out before it is kept, and says so.
    monkeypatch.setattr("callguard.calllog.group_commit.PATIENCE", 60.0)
    chance = random.Random(4)
    kept: set[str] = set()
    heard: set[str] = set()
    for _ in range(KILLS):
        heard |= asyncio.run(_calls_until_killed(settings, chance))
        kept |= {one.call_id for file in finished(settings.journal) for one in file.records}
        assert heard <= kept
    assert len(heard) >= KILLS


def test_a_worker_that_is_stopped_leaves_finished_files(worker: Worker, settings: Settings) -> None:
    heard: set[str] = set()

    async def one_call() -> None:
        call = asyncio.create_task(_call(settings.agi_port, heard))
        async with asyncio.timeout(10):
            while not heard:
                await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)

    asyncio.run(one_call())
    worker.ends(signal.SIGTERM)
    records = [one for file in finished(settings.journal) for one in file.records]
    assert heard <= {one.call_id for one in records}
