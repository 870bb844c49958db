"""Every caller ID shape of the field, from the raw strings to the classified caller."""

from pprint import pformat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.numbers import Caller, CallerID, Disclosed, Kind, Origin, classify, classify_number
from callguard.numbers.calling_codes import ASSIGNED

from . import domestic
from .test_caller_id import ANONYMOUS, strangers_text

ALLOWED = "allowed_not_screened"
PROHIBITED = "prohib_not_screened"
WITHOUT_NUMBER = (Origin.WITHHELD, Origin.PAYPHONE, Origin.UNAVAILABLE)


def anonymous(display: str = "", *, number: str = "anonymous", pai: str = "") -> CallerID:
    """A withheld call as Asterisk 22 hands it over: the display name tells why."""
    shown = f'"{display}" <{ANONYMOUS}>' if display else f"<{ANONYMOUS}>"
    return CallerID(
        number=number,
        presentation=PROHIBITED if pai else ALLOWED,
        from_header=f"{shown};tag=1",
        asserted=(pai,) if pai else (),
        privacy="id",
    )


# Withheld: four reasons of Number Display, not one.


def test_a_withheld_call_is_withheld() -> None:
    assert classify(anonymous("Anonymous")) == Caller(Origin.WITHHELD)


def test_a_withheld_call_from_a_payphone_is_payphone() -> None:
    assert classify(anonymous("Coin line/payphone")) == Caller(Origin.PAYPHONE)


def test_a_call_whose_number_no_network_has_is_unavailable() -> None:
    assert classify(anonymous("Unavailable")) == Caller(Origin.UNAVAILABLE)


def test_a_clash_with_another_service_is_unavailable() -> None:
    assert classify(anonymous("Interaction with other service")) == Caller(Origin.UNAVAILABLE)


def test_bare_anonymous_invalid_without_a_display_name_is_withheld() -> None:
    assert classify(anonymous()) == Caller(Origin.WITHHELD)


def test_an_unknown_display_name_is_withheld() -> None:
    assert classify(anonymous("Tokyo police")).origin is Origin.WITHHELD


def test_anonymous_invalid_alone_withholds() -> None:
    caller_id = CallerID(presentation=ALLOWED, number="0422990000", from_header=f"<{ANONYMOUS}>")
    assert classify(caller_id).origin is Origin.WITHHELD


def test_the_number_anonymous_alone_withholds() -> None:
    assert classify(CallerID(number="anonymous", presentation=ALLOWED)).origin is Origin.WITHHELD
    assert classify(CallerID(number="Anonymous")).origin is Origin.WITHHELD
    assert classify(CallerID(number="%61nonymous")).origin is Origin.WITHHELD


@pytest.mark.parametrize("number", ["Restricted", "private"])
def test_what_gateways_write_for_a_withheld_number_withholds(number: str) -> None:
    assert classify(CallerID(number=number, presentation=ALLOWED)) == Caller(Origin.WITHHELD)


@pytest.mark.parametrize("presentation", [PROHIBITED, "prohib_passed_screen", "32", "35"])
def test_the_presentation_alone_withholds(presentation: str) -> None:
    caller_id = CallerID(number="0422990000", presentation=presentation)
    assert classify(caller_id) == Caller(Origin.WITHHELD, disclosed=Disclosed(81422990000))


@pytest.mark.parametrize("privacy", ["id", "user;id", "header"])
def test_privacy_alone_withholds(privacy: str) -> None:
    caller_id = CallerID(number="0422990000", presentation=ALLOWED, privacy=privacy)
    assert classify(caller_id).origin is Origin.WITHHELD


def test_privacy_none_withholds_nothing() -> None:
    caller_id = CallerID(number="0422990000", presentation=ALLOWED, privacy="none")
    assert classify(caller_id).origin is Origin.DOMESTIC


@pytest.mark.parametrize("number", ["", "unknown", "unavailable", "UNKNOWN"])
def test_no_number_at_all_is_unavailable(number: str) -> None:
    assert classify(CallerID(number=number, presentation=ALLOWED)) == Caller(Origin.UNAVAILABLE)


def test_a_payphone_without_a_number_is_one_whatever_stands_for_the_number() -> None:
    for number in ("", "unknown", "unavailable"):
        sender = f'"Coin line/payphone" <sip:{number or "gateway"}@gateway.invalid>'
        caller_id = CallerID(number=number, presentation=ALLOWED, from_header=sender)
        assert classify(caller_id) == Caller(Origin.PAYPHONE)


@pytest.mark.parametrize("presentation", ["unavailable", "64", "67"])
def test_an_unavailable_presentation_is_unavailable(presentation: str) -> None:
    caller_id = CallerID(number="0422990000", presentation=presentation)
    assert classify(caller_id).origin is Origin.UNAVAILABLE


def test_a_display_name_that_begins_with_anonymous_withholds_nothing() -> None:
    caller_id = CallerID(
        number="0422990000",
        presentation=ALLOWED,
        from_header='"Anonymous Foods" <sip:0422990000@trunk.invalid>',
    )
    assert classify(caller_id) == Caller(Origin.DOMESTIC, 81422990000, Kind.FIXED)


def test_an_overseas_caller_cannot_call_himself_a_payphone() -> None:
    caller_id = CallerID(
        number="+12025550123",
        presentation=ALLOWED,
        from_header=f'"Coin line/payphone <{ANONYMOUS}>" <sip:+12025550123@trunk.invalid>',
    )
    assert classify(caller_id).origin is Origin.OVERSEAS


def test_an_overseas_caller_cannot_by_a_display_name_that_is_longer_than_what_is_read() -> None:
    sender = f'"Coin line/payphone <{ANONYMOUS}>{"x" * 600}" <sip:+12025550123@trunk.invalid>'
    caller_id = CallerID(number="+12025550123", presentation=ALLOWED, from_header=sender[:512])
    assert classify(caller_id).origin is Origin.OVERSEAS


def test_the_display_name_payphone_beside_a_number_is_only_a_name() -> None:
    caller_id = CallerID(
        number="0422990000",
        presentation=ALLOWED,
        from_header='"Coin line/payphone" <sip:0422990000@trunk.invalid>',
    )
    assert classify(caller_id).origin is Origin.DOMESTIC


# A number withheld by the caller and disclosed by the network.


@pytest.mark.parametrize(
    "pai",
    [
        "<sip:0422990003@trunk.invalid>",
        "<sip:+81422990003@trunk.invalid;user=phone>",
        "<tel:+81422990003>",
        '"doctor" <sip:+81422990003;verstat=TN-Validation-Passed@trunk.invalid>',
    ],
)
def test_a_disclosed_number_is_set_apart(pai: str) -> None:
    caller = classify(anonymous("Anonymous", number="0422990003", pai=pai))
    assert caller == Caller(Origin.WITHHELD, disclosed=Disclosed(81422990003))


def test_a_disclosed_number_is_found_in_the_header_alone() -> None:
    caller = classify(anonymous(number="anonymous", pai="<tel:+12025550123>"))
    assert caller.disclosed == Disclosed(12025550123)


def test_a_payphones_disclosed_number_keeps_it_a_payphone() -> None:
    caller = classify(anonymous("Coin line/payphone", pai="<sip:0422990004@trunk.invalid>"))
    assert caller == Caller(Origin.PAYPHONE, disclosed=Disclosed(81422990004))


def test_the_second_asserted_identity_is_read_where_the_first_holds_no_number() -> None:
    caller_id = CallerID(
        number="anonymous",
        asserted=("<sip:gateway@trunk.invalid>", "<tel:+81422990003>"),
    )
    assert classify(caller_id).disclosed == Disclosed(81422990003)


def test_a_disclosed_number_that_can_exist_wins_over_one_that_cannot() -> None:
    caller_id = CallerID(
        presentation="prohib",
        asserted=("<sip:+810000000000@trunk>", "<sip:+81422990003@trunk>"),
    )
    assert classify(caller_id).disclosed == Disclosed(81422990003)


def test_a_disclosed_number_that_cannot_exist_is_better_than_none() -> None:
    caller_id = CallerID(presentation="prohib", asserted=("<sip:+810422990003@trunk>", "<sip:x@y>"))
    assert classify(caller_id).disclosed is not None


def test_nothing_is_disclosed_by_an_anonymous_assertion() -> None:
    assert classify(anonymous(pai=f"<{ANONYMOUS}>")).disclosed is None


def test_a_disclosed_number_has_no_text_form() -> None:
    caller = classify(anonymous("Anonymous", pai="<sip:0422990003@trunk.invalid>"))
    assert caller.disclosed is not None
    for text in (
        repr(caller),
        str(caller),
        f"{caller}",
        pformat(caller),
        repr(caller.disclosed),
        str(caller.disclosed),
        f"{caller.disclosed}",
        "%s" % caller.disclosed,  # noqa: UP031 - the old way of logging calls str as well
    ):
        assert "422990003" not in text


# Numbers from abroad, in every form in which they reach a Japanese line.


@pytest.mark.parametrize(
    ("number", "digits", "code"),
    [
        ("+12025550123", 12025550123, 1),
        ("+442071234567", 442071234567, 44),
        ("010442071234567", 442071234567, 44),
        ("01012025550123", 12025550123, 1),
        ("00442071234567", 442071234567, 44),
        ("0012025550123", 12025550123, 1),
        ("0061312345678", 61312345678, 61),
        ("0033142685300", 33142685300, 33),
        ("0033010442071234567", 442071234567, 44),
        ("001010442071234567", 442071234567, 44),
        ("005345010442071234567", 442071234567, 44),
        ("0061010442071234567", 442071234567, 44),
        ("0022101012025550123", 12025550123, 1),
        ("009130010442071234567", 442071234567, 44),
        ("+80012345678", 80012345678, 800),
        ("12025550123", 12025550123, 1),
        ("18301234567", 18301234567, 1),
        ("442071234567", 442071234567, 44),
        ("+1 (202) 555-0123", 12025550123, 1),
        ("＋１２０２５５５０１２３", 12025550123, 1),
        ("+2908123", 2908123, 290),
    ],
)
def test_a_number_abroad_is_overseas(number: str, digits: int, code: int) -> None:
    assert classify_number(number) == Caller(Origin.OVERSEAS, digits, calling_code=code)


@pytest.mark.parametrize(
    "number",
    ["+2952570110", "+8014190110", "+9912570110", "+4222570110", "+8042570110", "2952570110"],
)
def test_a_fake_police_number_under_no_countrys_code_is_overseas(number: str) -> None:
    caller = classify_number(number)
    assert (caller.origin, caller.number, caller.calling_code) == (
        Origin.OVERSEAS,
        int(number.removeprefix("+")),
        None,
    )
    assert caller.fault is not None
    assert "no country" in caller.fault


def test_an_unassigned_code_is_overseas_however_it_was_dialled() -> None:
    for number in ("0102952570110", "002952570110", "00330102952570110"):
        assert classify_number(number).origin is Origin.OVERSEAS


def test_an_international_prefix_before_nonsense_is_still_overseas() -> None:
    for number in ("00", "000000000000", "001", "00" + "9" * 20):
        caller = classify_number(number)
        assert (caller.origin, caller.number) == (Origin.OVERSEAS, None)
        assert caller.fault


# Domestic numbers.


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("0422990000", Kind.FIXED),
        ("0332000000", Kind.FIXED),
        ("05012345678", Kind.IP),
        ("06012345678", Kind.MOBILE),
        ("07012345678", Kind.MOBILE),
        ("08012345678", Kind.MOBILE),
        ("09012345678", Kind.MOBILE),
        ("0120123456", Kind.TOLL_FREE),
        ("08001234567", Kind.TOLL_FREE),
        ("0170123456", Kind.SERVICE),
        ("0180123456", Kind.SERVICE),
        ("0570123456", Kind.SERVICE),
        ("0990123456", Kind.SERVICE),
        ("0910123456", Kind.SERVICE),
        ("06001234567", Kind.FMC),
        ("02012345678", Kind.M2M),
        ("02001234567890", Kind.M2M),
        ("02041234567", Kind.PAGER),
    ],
)
def test_a_number_of_the_plan_is_domestic(number: str, kind: Kind) -> None:
    expected = Caller(Origin.DOMESTIC, int("81" + number[1:]), kind)
    assert classify_number(number) == expected
    assert classify_number("+81" + number[1:]) == expected


@pytest.mark.parametrize("service", [110, 118, 119])
def test_an_emergency_service_calling_back_is_domestic(service: int) -> None:
    assert classify_number(str(service)) == Caller(Origin.DOMESTIC, service, Kind.EMERGENCY)


@pytest.mark.parametrize(
    "number",
    [
        "0422-99-0000",
        "０４２２－９９－００００",
        "０４２２（９９）００００",
        "(0422)99-0000",
        "0422.99.0000",
        "0422ー99ー0000",
        "+81422990000",
        "+81 422 99 0000",
        "+81 (0)422 99 0000",
        "+810422990000",
        "＋８１　４２２　９９　００００",
        "\u202d0422-99-0000\u202c",
        "0422\u00a099\u00a00000",
    ],
)
def test_every_notation_of_a_domestic_number_is_read(number: str) -> None:
    assert classify_number(number) == Caller(Origin.DOMESTIC, 81422990000, Kind.FIXED)


@pytest.mark.parametrize(
    "number",
    [
        "tel:+81422990000",
        "tel:0422-99-0000",
        "tel:0422990000;phone-context=+81",
        "sip:0422990000@trunk.invalid",
        "sip:+81422990000;verstat=TN-Validation-Passed@trunk.invalid",
        "<sip:0422990000@trunk.invalid>",
        '"home" <sip:0422990000@trunk.invalid;user=phone>',
        "0422990000;isub=1234",
        "%2B81422990000",
        "%2b81%20422%2d99%2d0000",
        "%EF%BC%90422990000",
    ],
)
def test_uris_parameters_and_percent_escapes_are_read(number: str) -> None:
    caller = classify(CallerID(number=number, presentation=ALLOWED))
    assert (caller.origin, caller.number) == (Origin.DOMESTIC, 81422990000)


def test_the_verification_status_is_read_from_the_asserted_identity() -> None:
    caller = classify(
        CallerID(
            number="+81422990000",
            presentation=ALLOWED,
            asserted=("<sip:+81422990000;verstat=TN-Validation-Failed@trunk.invalid>",),
        )
    )
    assert caller.verstat == "TN-Validation-Failed"


def test_the_verification_status_is_read_from_from() -> None:
    caller = classify(
        CallerID(
            number="0422990000",
            presentation=ALLOWED,
            from_header="<tel:0422990000;verstat=No-TN-Validation>",
            asserted=("<tel:0422990000>",),
        )
    )
    assert caller.verstat == "No-TN-Validation"


def test_a_verification_status_out_of_place_is_none() -> None:
    caller = classify(
        CallerID(
            number="0422990000",
            presentation=ALLOWED,
            from_header='"verstat=TN-Validation-Passed" <sip:0422990000@trunk.invalid>',
        )
    )
    assert caller.verstat is None


def test_a_caller_whom_the_network_knows_by_a_name_and_a_number_is_known_by_the_number() -> None:
    asserted = ("<sip:taro@carrier.invalid>", "<tel:+81422990000>")
    caller = classify(CallerID(number="taro", presentation=ALLOWED, asserted=asserted))
    assert caller == Caller(Origin.DOMESTIC, 81422990000, Kind.FIXED)
    abroad = ("<sip:taro@carrier.invalid>", "<tel:+12025550123>")
    caller = classify(CallerID(number="taro", presentation=ALLOWED, asserted=abroad))
    assert caller.origin is Origin.OVERSEAS


def test_a_name_is_no_number_whatever_a_second_name_says() -> None:
    asserted = ("<sip:taro@carrier.invalid>", "<sip:0422990000@carrier.invalid>")
    caller = classify(CallerID(number="taro", presentation=ALLOWED, asserted=asserted))
    assert caller.origin is Origin.MALFORMED


# Numbers that cannot exist.


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("03-1234-5678", "exchange"),
        ("+81312345678", "exchange"),
        ("+810312345678", "exchange"),
        ("+81 (0)3 1234 5678", "exchange"),
        ("011-123-4567", "exchange"),
        ("05001234567", "digit after 050"),
        ("07001234567", "digit after 070"),
        ("09001234567", "digit after 090"),
        ("0901234567", "11 digits"),
        ("090123456789", "11 digits"),
        ("0501234567", "11 digits"),
        ("0601234567", "11 digits"),
        ("0201234567", "11 digits"),
        ("0800123456", "11 digits"),
        ("02001234567", "14 digits"),
        ("04229900000", "10 digits"),
        ("042299000", "10 or 11 digits"),
        ("0", "10 or 11 digits"),
        ("0000000000", "no country code"),
    ],
)
def test_a_number_that_the_plan_makes_impossible_is_not_domestic(number: str, fault: str) -> None:
    caller = classify_number(number)
    assert caller.origin in {Origin.MALFORMED, Origin.OVERSEAS}
    assert caller.fault is not None
    assert fault in caller.fault


def test_an_impossible_domestic_number_keeps_its_digits_for_the_familys_allowlist() -> None:
    assert classify_number("03-1234-5678").number == 81312345678
    assert classify_number("05001234567").number == 815001234567


@pytest.mark.parametrize("number", ["+0312345678", "+0", "+00442071234567"])
def test_a_plus_before_a_0_is_malformed(number: str) -> None:
    assert classify_number(number).origin is Origin.MALFORMED


@pytest.mark.parametrize("number", ["81312345678", "81422990000", "819012345678"])
def test_japans_country_code_without_its_plus_is_not_domestic(number: str) -> None:
    assert classify_number(number).origin is Origin.MALFORMED


@pytest.mark.parametrize(
    "number", ["01081422990000", "0081422990000", "003301081422990000", "0033010810422990000"]
)
def test_japan_dialled_as_a_foreign_country_is_not_domestic(number: str) -> None:
    assert classify_number(number).origin is Origin.MALFORMED


@pytest.mark.parametrize("number", ["00330422990000", "00910209012345678", "002230422990000"])
def test_carrier_selection_before_a_domestic_number_is_malformed(number: str) -> None:
    caller = classify_number(number)
    assert caller.origin is Origin.MALFORMED
    assert caller.fault is not None
    assert "carrier" in caller.fault


@pytest.mark.parametrize("number", ["104", "117", "171", "177", "184", "186", "188", "189", "100"])
def test_a_service_code_never_calls(number: str) -> None:
    assert classify_number(number).origin is Origin.MALFORMED


@pytest.mark.parametrize("number", ["#9110", "#7119", "#8000", "＃９１１０"])
def test_a_handsets_code_never_calls(number: str) -> None:
    caller = classify_number(number)
    assert caller.origin is Origin.MALFORMED
    assert caller.fault is not None
    assert "handset" in caller.fault


@pytest.mark.parametrize("number", ["1840422990000", "18609012345678", "184-0422-99-0000"])
def test_a_dialled_184_or_186_in_the_caller_id_is_malformed(number: str) -> None:
    caller = classify_number(number)
    assert caller.origin is Origin.MALFORMED
    assert caller.fault is not None
    assert caller.fault.startswith(number[:3])


@pytest.mark.parametrize(
    "number", ["+81110", "+110", "0110", "1100", "9110", "+", "*", "police", "警察", "²³", "1e5"]
)
def test_what_is_no_number_is_malformed(number: str) -> None:
    caller = classify_number(number)
    assert (caller.origin, caller.number) == (Origin.MALFORMED, None)
    assert caller.fault


def test_one_byte_and_ten_thousand_are_malformed() -> None:
    for number in ("7", "+" + "1" * 10_000, "0" + "9" * 9_999, "x" * 10_000, "9" * 10_000):
        assert classify(CallerID(number=number, presentation=ALLOWED)).origin is Origin.MALFORMED


@pytest.mark.parametrize(
    "number",
    [
        "${SHELL(id)}",
        '0422"990000',
        "0422990000,x",
        "0422990000\r\nEXEC",
        "0422\x00990000",
        "\udcff",
    ],
)
def test_an_injection_is_not_a_number(number: str) -> None:
    caller = classify(CallerID(number=number, presentation=ALLOWED))
    assert (caller.origin, caller.number) == (Origin.MALFORMED, None)


def test_a_fault_never_repeats_the_number() -> None:
    for number in ("03-1234-5678", "05001234567", "+2952570110", "1840422990000", "04229900001"):
        fault = classify_number(number).fault
        assert fault is not None
        assert number[-4:] not in fault


# Properties.

any_caller_id = st.builds(
    CallerID,
    number=strangers_text
    | st.text("0123456789+-#*() anoymuskw%;:@", max_size=20)
    | st.sampled_from(["anonymous", "unknown", "0422990000", "+12025550123"]),
    presentation=strangers_text
    | st.sampled_from([ALLOWED, PROHIBITED, "unavailable", "0", "32", "64"]),
    from_header=strangers_text
    | st.sampled_from([f'"Coin line/payphone" <{ANONYMOUS}>', f'"Unavailable" <{ANONYMOUS}>']),
    asserted=st.lists(strangers_text | st.just("<tel:+81422990003>"), max_size=2).map(tuple),
    privacy=strangers_text | st.sampled_from(["id", "none"]),
)


@given(caller_id=any_caller_id)
def test_any_caller_id_is_classified_and_consistent(caller_id: CallerID) -> None:
    caller = classify(caller_id)
    if caller.origin in WITHOUT_NUMBER:
        assert (caller.number, caller.kind, caller.calling_code) == (None, None, None)
    else:
        assert caller.disclosed is None
    assert (caller.kind is not None) == (caller.origin is Origin.DOMESTIC)
    if caller.origin is Origin.DOMESTIC:
        assert caller.number is not None
        assert caller.fault is None
    if caller.origin is Origin.MALFORMED:
        assert caller.fault
    assert classify(caller_id) == caller


@given(
    number=domestic.beginning("1", 10) | domestic.beginning("81", 12),
    display=st.sampled_from(["Anonymous", "Coin line/payphone", "Unavailable", ""]),
    shown=st.booleans(),
)
def test_a_disclosed_number_is_never_rendered(number: str, display: str, shown: bool) -> None:
    pai = f"<tel:+{number}>"
    caller = classify(anonymous(display, number=f"+{number}" if shown else "anonymous", pai=pai))
    assert caller.origin in WITHOUT_NUMBER
    for text in (repr(caller), str(caller), pformat(caller)):
        assert number[-8:] not in text


@given(rest=st.text("0123456789", max_size=16).filter(lambda rest: not rest.startswith("81")))
def test_a_plus_that_is_not_followed_by_81_is_never_domestic(rest: str) -> None:
    for text in (f"+{rest}", f"＋{rest}", f" +{rest}", f"(+{rest})", f"+-{rest}"):
        assert classify_number(text).origin is not Origin.DOMESTIC


@given(text=strangers_text)
def test_a_domestic_number_consists_of_digits_and_separators(text: str) -> None:
    caller = classify_number(text)
    if caller.origin is Origin.DOMESTIC:
        assert not any(character.isalpha() and character != "ー" for character in text)


@given(kind_and_number=domestic.possible)
def test_every_possible_number_is_the_same_in_all_its_notations(
    kind_and_number: tuple[Kind, str],
) -> None:
    kind, nsn = kind_and_number
    expected = Caller(Origin.DOMESTIC, int("81" + nsn), kind)
    for notation in domestic.notations(nsn):
        assert classify_number(notation) == expected
        assert classify(CallerID(number=notation, presentation=ALLOWED)) == expected
    for uri in (f"tel:+81{nsn}", f"sip:0{nsn};isub=1@trunk.invalid", f"%2B81{nsn}"):
        assert classify(CallerID(number=uri, presentation=ALLOWED)) == expected


@given(code=st.sampled_from(sorted(ASSIGNED - {"81"})), rest=domestic.digits(8))
def test_an_assigned_country_code_is_overseas_in_all_its_notations(code: str, rest: str) -> None:
    number = code + rest
    expected = Caller(Origin.OVERSEAS, int(number), calling_code=int(code))
    for notation in (f"+{number}", f"010{number}", f"0033010{number}", f"＋{number}"):
        assert classify_number(notation) == expected
