"""One source's list: operations are applied in their order, and say what they say."""

import hashlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap64

from callguard.blocklist import source_list
from callguard.blocklist.errors import BatchError
from callguard.blocklist.listing import Category, Terms
from callguard.blocklist.operation import Add, Operation, Remove
from callguard.blocklist.source_list import GENESIS, Group, SourceList

from ..feed.police import EMPTY_SET, NOW, add, number, remove, span
from .lists import batch, listing

UNTIL = NOW + timedelta(days=1)
TERMS = Terms(Category.FAKE_POLICE, NOW)


def numbers(one: BitMap64) -> set[int]:
    """Return the last digits of the numbers."""
    return {each - number(0) for each in one}


def evidence(one: SourceList, last: int) -> str:
    found = one.find(number(last))
    assert found is not None
    return found.evidence


def test_a_new_list_is_empty_and_begins_at_genesis() -> None:
    one = SourceList("tokyo")
    assert (one.sequence, one.head, len(one.listed)) == (0, GENESIS, 0)
    assert one.find(number(1)) is None


def test_a_list_says_after_which_batch_it_is() -> None:
    one = SourceList("tokyo").apply([add(1)], 1, "f" * 64)
    assert (one.source, one.sequence, one.head) == ("tokyo", 1, "f" * 64)


def test_numbers_and_ranges_are_listed() -> None:
    one = listing(add(1, span(10, 12)))
    assert numbers(one.listed) == {1, 10, 11, 12}
    assert one.find(number(11)) == TERMS


def test_a_list_that_a_batch_was_applied_to_stays_as_it_was() -> None:
    before = listing(add(1, 2))
    after = batch(before, remove(1), add(3), add(2, evidence="new"))
    assert numbers(before.listed) == {1, 2}
    assert evidence(before, 2) == ""
    assert numbers(after.listed) == {2, 3}


def test_numbers_are_taken_off_ranges() -> None:
    one = batch(listing(add(span(10, 20))), remove(15, span(18, 25)))
    assert numbers(one.listed) == {10, 11, 12, 13, 14, 16, 17}


def test_taking_off_what_is_not_listed_is_passed_over() -> None:
    one = batch(listing(remove(1)), add(2), remove(1))
    assert numbers(one.listed) == {2}
    assert one.sequence == 2


def test_the_operations_of_a_batch_count_in_their_order() -> None:
    assert numbers(listing(add(1), remove(1)).listed) == set()
    assert numbers(listing(remove(1), add(1)).listed) == {1}


def test_a_number_that_is_listed_again_gets_the_new_terms() -> None:
    one = batch(listing(add(span(1, 3), evidence="old")), add(2, evidence="new"))
    assert [evidence(one, last) for last in (1, 2, 3)] == ["old", "new", "old"]


def test_a_number_that_is_listed_again_until_a_day_ends_with_it() -> None:
    found = batch(listing(add(1)), add(1, until=UNTIL)).find(number(1))
    assert found is not None
    assert found.until == UNTIL


class TestOnTrial:
    def test_a_number_is_known_and_not_listed(self) -> None:
        one = listing(add(1, simulated=True), add(2))
        assert numbers(one.listed) == {2}
        assert numbers(one.whole()) == {1, 2}
        found = one.find(number(1))
        assert found is not None
        assert found.simulated

    @pytest.mark.parametrize("order", [1, -1])
    def test_a_listing_stands_beside_a_real_one(self, order: int) -> None:
        both = [add(1, evidence="real"), add(1, evidence="trial", simulated=True)]
        one = listing(*both[::order])
        assert len(one.groups) == 2
        assert evidence(one, 1) == "real"
        assert numbers(one.listed) == numbers(one.whole()) == {1}

    def test_a_listing_replaces_one_on_trial_only(self) -> None:
        one = listing(add(1, evidence="real"), add(1, evidence="trial", simulated=True))
        one = batch(one, add(1, evidence="new trial", simulated=True))
        assert {group.terms.evidence for group in one.groups} == {"real", "new trial"}
        one = batch(one, add(1, evidence="new real"))
        assert {group.terms.evidence for group in one.groups} == {"new real", "new trial"}

    def test_a_number_that_is_taken_off_is_off_both(self) -> None:
        one = batch(listing(add(1), add(1, simulated=True)), remove(1))
        assert one.groups == ()
        assert len(one.whole()) == 0


class TestGroups:
    def test_the_same_terms_share_one(self) -> None:
        one = batch(listing(add(1), add(2, evidence="A"), add(3)), add(4))
        assert [numbers(group.numbers) for group in one.groups] == [{1, 3, 4}, {2}]

    def test_that_are_empty_are_gone(self) -> None:
        assert batch(listing(add(1), add()), remove(1)).groups == ()

    def test_come_newest_first(self) -> None:
        days = [0, 2, 1]
        one = listing(*(add(day, listed_at=NOW + timedelta(days=day)) for day in days))
        assert [numbers(group.numbers) for group in one.groups] == [{2}, {1}, {0}]

    def test_make_the_list_that_they_come_from(self) -> None:
        one = listing(add(1, 2), add(2, 3, simulated=True), add(4, evidence="A"))
        assert SourceList.of("tokyo", one.sequence, one.head, one.groups) == one

    @pytest.mark.parametrize("count", [1, 2, 5_000])
    def test_know_their_numbers(self, count: int) -> None:
        group = Group.of(TERMS, BitMap64([number(2 * each) for each in range(count)]))
        assert len(group) == count
        assert number(0) in group
        assert number(1) not in group
        assert group.digest == hashlib.sha256(group.data).hexdigest()
        assert group.touches(BitMap64([number(0)]))
        assert not group.touches(BitMap64([number(1)]))
        assert group.touches(BitMap64(span(0, 5_000)))
        assert not group.touches(BitMap64(span(10_000, 15_000)))

    def test_are_not_more_than_a_list_may_have(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(source_list, "MAX_GROUPS", 3)
        one = listing(*(add(last, evidence=str(last)) for last in range(3)))
        with pytest.raises(
            BatchError, match="source tokyo: batch 2 makes 4 different terms; a list has at most 3"
        ):
            batch(one, add(9, evidence="9"))
        assert len(batch(one, add(9, evidence="2")).groups) == 3

    def test_may_take_the_place_of_others_in_a_full_list(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(source_list, "MAX_GROUPS", 3)
        one = listing(*(add(last, evidence=str(last)) for last in range(3)))
        assert evidence(batch(one, add(2, evidence="new")), 2) == "new"
        assert numbers(batch(one, remove(0), add(9, evidence="9")).listed) == {1, 2, 9}


class TestDigest:
    def test_of_an_empty_list_is_that_of_nothing(self) -> None:
        assert SourceList("tokyo").digest() == EMPTY_SET

    def test_is_taken_over_the_groups_by_their_terms(self) -> None:
        one = listing(add(1), add(2, category=Category.REFUND))
        lines = b"".join(
            b"%s\n%s\n" % (group.terms.line().encode(), group.digest.encode())
            for group in sorted(one.groups, key=lambda group: group.terms.line())
        )
        assert one.digest() == hashlib.sha256(lines).hexdigest()

    @pytest.mark.parametrize(
        "same",
        [
            listing(add(3, 2, 1), source="osaka"),
            listing(add(span(1, 3))),
            batch(listing(add(1)), add(3), add(2)),
            batch(listing(add(span(1, 3), evidence="A")), add(span(1, 3))),
            batch(listing(add(span(0, 40_000))), remove(0, span(4, 40_000))),
        ],
    )
    def test_is_the_same_however_the_list_came_about(self, same: SourceList) -> None:
        assert listing(add(1, 2, 3)).digest() == same.digest()

    @pytest.mark.parametrize(
        "other",
        [
            listing(add(1, 2)),
            listing(add(1, 2, 3, 4)),
            listing(add(1, 2, 3, evidence="A")),
            listing(add(1, 2, 3, until=UNTIL)),
            listing(add(1, 2, 3, simulated=True)),
            listing(add(1, 2, 3, listed_at=UNTIL)),
            listing(add(1, 2, 3, category=Category.REFUND)),
            listing(add(1, 2, 3), add(1, simulated=True)),
        ],
    )
    def test_is_another_for_another_list(self, other: SourceList) -> None:
        assert listing(add(1, 2, 3)).digest() != other.digest()


LASTS = st.integers(0, 12)
SPAN = st.builds(lambda a, b: span(min(a, b), max(a, b)), LASTS, LASTS)
SPANS = st.lists(SPAN, min_size=1, max_size=3).map(tuple)
SAID = st.builds(
    Terms,
    st.sampled_from([Category.FAKE_POLICE, Category.REFUND]),
    st.just(NOW),
    st.sampled_from([None, UNTIL]),
    st.sampled_from(["", "A"]),
    st.booleans(),
)
OPERATION = st.builds(Add, SPANS, SAID) | st.builds(Remove, SPANS)
HISTORY = st.lists(st.lists(OPERATION, max_size=4), max_size=6)


@given(HISTORY)
def test_any_history_comes_to_what_a_dict_comes_to(history: list[list[Operation]]) -> None:
    one = SourceList("tokyo")
    model: dict[tuple[int, bool], Terms] = {}
    for operations in history:
        one = batch(one, *operations)
        for operation in operations:
            for each in (each for spans in operation.numbers for each in spans):
                if isinstance(operation, Add):
                    model[each, operation.terms.simulated] = operation.terms
                else:
                    model.pop((each, False), None)
                    model.pop((each, True), None)
    assert set(one.listed) == {each for each, simulated in model if not simulated}
    assert set(one.whole()) == {each for each, _ in model}
    assert {
        (each, group.simulated): group.terms for group in one.groups for each in group.numbers
    } == model
    assert sum(len(group) for group in one.groups) == len(model)
    for each in span(0, 12):
        assert one.find(each) == model.get((each, False), model.get((each, True)))
    again = SourceList("tokyo")
    for (each, _), terms in sorted(model.items(), key=lambda item: item[0]):
        again = batch(again, Add((range(each, each + 1),), terms))
    assert again.digest() == one.digest()
