"""The journal on a real disk: full, gone, at its bound."""

import errno
import resource
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from callguard.calllog import journal as journal_module
from callguard.calllog.journal import (
    BUSY_BYTES,
    MANY_FILES,
    SEAL_BYTES,
    SEAL_SECONDS,
    SEAL_SECONDS_WHEN_BUSY,
    SEAL_SECONDS_WHEN_MANY,
    Journal,
    JournalFull,
    waiting,
)
from callguard.calllog.pending import finished
from callguard.calllog.segment import MARK, read

from .conftest import record_of


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def own(folder: Path, clock: Clock) -> Iterator[Journal]:
    journal = Journal(folder, clock)
    yield journal
    journal.close()


def records(folder: Path) -> list[bytes]:
    return [one for path in sorted(folder.glob("*.seg")) for one in read(path.read_bytes())[0]]


def test_records_are_on_disk_in_order(own: Journal, folder: Path) -> None:
    own.append([b"one", b"two"])
    own.append([b"three"])
    assert records(folder) == [b"one", b"two", b"three"]


def test_its_owner_only_can_read_it(own: Journal, folder: Path) -> None:
    own.append([b"one"])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    [file] = folder.glob("*.seg")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_is_left_alone_until_it_is_sealed(own: Journal, folder: Path) -> None:
    own.append([record_of()])
    assert list(finished(folder)) == []
    own.seal()
    assert len(list(finished(folder))) == 1


def test_a_file_is_due_soon_after_its_first_record(own: Journal, clock: Clock) -> None:
    own.make_spare()
    assert own.due is None
    due: list[float | None] = []
    for now, record in ((0.0, b"one"), (0.4, b"two"), (10.0, b"three")):
        clock.now = now
        own.append([record])
        due.append(own.due)
    assert due == pytest.approx([SEAL_SECONDS, SEAL_SECONDS - 0.4, 0.0])


def test_a_busy_worker_makes_files_less_often(own: Journal) -> None:
    own.append([b"x" * BUSY_BYTES])
    assert own.due == SEAL_SECONDS_WHEN_BUSY


def test_a_large_file_is_due_at_once(own: Journal) -> None:
    for _ in range(SEAL_BYTES // 60_000 + 1):
        own.append([b"x" * 60_000])
    assert own.due == 0.0


def test_files_that_nobody_collects_are_filled_further(own: Journal, folder: Path) -> None:
    folder.mkdir()
    for number in range(MANY_FILES):
        (folder / f"{number:020d}-1.seg").write_bytes(MARK)
    own.append([b"one"])
    assert own.due == SEAL_SECONDS_WHEN_MANY


def test_at_its_bound_the_oldest_calls_stay(
    own: Journal, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "MAX_BYTES", 1000)
    own.append([b"x" * 1000])
    own.seal()
    with pytest.raises(JournalFull, match="could not be brought into the database"):
        own.append([b"one more"])
    assert records(folder) == [b"x" * 1000]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NotADirectoryError):
        Journal(tmp_path / "file" / "journal").append([b"one"])


def test_room_made_ahead_is_written_over_and_given_back(folder: Path) -> None:
    journal = Journal(folder, ahead=1000)
    journal.make_spare()
    journal.make_spare()
    [path] = folder.glob("*.seg")
    assert path.stat().st_size == len(MARK) + 1000
    assert waiting(folder) == (0, 0)
    journal.append([b"one"])
    assert path.stat().st_size == len(MARK) + 1000
    assert read(path.read_bytes()) == ([b"one"], True)
    assert waiting(folder)[0] == 1
    journal.append([b"x" * 2000])
    journal.seal()
    assert path.stat().st_size == len(MARK) + 11 + 2008
    assert read(path.read_bytes()) == ([b"one", b"x" * 2000], True)
    journal.close()


def test_a_full_disk_loses_nothing_that_was_written_before(tmp_path: Path) -> None:
    """In a process of its own, whose files may not grow beyond some bytes."""
    program = (
        "import resource, signal, sys; from pathlib import Path;"
        "from callguard.calllog.journal import Journal;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000));"
        "journal = Journal(Path(sys.argv[1]));"
        "journal.append([b'one' * 100]);"
        "\ntry: journal.append([b'two' * 500])"
        "\nexcept OSError as error: print(error.errno)"
        "\njournal.append([b'three'])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "j"], capture_output=True, check=True
    )
    assert int(ran.stdout) == errno.EFBIG
    assert records(tmp_path / "j") == [b"one" * 100, b"three"]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 1000


def test_a_file_whose_process_died_is_finished(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path;"
        "from callguard.calllog.journal import Journal;"
        "Journal(Path(sys.argv[1])).append([b'one']);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    ran = subprocess.run([sys.executable, "-c", program, tmp_path / "j"], check=False)
    assert ran.returncode == -9
    assert records(tmp_path / "j") == [b"one"]
    [one] = finished(tmp_path / "j")
    assert one.unreadable == 1  # b"one" is no verdict


def test_what_waits_is_counted(own: Journal, folder: Path) -> None:
    assert waiting(folder) == (0, 0)
    own.make_spare()
    assert waiting(folder) == (0, 0)
    own.append([b"one"])
    assert waiting(folder) == (1, len(MARK) + 11)
