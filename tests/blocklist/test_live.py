"""The lists as one worker sees them, and the protected numbers."""

from pathlib import Path

import pytest
from pyroaring import BitMap64

from callguard.blocklist.list_file import ListFile
from callguard.blocklist.listing import Trial
from callguard.blocklist.live import PROTECTED, LiveIndex, protected_numbers, read_protected
from callguard.blocklist.node_list import NodeList
from callguard.blocklist.operation import Operation
from callguard.blocklist.store import ListStore
from callguard.numbers import NumberError

from ..feed.police import NOW, add, number, remove
from .lists import batch
from .unions import to_bytes


@pytest.fixture
def store(tmp_path: Path) -> ListStore:
    return ListStore(tmp_path / "lists")


def publish(store: ListStore, source: str, *operations: Operation) -> NodeList:
    kept = NodeList(batch(store.load(source).list, *operations))
    store.save(kept)
    return kept


def damage_groups(store: ListStore, source: str) -> None:
    """Write nonsense over the list's last bitmap, which is that of its last group."""
    data = store.path(source).read_bytes()
    size = len(store.load(source).list.groups[-1].data)
    store.path(source).write_bytes(data[:-size] + b"\xff" * size)


def listed(live: LiveIndex) -> set[int]:
    return {last for last in range(10) if live.find(number(last), NOW) is not None}


def test_lists_are_mapped_at_the_start(store: ListStore) -> None:
    publish(store, "tokyo", add(1))
    publish(store, "osaka", add(2))
    assert listed(LiveIndex(store)) == {1, 2}


def test_a_folder_that_is_not_there_yet_is_no_list(store: ListStore) -> None:
    live = LiveIndex(store)
    assert listed(live) == set()
    publish(store, "tokyo", add(1))
    live.refresh()
    assert listed(live) == {1}


def test_changed_lists_are_mapped_when_asked_to(store: ListStore) -> None:
    publish(store, "tokyo", add(1, 2))
    live = LiveIndex(store)
    publish(store, "tokyo", remove(1), add(3))
    publish(store, "osaka", add(4))
    assert listed(live) == {1, 2}
    live.refresh()
    assert listed(live) == {2, 3, 4}


def test_a_source_that_is_gone_lists_nothing_any_more(store: ListStore) -> None:
    publish(store, "tokyo", add(1))
    publish(store, "osaka", add(2))
    live = LiveIndex(store)
    store.remove("tokyo")
    assert listed(live) == {1, 2}
    live.refresh()
    assert listed(live) == {2}
    publish(store, "tokyo", add(3))
    live.refresh()
    assert listed(live) == {2, 3}


def test_lists_that_have_not_changed_are_not_mapped_again(
    store: ListStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(store, "tokyo", add(1))
    publish(store, "osaka", add(2))
    live = LiveIndex(store)
    publish(store, "osaka", add(3))
    mapped: list[str] = []
    maps = store.open

    def notes(source: str) -> ListFile:
        mapped.append(source)
        return maps(source)

    monkeypatch.setattr(store, "open", notes)
    live.refresh()
    live.refresh()
    assert mapped == ["osaka"]


def test_numbers_on_trial_are_noted_and_not_listed(store: ListStore) -> None:
    kept = publish(store, "tokyo", add(1, 2), add(3, simulated=True))
    store.save(NodeList(kept.list, held=BitMap64([number(2)])))
    live = LiveIndex(store)
    assert listed(live) == {1}
    noted = [live.on_trial(number(last), NOW) for last in (1, 2, 3)]
    assert [one and one.trial for one in noted] == [None, Trial.HELD, Trial.SIMULATED]
    store.save(kept)
    live.refresh()
    assert listed(live) == {1, 2}


class TestDamagedList:
    def test_stays_as_it_was_and_is_reported_once(
        self, store: ListStore, caplog: pytest.LogCaptureFixture
    ) -> None:
        publish(store, "tokyo", add(1))
        publish(store, "osaka", add(2))
        live = LiveIndex(store)
        store.path("tokyo").with_suffix(".new").write_bytes(b"damaged")
        store.path("tokyo").with_suffix(".new").replace(store.path("tokyo"))
        live.refresh()
        live.refresh()
        assert listed(live) == {1, 2}
        assert caplog.text.count("the list of tokyo (") == 1

    def test_is_mapped_once_it_is_whole(self, store: ListStore) -> None:
        kept = publish(store, "tokyo", add(1))
        store.path("tokyo").write_bytes(b"damaged")
        live = LiveIndex(store)
        assert listed(live) == set()
        store.save(kept)
        live.refresh()
        assert listed(live) == {1}

    def test_in_a_group_lists_nothing_and_is_reported_once_until_the_next_refresh(
        self, store: ListStore, caplog: pytest.LogCaptureFixture
    ) -> None:
        publish(store, "tokyo", add(1))
        damage_groups(store, "tokyo")
        live = LiveIndex(store)
        for times in (1, 2):
            assert live.find(number(1), NOW) is None
            assert live.on_trial(number(1), NOW) is None
            assert caplog.text.count("a list on disk is damaged") == times
            live.refresh()

    def test_in_a_group_hides_no_other_source(self, store: ListStore) -> None:
        publish(store, "osaka", add(1, 2), add(3, simulated=True))
        publish(store, "tokyo", add(1, 3))
        damage_groups(store, "tokyo")
        live = LiveIndex(store)
        assert listed(live) == {1, 2}
        noted = live.on_trial(number(3), NOW)
        assert noted is not None
        assert noted.source == "osaka"

    def test_in_its_terms_lists_nothing(self, store: ListStore) -> None:
        publish(store, "tokyo", add(1))
        damaged = store.path("tokyo").read_bytes().replace(b"category", b"cate?ory")
        store.path("tokyo").write_bytes(damaged)
        assert listed(LiveIndex(store)) == set()

    def test_in_a_group_says_nothing_of_numbers_that_are_not_listed(
        self, store: ListStore, caplog: pytest.LogCaptureFixture
    ) -> None:
        publish(store, "tokyo", add(1))
        damage_groups(store, "tokyo")
        assert LiveIndex(store).find(number(2), NOW) is None
        assert not caplog.records


class TestUnion:
    @pytest.fixture(autouse=True)
    def lists(self, store: ListStore) -> list[NodeList]:
        lists = [publish(store, "tokyo", add(1)), publish(store, "osaka", add(2))]
        store.save_union(["tokyo", "osaka"])
        return lists

    def test_is_asked_instead_of_the_lists_that_it_covers(
        self, store: ListStore, lists: list[NodeList]
    ) -> None:
        assert listed(LiveIndex(store)) == {1, 2}
        covered = {one.source: (one.list.sequence, one.list.head) for one in lists}
        store.union.write_bytes(to_bytes(covered, [BitMap64([number(1)])]))
        assert listed(LiveIndex(store)) == {1}

    def test_hides_no_list_that_has_changed_since(self, store: ListStore) -> None:
        live = LiveIndex(store)
        publish(store, "osaka", add(3))
        publish(store, "chiba", add(4))
        live.refresh()
        assert listed(live) == {1, 2, 3, 4}

    @pytest.mark.parametrize("content", [b"", b"damaged", None])
    def test_that_cannot_be_read_is_done_without(
        self, store: ListStore, content: bytes | None
    ) -> None:
        store.union.unlink()
        if content is not None:
            store.union.write_bytes(content)
        assert listed(LiveIndex(store)) == {1, 2}

    def test_that_is_damaged_within_hides_no_list(
        self, store: ListStore, lists: list[NodeList], caplog: pytest.LogCaptureFixture
    ) -> None:
        covered = {one.source: (one.list.sequence, one.list.head) for one in lists}
        data = to_bytes(covered, [BitMap64([number(1), number(65_536)])])
        # Of the two containers' offsets, the last tells the length, and the first lies.
        first = len(data) - 12
        store.union.write_bytes(data[:first] + b"\xff\xff\xff\0" + data[first + 4 :])
        assert listed(LiveIndex(store)) == {1, 2}
        assert caplog.text.count("damaged") == 1

    def test_lists_nothing_of_a_source_that_is_gone(self, store: ListStore) -> None:
        publish(store, "chiba", add(3))
        store.remove("tokyo")
        assert listed(LiveIndex(store)) == {2, 3}


def test_protected_numbers_stay_protected_when_lists_change(store: ListStore) -> None:
    live = LiveIndex(store, {number(1), number(2)})
    publish(store, "tokyo", add(1))
    live.refresh()
    assert [live.protects(number(last)) for last in (1, 2, 3)] == [True, True, False]
    assert live.find(number(1), NOW) is not None


def test_police_fire_brigade_and_coast_guard_are_always_protected(store: ListStore) -> None:
    live = LiveIndex(store, {number(1)})
    assert {81110, 81118, 81119, 819110} == PROTECTED
    assert all(live.protects(each) for each in PROTECTED)


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


class TestProtectedNumbersInForce:
    def test_without_a_file_are_those_of_the_state(self) -> None:
        assert protected_numbers(None) == PROTECTED

    def test_with_a_file_are_those_too(self, tmp_path: Path) -> None:
        file = tmp_path / "protected.csv"
        file.write_text("0422-99-0001\n")
        assert protected_numbers(file) == PROTECTED | {number(1)}

    @pytest.mark.parametrize("content", ["no number\n", None])
    def test_with_a_file_that_cannot_be_read_are_those_of_the_state(
        self, tmp_path: Path, content: str | None, caplog: pytest.LogCaptureFixture
    ) -> None:
        file = tmp_path / "protected.csv"
        if content is not None:
            file.write_text(content)
        assert protected_numbers(file) == PROTECTED
        assert "protected numbers are not in force: " in caplog.text
        assert "protected.csv" in caplog.text
