"""SIP headers and channel variables, read part by part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.numbers import Origin
from callguard.numbers.caller_id import (
    NameAddress,
    asks_privacy,
    bare_number,
    bare_user,
    is_unavailable_presentation,
    is_withheld_presentation,
    parse_name_address,
    reason_without_number,
)

ANONYMOUS = "sip:anonymous@anonymous.invalid"

strangers_text = st.text(max_size=80) | st.binary(max_size=80).map(
    lambda sent: sent.decode("utf-8", "surrogateescape")
)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            f'"Anonymous" <{ANONYMOUS}>;tag=1',
            NameAddress("Anonymous", "anonymous", "anonymous.invalid"),
        ),
        (f"<{ANONYMOUS}>", NameAddress("", "anonymous", "anonymous.invalid")),
        (ANONYMOUS, NameAddress("", "anonymous", "anonymous.invalid")),
        (
            f"Anonymous <{ANONYMOUS}>",
            NameAddress("Anonymous", "anonymous", "anonymous.invalid"),
        ),
        (
            f'"Coin line/payphone"<{ANONYMOUS}>',
            NameAddress("Coin line/payphone", "anonymous", "anonymous.invalid"),
        ),
        ("<sip:0422990000@trunk.invalid>", NameAddress("", "0422990000", "trunk.invalid")),
        ("<sips:0422990000@trunk.invalid>", NameAddress("", "0422990000", "trunk.invalid")),
        ("<SIP:0422990000@TRUNK.invalid>", NameAddress("", "0422990000", "trunk.invalid")),
        ("<sip:0422990000@trunk.invalid:5060>", NameAddress("", "0422990000", "trunk.invalid")),
        (
            "<sip:0422990000@trunk.invalid;user=phone>",
            NameAddress("", "0422990000", "trunk.invalid"),
        ),
        (
            "<sip:0422990000;isub=12@trunk.invalid>",
            NameAddress("", "0422990000", "trunk.invalid"),
        ),
        ("<tel:+12025550123>", NameAddress("", "+12025550123", "")),
        ("tel:0422990000;phone-context=+81", NameAddress("", "0422990000", "")),
        (
            "<sip:+81422990000;verstat=TN-Validation-Failed@trunk.invalid>",
            NameAddress("", "+81422990000", "trunk.invalid", "TN-Validation-Failed"),
        ),
        (
            "<tel:+81422990000;verstat=TN-Validation-Passed>",
            NameAddress("", "+81422990000", "", "TN-Validation-Passed"),
        ),
        ("<sip:%2B12025550123@trunk.invalid>", NameAddress("", "+12025550123", "trunk.invalid")),
        (
            '"a \\" quote" <sip:0422990000@trunk.invalid>',
            NameAddress('a \\" quote', "0422990000", "trunk.invalid"),
        ),
        ("<sip:trunk.invalid>", NameAddress("", "", "trunk.invalid")),
        ("0422990000", NameAddress()),
        ("", NameAddress()),
    ],
)
def test_a_name_addr_is_read_into_its_parts(header: str, expected: NameAddress) -> None:
    assert parse_name_address(header) == expected


def test_a_uri_in_a_quoted_display_name_is_only_text() -> None:
    header = f'"Coin line/payphone <{ANONYMOUS}>" <sip:+12025550123@trunk.invalid>'
    assert parse_name_address(header) == NameAddress(
        f"Coin line/payphone <{ANONYMOUS}>", "+12025550123", "trunk.invalid"
    )


def test_a_quoted_display_name_without_a_uri_is_nobody() -> None:
    assert parse_name_address(f'"{ANONYMOUS}"') == NameAddress()


def test_a_64_kib_header_is_read() -> None:
    long = "a" * 65_536
    assert parse_name_address(f'"{long}" <sip:0422990000@{long}>').user == "0422990000"
    assert parse_name_address('"' + "\\" * 65_536).user == ""
    assert parse_name_address("sip:" * 16_384).host.startswith("sip")


@pytest.mark.parametrize(
    ("user", "number"),
    [
        ("0422990000", "0422990000"),
        ("0422990000;isub=12;x", "0422990000"),
        ("%2b81422990000", "+81422990000"),
        ("%239110", "#9110"),
        ("%EF%BC%90", "０"),
        ("%FF", "\ufffd"),
        ("%zz", "%zz"),
    ],
)
def test_a_user_part_gives_its_number(user: str, number: str) -> None:
    assert bare_user(user) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0422-99-0000", "0422-99-0000"),
        ("tel:+12025550123", "+12025550123"),
        ("TEL:+12025550123", "+12025550123"),
        ("sip:0422990000@trunk.invalid", "0422990000"),
        ('"home" <sip:0422990000@trunk.invalid>', "0422990000"),
        ("+12025550123;verstat=No-TN-Validation", "+12025550123"),
        ("%2B12025550123", "+12025550123"),
        ("anonymous", "anonymous"),
        ("fax:0422990000", ""),
    ],
)
def test_a_number_is_found_in_a_bare_number_a_uri_and_a_name_addr(text: str, number: str) -> None:
    assert bare_number(text) == number


@pytest.mark.parametrize(
    "presentation",
    ["prohib", "prohib_not_screened", "prohib_passed_screen", "32", "33", "34", "35"],
)
def test_a_prohibited_presentation_withholds(presentation: str) -> None:
    assert is_withheld_presentation(presentation)
    assert not is_unavailable_presentation(presentation)


@pytest.mark.parametrize("presentation", ["unavailable", "64", "65", "66", "67"])
def test_an_unavailable_presentation_has_no_number(presentation: str) -> None:
    assert is_unavailable_presentation(presentation)
    assert not is_withheld_presentation(presentation)


@pytest.mark.parametrize(
    "presentation", ["", "allowed", "allowed_not_screened", "0", "1", "2", "3", "31", "36", "63"]
)
def test_any_other_presentation_shows_the_number(presentation: str) -> None:
    assert not is_withheld_presentation(presentation)
    assert not is_unavailable_presentation(presentation)


@pytest.mark.parametrize("privacy", ["id", "ID", "user", "header", "id;critical", "none, id"])
def test_privacy_hides_the_caller(privacy: str) -> None:
    assert asks_privacy(privacy)


@pytest.mark.parametrize("privacy", ["", "none", "critical", "session", "identity", "none;session"])
def test_privacy_of_other_things_does_not_hide_the_caller(privacy: str) -> None:
    assert not asks_privacy(privacy)


@pytest.mark.parametrize(
    ("display", "origin"),
    [
        ("Anonymous", Origin.WITHHELD),
        ("Coin line/payphone", Origin.PAYPHONE),
        ("coin line/PAYPHONE", Origin.PAYPHONE),
        (' "Coin line/payphone" ', Origin.PAYPHONE),
        (r"Coin line\/payphone", Origin.PAYPHONE),
        ("Coin  line / payphone", Origin.PAYPHONE),
        ("Coin%20line", Origin.WITHHELD),
        ("Unavailable", Origin.UNAVAILABLE),
        ("Interaction with other service", Origin.UNAVAILABLE),
        ("", Origin.WITHHELD),
        ("Coin line", Origin.WITHHELD),
        ("police", Origin.WITHHELD),
    ],
)
def test_the_display_name_tells_why_there_is_no_number(display: str, origin: Origin) -> None:
    assert reason_without_number(display) is origin


@given(header=strangers_text)
def test_any_text_can_be_read(header: str) -> None:
    parse_name_address(header)
    bare_number(header)
    bare_user(header)
    asks_privacy(header)
    reason_without_number(header)


@given(display=st.text(st.characters(exclude_characters='"\\', exclude_categories=["Cs"])))
def test_no_display_name_changes_who_calls(display: str) -> None:
    read = parse_name_address(f'"{display}" <sip:+12025550123@trunk.invalid>')
    assert (read.display, read.user, read.host) == (display, "+12025550123", "trunk.invalid")
