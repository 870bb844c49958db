"""What a subscriber dials: help, service codes, and numbers that cost or lead abroad."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.numbers.dialled import Destination, Dialled, read_dialled


@pytest.mark.parametrize("digits", ["110", "118", "119", "184110", "186119", "119#", "184186110"])
def test_an_emergency_number_is_one_with_and_without_a_prefix(digits: str) -> None:
    assert read_dialled(digits) == Dialled(Destination.EMERGENCY)


@pytest.mark.parametrize("digits", ["#9110", "#7119", "#8000", "188", "189", "104", "117", "171"])
def test_a_service_code(digits: str) -> None:
    assert read_dialled(digits) == Dialled(Destination.CODE)


@pytest.mark.parametrize(
    ("digits", "number"),
    [
        ("0422990001", 81422990001),
        ("1840422990001", 81422990001),
        ("1860422990001", 81422990001),
        ("00330422990001", 81422990001),
        ("05099990001", 815099990001),
        ("0120990001", 81120990001),
        ("0422990001#", 81422990001),
        ("+81422990001", 81422990001),
    ],
)
def test_a_domestic_number_behind_whatever_prefix(digits: str, number: int) -> None:
    assert read_dialled(digits) == Dialled(Destination.DOMESTIC, number)


@pytest.mark.parametrize(
    "digits",
    [
        "01012025550123",
        "+12025550123",
        "003301012025550123",
        "18401012025550123",
        "00442079460123",
        "0102952570110",
        "001010442079460123",
        "01012025550123#",
        "122003301012025550123",
        "186122003301012025550123",
    ],
)
def test_an_overseas_number_in_every_form(digits: str) -> None:
    assert read_dialled(digits).destination is Destination.OVERSEAS


@pytest.mark.parametrize(
    "prefix",
    ["010", "001010", "0033010", "0061010", "0041010", "005345010", "00220010", "009130010"],
)
def test_the_number_abroad_is_the_same_by_whichever_carrier(prefix: str) -> None:
    # Carriers' prefixes have three to six digits.
    dialled = read_dialled(f"{prefix}442079460123")
    assert dialled == Dialled(Destination.OVERSEAS, 442079460123)


@pytest.mark.parametrize(
    "digits",
    [
        "0990123456",
        "0570012345",
        "0180991234",
        "1840990123456",
        "+81990123456",
        "0990123456#",
        "12200330990123456",
    ],
)
def test_a_number_that_costs_extra(digits: str) -> None:
    assert read_dialled(digits).destination is Destination.PREMIUM


@pytest.mark.parametrize("digits", ["", "1", "*21", "#", "0312345678", "9" * 40, "12#34"])
def test_anything_else_is_left_to_the_network(digits: str) -> None:
    assert read_dialled(digits).destination is Destination.OTHER


@given(st.text(alphabet="0123456789*#+", max_size=40))
def test_whatever_is_dialled_is_read(digits: str) -> None:
    read_dialled(digits)
