"""One source's list: batches are applied in their order, once, and say what they say."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from callguard.blocklist.batch import GENESIS, Add, Batch, Operation, Remove
from callguard.blocklist.signing import verify
from hypothesis import given, settings
from hypothesis import strategies as st

from callguard.blocklist.errors import MissingBatch, ReplayedBatch, StoreError
from callguard.blocklist.listing import Category, Terms
from callguard.blocklist.source_list import SourceList

from .police import NOW, Source, add, number, remove, span

UNTIL = NOW + timedelta(days=1)


def batch(one: SourceList, *operations: Operation) -> Batch:
    """Return the batch that follows on *one*."""
    sequence = one.sequence + 1
    return Batch(one.source, sequence, one.head, NOW, operations, digest=f"{sequence:064x}")


def listing(*batches: tuple[Operation, ...]) -> SourceList:
    """Return the list after *batches*."""
    one = SourceList("tokyo")
    for operations in batches:
        one = one.apply(batch(one, *operations))
    return one


def listed(one: SourceList) -> set[int]:
    return {last for last in range(30) if one.find(number(last), NOW) is not None}


def reference(one: SourceList, last: int) -> str:
    found = one.find(number(last), NOW)
    assert found is not None
    return found.terms.evidence


def test_a_new_list_is_empty_and_begins_at_genesis() -> None:
    one = SourceList("tokyo")
    assert (one.sequence, one.head, len(one.numbers)) == (0, GENESIS, 0)
    assert one.find(number(1), NOW) is None


def test_numbers_and_ranges_are_listed() -> None:
    one = listing((add(1, span(10, 12)),))
    assert listed(one) == {1, 10, 11, 12}
    found = one.find(number(11), NOW)
    assert found is not None
    assert found.source == "tokyo"
    assert found.terms.category is Category.FAKE_POLICE


def test_a_list_that_a_batch_was_applied_to_stays_as_it_was() -> None:
    before = listing((add(1, 2),))
    after = before.apply(batch(before, remove(1), add(3)))
    assert listed(before) == {1, 2}
    assert listed(after) == {2, 3}


def test_numbers_are_taken_off_ranges() -> None:
    one = listing((add(span(10, 20)),), (remove(15, span(18, 25)),))
    assert listed(one) == {10, 11, 12, 13, 14, 16, 17}


def test_taking_off_what_is_not_listed_is_passed_over() -> None:
    one = listing((remove(1),), (add(2),), (remove(1),))
    assert listed(one) == {2}
    assert one.sequence == 3


def test_the_operations_of_a_batch_count_in_their_order() -> None:
    assert listed(listing((add(1), remove(1)))) == set()
    assert listed(listing((remove(1), add(1)))) == {1}


def test_a_number_that_is_listed_again_gets_the_new_terms() -> None:
    one = listing((add(span(1, 3), evidence="old"),), (add(2, evidence="new"),))
    assert [reference(one, last) for last in (1, 2, 3)] == ["old", "new", "old"]


def test_a_number_that_is_listed_again_until_a_day_is_off_after_it() -> None:
    one = listing((add(1),), (add(1, until=UNTIL),))
    assert one.find(number(1), NOW) is not None
    assert one.find(number(1), UNTIL) is None


def test_a_number_on_trial_is_known_and_not_listed() -> None:
    one = listing((add(1, simulated=True),))
    assert one.find(number(1), NOW) is None
    assert number(1) in one.numbers


def test_the_same_terms_share_a_group() -> None:
    assert len(listing((add(1), add(2, evidence="A"), add(3))).groups) == 2


def test_a_group_that_is_empty_is_gone() -> None:
    assert listing((add(1),), (remove(1),)).groups == ()


class TestChain:
    def test_a_batch_again_is_a_replay(self) -> None:
        one = listing((add(1),), (add(2),))
        for sequence in (1, 2):
            with pytest.raises(ReplayedBatch, match=f"batch {sequence} again; 2 is applied"):
                one.apply(replace(batch(one), sequence=sequence))

    def test_a_batch_too_early_is_a_gap(self) -> None:
        one = listing((add(1),))
        with pytest.raises(MissingBatch, match="batch 3 does not follow on batch 1"):
            one.apply(replace(batch(one), sequence=3))

    def test_a_first_batch_that_is_not_the_first_is_a_gap(self) -> None:
        one = SourceList("tokyo")
        with pytest.raises(MissingBatch):
            one.apply(replace(batch(one), sequence=2))

    def test_a_batch_of_another_history_is_a_fork(self) -> None:
        one = listing((add(1),))
        with pytest.raises(MissingBatch, match="batch 2 does not follow on batch 1"):
            one.apply(replace(batch(one), previous="f" * 64))

    def test_the_chain_of_real_signatures(self) -> None:
        tokyo = Source()
        tokens = [tokyo.signs(add(1)), tokyo.signs(add(2)), tokyo.signs(remove(1))]
        one = SourceList("tokyo")
        for token in tokens:
            one = one.apply(verify(token, "tokyo", tokyo.keys))
        assert (one.sequence, one.head) == (3, tokyo.head)
        assert listed(one) == {2}

    def test_a_second_first_batch_of_the_same_source(self) -> None:
        tokyo = Source()
        one = SourceList("tokyo").apply(verify(tokyo.signs(add(1)), "tokyo", tokyo.keys))
        fork = Source()
        fork.key = tokyo.key
        fork.signs(add(2))
        second = verify(fork.signs(add(3)), "tokyo", tokyo.keys)
        with pytest.raises(MissingBatch):
            one.apply(second)
        assert listed(one) == {1}


class TestBytes:
    ONE = listing(
        (add(1, span(10, 20), evidence="A-17 偽警察", until=UNTIL),),
        (add(2, category=Category.ROBOCALL, simulated=True), remove(15)),
    )

    def test_are_read_back(self) -> None:
        assert SourceList.from_bytes(self.ONE.to_bytes()) == self.ONE

    def test_of_an_empty_list_are_read_back(self) -> None:
        assert SourceList.from_bytes(SourceList("tokyo").to_bytes()) == SourceList("tokyo")

    def test_of_a_list_go_on_from_where_it_stood(self) -> None:
        one = SourceList.from_bytes(self.ONE.to_bytes())
        assert listed(one.apply(batch(one, add(5)))) == listed(self.ONE) | {5}

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"callguard list 2\n{}\n",
            b"callguard list 1\n",
            b"callguard list 1\n{",
            b"callguard list 1\nnull\n",
            b"callguard list 1\n{}\n",
            b'callguard list 1\n{"groups": [5]}\n',
            b'callguard list 1\n{"groups": [{"bytes": "x"}]}\n',
            b'callguard list 1\n{"groups": []}\n',
        ],
        ids=repr,
    )
    def test_of_anything_else_are_refused(self, data: bytes) -> None:
        with pytest.raises(StoreError, match="callguard list"):
            SourceList.from_bytes(data)

    def test_cut_short_in_the_header_are_refused(self) -> None:
        data = self.ONE.to_bytes()
        for length in range(data.index(b"\n", 20) + 1):
            with pytest.raises(StoreError):
                SourceList.from_bytes(data[:length])


LASTS = st.integers(0, 12)
SPAN = st.builds(lambda a, b: span(min(a, b), max(a, b)), LASTS, LASTS)
SPANS = st.lists(SPAN, min_size=1, max_size=3).map(tuple)
TERMS = st.builds(
    Terms,
    st.sampled_from([Category.FAKE_POLICE, Category.REFUND]),
    st.just(NOW),
    st.sampled_from([None, UNTIL, datetime(2026, 1, 1, tzinfo=UTC)]),
    st.sampled_from(["", "A"]),
    st.booleans(),
)
OPERATION = st.builds(Add, SPANS, TERMS) | st.builds(Remove, SPANS)
HISTORY = st.lists(st.lists(OPERATION, max_size=4), max_size=6)


@given(HISTORY)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_any_history_comes_to_what_a_dict_comes_to(history: list[list[Operation]]) -> None:
    one = SourceList("tokyo")
    model: dict[int, Terms] = {}
    for operations in history:
        one = one.apply(batch(one, *operations))
        for operation in operations:
            for each in (each for spans in operation.numbers for each in spans):
                model.pop(each, None)
                if isinstance(operation, Add):
                    model[each] = operation.terms
    assert set(one.numbers) == set(model)
    assert sum(len(members) for _, members in one.groups) == len(model)
    for each in span(0, 12):
        for now in (NOW, UNTIL):
            found = one.find(each, now)
            terms = model.get(each)
            if terms is not None and not terms.in_force(now):
                terms = None
            assert (found.terms if found else None) == terms
    assert SourceList.from_bytes(one.to_bytes()) == one
