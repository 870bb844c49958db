"""What a file would change in a list, and in which batches."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap64

from callguard.blocklist.listing import Category, Terms
from callguard.blocklist.operation import Add, Operation, Remove
from callguard.blocklist.source_list import SourceList
from callguard.feed import import_plan as module
from callguard.feed.import_plan import Plan, plan_listing, plan_retraction, rehearse
from callguard.feed.trusted_source import Quota

from .police import NOW, add, number, remove, span

LATER = NOW + timedelta(days=1)
POLICE = Terms(Category.FAKE_POLICE, LATER)
REFUND = Terms(Category.REFUND, LATER)
TRIAL = replace(POLICE, simulated=True)


def on_list(*operations: Operation) -> SourceList:
    return SourceList("tokyo").apply(operations, 1, "0" * 64)


def numbers(*lasts: int) -> BitMap64:
    return BitMap64(number(last) for last in lasts)


def counts(plan: Plan) -> tuple[int, int, int]:
    return plan.new, plan.changed, plan.unchanged


def after(one: SourceList, plan: Plan) -> SourceList:
    for batch in plan.batches:
        one = one.apply(batch, one.sequence + 1, "0" * 64)
    return one


def test_an_empty_list_gets_all() -> None:
    plan = plan_listing(on_list(), {POLICE: numbers(1, 2, 3), REFUND: numbers(9)})
    assert counts(plan) == (4, 0, 0)
    assert plan.total == 4
    assert plan.batches == ((Add((span(1, 3),), POLICE), Add((span(9),), REFUND)),)


def test_what_is_listed_on_these_terms_is_not_listed_again() -> None:
    one = on_list(add(1, 2))
    plan = plan_listing(one, {POLICE: numbers(2, 3)})
    assert counts(plan) == (1, 0, 1)
    assert plan.batches == ((Add((span(3),), POLICE),),)
    assert after(one, plan).find(number(2)) == replace(POLICE, listed_at=NOW)


def test_what_is_listed_on_other_terms_changes() -> None:
    plan = plan_listing(on_list(add(1, 2)), {REFUND: numbers(2, 3)})
    assert counts(plan) == (1, 1, 0)
    assert plan.total == 3


def test_a_listing_on_trial_stands_beside_a_real_one() -> None:
    one = on_list(add(1))
    plan = plan_listing(one, {TRIAL: numbers(1, 2)})
    assert counts(plan) == (2, 0, 0)
    assert plan.total == 1  # those on trial aside
    assert counts(plan_listing(after(one, plan), {TRIAL: numbers(1, 2)})) == (0, 0, 2)


def test_a_file_that_changes_nothing_makes_no_batch() -> None:
    assert plan_listing(on_list(add(1, 2)), {POLICE: numbers(1, 2)}).batches == ()


def test_a_retraction_takes_off_what_is_there() -> None:
    plan = plan_retraction(on_list(add(1, 2, 3), add(4, simulated=True)), numbers(2, 3, 4, 5))
    assert (plan.removed, plan.absent, plan.total) == (3, 1, 1)
    assert plan.batches == ((Remove((span(2, 4),)),),)


def test_a_long_run_of_numbers_makes_ranges_of_the_allowed_size() -> None:
    run = BitMap64(range(number(0), number(25_000)))
    plan = plan_listing(on_list(), {POLICE: run})
    [[one]] = plan.batches
    assert [len(one_range) for one_range in one.numbers] == [10_000, 10_000, 5_000]


def test_a_large_file_makes_batches_of_the_allowed_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_NUMBERS", 4)
    wanted = {POLICE: numbers(0, 1, 2, 4, 5, 6), REFUND: numbers(8, 10, 12)}
    plan = plan_listing(on_list(), wanted)
    assert plan.batches == (
        (Add((span(0, 2), span(4)), POLICE),),
        (Add((span(5, 6),), POLICE), Add((span(8), span(10)), REFUND)),
        (Add((span(12),), REFUND),),
    )


lasts = st.frozensets(st.integers(0, 40))


@given(lasts, lasts, lasts, lasts)
def test_the_list_afterwards_is_the_one_of_before_and_the_file(
    before: frozenset[int], police: frozenset[int], refund: frozenset[int], off: frozenset[int]
) -> None:
    one = on_list(add(*before))
    wanted: Mapping[Terms, BitMap64] = {
        POLICE: numbers(*(police - refund)),
        REFUND: numbers(*refund),
    }
    plan = plan_listing(one, wanted)
    listed = after(one, plan)
    assert set(listed.listed) == {number(last) for last in before | police | refund}
    assert len(listed.listed) == plan.total
    assert sum(counts(plan)) == len(police | refund)
    less = after(listed, plan_retraction(listed, numbers(*off)))
    assert set(less.listed) == set(listed.listed) - {number(last) for last in off}


class TestRehearsal:
    PLAN = plan_listing(on_list(), {POLICE: numbers(*range(10))})

    def test_what_is_within_the_quota_is_not_held(self) -> None:
        assert rehearse(on_list(), self.PLAN.batches, Quota(), NOW) == ""

    def test_what_is_beyond_the_quota_is_told(self) -> None:
        told = rehearse(on_list(), self.PLAN.batches, Quota(batch=9), NOW)
        assert told == "10 new numbers at once; its quota is 9"

    def test_the_batches_of_one_day_count_together(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "BATCH_NUMBERS", 5)
        plan = plan_listing(on_list(), {POLICE: numbers(*range(10))})
        assert len(plan.batches) == 2
        told = rehearse(on_list(), plan.batches, Quota(batch=9, day=9), NOW)
        assert told == "10 new numbers in 24 hours; its quota is 9"

    def test_an_unknown_quota_holds_nothing(self) -> None:
        assert rehearse(on_list(), self.PLAN.batches, None, NOW) == ""

    def test_a_retraction_is_never_held(self) -> None:
        one = on_list(add(span(0, 9)))
        plan = plan_retraction(one, numbers(*range(10)))
        assert rehearse(one, plan.batches, Quota(1, 1, 1, 0.01), NOW) == ""
        assert after(one, plan).listed == after(one.apply([remove(span(0, 9))], 2, ""), plan).listed
