"""The numbers that one step of a source names."""

from hypothesis import given
from hypothesis import strategies as st

from callguard.blocklist.operation import bitmap

from ..feed.police import number, span

SPAN = st.builds(
    lambda first, count: range(first, first + count), st.integers(0, 300), st.integers(0, 40)
)


def test_no_spans_name_no_number() -> None:
    assert len(bitmap(())) == 0


def test_single_numbers_and_spans_are_named() -> None:
    assert set(bitmap((span(5), span(7, 9)))) == {number(5), number(7), number(8), number(9)}


def test_a_span_is_named_up_to_its_end_and_not_with_it() -> None:
    assert set(bitmap((range(number(1), number(3)),))) == {number(1), number(2)}


def test_a_long_span_is_not_counted_out() -> None:
    assert len(bitmap((range(10**9, 2 * 10**9),))) == 10**9


@given(st.lists(SPAN))
def test_spans_may_overlap_and_come_in_any_order(spans: list[range]) -> None:
    named = {each for one in spans for each in one}
    assert set(bitmap(spans)) == named
    assert bitmap(spans[::-1]) == bitmap(iter(spans))
