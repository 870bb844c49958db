"""Numbers as people type them."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.numbers import Kind, NumberError, format_number, parse_range, parse_typed
from callguard.numbers.typed import MAX_RANGE, as_listed, parse_listed, parse_shown

from .domestic import notations, possible
from .test_caller_id import strangers_text


def refusal(text: str) -> str:
    """What is said of a number typed wrongly."""
    with pytest.raises(NumberError) as caught:
        parse_typed(text)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


@pytest.mark.parametrize(
    ("text", "number", "kind"),
    [
        ("0422-99-0000", 81422990000, Kind.FIXED),
        ("  0422 99 0000\n", 81422990000, Kind.FIXED),
        ("０４２２（９９）００００", 81422990000, Kind.FIXED),
        ("+81 422 99 0000", 81422990000, Kind.FIXED),
        ("+81 (0)422-99-0000", 81422990000, Kind.FIXED),
        ("090-1234-5678", 819012345678, Kind.MOBILE),
        ("0120-123-456", 81120123456, Kind.TOLL_FREE),
        ("+1 202-555-0123", 12025550123, None),
        ("(+1) 202-555-0123", 12025550123, None),
        ("＋１ ２０２ ５５５ ０１２３", 12025550123, None),
        ("010-44-20-7123-4567", 442071234567, None),
        ("0033-010-44-20-7123-4567", 442071234567, None),
        ("110", 110, Kind.EMERGENCY),
        ("１１９", 119, Kind.EMERGENCY),
    ],
)
def test_a_number_is_read_as_people_write_it(text: str, number: int, kind: Kind | None) -> None:
    typed = parse_typed(text)
    assert (typed.number, typed.kind) == (number, kind)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is not a telephone number: no number"),
        ("abc", "'abc' is not a telephone number: it is not made of digits"),
        (
            "03-1234-5678",
            "'03-1234-5678' is not a telephone number: the local exchange after 03 begins with 1;"
            " exchanges begin with 2-9",
        ),
        (
            "090-1234-567",
            "'090-1234-567' is not a telephone number: 090 numbers have 11 digits, not 10",
        ),
        (
            "9012345678",
            "'9012345678' is not a telephone number; if it is a Japanese number, write the leading"
            " 0: 09012345678",
        ),
        (
            "９０１２３４５６７８",
            "'９０１２３４５６７８' is not a telephone number; if it is a Japanese number,"
            " write the leading 0: 09012345678",
        ),
        (
            "422990000",
            "'422990000' is not a telephone number: no country has a code that begins with 422"
            " (ITU-T E.164); if it is a Japanese number, write the leading 0: 0422990000",
        ),
        (
            "1-202-555-0123",
            "'1-202-555-0123' is not a telephone number; write a number abroad with +:"
            " +12025550123",
        ),
        (
            "１２０２５５５０１２３",
            "'１２０２５５５０１２３' is not a telephone number; write a number abroad with +:"
            " +12025550123",
        ),
        (
            "+295 257 0110",
            "'+295 257 0110' is not a telephone number: no country has a code that begins with 295"
            " (ITU-T E.164)",
        ),
        (
            "+1 202 555 01",
            "'+1 202 555 01' is not a telephone number: no number of that country has this length",
        ),
        (
            "81422990000",
            "'81422990000' is not a telephone number: Japan's country code without a + before it",
        ),
        (
            "186 0422 99 0000",
            "'186 0422 99 0000' is not a telephone number: 186 is dialled before a number and never"
            " part of a caller ID",
        ),
        (
            "#9110",
            "'#9110' is not a telephone number: a # code is dialled from a handset and never calls",
        ),
        ("104", "'104' is not a telephone number: 104 is a service code and never calls"),
        (
            "anonymous",
            "'anonymous' is not a telephone number: it is not made of digits",
        ),
    ],
)
def test_a_number_typed_wrongly_is_told_what_is_wrong(text: str, message: str) -> None:
    assert refusal(text) == message


def test_a_long_text_is_shortened_in_the_message() -> None:
    assert len(refusal("x" * 10_000)) < 120


@given(text=strangers_text)
def test_any_text_is_a_number_or_told_why_not(text: str) -> None:
    try:
        number = parse_typed(text).number
    except NumberError:
        assert "is not a telephone number" in refusal(text)
    else:
        assert number > 0


@given(kind_and_number=possible)
def test_a_domestic_number_written_by_callguard_can_be_typed_again(
    kind_and_number: tuple[Kind, str],
) -> None:
    kind, nsn = kind_and_number
    typed = parse_typed("0" + nsn)
    assert (typed.number, typed.kind) == (int("81" + nsn), kind)
    assert parse_typed(str(typed)) == typed
    for notation in notations(nsn):
        assert parse_typed(notation) == typed


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS - {"JP"}))
def test_a_number_abroad_written_by_callguard_can_be_typed_again(region: str) -> None:
    example = phonenumbers.example_number(region)
    assert example is not None
    number = int(phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)[1:])
    assert parse_typed(format_number(number)).number == number


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (81422990000, "0422-99-0000"),
        (81332000000, "03-3200-0000"),
        (819012345678, "090-1234-5678"),
        (81312345678, "03-1234-5678"),
        (812001234567890, "02001234567890"),
        (12025550123, "+1 202-555-0123"),
        (442071234567, "+44 20 7123 4567"),
        (2952570110, "+2952570110"),
        (110, "110"),
    ],
)
def test_a_number_is_written_as_people_in_japan_do(number: int, text: str) -> None:
    assert format_number(number) == text


def test_one_number_is_a_range_of_one() -> None:
    assert parse_range("0422-99-0000") == range(81422990000, 81422990001)


def test_both_ends_of_a_range_belong_to_it() -> None:
    assert parse_range("050-9999-0000..050-9999-0099") == range(815099990000, 815099990100)
    assert parse_range("+1 202-555-0100 .. +1 202-555-0109") == range(12025550100, 12025550110)


def test_a_range_may_hold_a_forwarders_whole_block() -> None:
    assert len(parse_range("050-9999-0000..050-9999-9999")) == MAX_RANGE


@pytest.mark.parametrize(
    "text", ["050-9999-0000〜050-9999-0099", "050-9999-0000～０５０-9999-0099"]
)
def test_a_range_may_be_written_with_a_japanese_tilde(text: str) -> None:
    assert parse_range(text) == range(815099990000, 815099990100)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("110", 81110),
        (" １１８ ", 81118),
        ("119", 81119),
        ("#9110", 819110),
        ("＃９１１０", 819110),
    ],
)
def test_a_list_holds_a_short_code_behind_the_country_code(text: str, number: int) -> None:
    assert parse_range(text) == range(number, number + 1)
    assert parse_range(format_number(number)) == range(number, number + 1)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+295 257 0110", 2952570110),  # no country has 295
        ("＋2952570110", 2952570110),
        ("+81 3-1234-5678", 81312345678),  # no exchange begins with 1
        ("+1 202-555", 1202555),  # too short for its country
        ("0422-99-0000", 81422990000),
        ("110", 81110),
    ],
)
def test_a_number_that_a_call_showed_may_be_impossible(text: str, number: int) -> None:
    assert parse_shown(text) == number
    assert parse_range(text, parse_shown) == range(number, number + 1)


@pytest.mark.parametrize(
    "text", ["2952570110", "03-1234-5678", "+0422990000", "+1234567890123456", "+", "+x", ""]
)
def test_without_plus_or_beyond_e164_it_is_none(text: str) -> None:
    with pytest.raises(NumberError):
        parse_shown(text)


@pytest.mark.parametrize("text", ["110", "118", "119", "0422-99-0000", "+1 202-555-0123"])
def test_a_callers_number_is_listed_as_if_it_was_typed(text: str) -> None:
    assert as_listed(parse_typed(text).number) == parse_listed(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("050-9999-0000..050-9999-", "'050-9999-' is not a telephone number"),
        ("050-9999-0000..", "'' is not a telephone number"),
        ("..050-9999-0000", "'' is not a telephone number"),
        ("050-9999-0099..050-9999-0000", "the range ends before it begins"),
        ("0422-99-0000..050-9999-0000", "the same number of digits"),
        ("050-9999-0000..050-9999-9999..1", "is not a telephone number"),
        ("050-9999-0000..050-9998-9999", "the range ends before it begins"),
        ("050-9999-0000..050-9910-0000", "the range ends before it begins"),
        ("050-9998-0000..050-9999-0000", "a range holds at most 10,000 numbers, not 10,001"),
    ],
)
def test_a_range_typed_wrongly_is_told_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(NumberError) as caught:
        parse_range(text)
    assert message in str(caught.value)


@given(
    first=st.integers(815010000000, 815099980000),
    size=st.integers(1, MAX_RANGE),
)
def test_a_range_written_by_callguard_can_be_typed_again(first: int, size: int) -> None:
    last = first + size - 1
    assert parse_range(f"{format_number(first)}..{format_number(last)}") == range(first, last + 1)
