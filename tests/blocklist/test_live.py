"""The lists as one worker sees them, and the protected numbers."""

from pathlib import Path

import pytest
from callguard.blocklist.batch import Batch, Operation

from callguard.blocklist.live import LiveIndex, read_protected
from callguard.blocklist.source_list import SourceList
from callguard.blocklist.store import ListStore
from callguard.numbers import NumberError

from .police import NOW, add, number, remove


@pytest.fixture
def store(tmp_path: Path) -> ListStore:
    return ListStore(tmp_path / "lists")


def publish(store: ListStore, source: str, *operations: Operation) -> SourceList:
    one = store.load(source)
    sequence = one.sequence + 1
    batch = Batch(source, sequence, one.head, NOW, operations, digest=f"{sequence:064x}")
    one = one.apply(batch)
    store.save(one)
    return one


def listed(live: LiveIndex) -> set[int]:
    return {last for last in range(10) if live.find(number(last), NOW) is not None}


def test_lists_are_read_at_the_start(store: ListStore) -> None:
    publish(store, "tokyo", add(1))
    publish(store, "osaka", add(2))
    assert listed(LiveIndex(store)) == {1, 2}


def test_a_folder_that_is_not_there_yet_is_no_list(store: ListStore) -> None:
    live = LiveIndex(store)
    assert listed(live) == set()
    publish(store, "tokyo", add(1))
    live.refresh()
    assert listed(live) == {1}


def test_changed_lists_are_read_when_asked_to(store: ListStore) -> None:
    publish(store, "tokyo", add(1, 2))
    live = LiveIndex(store)
    publish(store, "tokyo", remove(1), add(3))
    publish(store, "osaka", add(4))
    assert listed(live) == {1, 2}
    live.refresh()
    assert listed(live) == {2, 3, 4}


def test_lists_that_have_not_changed_are_not_read_again(
    store: ListStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(store, "tokyo", add(1))
    publish(store, "osaka", add(2))
    live = LiveIndex(store)
    publish(store, "osaka", add(3))
    read: list[str] = []
    load = store.load

    def notes(source: str) -> SourceList:
        read.append(source)
        return load(source)

    monkeypatch.setattr(store, "load", notes)
    live.refresh()
    live.refresh()
    assert read == ["osaka"]


def test_a_list_that_is_damaged_stays_as_it_was_and_is_reported_once(
    store: ListStore, caplog: pytest.LogCaptureFixture
) -> None:
    publish(store, "tokyo", add(1))
    publish(store, "osaka", add(2))
    live = LiveIndex(store)
    (store.folder / "tokyo.list").write_bytes(b"damaged")
    live.refresh()
    live.refresh()
    assert listed(live) == {1, 2}
    assert caplog.text.count("the list of tokyo is damaged on disk") == 1


def test_a_list_that_was_damaged_is_read_once_it_is_whole(store: ListStore) -> None:
    one = publish(store, "tokyo", add(1))
    (store.folder / "tokyo.list").write_bytes(b"damaged")
    live = LiveIndex(store)
    assert listed(live) == set()
    store.save(one)
    live.refresh()
    assert listed(live) == {1}


def test_a_list_may_be_swapped_in_memory(store: ListStore) -> None:
    live = LiveIndex(store)
    live.replace(publish(store, "tokyo", add(1)))
    assert listed(live) == {1}


def test_protected_numbers_stay_protected_when_lists_change(store: ListStore) -> None:
    live = LiveIndex(store, {number(1)})
    publish(store, "tokyo", add(1))
    live.refresh()
    assert live.protects(number(1))
    assert not live.protects(number(2))


class TestProtectedNumbers:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        return tmp_path / "protected.csv"

    @pytest.mark.parametrize(
        "content",
        [
            "0422-99-0001,city hall\n0422990002,police station\n",
            "0422-99-0001\r\n0422-99-0002\r\n",
            "# number, name\n\n0422-99-0001,city hall\n  ,\n０４２２－９９－０００２,病院",
            '"0422-99-0001","city hall, main desk"\n"+81 422 99 0002"\n',
            "0422-99-0001\n0422-99-0002\n0422-99-0001\n",
        ],
        ids=["plain", "CRLF", "comments", "quoted", "twice"],
    )
    @pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["no BOM", "BOM"])
    def test_are_read_as_people_write_them(self, file: Path, mark: str, content: str) -> None:
        file.write_text(mark + content, encoding="utf-8", newline="")
        assert read_protected(file) == {number(1), number(2)}

    def test_may_be_none(self, file: Path) -> None:
        file.touch()
        assert read_protected(file) == frozenset()

    def test_with_a_bad_row_name_the_line(self, file: Path) -> None:
        file.write_text("# name\n0422-99-0001,city hall\n\nnumber,name\n")
        with pytest.raises(NumberError, match=r"protected\.csv, line 4: 'number'"):
            read_protected(file)

    def test_that_cannot_exist_name_the_line(self, file: Path) -> None:
        file.write_text("0422-99-0001\n03-1234-5678\n")
        with pytest.raises(NumberError, match=r"protected\.csv, line 2: "):
            read_protected(file)

    @pytest.mark.parametrize(
        "content",
        ["0422-99-0001,市役所\n".encode("shift_jis"), b"0422-99-0001,\xff\n", b"\x00\xd8"],
        ids=["Shift JIS", "stray byte", "UTF-16"],
    )
    def test_in_another_encoding_are_refused(self, file: Path, content: bytes) -> None:
        file.write_bytes(content)
        with pytest.raises(NumberError, match=r"protected\.csv is not CSV in UTF-8"):
            read_protected(file)

    @pytest.mark.parametrize("content", ["x" * 200_000, '"' + "x" * 200_000])
    def test_in_an_endless_field_are_refused(self, file: Path, content: str) -> None:
        file.write_text(content)
        with pytest.raises(NumberError, match=r"protected\.csv is not CSV in UTF-8"):
            read_protected(file)

    def test_that_are_not_there(self, file: Path) -> None:
        with pytest.raises(FileNotFoundError):
            read_protected(file)
