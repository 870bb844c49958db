"""The reports that wait on disk."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from callguard.blocklist.errors import StoreError
from callguard.feed import report_queue as module
from callguard.feed.report import Report
from callguard.feed.report_queue import ReportQueue

from .police import NOW
from .test_report import REPORT


@pytest.fixture
def queue(tmp_path: Path) -> ReportQueue:
    return ReportQueue(tmp_path / "reports")


def test_what_is_put_in_waits_the_oldest_first(queue: ReportQueue) -> None:
    later = replace(REPORT, id="0" * 16, reported_at=NOW + timedelta(seconds=1))
    for report in (later, REPORT):
        queue.put(report)
    waiting = [queue.read(path) for path in ReportQueue(queue.folder).waiting()]
    assert waiting == [REPORT.to_bytes(), later.to_bytes()]


def test_what_is_sent_waits_no_longer(queue: ReportQueue) -> None:
    queue.put(REPORT)
    [path] = queue.waiting()
    queue.sent(path)
    queue.sent(path)
    assert queue.waiting() == []


def test_what_is_damaged_is_put_aside(queue: ReportQueue, caplog: pytest.LogCaptureFixture) -> None:
    queue.put(REPORT)
    [path] = queue.waiting()
    path.write_bytes(b"half")
    assert queue.read(path) is None
    assert queue.waiting() == []
    assert path.with_suffix(".damaged").read_bytes() == b"half"
    assert "is put aside, and not sent: not a report" in caplog.text


def test_a_full_queue_takes_no_more(queue: ReportQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 1)
    queue.put(REPORT)
    with pytest.raises(StoreError, match="1 reports wait to be sent"):
        queue.put(replace(REPORT, id="f" * 16))


def test_a_disk_that_takes_nothing_is_told(queue: ReportQueue) -> None:
    queue.folder.touch()
    with pytest.raises(StoreError, match="cannot be written"):
        queue.put(REPORT)


def test_the_key_to_the_homes_is_no_report(queue: ReportQueue) -> None:
    queue.folder.mkdir()
    (queue.folder / "key").write_bytes(b"k" * 32)
    assert queue.waiting() == []


def test_what_waits_says_what_was_put_in(queue: ReportQueue) -> None:
    queue.put(REPORT)
    assert Report.from_bytes(queue.waiting()[0].read_bytes()) == REPORT
