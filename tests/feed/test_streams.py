"""Names in Redis, and the answers of Redis in both of its protocols."""

from datetime import timedelta
from typing import Any

import pytest

from callguard.feed import streams
from callguard.feed.streams import EntryId

from .police import NOW

FIRST = (b"1-0", {b"batch": b"one"})
SECOND = (b"1-1795489200000", {b"heartbeat": b"two"})
READ = [((1, 0), FIRST[1]), ((1, 1795489200000), SECOND[1])]


def test_the_keys_of_a_source() -> None:
    assert streams.stream_key("tokyo") == "callguard:feed:tokyo"
    assert streams.snapshot_key("tokyo") == "callguard:snapshot:tokyo"
    assert streams.chunk_key("tokyo", 12, 3) == "callguard:snapshot:tokyo:12:3"


def test_a_heartbeat_comes_after_its_batch_and_before_the_next() -> None:
    ids = [
        streams.batch_id(12),
        streams.heartbeat_id(12, NOW),
        streams.heartbeat_id(12, NOW + timedelta(milliseconds=1)),
        streams.batch_id(13),
    ]
    assert ids == ["12-0", "12-1795489200000", "12-1795489200001", "13-0"]
    assert sorted(ids, key=streams.read_id) == ids


@pytest.mark.parametrize("entry", [(0, 0), (12, 0), (12, 1795489200000), (2**53 - 1, 2**63)])
def test_an_entry_id_is_read_as_it_was_written(entry: EntryId) -> None:
    text = streams.write_id(entry)
    assert streams.read_id(text) == streams.read_id(text.encode()) == entry


class TestAnswer:
    @pytest.mark.parametrize(
        "found",
        [[FIRST, SECOND], [[FIRST, SECOND]], [[list(FIRST), list(SECOND)]]],
        ids=["RESP2", "RESP3", "RESP3, lists"],
    )
    def test_of_one_stream(self, found: Any) -> None:
        assert streams.entries(found) == READ

    def test_of_an_empty_stream(self) -> None:
        assert streams.entries([]) == []

    def test_with_an_entry_that_was_deleted_while_it_was_read(self) -> None:
        assert streams.entries([(b"1-0", None)]) == [((1, 0), {})]

    @pytest.mark.parametrize(
        "answer",
        [
            [[b"callguard:feed:tokyo", [FIRST, SECOND]]],
            {b"callguard:feed:tokyo": [[FIRST, SECOND]]},
        ],
        ids=["RESP2", "RESP3"],
    )
    def test_of_several_streams(self, answer: Any) -> None:
        assert streams.entries_of(answer) == [("callguard:feed:tokyo", READ)]

    @pytest.mark.parametrize("answer", [None, [], {}])
    def test_without_news(self, answer: Any) -> None:
        assert streams.entries_of(answer) == []
