"""A number is read as people write it, and what speaks against it is found."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.numbers import classify_number
from callguard.portal.numbers.doubts import Doubt, Mistake, NoNumber, doubts, read_number

NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)


def nothing_listed(number: int, now: datetime) -> bool:
    return False


def found(number: int) -> tuple[Doubt, ...]:
    return doubts(number, listed=nothing_listed, now=NOW)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0422-99-0123", 81422990123),
        (" ０４２２（９９）０１２３ ", 81422990123),
        ("+81 422 99 0123", 81422990123),
        ("050-9999-0001", 815099990001),
        ("+1 202-555-0123", 12025550123),
        ("010 1 202 555 0123", 12025550123),
        ("110", 110),
    ],
)
def test_a_number_is_read_as_people_write_it(text: str, number: int) -> None:
    assert read_number(text) == number


def test_a_number_that_cannot_exist_is_read_and_doubted() -> None:
    number = read_number("03-1234-5678")
    assert found(number) == (Doubt.IMPOSSIBLE,)


def test_an_overseas_number_is_doubted() -> None:
    assert found(read_number("+1 202-555-0123")) == (Doubt.OVERSEAS,)


def test_a_false_country_is_impossible_and_overseas() -> None:
    assert found(read_number("+2952570110")) == (Doubt.IMPOSSIBLE, Doubt.OVERSEAS)


def test_an_ordinary_number_is_not_doubted() -> None:
    assert found(read_number("0422-99-0123")) == ()


def test_a_number_on_a_police_list_is_doubted_first() -> None:
    number = read_number("+1 202-555-0123")
    against = doubts(number, listed=lambda sought, now: sought == number, now=NOW)
    assert against == (Doubt.LISTED, Doubt.OVERSEAS)


def test_an_emergency_number_is_never_doubted() -> None:
    assert doubts(110, listed=lambda number, now: True, now=NOW) == ()


def test_how_a_call_arrived_tells_more_than_its_digits() -> None:
    caller = classify_number("12025550123")
    assert doubts(12025550123, listed=nothing_listed, now=NOW, caller=caller) == (Doubt.OVERSEAS,)


@pytest.mark.parametrize(
    ("text", "mistake", "meant"),
    [
        ("", Mistake.MISSING, ""),
        ("　", Mistake.MISSING, ""),
        ("病院", Mistake.NOT_A_NUMBER, ""),
        ("0422-99-0123 自宅", Mistake.NOT_A_NUMBER, ""),
        ("422-99-0123", Mistake.NO_ZERO, "0422-99-0123"),
        ("９０−９９９９−０００１", Mistake.NO_ZERO, "090-9999-0001"),
        ("12025550123", Mistake.NO_PLUS, "+1 202-555-0123"),
        ("999", Mistake.NOT_A_NUMBER, ""),
        ("#9110", Mistake.NOT_A_NUMBER, ""),
    ],
)
def test_what_is_no_number_says_how_it_is_perhaps_meant(
    text: str, mistake: Mistake, meant: str
) -> None:
    with pytest.raises(NoNumber) as raised:
        read_number(text)
    assert (raised.value.mistake, raised.value.meant) == (mistake, meant)


@given(st.text(max_size=40) | st.text("0123456789+-()（）＋０１２ー", max_size=24))
def test_any_text_is_a_number_or_a_mistake(text: str) -> None:
    try:
        number = read_number(text)
    except NoNumber:
        return
    assert 0 < number < 10**16
    doubts(number, listed=nothing_listed, now=NOW)
