"""All sources' lists together."""

from datetime import timedelta

import pytest
from callguard.blocklist.batch import Add, Batch

from callguard.blocklist.index import Index
from callguard.blocklist.source_list import SourceList

from .police import NOW, add, number, remove

DAY = timedelta(days=1)


def listing(source: str, *operations: Add) -> SourceList:
    one = SourceList(source)
    return one.apply(Batch(source, 1, one.head, NOW, operations, digest="1" * 64))


def source(index: Index, last: int) -> str | None:
    found = index.find(number(last), NOW)
    return found.source if found else None


def test_no_lists_list_nothing() -> None:
    index = Index()
    assert len(index) == 0
    assert index.find(number(1), NOW) is None
    assert not index.protects(number(1))


def test_a_number_is_found_in_whichever_list_it_is_on() -> None:
    index = Index([listing("tokyo", add(1)), listing("osaka", add(2)), listing("chiba")])
    assert [source(index, last) for last in (1, 2, 3)] == ["tokyo", "osaka", None]
    assert len(index) == 2


@pytest.mark.parametrize("order", [1, -1])
def test_the_newest_listing_wins(order: int) -> None:
    lists = [listing("tokyo", add(1, listed_at=NOW - DAY)), listing("osaka", add(1))]
    index = Index(lists[::order])
    assert source(index, 1) == "osaka"
    assert len(index) == 1


@pytest.mark.parametrize("terms", [{"simulated": True}, {"until": NOW}])
def test_a_newer_listing_that_is_not_in_force_hides_no_older_one(
    terms: dict[str, object],
) -> None:
    index = Index(
        [listing("tokyo", add(1, listed_at=NOW - DAY)), listing("osaka", add(1, **terms))]
    )
    assert source(index, 1) == "tokyo"


def test_a_source_takes_off_its_own_listings_only() -> None:
    tokyo, osaka = listing("tokyo", add(1, 2)), listing("osaka", add(1))
    retracted = tokyo.apply(Batch("tokyo", 2, tokyo.head, NOW, (remove(1, 2),), digest="2" * 64))
    index = Index([tokyo, osaka]).replace(retracted)
    assert [source(index, last) for last in (1, 2)] == ["osaka", None]


def test_a_replaced_list_makes_a_new_index() -> None:
    before = Index([listing("tokyo", add(1))], {number(9)})
    after = before.replace(listing("tokyo", add(2)))
    assert [source(before, last) for last in (1, 2)] == ["tokyo", None]
    assert [source(after, last) for last in (1, 2)] == [None, "tokyo"]
    assert after.protects(number(9))


def test_a_new_source_joins_the_others() -> None:
    index = Index([listing("tokyo", add(1))]).replace(listing("osaka", add(2)))
    assert [source(index, last) for last in (1, 2)] == ["tokyo", "osaka"]


def test_protected_numbers_are_protected_whether_listed_or_not() -> None:
    index = Index([listing("tokyo", add(1))], [number(1), number(2)])
    assert [index.protects(number(last)) for last in (1, 2, 3)] == [True, True, False]
    assert source(index, 1) == "tokyo"
