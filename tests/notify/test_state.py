"""How the news stands, for the health pages."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callguard.notify.queue import Backlog
from callguard.notify.state import NewsState, health, read_state, write_state

NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)


def said(tmp_path: Path, backlog: Backlog, *, ago: timedelta = timedelta()) -> tuple[bool, str]:
    path = tmp_path / "state.json"
    write_state(path, NewsState(NOW - ago, backlog))
    return health(path, now=NOW)


def test_nothing_waits(tmp_path: Path) -> None:
    assert said(tmp_path, Backlog(0, None)) == (True, "nothing waits")


def test_how_much_waits_and_for_how_long(tmp_path: Path) -> None:
    waiting = Backlog(3, NOW - timedelta(seconds=90))
    assert said(tmp_path, waiting) == (True, "3 waiting, the oldest for 90 s")
    late = Backlog(3, NOW - timedelta(minutes=11))
    assert not said(tmp_path, late)[0]


def test_a_process_that_is_silent(tmp_path: Path) -> None:
    ok, detail = said(tmp_path, Backlog(0, None), ago=timedelta(minutes=2))
    assert (ok, detail) == (False, "the process that tells news is silent")
    assert not health(tmp_path / "missing.json", now=NOW)[0]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"at": 5}', '{"at": "x", "waiting": 1}'])
def test_a_state_that_is_none_is_not_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(text)
    assert read_state(path) is None


def test_a_full_disk_stops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "state.json"
    fault = write_state(path, NewsState(NOW, Backlog(0, None)))
    assert fault == f"{path} cannot be written: No such file or directory"
    path.parent.mkdir()
    assert not write_state(path, NewsState(NOW, Backlog(0, None)))
