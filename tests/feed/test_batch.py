"""Batches: what a source meant to change arrives, and nothing beyond its rights or any limit."""

import json
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.blocklist.errors import BatchError
from callguard.blocklist.listing import Category, Terms
from callguard.blocklist.operation import Add, Operation, Remove
from callguard.blocklist.source_list import GENESIS
from callguard.feed.batch import Batch, read_batch, sign_batch
from callguard.feed.statement import digest

from .police import EMPTY_SET, NOW, SILENCE, Source, add, remove, span

TOKYO = Source()
TRUST = TOKYO.trust()


def batch(*operations: Operation) -> Batch:
    return Batch("tokyo", 12, "ab" * 32, NOW, NOW + SILENCE, operations, EMPTY_SET)


def arrived(*operations: Operation) -> tuple[Operation, ...]:
    """What a node reads when a source signs these operations."""
    return read_batch(sign_batch(batch(*operations), TOKYO.key), TRUST, NOW).operations


def read(**changes: Any) -> Batch:
    """What a node reads when a source signs this content."""
    return read_batch(TOKYO.signs_content(**changes), TRUST, NOW)


def assert_refused(why: str, **changes: Any) -> None:
    with pytest.raises(BatchError, match=why) as refused:
        read(**changes)
    message = str(refused.value)
    assert message.startswith("source tokyo: batch 1: ")
    assert "\n" not in message
    assert len(message) < 300


def test_what_a_source_meant_arrives() -> None:
    meant = batch(
        add(1, span(10, 19), until=NOW + timedelta(days=180), evidence="A-17 偽警察"),
        add(2, category=Category.ROBOCALL, simulated=True),
        remove(3, span(10, 12)),
    )
    token = sign_batch(meant, TOKYO.key)
    assert read_batch(token, TRUST, NOW) == replace(meant, digest=digest(token))


def test_the_listing_dates_from_the_batch() -> None:
    (operation,) = arrived(add(1, listed_at=NOW - timedelta(days=300)))
    assert operation == add(1, listed_at=NOW)


def test_a_batch_of_a_hundred_thousand_numbers_is_read() -> None:
    numbers = tuple(range(n, n + 1) for n in range(815_000_000_000, 815_000_200_000, 2))
    assert arrived(Add(numbers, Terms(Category.OTHER, NOW)))[0].numbers == numbers


def test_the_first_batch_follows_on_nothing() -> None:
    source = Source()
    assert read_batch(source.signs(add(1)), source.trust(), NOW).previous == GENESIS


def test_a_batch_may_be_empty() -> None:
    assert read(operations=[]).operations == ()


class TestRights:
    def test_to_list_in_some_categories_only(self) -> None:
        trust = TOKYO.trust(categories=frozenset({Category.REFUND}))
        token = TOKYO.signs(add(1, category=Category.REFUND), add(2, category=Category.ROBOCALL))
        with pytest.raises(
            BatchError,
            match=r"source tokyo: batch \d+: lists robocall, for which the source has no right",
        ):
            read_batch(token, trust, NOW)

    def test_hold_for_a_listing_on_trial_too(self) -> None:
        trust = TOKYO.trust(categories=frozenset({Category.REFUND}))
        with pytest.raises(BatchError, match="for which the source has no right"):
            read_batch(TOKYO.signs(add(1, simulated=True)), trust, NOW)

    def test_are_not_needed_to_take_numbers_off(self) -> None:
        trust = TOKYO.trust(categories=frozenset({Category.REFUND}))
        assert read_batch(TOKYO.signs(remove(1)), trust, NOW).operations == (remove(1),)


class TestContent:
    @pytest.mark.parametrize("name", ["previous", "operations"])
    def test_without_a_member(self, name: str) -> None:
        assert_refused(f"not a batch: no {name}", **{name: None})

    @pytest.mark.parametrize("value", ["", 5, [], "g" * 64, "A" * 64, "0" * 65])
    def test_with_a_digest_that_is_none(self, value: Any) -> None:
        assert_refused("is not a digest", previous=value)

    @pytest.mark.parametrize(
        "operations",
        [
            5,
            "remove",
            {"add": ["+81422990001"]},
            [5],
            [[]],
            ["remove"],
            [{}],
            [{"remove": 5}],
            [{"remove": [5]}],
            [{"remove": "+81422990001"}],
            [{"add": ["+81422990001"]}],
            [{"add": ["+81422990001"], "category": "weather"}],
            [{"add": ["+81422990001"], "category": ["other"]}],
            [{"add": [["+81422990001"]], "category": "other"}],
            [{"add": ["+81422990001"], "category": "other", "reference": "x" * 201}],
            [{"add": ["+81422990001"], "category": "other", "reference": 17}],
            [{"add": ["+81422990001"], "category": "other", "reference": "\ud800"}],
            [{"add": ["+81422990001"], "category": "other", "until": None}],
            [{"add": ["+81422990001"], "category": "other", "until": "2027-05-24"}],
        ],
        ids=lambda operations: json.dumps(operations)[-50:],
    )
    def test_with_operations_that_are_none(self, operations: Any) -> None:
        assert_refused("signed, but not a batch", operations=operations)

    @pytest.mark.parametrize(
        "text",
        [
            "81422990001",
            "0422990001",
            "+",
            "",
            "+81-422-99-0001",
            "+８１４２２９９０００１",
            "+" + "1" * 16,
            "+81422990001..",
            "..+81422990001",
            "+81422990001..81422990002",
            "+81422990002..+81422990001",
            "+81422990000..+81423000000",
            "+1..+2..+3",
            "+" + "9" * 5000,
        ],
        ids=lambda text: text[:30],
    )
    @pytest.mark.parametrize("operation", ["add", "remove"])
    def test_with_numbers_that_are_none(self, text: str, operation: str) -> None:
        entry = {operation: [text], "category": "other"}
        assert_refused("signed, but not a batch", operations=[entry])

    def test_with_a_range_beyond_the_limit(self) -> None:
        entry = {"add": ["+81422990000..+81423000000"], "category": "other"}
        assert_refused("a range from 81422990000 to .*; at most 10000 numbers", operations=[entry])

    @pytest.mark.parametrize(
        ("text", "numbers"),
        [
            ("+81422990001", span(1)),
            ("+81422990001..+81422990001", span(1)),
            ("+81422990000..+81422999999", span(0, 9999)),
            ("+" + "9" * 15, range(10**15 - 1, 10**15)),
        ],
    )
    def test_with_numbers_at_the_limits(self, text: str, numbers: range) -> None:
        assert read(operations=[{"remove": [text]}]).operations == (Remove((numbers,)),)

    def test_with_a_reference_at_the_limit(self) -> None:
        assert arrived(add(1, evidence="証" * 200)) == (add(1, evidence="証" * 200),)

    @pytest.mark.parametrize("simulated", ["yes", 1, "true", None])
    def test_is_on_trial_only_if_it_says_so(self, simulated: Any) -> None:
        entry = {"add": ["+81422990001"], "category": "fake-police", "simulated": simulated}
        assert read(operations=[entry]).operations == (add(1),)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
NAMES = st.sampled_from(
    ["format", "source", "sequence", "previous", "issued", "expires", "operations", "set"]
)
ENTRY = st.dictionaries(
    st.sampled_from(["add", "remove", "category", "until", "reference", "simulated"]), JSON
)


@given(st.dictionaries(NAMES, JSON | st.lists(ENTRY, max_size=2), max_size=3))
def test_any_signed_json_is_a_batch_or_refused(changes: dict[str, Any]) -> None:
    try:
        found = read(**changes)
    except BatchError:
        return
    assert found.source == "tokyo"


MOMENT = st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0))
TERMS = st.builds(
    Terms,
    st.sampled_from(Category),
    st.just(NOW),
    st.none() | MOMENT,
    st.text(max_size=20),
    st.booleans(),
)
SPAN = st.builds(
    lambda first, size: range(first, first + size), st.integers(0, 10**14), st.integers(1, 10_000)
)
SPANS = st.lists(SPAN, max_size=3).map(tuple)


@given(st.lists(st.builds(Add, SPANS, TERMS) | st.builds(Remove, SPANS), max_size=4))
def test_any_operations_arrive_as_they_were_meant(operations: list[Operation]) -> None:
    assert arrived(*operations) == tuple(operations)
