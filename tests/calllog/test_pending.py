"""The journal's finished files."""

import os
import threading
from pathlib import Path

import pytest

from callguard.calllog.journal import Journal, files_with_records
from callguard.calllog.pending import collecting, finished

from .conftest import Written, record_of


def test_files_come_in_the_order_in_which_they_were_begun(written: Written, folder: Path) -> None:
    for number in range(3):
        written(record_of(call_id=f"{number:016x}"))
    assert [one.records[0].call_id[-1] for one in finished(folder)] == ["0", "1", "2"]


def test_a_torn_end_is_told_and_costs_nothing_else(
    written: Written, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    written(record_of(), record_of())
    [path] = folder.glob("*.seg")
    path.write_bytes(path.read_bytes()[:-5])
    [one] = finished(folder)
    assert (len(one.records), one.unreadable) == (1, 1)
    assert "ends in a record that was not finished" in caplog.text


def test_a_record_of_another_version_costs_no_other(written: Written, folder: Path) -> None:
    written(record_of(), b'{"call":"of tomorrow"}', record_of())
    [one] = finished(folder)
    assert (len(one.records), one.unreadable) == (2, 1)


def test_files_that_hold_records_are_known(journal: Journal, folder: Path) -> None:
    journal.make_spare()
    assert files_with_records(folder) == []
    journal.append([record_of()])
    assert len(files_with_records(folder)) == 1


def test_a_file_that_a_process_was_making_as_it_died_is_removed(folder: Path) -> None:
    folder.mkdir()
    fresh, old = folder / "1-1.new", folder / "2-2.new"
    for path in (fresh, old):
        path.touch()
    os.utime(old, (0, 0))
    assert list(finished(folder)) == []
    assert (fresh.exists(), old.exists()) == (True, False)


def test_there_is_one_collector_at_a_time(folder: Path) -> None:
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with collecting(folder):
            held.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    with pytest.raises(TimeoutError), collecting(folder, patience=0.0):
        pass
    done.set()
    thread.join()
    with collecting(folder, patience=0.0):
        pass
