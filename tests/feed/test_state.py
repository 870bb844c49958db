"""What people are told of the feed."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pyroaring import BitMap64

from callguard.blocklist.node_list import NodeList
from callguard.blocklist.source_list import SourceList
from callguard.feed.state import FeedState, read_state, write_state

from .police import NOW, Source, add, number

MINUTE = timedelta(minutes=1)


def heard() -> NodeList:
    """A list with two numbers, whose source said that it would speak again within a minute."""
    source = Source()
    source.signs(add(1, 2))
    return NodeList(source.list, heard_at=NOW, fresh_until=NOW + MINUTE)


def described(kept: NodeList, *, at: timedelta = timedelta(), resyncing: bool = False) -> FeedState:
    state = FeedState()
    state.describe(kept, NOW + at, resyncing=resyncing, fault="")
    return state


def test_a_source_that_has_said_nothing_yet() -> None:
    one = described(NodeList(SourceList("tokyo"))).sources["tokyo"]
    assert (one.state, one.heard_at, one.since) == ("waiting", None, None)


def test_a_source_that_has_just_spoken() -> None:
    kept = heard()
    one = described(kept).sources["tokyo"]
    assert (one.state, one.since) == ("fresh", None)
    assert (one.sequence, one.head, one.numbers) == (1, kept.list.head, 2)
    assert one.heard_at == "2026-11-24T03:00:00.000Z"


def test_a_source_that_has_been_silent_for_too_long() -> None:
    one = described(heard(), at=MINUTE).sources["tokyo"]
    assert (one.state, one.since) == ("stale", "2026-11-24T03:01:00.000Z")
    assert one.numbers == 2


def test_a_source_whose_snapshot_is_being_read() -> None:
    assert described(heard(), at=MINUTE, resyncing=True).sources["tokyo"].state == "resyncing"


def test_a_source_with_numbers_that_are_held() -> None:
    kept = replace(heard(), held=BitMap64([number(2)]), held_since=1)
    one = described(kept).sources["tokyo"]
    assert (one.held, one.held_since) == (1, 1)


def test_the_protected_numbers_on_a_list_are_counted() -> None:
    state = FeedState()
    state.describe(heard(), NOW, resyncing=False, fault="", protected=3)
    assert state.sources["tokyo"].protected == 3


def test_what_stands_still_is_one_line_a_source() -> None:
    state = described(heard())
    assert state.faults == []
    state.describe(heard(), NOW, resyncing=False, fault="source tokyo: batch 2 again")
    assert state.faults == ["source tokyo: batch 2 again"]


class TestFile:
    def test_is_read_as_it_was_written(self, tmp_path: Path) -> None:
        state = described(heard())
        state.connected = True
        write_state(tmp_path / "state.json", state)
        assert read_state(tmp_path / "state.json") == state.to_json()
        assert [path.name for path in tmp_path.iterdir()] == ["state.json"]

    @pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"5"])
    def test_that_is_none_says_nothing(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "state.json").write_bytes(content)
        assert read_state(tmp_path / "state.json") == {}

    def test_that_is_not_there_says_nothing(self, tmp_path: Path) -> None:
        assert read_state(tmp_path / "state.json") == {}

    def test_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "lists").touch()
        with pytest.raises(OSError, match="exists"):
            write_state(tmp_path / "lists" / "state.json", FeedState())

    def test_makes_its_folder(self, tmp_path: Path) -> None:
        write_state(tmp_path / "lists" / "state.json", FeedState())
        assert read_state(tmp_path / "lists" / "state.json") != {}
