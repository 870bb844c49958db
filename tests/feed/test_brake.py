"""A source that lists more than it may at once is believed, and not yet acted on."""

from dataclasses import replace
from datetime import datetime, timedelta

from callguard.blocklist.node_list import NodeList
from callguard.blocklist.operation import Operation
from callguard.blocklist.source_list import SourceList
from callguard.feed.brake import brake
from callguard.feed.trusted_source import Quota

from .police import NOW, add, number, remove, span

FREE = Quota(batch=10**9, day=10**9, total=10**9, share=1.0)
HOUR = timedelta(hours=1)


class Node:
    """A list as a node keeps it, after operations at given hours."""

    def __init__(self, quota: Quota, sequence: int = 0) -> None:
        self.quota = quota
        self.kept = NodeList(SourceList("tokyo", sequence))

    def takes(self, *operations: Operation, at: datetime = NOW) -> str:
        before = self.kept.list
        changed = before.apply(operations, before.sequence + 1, "0" * 64)
        self.kept, fault = brake(self.kept, changed, self.quota, at)
        return fault

    def enforces(self, last: int) -> bool:
        return number(last) in self.kept.enforced()


def many(first: int, count: int) -> Operation:
    return add(span(first, first + count - 1))


def test_what_is_within_the_quota_is_enforced() -> None:
    node = Node(replace(FREE, batch=10))
    assert node.takes(many(0, 10)) == ""
    assert node.enforces(9)


def test_a_batch_beyond_its_quota_is_held_and_the_list_goes_on() -> None:
    node = Node(replace(FREE, batch=10))
    node.takes(add(1))
    assert node.takes(many(100, 11)) == "11 new numbers at once; its quota is 10"
    assert not node.enforces(100)
    assert node.enforces(1)
    assert node.kept.held_since == 2
    assert node.takes(add(2)) == ""
    assert node.enforces(2)


def test_removals_act_at_once_whatever_is_held() -> None:
    node = Node(replace(FREE, batch=10))
    node.takes(add(1))
    node.takes(many(100, 11), remove(1))
    assert not node.enforces(1)
    node.takes(remove(span(100, 110)))
    assert not node.kept.held
    assert node.kept.held_since == 0


def test_no_removal_is_ever_held() -> None:
    node = Node(replace(FREE, batch=10))
    for first in range(0, 1_000, 10):
        node.takes(many(first, 10), at=NOW)
    assert node.takes(remove(span(0, 999))) == ""
    assert not node.kept.enforced()


def test_what_was_listed_before_may_be_listed_again() -> None:
    node = Node(replace(FREE, batch=10))
    node.takes(many(0, 10))
    assert node.takes(add(span(0, 9), evidence="A-18"), many(10, 10)) == ""


def test_many_small_batches_are_counted_by_the_day() -> None:
    node = Node(replace(FREE, day=25))
    assert node.takes(many(0, 10), at=NOW) == ""
    assert node.takes(many(10, 10), at=NOW + HOUR) == ""
    assert node.takes(many(20, 10), at=NOW + 2 * HOUR) == (
        "30 new numbers in 24 hours; its quota is 25"
    )
    assert node.takes(many(30, 10), at=NOW + 24 * HOUR) == ""


def test_a_list_may_grow_only_by_its_share() -> None:
    node = Node(replace(FREE, share=0.5))
    assert node.takes(many(0, 500)) == ""
    assert node.takes(many(500, 501)) == (
        "501 new numbers on a list of 500; at once it may grow by 50%, of 1000 at least"
    )


def test_a_list_that_is_full_takes_nothing_more() -> None:
    node = Node(replace(FREE, total=10))
    assert node.takes(many(0, 10)) == ""
    assert node.takes(add(11)) == "11 numbers on its list; its quota is 10"


def test_a_nodes_first_list_is_measured_against_the_total_only() -> None:
    changed = SourceList("tokyo", 41).apply([many(0, 5_000)], 42, "0" * 64)
    small = Quota(batch=1, day=1, total=5_000, share=0.01)
    kept, fault = brake(NodeList(SourceList("tokyo")), changed, small, NOW)
    assert fault == ""
    assert len(kept.enforced()) == 5_000
    _, fault = brake(NodeList(SourceList("tokyo")), changed, replace(small, total=4_999), NOW)
    assert fault == "5000 numbers on its list; its quota is 4999"


def test_numbers_on_trial_need_no_brake() -> None:
    node = Node(replace(FREE, batch=1))
    assert node.takes(add(span(0, 99), simulated=True)) == ""


def test_what_is_approved_is_enforced() -> None:
    node = Node(replace(FREE, batch=10))
    node.takes(many(0, 11))
    node.kept = node.kept.approve()
    assert node.enforces(10)
