"""All sources' lists together."""

from dataclasses import replace
from datetime import timedelta

import pytest
from pyroaring import BitMap64

from callguard.blocklist.index import Index
from callguard.blocklist.listing import Category, Listing, Terms, Trial
from callguard.blocklist.node_list import NodeList
from callguard.blocklist.operation import Add
from callguard.blocklist.source_list import SourceList
from callguard.blocklist.union import Union

from ..feed.police import NOW, add, number, remove
from .lists import batch, listing, mapped
from .unions import to_bytes

DAY = timedelta(days=1)
ONE = BitMap64([number(1)])


def index(*lists: SourceList | NodeList, union: Union | None = None) -> Index:
    return Index([mapped(one) for one in lists], union=union)


def source(index: Index, last: int) -> str | None:
    found = index.find(number(last), NOW)
    return found.source if found else None


def trial(index: Index, last: int) -> tuple[str, Trial | None] | None:
    found = index.on_trial(number(last), NOW)
    return (found.source, found.trial) if found else None


def evidence(found: Listing | None) -> str | None:
    return found.terms.evidence if found else None


def test_no_lists_list_nothing() -> None:
    index = Index()
    assert index.find(number(1), NOW) is None
    assert index.on_trial(number(1), NOW) is None
    assert index.listings(number(1), NOW) == []


def test_a_number_is_found_in_whichever_list_it_is_on() -> None:
    one = index(
        listing(add(1)), listing(add(2), source="osaka"), SourceList("chiba"),
    )  # fmt: skip
    assert [source(one, last) for last in (1, 2, 3)] == ["tokyo", "osaka", None]


def test_a_suspended_line_is_found_under_whatever_else_is_listed_of_it() -> None:
    suspended = Add(
        (range(number(1), number(3)),), Terms(Category.SUSPENDED, NOW - DAY, evidence="S-1")
    )
    one = index(listing(suspended), listing(add(1), source="osaka"))
    assert source(one, 1) == "osaka"
    for last in (1, 2):
        assert evidence(one.suspended(number(last), NOW)) == "S-1"
    assert one.suspended(number(3), NOW) is None
    on_trial = replace(suspended, terms=replace(suspended.terms, simulated=True))
    assert index(listing(on_trial)).suspended(number(1), NOW) is None


@pytest.mark.parametrize("order", [1, -1])
def test_the_newest_listing_wins(order: int) -> None:
    lists = [listing(add(1, listed_at=NOW - DAY)), listing(add(1), source="osaka")]
    one = index(*lists[::order])
    assert source(one, 1) == "osaka"
    assert {listing.source for listing in one.listings(number(1), NOW)} == {"tokyo", "osaka"}


@pytest.mark.parametrize("terms", [{"simulated": True}, {"until": NOW}])
def test_a_newer_listing_that_is_not_in_force_hides_no_older_one(
    terms: dict[str, object],
) -> None:
    old = listing(add(1, listed_at=NOW - DAY))
    assert source(index(old, listing(add(1, **terms), source="osaka")), 1) == "tokyo"


def test_a_source_takes_off_its_own_listings_only() -> None:
    tokyo = batch(listing(add(1, 2)), remove(1, 2))
    one = index(tokyo, listing(add(1), source="osaka"))
    assert [source(one, last) for last in (1, 2)] == ["osaka", None]


class TestOnTrial:
    @pytest.mark.parametrize(
        ("kept", "why"),
        [
            (NodeList(listing(add(1, simulated=True))), Trial.SIMULATED),
            (NodeList(listing(add(1)), shadow=True), Trial.SHADOW),
            (NodeList(listing(add(1, simulated=True)), shadow=True), Trial.SIMULATED),
            (NodeList(listing(add(1)), held=ONE), Trial.HELD),
            (NodeList(listing(add(1)), shadow=True, held=ONE), Trial.SHADOW),
        ],
    )  # fmt: skip
    def test_a_number_is_noted_and_not_listed(self, kept: NodeList, why: Trial) -> None:
        one = index(kept)
        assert source(one, 1) is None
        assert trial(one, 1) == ("tokyo", why)

    def test_a_listed_number_is_not_noted(self) -> None:
        one = index(NodeList(listing(add(1, 2)), held=ONE))
        assert [source(one, last) for last in (1, 2)] == [None, "tokyo"]
        assert trial(one, 2) is None

    def test_a_number_that_is_listed_too_is_both(self) -> None:
        one = index(listing(add(1, evidence="A"), add(1, simulated=True, evidence="B")))
        assert evidence(one.find(number(1), NOW)) == "A"
        assert evidence(one.on_trial(number(1), NOW)) == "B"

    def test_of_several_listings_the_newest_is_noted(self) -> None:
        old = listing(add(1, listed_at=NOW - DAY, simulated=True))
        one = index(old, NodeList(listing(add(1), source="osaka"), shadow=True))
        assert trial(one, 1) == ("osaka", Trial.SHADOW)

    def test_a_listing_that_has_ended_is_not_noted(self) -> None:
        assert trial(index(listing(add(1, simulated=True, until=NOW))), 1) is None


class TestUnion:
    TOKYO, OSAKA = listing(add(1)), listing(add(2), source="osaka")
    VERSION = (TOKYO.sequence, TOKYO.head)

    def union(self, covered: dict[str, tuple[int, str]], *lasts: int) -> Union:
        numbers = BitMap64([number(last) for last in lasts])
        return Union(memoryview(to_bytes(covered, [numbers])))

    def test_of_all_lists_finds_what_they_find(self) -> None:
        covered = {one.source: (one.sequence, one.head) for one in (self.TOKYO, self.OSAKA)}
        one = index(self.TOKYO, self.OSAKA, union=self.union(covered, 1, 2))
        assert [source(one, last) for last in (1, 2, 3)] == ["tokyo", "osaka", None]

    def test_spares_the_question_to_a_list_that_it_covers(self) -> None:
        one = index(self.TOKYO, union=self.union({"tokyo": self.VERSION}))
        assert source(one, 1) is None

    @pytest.mark.parametrize(
        "covered",
        [{}, {"tokyo": (0, "0" * 64)}, {"tokyo": (1, "f" * 64)}, {"osaka": VERSION}],
        ids=["nothing", "older", "another history", "another source"],
    )
    def test_leaves_a_list_that_it_does_not_cover_to_itself(
        self, covered: dict[str, tuple[int, str]]
    ) -> None:
        assert source(index(self.TOKYO, union=self.union(covered)), 1) == "tokyo"

    def test_lists_nothing_of_a_source_that_is_gone(self) -> None:
        one = index(self.OSAKA, union=self.union({"tokyo": self.VERSION}, 1, 2))
        assert [source(one, last) for last in (1, 2)] == [None, "osaka"]

    def test_lists_nothing_that_has_been_taken_off_since(self) -> None:
        one = index(batch(self.TOKYO, remove(1)), union=self.union({"tokyo": self.VERSION}, 1))
        assert source(one, 1) is None
