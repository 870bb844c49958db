"""How much of a source's list a node enforces, and whether the source is silent."""

from datetime import timedelta

import pytest
from pyroaring import BitMap64

from callguard.blocklist.node_list import NodeList
from callguard.blocklist.source_list import SourceList

from ..feed.police import NOW, add, number, span
from .lists import listing

LIST = listing(add(1, 2, 3), add(4, simulated=True))
HELD = NodeList(LIST, held=BitMap64([number(2), number(3)]), held_since=7)


def test_a_listed_number_is_enforced_and_one_on_trial_is_not() -> None:
    assert set(NodeList(LIST).enforced()) == set(span(1, 3))


def test_a_held_number_is_not_enforced() -> None:
    assert set(HELD.enforced()) == {number(1)}


def test_a_source_on_trial_enforces_nothing() -> None:
    assert len(NodeList(LIST, shadow=True).enforced()) == 0


def test_asking_what_is_enforced_changes_nothing() -> None:
    HELD.enforced().clear()
    assert set(HELD.enforced()) == {number(1)}
    assert set(LIST.listed) == set(span(1, 3))


def test_what_is_approved_is_enforced() -> None:
    approved = HELD.approve()
    assert set(approved.enforced()) == set(span(1, 3))
    assert approved.held_since == 0
    assert approved.list is LIST
    assert len(HELD.held) == 2


def test_approval_does_not_end_the_trial_of_a_source() -> None:
    assert len(NodeList(LIST, shadow=True, held=HELD.held).approve().enforced()) == 0


def test_a_source_that_has_said_nothing_is_stale() -> None:
    assert NodeList(SourceList("tokyo")).stale(NOW)


@pytest.mark.parametrize(("late", "stale"), [(-1, False), (0, True), (1, True)])
def test_a_source_is_stale_once_its_last_word_has_expired(late: int, stale: bool) -> None:
    kept = NodeList(LIST, fresh_until=NOW)
    assert kept.stale(NOW + timedelta(milliseconds=late)) == stale
    assert set(kept.enforced()) == set(span(1, 3))


def test_a_list_is_named_by_its_source() -> None:
    assert NodeList(listing(source="osaka")).source == "osaka"


def test_what_is_newly_enforced_is_what_was_not_before() -> None:
    one = SourceList("tokyo").apply([add(1)], 1, "1" * 64)
    after = one.apply([add(2, 3)], 2, "2" * 64)
    held = BitMap64([number(3)])
    new = NodeList(after).newly_enforced(NodeList(one))
    assert set(new) == {number(2), number(3)}
    assert set(NodeList(after, held=held).newly_enforced(NodeList(one))) == {number(2)}
    assert set(NodeList(after).newly_enforced(NodeList(after, held=held))) == {number(3)}
    assert not NodeList(after, shadow=True).newly_enforced(NodeList(one))
    shadow = NodeList(one, shadow=True)
    assert set(NodeList(after).newly_enforced(shadow)) == {number(1), number(2), number(3)}
