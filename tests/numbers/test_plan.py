"""The numbering plan: which domestic numbers can exist, and what makes the others impossible."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.numbers import Kind
from callguard.numbers.plan import EMERGENCY, domestic

from .domestic import by_kind, digits, possible


@pytest.mark.parametrize(
    ("nsn", "kind"),
    [
        ("422990000", Kind.FIXED),
        ("332000000", Kind.FIXED),
        ("5012345678", Kind.IP),
        ("6012345678", Kind.MOBILE),
        ("7012345678", Kind.MOBILE),
        ("8012345678", Kind.MOBILE),
        ("9012345678", Kind.MOBILE),
        ("120123456", Kind.TOLL_FREE),
        ("8001234567", Kind.TOLL_FREE),
        ("170123456", Kind.SERVICE),
        ("180123456", Kind.SERVICE),
        ("570123456", Kind.SERVICE),
        ("990123456", Kind.SERVICE),
        ("910123456", Kind.SERVICE),
        ("6001234567", Kind.FMC),
        ("2012345678", Kind.M2M),
        ("2001234567890", Kind.M2M),
        ("2041234567", Kind.PAGER),
    ],
)
def test_each_row_of_the_plan(nsn: str, kind: Kind) -> None:
    assert domestic(nsn) == (kind, None)


@pytest.mark.parametrize(
    ("nsn", "fault"),
    [
        ("312345678", "the local exchange after 03 begins with 1; exchanges begin with 2-9"),
        ("5001234567", "the digit after 050 is 0"),
        ("7001234567", "the digit after 070 is 0"),
        ("9001234567", "the digit after 090 is 0"),
        ("901234567", "090 numbers have 11 digits, not 10"),
        ("90123456789", "090 numbers have 11 digits, not 12"),
        ("801234567", "080 numbers have 11 digits, not 10"),
        ("601234567", "060 numbers have 11 digits, not 10"),
        ("501234567", "050 numbers have 11 digits, not 10"),
        ("201234567", "020 numbers have 11 digits, not 10"),
        ("2001234567", "0200 numbers have 14 digits, not 11"),
        ("4229900000", "a fixed-line number has 10 digits, not 11"),
        ("1201234567", "a fixed-line number has 10 digits, not 11"),
        ("42299000", "a domestic number has 10 or 11 digits, not 9"),
        ("42299000000", "a domestic number has 10 or 11 digits, not 12"),
        ("", "a domestic number has 10 or 11 digits, not 1"),
    ],
)
def test_what_is_impossible_is_named(nsn: str, fault: str) -> None:
    assert domestic(nsn) == (None, fault)


def test_only_police_coast_guard_and_fire_call_back_from_a_short_code() -> None:
    assert {110, 118, 119} == EMERGENCY


@pytest.mark.parametrize("kind", by_kind)
def test_each_kind_but_the_emergency_services_has_numbers(kind: Kind) -> None:
    assert set(by_kind) == set(Kind) - {Kind.EMERGENCY}

    @given(nsn=by_kind[kind])
    def every_number_is_of_its_kind(nsn: str) -> None:
        assert domestic(nsn) == (kind, None)

    every_number_is_of_its_kind()


@given(nsn=st.text("0123456789", max_size=20))
def test_any_digits_are_either_of_a_kind_or_at_fault(nsn: str) -> None:
    kind, fault = domestic(nsn)
    assert (kind is None) != (fault is None)


@given(length=st.integers(0, 20).filter(lambda n: n not in {9, 10, 13}), data=st.data())
def test_no_number_of_another_length_is_possible(length: int, data: st.DataObject) -> None:
    assert domestic(data.draw(digits(length)))[0] is None


@given(kind_and_number=possible, more=digits(1))
def test_a_possible_number_with_a_digit_lost_or_added_is_not_of_its_kind(
    kind_and_number: tuple[Kind, str], more: str
) -> None:
    kind, nsn = kind_and_number
    assert domestic(nsn[:-1])[0] is not kind
    assert domestic(nsn + more)[0] is not kind
