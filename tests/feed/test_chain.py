"""The only ways from one state of a source's list to the next; and every other way."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from callguard.blocklist.errors import (
    BatchError,
    ForkedFeed,
    MissingBatch,
    ReplayedBatch,
    TrustError,
)
from callguard.blocklist.node_list import NodeList
from callguard.blocklist.source_list import SourceList
from callguard.feed.chain import Step, apply_batch, apply_heartbeat, apply_snapshot
from callguard.feed.snapshot import read_manifest
from callguard.feed.trusted_source import Quota

from .police import NOW, SILENCE, Source, add, number, remove

MINUTE = timedelta(minutes=1)


class Node:
    """What a node keeps of one source."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.trust = source.trust()
        self.kept = NodeList(SourceList(source.name))

    def takes(self, token: bytes) -> Step:
        return self._go(apply_batch(self.kept, token, self.trust, NOW))

    def hears(self, token: bytes) -> Step:
        return self._go(apply_heartbeat(self.kept, token, self.trust, NOW))

    def reads(self, token: bytes, chunks: list[bytes]) -> Step:
        manifest = read_manifest(token, self.trust, NOW)
        return self._go(apply_snapshot(self.kept, manifest, chunks, self.trust))

    def _go(self, step: Step) -> Step:
        self.kept = step.kept
        return step


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def node(source: Source) -> Node:
    """A node that has followed two batches."""
    node = Node(source)
    node.takes(source.signs(add(1, 2), at=NOW - 3 * MINUTE))
    node.takes(source.signs(add(3), remove(2), at=NOW - 2 * MINUTE))
    return node


def refused(node: Node, take: Callable[[], Step], error: type[Exception], why: str) -> None:
    """The statement is refused, in one line that names the source, and changes nothing."""
    before = node.kept
    with pytest.raises(error, match=why) as caught:
        take()
    assert type(caught.value) is error
    assert str(caught.value).startswith("source tokyo: ")
    assert "\n" not in str(caught.value)
    assert node.kept is before


def test_a_node_has_what_the_source_lists(node: Node, source: Source) -> None:
    assert node.kept.list == source.list
    assert set(node.kept.enforced()) == {number(1), number(3)}
    assert node.kept.fresh_until == NOW - 2 * MINUTE + SILENCE


def test_a_batch_again_is_a_replay(node: Node, source: Source) -> None:
    again = source.signs(add(4))
    node.takes(again)
    refused(node, lambda: node.takes(again), ReplayedBatch, "batch 3 again; 3 is applied")


def test_an_older_batch_rolls_nothing_back(node: Node) -> None:
    old = Source()
    old.key = node.source.key
    refused(node, lambda: node.takes(old.signs(add(9))), ReplayedBatch, "batch 1 again; 2 is")


def test_a_batch_that_was_left_out_is_missed(node: Node, source: Source) -> None:
    source.signs(add(4))
    gap = source.signs(add(5))
    refused(node, lambda: node.takes(gap), MissingBatch, "batch 4 does not follow on batch 2")


def test_another_batch_with_the_number_of_the_last_is_a_fork(node: Node, source: Source) -> None:
    other = Source()
    other.key = source.key
    other.signs(add(1))
    fork = other.signs(add(9))
    refused(node, lambda: node.takes(fork), ForkedFeed, "the source has two histories")


def test_a_batch_on_another_history_is_a_fork(node: Node, source: Source) -> None:
    other = Source()
    other.key = source.key
    other.signs(add(1))
    other.signs(add(9))
    fork = other.signs(add(10))
    refused(node, lambda: node.takes(fork), ForkedFeed, "follows on another batch 2 than the one")


def test_a_set_that_is_not_what_the_batch_makes_is_refused(node: Node, source: Source) -> None:
    lie = source.signs(add(4), set_digest="0" * 64)
    refused(node, lambda: node.takes(lie), BatchError, "does not make the list that the source")


def test_a_batch_dated_before_the_last_is_refused(node: Node, source: Source) -> None:
    back = source.signs(add(4), at=NOW - 5 * MINUTE)
    refused(node, lambda: node.takes(back), BatchError, "is dated before what the source said last")


def test_a_strangers_batch_is_refused(node: Node) -> None:
    stranger = Source()
    refused(node, lambda: node.takes(stranger.signs(add(1))), BatchError, "does not hold")


def test_a_key_that_is_not_the_sources_is_refused(node: Node) -> None:
    stranger = Source(kid="another")
    refused(node, lambda: node.takes(stranger.signs(add(1))), TrustError, "is not its own")


def test_a_source_takes_off_its_own_numbers_only(node: Node) -> None:
    osaka = Node(Source("osaka"))
    osaka.takes(osaka.source.signs(remove(1, 3)))
    assert set(node.kept.enforced()) == {number(1), number(3)}


def test_a_batch_beyond_the_quota_is_held_and_told(node: Node, source: Source) -> None:
    node.trust = source.trust(quota=Quota(batch=2))
    step = node.takes(source.signs(add(4, 5, 6)))
    assert step.alarm == "source tokyo: batch 3 is held: 3 new numbers at once; its quota is 2"
    assert set(node.kept.enforced()) == {number(1), number(3)}
    assert node.takes(source.signs(remove(1))).alarm == ""
    assert set(node.kept.enforced()) == {number(3)}


class TestHeartbeat:
    def test_makes_a_source_fresh(self, node: Node, source: Source) -> None:
        node.hears(source.heartbeat(at=NOW, silence=5 * MINUTE))
        assert node.kept.fresh_until == NOW + 5 * MINUTE
        assert not node.kept.stale(NOW + 4 * MINUTE)
        assert node.kept.stale(NOW + 5 * MINUTE)

    def test_of_before_makes_nothing_fresh(self, node: Node, source: Source) -> None:
        old, new = source.heartbeat(at=NOW - MINUTE), source.heartbeat(at=NOW)
        node.hears(new)
        refused(node, lambda: node.hears(old), ReplayedBatch, "heartbeat after batch 2 again")
        refused(node, lambda: node.hears(new), ReplayedBatch, "heartbeat after batch 2 again")

    def test_tells_of_a_batch_that_has_not_come(self, node: Node, source: Source) -> None:
        source.signs(add(4))
        ahead = source.heartbeat()
        refused(node, lambda: node.hears(ahead), MissingBatch, "batch 2 is the last that arrived")

    def test_of_another_history_is_a_fork(self, node: Node, source: Source) -> None:
        fork = source.heartbeat(head="1" * 64)
        refused(node, lambda: node.hears(fork), ForkedFeed, "the source has two histories")

    def test_is_no_batch(self, node: Node, source: Source) -> None:
        beat = source.heartbeat()
        refused(node, lambda: node.takes(beat), BatchError, "where a batch belongs")


class TestSnapshot:
    def test_brings_a_new_node_where_the_source_stands(self, node: Node, source: Source) -> None:
        new = Node(source)
        new.reads(*source.snapshot())
        assert new.kept.list == node.kept.list
        new.takes(source.signs(add(4)))
        assert number(4) in new.kept.enforced()

    def test_closes_a_gap(self, node: Node, source: Source) -> None:
        for last in range(10, 20):
            source.signs(add(last))
        node.reads(*source.snapshot())
        assert node.kept.list == source.list

    def test_of_before_rolls_nothing_back(self, node: Node, source: Source) -> None:
        old = source.snapshot()
        node.takes(source.signs(add(4)))
        refused(node, lambda: node.reads(*old), ReplayedBatch, "snapshot 2 is not newer")

    def test_of_another_history_is_a_fork(self, node: Node, source: Source) -> None:
        source.list = replace(source.list, head="1" * 64)
        fork = source.snapshot()
        refused(node, lambda: node.reads(*fork), ForkedFeed, "of another batch than the one")

    def test_that_is_damaged_changes_nothing(self, node: Node, source: Source) -> None:
        source.signs(add(4))
        token, [chunk] = source.snapshot()
        refused(node, lambda: node.reads(token, [chunk[:-1]]), BatchError, "chunk 0 is damaged")

    def test_holds_what_is_beyond_the_quota(self, node: Node, source: Source) -> None:
        node.trust = source.trust(quota=Quota(batch=2))
        source.signs(add(4, 5, 6))
        assert "snapshot 3 is held" in node.reads(*source.snapshot()).alarm
        assert set(node.kept.enforced()) == {number(1), number(3)}
