"""The lists on disk: a file is the whole of a list, the old one or the new one."""

import errno
import os
import resource
from pathlib import Path

import pytest
from callguard.blocklist.batch import Add, Batch

from callguard.blocklist.errors import StoreError
from callguard.blocklist.source_list import SourceList
from callguard.blocklist.store import ListStore

from .police import NOW, add, number


def listing(source: str = "tokyo", *operations: Add) -> SourceList:
    one = SourceList(source)
    return one.apply(Batch(source, 1, one.head, NOW, operations, digest="1" * 64))


OLD = listing("tokyo", add(1, 2))
NEW = OLD.apply(Batch("tokyo", 2, OLD.head, NOW, (add(3),), digest="2" * 64))
SCATTERED = OLD.apply(
    Batch("tokyo", 2, OLD.head, NOW, (add(*range(0, 10_000, 3)),), digest="2" * 64)
)
"""A list whose file takes more than a few bytes."""


@pytest.fixture
def store(tmp_path: Path) -> ListStore:
    return ListStore(tmp_path / "lists")


def assert_as_before(store: ListStore) -> None:
    """Check that the list of before stands, and that nothing lies around it."""
    assert store.load("tokyo") == OLD
    assert [path.name for path in store.folder.iterdir()] == ["tokyo.list"]


def test_a_list_that_was_never_written_is_empty(store: ListStore) -> None:
    assert store.load("tokyo") == SourceList("tokyo")
    assert store.stamps() == {}


def test_a_list_is_read_back(store: ListStore) -> None:
    store.save(OLD)
    store.save(listing("osaka", add(9)))
    assert store.load("tokyo") == OLD
    assert store.load("osaka").find(number(9), NOW) is not None


def test_the_new_list_takes_the_place_of_the_old(store: ListStore) -> None:
    store.save(OLD)
    store.save(NEW)
    assert store.load("tokyo") == NEW
    assert [path.name for path in store.folder.iterdir()] == ["tokyo.list"]


def test_each_writing_changes_the_stamp(store: ListStore) -> None:
    store.save(OLD)
    before = store.stamps()
    assert store.stamps() == before
    store.save(OLD)
    assert store.stamps().keys() == before.keys() == {"tokyo"}
    assert store.stamps() != before


def test_what_is_no_list_has_no_stamp(store: ListStore) -> None:
    store.save(OLD)
    (store.folder / "tokyo.new").touch()
    (store.folder / "notes.txt").touch()
    assert store.stamps().keys() == {"tokyo"}


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EIO, errno.EDQUOT], ids=os.strerror)
def test_a_disk_that_fails_at_the_end_leaves_the_old_list(
    store: ListStore, fault: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: int) -> None:
        raise OSError(fault, os.strerror(fault))

    store.save(OLD)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fails)
        with pytest.raises(StoreError, match=f"the list of tokyo cannot be written: .*{fault}"):
            store.save(NEW)
    assert_as_before(store)
    store.save(NEW)
    assert store.load("tokyo") == NEW


@pytest.mark.parametrize("room", [0, 1, 100])
def test_a_disk_that_is_full_leaves_the_old_list(store: ListStore, room: int) -> None:
    store.save(OLD)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        with pytest.raises(StoreError, match="the list of tokyo cannot be written"):
            store.save(SCATTERED)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert_as_before(store)


def test_a_list_that_cannot_take_its_place_leaves_the_old_one(
    store: ListStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    store.save(OLD)
    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(StoreError, match="Read-only file system"):
        store.save(NEW)
    assert_as_before(store)


def test_a_leftover_of_a_power_cut_is_written_over(store: ListStore) -> None:
    store.save(OLD)
    (store.folder / "tokyo.new").write_bytes(b"half a li")
    assert store.load("tokyo") == OLD
    store.save(NEW)
    assert store.load("tokyo") == NEW
    assert [path.name for path in store.folder.iterdir()] == ["tokyo.list"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "lists").write_text("a file, not a folder")
    with pytest.raises(StoreError, match="the list of tokyo cannot be written"):
        ListStore(tmp_path / "lists").save(OLD)


def test_a_damaged_list_is_reported_whichever_byte_it_is(store: ListStore) -> None:
    store.save(OLD)
    path = store.folder / "tokyo.list"
    data = path.read_bytes()
    for place in range(len(data)):
        damaged = bytearray(data)
        damaged[place] ^= 0x10
        path.write_bytes(damaged)
        with pytest.raises(StoreError, match=r"is damaged on disk: .*tokyo\.list"):
            store.load("tokyo")


def test_a_list_cut_short_is_reported_wherever_it_ends(store: ListStore) -> None:
    store.save(OLD)
    path = store.folder / "tokyo.list"
    data = path.read_bytes()
    for length in range(len(data)):
        path.write_bytes(data[:length])
        with pytest.raises(StoreError, match="the list of tokyo is damaged on disk"):
            store.load("tokyo")


def test_a_list_under_another_sources_name_is_reported(store: ListStore) -> None:
    store.save(OLD)
    (store.folder / "tokyo.list").rename(store.folder / "osaka.list")
    with pytest.raises(StoreError, match="the list of osaka is that of tokyo"):
        store.load("osaka")


def test_a_list_that_cannot_be_read_is_reported(store: ListStore) -> None:
    (store.folder / "tokyo.list").mkdir(parents=True)
    with pytest.raises(StoreError, match=r"the list of tokyo cannot be read: .*Is a directory"):
        store.load("tokyo")
