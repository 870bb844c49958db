"""A source's own copy of what it has said."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from callguard.blocklist.errors import StoreError
from callguard.blocklist.source_list import SourceList
from callguard.feed import outbox as module
from callguard.feed.outbox import Outbox

from .police import NOW, add


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    box = Outbox(tmp_path / "outbox", "tokyo")
    with box.locked():
        pass
    return box


def grown(one: SourceList) -> SourceList:
    return one.apply([add(one.sequence)], one.sequence + 1, "1" * 64)


def test_a_new_one_is_empty_and_for_its_owner_only(outbox: Outbox) -> None:
    assert outbox.load() == SourceList("tokyo")
    assert outbox.batches() == []
    assert outbox.folder.stat().st_mode & 0o077 == 0


def test_what_was_kept_is_there(outbox: Outbox) -> None:
    one = grown(outbox.load())
    outbox.keep(one, b"signed")
    assert outbox.load() == one
    assert outbox.batches() == [1]
    assert outbox.batch(1) == b"signed"


def test_batches_long_gone_are_let_go(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_BATCHES", 2)
    one = outbox.load()
    for _ in range(4):
        one = grown(one)
        outbox.keep(one, b"signed")
    assert outbox.batches() == [3, 4]
    with pytest.raises(StoreError, match="batch 1 is not in the outbox"):
        outbox.batch(1)


def test_files_of_others_are_left_alone(outbox: Outbox) -> None:
    (outbox.folder / "notes.batch").write_text("mine")
    outbox.keep(grown(outbox.load()), b"signed")
    assert outbox.batches() == [1]
    assert (outbox.folder / "notes.batch").exists()


def test_it_knows_when_the_source_spoke_last(outbox: Outbox) -> None:
    assert outbox.said_at() is None
    outbox.note_said(NOW)
    outbox.note_said(NOW + timedelta(seconds=1))
    assert outbox.said_at() == NOW + timedelta(seconds=1)
    (outbox.folder / "said").write_text("yesterday")
    assert outbox.said_at() is None


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file, not a folder")
    with (
        pytest.raises(StoreError, match=r"the outbox .* cannot be used"),
        Outbox(tmp_path / "file" / "box", "tokyo").locked(),
    ):
        raise AssertionError("it was locked")


def test_one_says_one_thing_after_the_other(outbox: Outbox) -> None:
    order: list[str] = []
    waiting = threading.Event()

    def second() -> None:
        waiting.set()
        with outbox.locked():
            order.append("second")

    thread = threading.Thread(target=second)
    with outbox.locked():
        thread.start()
        waiting.wait()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
