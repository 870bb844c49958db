"""Country calling codes: the table, and the country behind a number."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.numbers.calling_codes import ASSIGNED, SHARED, calling_code, region

from .domestic import digits


def test_the_assigned_codes_are_those_of_phonenumbers() -> None:
    assert {str(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE} == ASSIGNED


def test_the_shared_codes_are_those_of_phonenumbers() -> None:
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    assert {code for code, countries in regions.items() if len(countries) > 1} == SHARED


def test_no_code_is_the_beginning_of_another() -> None:
    for code in ASSIGNED:
        assert not any(code != other and other.startswith(code) for other in ASSIGNED)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("12025550123", 1),
        ("442071234567", 44),
        ("2908123", 290),
        ("80012345678", 800),
        ("81422990000", 81),
        ("2952570110", None),
        ("8014190110", None),
        ("9912570110", None),
        ("4222570110", None),
        ("8042570110", None),
        ("0312345678", None),
        ("", None),
    ],
)
def test_the_code_that_a_number_begins_with(number: str, code: int | None) -> None:
    assert calling_code(number) == code


@given(code=st.sampled_from(sorted(ASSIGNED)), rest=digits(8))
def test_every_assigned_code_is_recognised_before_any_number(code: str, rest: str) -> None:
    assert calling_code(code + rest) == int(code)


@pytest.mark.parametrize(
    ("number", "code", "country"),
    [
        (12025550123, 1, "US"),
        (14165550123, 1, "CA"),
        (442071234567, 44, "GB"),
        (79161234567, 7, "RU"),
        (77011234567, 7, "KZ"),
        (61312345678, 61, "AU"),
        (6561234567, 65, "SG"),
    ],
)
def test_the_country_of_a_number(number: int, code: int, country: str) -> None:
    assert region(number, code) == country


@pytest.mark.parametrize(("number", "code"), [(80012345678, 800), (881612345678, 881)])
def test_a_global_service_belongs_to_no_country(number: int, code: int) -> None:
    assert region(number, code) is None


@pytest.mark.parametrize("number", [1442071234567, 101065612345678, 12025, 1])
def test_a_number_too_long_or_short_for_a_shared_code_belongs_to_no_country(number: int) -> None:
    # 001 44 20 7123 4567 with an old carrier prefix would otherwise count as a call from the US.
    assert region(number, 1) is None


def test_a_number_too_new_for_the_tables_belongs_to_the_main_country() -> None:
    assert region(10000000000, 1) == "US"
