"""The lists on disk: a file is the whole of a list, the old one or the new one."""

import errno
import os
import resource
from pathlib import Path

import pytest
from pyroaring import BitMap64

from callguard.blocklist.errors import StoreError
from callguard.blocklist.node_list import NodeList
from callguard.blocklist.source_list import SourceList
from callguard.blocklist.store import ListStore
from callguard.blocklist.union import Union

from ..feed.police import NOW, add, number
from .lists import batch, listing

OLD = NodeList(listing(add(1, 2)), held=BitMap64([number(2)]), held_since=1, heard_at=NOW)
NEW = NodeList(batch(OLD.list, add(3)))
OSAKA = NodeList(listing(add(9), source="osaka"))


@pytest.fixture
def store(tmp_path: Path) -> ListStore:
    return ListStore(tmp_path / "lists")


def files(store: ListStore) -> list[str]:
    return sorted(path.name for path in store.folder.iterdir())


def assert_as_before(store: ListStore) -> None:
    """Check that the list of before stands, and that nothing lies around it."""
    assert store.load("tokyo") == OLD
    assert files(store) == ["tokyo.list"]


def fail(code: int) -> object:
    """Return a call that fails as the disk does."""

    def fails(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    return fails


def test_a_list_that_was_never_written_is_empty(store: ListStore) -> None:
    assert store.load("tokyo") == NodeList(SourceList("tokyo"))
    assert store.stamps() == {}


def test_a_list_is_read_back(store: ListStore) -> None:
    store.save(OLD)
    store.save(OSAKA)
    assert store.load("tokyo") == OLD
    assert store.load("osaka") == OSAKA


def test_a_list_is_mapped_for_look_ups(store: ListStore) -> None:
    store.save(OLD)
    file = store.open("tokyo")
    store.save(NEW)
    assert file.version == (1, OLD.list.head)
    assert file.find(number(1), NOW)
    assert not file.find(number(3), NOW)
    assert store.open("tokyo").find(number(3), NOW)


def test_a_list_that_was_never_written_is_not_mapped(store: ListStore) -> None:
    with pytest.raises(StoreError, match=r"the list of tokyo cannot be read: .*No such file"):
        store.open("tokyo")


def test_the_new_list_takes_the_place_of_the_old(store: ListStore) -> None:
    store.save(OLD)
    store.save(NEW)
    assert store.load("tokyo") == NEW
    assert files(store) == ["tokyo.list"]


def test_each_writing_changes_the_stamp(store: ListStore) -> None:
    store.save(OLD)
    before = store.stamps()
    assert store.stamps() == before
    store.save(OLD)
    assert store.stamps().keys() == before.keys() == {"tokyo"}
    assert store.stamps() != before


def test_what_is_no_list_has_no_stamp(store: ListStore) -> None:
    store.save(OLD)
    store.save_union(["tokyo"])
    store.approve("tokyo")
    store.state.touch()
    (store.folder / "tokyo.list.new").touch()
    assert store.stamps().keys() == {"tokyo"}


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EIO, errno.EDQUOT], ids=os.strerror)
def test_a_disk_that_fails_at_the_end_leaves_the_old_list(
    store: ListStore, fault: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(OLD)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail(fault))
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
            store.save(NEW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert_as_before(store)


def test_a_list_that_cannot_take_its_place_leaves_the_old_one(
    store: ListStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(OLD)
    monkeypatch.setattr(Path, "replace", fail(errno.EROFS))
    with pytest.raises(StoreError, match="Read-only file system"):
        store.save(NEW)
    assert_as_before(store)


def test_a_leftover_of_a_power_cut_is_written_over(store: ListStore) -> None:
    store.save(OLD)
    (store.folder / "tokyo.list.new").write_bytes(b"half a li")
    assert store.load("tokyo") == OLD
    store.save(NEW)
    assert store.load("tokyo") == NEW
    assert files(store) == ["tokyo.list"]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "lists").write_text("a file, not a folder")
    with pytest.raises(StoreError, match="the list of tokyo cannot be written"):
        ListStore(tmp_path / "lists").save(OLD)


class TestDamagedList:
    @pytest.fixture(autouse=True)
    def data(self, store: ListStore) -> bytes:
        store.save(OLD)
        return store.path("tokyo").read_bytes()

    def test_is_reported_whichever_byte_it_is(self, store: ListStore, data: bytes) -> None:
        for place in range(len(data)):
            damaged = bytearray(data)
            damaged[place] ^= 0x10
            store.path("tokyo").write_bytes(damaged)
            with pytest.raises(StoreError, match=r"^the list of tokyo \(.*tokyo\.list\): "):
                store.load("tokyo")

    def test_is_not_even_mapped_if_it_is_cut_short(self, store: ListStore, data: bytes) -> None:
        for length in range(len(data)):
            store.path("tokyo").write_bytes(data[:length])
            with pytest.raises(StoreError, match=r"^the list of tokyo \(.*tokyo\.list\): "):
                store.open("tokyo")

    def test_is_named_whatever_the_name(self, store: ListStore) -> None:
        store.save(NodeList(listing(add(1), source="it")))
        data = store.path("it").read_bytes()
        store.path("it").write_bytes(data[:-1] + b"?")
        with pytest.raises(StoreError, match=r"^the list of it \(.*it\.list\): it is damaged$"):
            store.load("it")

    def test_is_written_over(self, store: ListStore) -> None:
        store.path("tokyo").write_bytes(b"damaged")
        store.save(NEW)
        assert store.load("tokyo") == NEW


def test_a_list_under_another_sources_name_is_reported(store: ListStore) -> None:
    store.save(OLD)
    store.path("tokyo").rename(store.path("osaka"))
    for reads in (store.load, store.open):
        with pytest.raises(StoreError, match="the list of osaka is that of tokyo"):
            reads("osaka")


def test_a_list_that_cannot_be_read_is_reported(store: ListStore) -> None:
    store.path("tokyo").mkdir(parents=True)
    with pytest.raises(StoreError, match=r"the list of tokyo cannot be read: .*Is a directory"):
        store.load("tokyo")


class TestRemoved:
    def test_list_is_gone(self, store: ListStore) -> None:
        store.save(OLD)
        store.save(OSAKA)
        store.remove("tokyo")
        assert store.load("tokyo") == NodeList(SourceList("tokyo"))
        assert store.stamps().keys() == {"osaka"}

    def test_list_may_be_gone_already(self, store: ListStore) -> None:
        store.save(OSAKA)
        store.remove("tokyo")
        assert files(store) == ["osaka.list"]

    def test_list_that_the_disk_does_not_let_go(
        self, store: ListStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.save(OLD)
        monkeypatch.setattr(Path, "unlink", fail(errno.EROFS))
        with pytest.raises(StoreError, match=r"the list of tokyo cannot be removed: .*Read-only"):
            store.remove("tokyo")
        assert_as_before(store)


class TestUnion:
    def test_covers_the_lists_as_they_are(self, store: ListStore) -> None:
        trial = NodeList(batch(OSAKA.list, add(8, simulated=True)), shadow=True)
        store.save(OLD)
        store.save(trial)
        assert store.save_union(["tokyo", "osaka"])
        union = Union.open(store.union)
        assert union.covered == {"tokyo": (1, OLD.list.head), "osaka": (2, trial.list.head)}
        members = {last for last in range(12) if number(last) in union.numbers}
        assert members == {1, 2, 8, 9}

    def test_of_no_lists_is_empty(self, store: ListStore) -> None:
        store.save_union([])
        assert Union.open(store.union).covered == {}

    def test_that_cannot_be_written_leaves_the_old_one(
        self, store: ListStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.save(OLD)
        store.save_union(["tokyo"])
        store.save(NEW)
        before = store.union.read_bytes()
        monkeypatch.setattr(os, "fsync", fail(errno.ENOSPC))
        with pytest.raises(StoreError, match="the union of the lists cannot be written"):
            store.save_union(["tokyo"])
        assert store.union.read_bytes() == before
        assert files(store) == ["tokyo.list", "union"]

    def test_that_stands_is_not_written_again(self, store: ListStore) -> None:
        store.save(OLD)
        assert store.save_union(["tokyo"])
        before = store.union.stat().st_ino
        assert not store.save_union(["tokyo"])
        assert store.union.stat().st_ino == before

    def test_leaves_out_a_list_that_cannot_be_read(self, store: ListStore) -> None:
        store.save(OLD)
        store.path("osaka").write_bytes(b"damaged")
        store.save_union(["tokyo", "osaka", "chiba"])
        assert Union.open(store.union).covered.keys() == {"tokyo"}


class TestApproval:
    def test_stands_until_it_is_forgotten(self, store: ListStore) -> None:
        store.save(OLD)
        assert not store.approved("tokyo")
        store.approve("tokyo")
        store.approve("tokyo")
        assert store.approved("tokyo")
        assert store.approved("tokyo")
        store.forget_approval("tokyo")
        store.forget_approval("tokyo")
        assert not store.approved("tokyo")
        assert_as_before(store)

    def test_is_that_of_one_source(self, store: ListStore) -> None:
        store.save(OLD)
        store.save(OSAKA)
        store.approve("tokyo")
        assert not store.approved("osaka")
        assert store.approved("tokyo")

    def test_waits_for_the_follower_while_the_list_changes(self, store: ListStore) -> None:
        store.save(OLD)
        ListStore(store.folder).approve("tokyo")
        store.save(NEW)
        assert store.approved("tokyo")

    @pytest.mark.parametrize("name", ["osaka", "", "x" * 300])
    def test_of_a_source_without_a_list_is_refused(self, store: ListStore, name: str) -> None:
        store.save(OLD)
        with pytest.raises(StoreError, match=f"a source '{name[:40]}'|cannot be written"):
            store.approve(name)
        assert_as_before(store)

    def test_that_the_disk_does_not_take(
        self, store: ListStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.save(OLD)
        monkeypatch.setattr(Path, "touch", fail(errno.ENOSPC))
        with pytest.raises(StoreError, match="the approval of tokyo cannot be written"):
            store.approve("tokyo")
        assert_as_before(store)
