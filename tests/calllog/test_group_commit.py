"""Verdicts written together before their callers hear anything, on disks of every kind."""

import asyncio
import logging
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from callguard.calllog import group_commit
from callguard.calllog.counts import Counts
from callguard.calllog.group_commit import GroupCommit
from callguard.calllog.journal import Journal
from callguard.calllog.segment import read


class Disk(Journal):
    """A journal whose disk can be held, or broken."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.free = threading.Event()
        self.free.set()
        self.fault: OSError | None = None
        self.groups: list[list[bytes]] = []

    def append(self, records: Sequence[bytes]) -> None:
        self.free.wait(10)
        if self.fault is not None:
            raise self.fault
        super().append(records)
        self.groups.append(list(records))


@pytest.fixture
def disk(folder: Path) -> Disk:
    return Disk(folder)


@pytest.fixture
def counts() -> Counts:
    return Counts(2)


class Worker:
    """Gives verdicts, and notes in which order callers were answered."""

    def __init__(self, disk: Disk, counts: Counts, folder: Path) -> None:
        self.commit = GroupCommit(disk, counts.slot(1))
        self.folder = folder
        self.answered: list[bytes] = []
        self._answered = asyncio.Condition()

    def on_disk(self) -> list[bytes]:
        files = sorted(self.folder.glob("*.seg"))
        return [one for path in files for one in read(path.read_bytes())[0]]

    def gives(self, record: bytes, *, unkept: bool = False) -> "asyncio.Future[None]":
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def answer() -> None:
            assert unkept or record in self.on_disk()
            self.answered.append(record)
            done.set_result(None)

        self.commit.keep(record, answer)
        return done


@pytest.fixture
async def worker(disk: Disk, counts: Counts, folder: Path) -> Worker:
    return Worker(disk, counts, folder)


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Never lose patience, however busy the machine is."""
    monkeypatch.setattr(group_commit, "PATIENCE", 60.0)


async def test_a_caller_hears_nothing_before_the_verdict_is_on_disk(
    worker: Worker, patience: None
) -> None:
    await worker.gives(b"one")
    assert worker.answered == [b"one"]
    worker.commit.close()


async def test_questions_that_arrive_together_share_one_write(
    worker: Worker, disk: Disk, patience: None
) -> None:
    await asyncio.gather(*(worker.gives(bytes([65 + n])) for n in range(20)))
    assert disk.groups == [[bytes([65 + n]) for n in range(20)]]
    worker.commit.close()


async def test_the_next_group_gathers_while_the_disk_writes(
    worker: Worker, disk: Disk, patience: None
) -> None:
    disk.free.clear()
    first = worker.gives(b"one")
    await asyncio.sleep(0)  # the loop sends the group
    rest = [worker.gives(record) for record in (b"two", b"three")]
    disk.free.set()
    await asyncio.gather(first, *rest)
    assert disk.groups == [[b"one"], [b"two", b"three"]]
    worker.commit.close()


async def test_a_busy_worker_gathers_until_a_group_is_full(
    worker: Worker, disk: Disk, patience: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "GATHER_SECONDS", 60.0)
    monkeypatch.setattr(group_commit, "FULL_GROUP", 4)
    await asyncio.gather(*(worker.gives(record) for record in (b"a", b"b", b"c")))
    alone = worker.gives(b"d")
    await asyncio.sleep(0)  # when nobody is busy the loop sends the group here
    rest = [worker.gives(record) for record in (b"e", b"f", b"g")]
    await asyncio.gather(alone, *rest)
    assert disk.groups == [[b"a", b"b", b"c"], [b"d", b"e", b"f", b"g"]]
    worker.commit.close()


async def test_a_busy_worker_gathers_for_a_moment_only(
    worker: Worker, disk: Disk, patience: None
) -> None:
    await asyncio.gather(*(worker.gives(record) for record in (b"a", b"b", b"c")))
    await worker.gives(b"d")
    assert disk.groups == [[b"a", b"b", b"c"], [b"d"]]
    await worker.gives(b"e")
    assert disk.groups[2:] == [[b"e"]]
    worker.commit.close()


async def test_a_worker_that_stops_leaves_nothing_that_it_gathers(
    worker: Worker, disk: Disk, patience: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "GATHER_SECONDS", 60.0)
    await asyncio.gather(*(worker.gives(record) for record in (b"a", b"b", b"c")))
    last = worker.gives(b"d", unkept=True)
    await asyncio.sleep(0)
    worker.commit.close()
    await last
    assert disk.groups[1:] == [[b"d"]]


async def test_what_is_kept_is_counted(worker: Worker, counts: Counts, patience: None) -> None:
    await worker.gives(b"one")
    await worker.gives(b"two")
    total = counts.total()
    assert (total.kept, total.late, total.lost, total.faulty) == (2, 0, 0, 0)
    worker.commit.close()


async def test_a_disk_that_hangs_delays_no_call_beyond_the_bound(
    worker: Worker, disk: Disk, counts: Counts, caplog: pytest.LogCaptureFixture
) -> None:
    disk.free.clear()
    await worker.gives(b"one", unkept=True)
    assert counts.total().faulty == 1
    # The next ones need not find it out again: they are answered on the spot.
    for record in (b"two", b"three"):
        assert worker.gives(record, unkept=True).done()
    assert counts.total().late == 3
    disk.free.set()
    async with asyncio.timeout(10):
        while counts.total().faulty:
            await asyncio.sleep(0.001)
        while len(worker.on_disk()) < 3:
            await asyncio.sleep(0.001)
    assert worker.on_disk() == [b"one", b"two", b"three"]
    assert [record.levelname for record in caplog.records if "journal" in record.message] == [
        "ERROR",
        "WARNING",
    ]
    worker.commit.close()


@pytest.mark.usefixtures("patience")
async def test_a_full_disk_costs_no_call_and_is_said_once(
    worker: Worker, disk: Disk, counts: Counts, caplog: pytest.LogCaptureFixture
) -> None:
    disk.fault = OSError(28, "No space left on device")
    for record in (b"one", b"two"):
        await worker.gives(record, unkept=True)
    total = counts.total()
    assert (total.kept, total.lost, total.faulty) == (0, 2, 1)
    complaints = [record.message for record in caplog.records if record.levelno >= logging.ERROR]
    assert complaints == [
        "verdicts are given and not kept: the journal cannot be written: No space left on device"
    ]
    disk.fault = None
    await worker.gives(b"three")
    assert counts.total().faulty == 0
    assert "the journal is written again" in caplog.text
    worker.commit.close()


async def test_no_more_is_held_than_memory_allows(
    worker: Worker, disk: Disk, counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "MAX_WAITING", 2)
    disk.free.clear()
    await worker.gives(b"one", unkept=True)
    for record in (b"two", b"three", b"four"):
        assert worker.gives(record, unkept=True).done()
    assert counts.total().lost == 1
    disk.free.set()
    await asyncio.to_thread(worker.commit.close)


async def test_a_worker_that_is_told_to_stop_writes_what_it_has(
    worker: Worker, patience: None
) -> None:
    done = worker.gives(b"one", unkept=True)
    worker.commit.close()
    assert done.done()
    assert worker.on_disk() == [b"one"]


async def test_a_sealed_file_is_followed_by_another(
    worker: Worker, folder: Path, monkeypatch: pytest.MonkeyPatch, patience: None
) -> None:
    monkeypatch.setattr("callguard.calllog.journal.SEAL_SECONDS", 0.0)
    await worker.gives(b"one")
    async with asyncio.timeout(10):
        while len(list(folder.glob("*.seg"))) < 2:
            await asyncio.sleep(0.001)
    await worker.gives(b"two")
    # In whichever order: files are named by the clock, and a clock may be set back.
    assert sorted(worker.on_disk()) == [b"one", b"two"]
    worker.commit.close()


def test_a_process_that_was_started_again_goes_on_counting(counts: Counts) -> None:
    slot = counts.slot(1)
    slot.kept, slot.faulty = 5, True
    slot.tell()
    again = counts.slot(1)
    again.kept += 1
    again.tell()
    other = counts.slot(0)
    other.lost = 2
    other.tell()
    total = counts.total()
    assert (total.kept, total.lost, total.faulty) == (6, 2, 0)
