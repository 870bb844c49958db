import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.numbers.area_codes import area_code, geographic_fault


def nsn(number: str) -> str:
    """The national significant number of a number as people write it: 03-3200-0000."""
    digits = number.replace("-", "")
    assert re.fullmatch("0[0-9]{9}", digits)
    return digits[1:]


def assert_splits_as(number: str) -> None:
    """The first hyphen of a number as people write it stands after its area code."""
    assert area_code(nsn(number)) == number.partition("-")[0][1:]
    assert geographic_fault(nsn(number)) is None


PREFECTURAL_CAPITALS = {
    "Sapporo": "011-200-0000",
    "Aomori": "017-700-0000",
    "Morioka": "019-600-0000",
    "Sendai": "022-200-0000",
    "Akita": "018-800-0000",
    "Yamagata": "023-600-0000",
    "Fukushima": "024-500-0000",
    "Mito": "029-200-0000",
    "Utsunomiya": "028-600-0000",
    "Maebashi": "027-200-0000",
    "Saitama": "048-800-0000",
    "Chiba": "043-200-0000",
    "Tokyo": "03-3200-0000",
    "Yokohama": "045-200-0000",
    "Niigata": "025-200-0000",
    "Toyama": "076-400-0000",
    "Kanazawa": "076-200-0000",
    "Fukui": "0776-20-0000",
    "Kofu": "055-200-0000",
    "Nagano": "026-200-0000",
    "Gifu": "058-200-0000",
    "Shizuoka": "054-200-0000",
    "Nagoya": "052-200-0000",
    "Tsu": "059-200-0000",
    "Otsu": "077-500-0000",
    "Kyoto": "075-200-0000",
    "Osaka": "06-6200-0000",
    "Kobe": "078-200-0000",
    "Nara": "0742-20-0000",
    "Wakayama": "073-400-0000",
    "Tottori": "0857-20-0000",
    "Matsue": "0852-20-0000",
    "Okayama": "086-200-0000",
    "Hiroshima": "082-200-0000",
    "Yamaguchi": "083-900-0000",
    "Tokushima": "088-600-0000",
    "Takamatsu": "087-800-0000",
    "Matsuyama": "089-900-0000",
    "Kochi": "088-800-0000",
    "Fukuoka": "092-200-0000",
    "Saga": "0952-20-0000",
    "Nagasaki": "095-800-0000",
    "Kumamoto": "096-200-0000",
    "Oita": "097-500-0000",
    "Miyazaki": "0985-20-0000",
    "Kagoshima": "099-200-0000",
    "Naha": "098-800-0000",
}

# Five digits with the trunk 0; the exchange is a single digit.
LONGEST_AREA_CODES = (
    "01267 01372 01374 01377 01392 01397 01398 01456 01457 01466 01547 01558 01564 01586 01587",
    "01632 01634 01635 01648 01654 01655 01656 01658 04992 04994 04996 04998 05769 05979 07468",
    "08387 08388 08396 08477 08512 08514 09802 09912 09913 09969",
)

# Neighbours that share their first digits: only a digit of the exchange tells them apart.
NEIGHBOURS = (
    "0123-20-0000 0124-20-0000 0126-60-0000 01267-2-0000",
    "015-410-0000 0154-20-0000 01547-2-0000 015-480-0000 0155-20-0000 01558-2-0000",
    "022-300-0000 0223-20-0000 022-340-0000 024-900-0000 0247-20-0000 0248-20-0000",
    "0255-70-0000 025-590-0000 025-600-0000 0256-20-0000 0257-20-0000 025-750-0000",
    "04-2000-0000 04-2900-0000 042-910-0000 04-2920-0000 042-970-0000 04-7000-0000",
    "042-200-0000 0422-20-0000 042-800-0000 0428-20-0000 0470-20-0000 047-300-0000",
    "059-200-0000 0596-20-0000 05979-2-0000 0597-97-0000 0599-80-0000 059-990-0000",
    "0820-20-0000 082-200-0000 0829-20-0000 082-921-0000 0829-44-0000 082-960-0000",
    "0836-20-0000 083-600-0000 0837-65-0000 083-766-0000 0838-20-0000 08387-2-0000",
    "086-362-0000 0863-66-0000 0866-90-0000 086-691-0000 0867-25-0000 086-726-0000",
    "088-600-0000 0883-20-0000 0884-20-0000 0885-30-0000 0887-20-0000 088-800-0000",
    "092-200-0000 0920-40-0000 093-200-0000 0930-20-0000 098-800-0000 0980-30-0000",
    "09802-2-0000 09912-2-0000 099-331-0000 0993-32-0000 0996-20-0000 09969-2-0000",
)

# Where a shorter and a longer area code share digits: the exchanges that MIC has designated to
# each, from 電気通信番号指定状況 as of August 2025.
DESIGNATED = {
    "015": "410-416 418-419 480 482-489 510-516 518-519 570 572-579",
    "0152": "20 22-70 72-89",
    "0153": "20 22-50 52-70 72-80 82-99",
    "0154": "20-69 90-99",
    "01547": "2-9",
    "0155": "20-69 90-99",
    "01558": "2-9",
    "0156": "20 22-39 60 62-79",
    "01564": "2-9",
    "017": "700-716 718-799",
    "018": "800-899",
    "019": "600-616 618-699 900-929",
    "022": "200-309 340-399 700-799",
    "0220": "20-99",
    "0223": "20-39",
    "0224": "20-89",
    "024": "500-516 518-599 900-916 918-999",
    "0247": "20-89",
    "025": "200-216 218-399 500-516 518-569 590 592-609 700-716 718-719 750-790 792-809",
    "0250": "20-99",
    "0254": "20-90 92-99",
    "0255": "70-89",
    "0256": "20-99",
    "0257": "20-49",
    "0258": "20-99",
    "0259": "20-89",
    "026": "200-299 400-409 460-499",
    "0264": "20-59",
    "027": "200-399 800-809 880-899",
    "0278": "20-79",
    "028": "300-309 330-349 600-699 900-909 920-959",
    "0283": "20-29 50-99",
    "0289": "60-99",
    "029": "200-309 350-399 800-899",
    "0291": "30-49",
    "0293": "20-49",
    "03": "3100-3999 4200-4599 5000-5999 6100-6999",
    "04": "2000-2009 2900-2909 2920-2969 2990-2999 7000-7009 7090-7116 7118-7176 7178-7199",
    "042": "200-209 300-316 318-416 418-516 518-599 610-616 618-670 672-680 682-716 718-730"
    " 732-780 782-816 818-819 840-869 910-916 918-919 970-989",
    "0422": "20-99",
    "0428": "20-39 70-99",
    "046": "200-216 218-299 400-419 800-816 818-899",
    "0460": "80-89",
    "047": "300-499 700-729 750-779",
    "0470": "20-89",
    "0475": "20-89",
    "0479": "20-89",
    "049": "200-299",
    "053": "400-599 920-959 964-973 975-976 978-989",
    "0539": "60-63 74 77 90-99",
    "055": "200-216 218-299 900-916 918-999",
    "0551": "20-76 78-99",
    "059": "200-299 310-399 990-999",
    "0597": "20-39 42-49 70-90 97-98",
    "05979": "2-6 9",
    "0598": "20-89",
    "0599": "20-89",
    "06": "4100-4999 6100-6999 7100-7999",
    "072": "200-499 600-999",
    "0721": "20-76 78-99",
    "0746": "30-69",
    "07468": "2-9",
    "079": "200-339 400-409 420-459 490-509 550-569 590-609 660-679",
    "0794": "60-89",
    "0795": "20-49 70-89",
    "0796": "20-59 80-99",
    "082": "200-299 400-409 420-439 490-599 800-909 921-929 941-943 960-969 990-999",
    "0824": "40-89",
    "0829": "20 30-40 44-59 70-89",
    "083": "220-299 600-609 766-768 770-789 900-950 952-960 963 966 970-999",
    "0836": "20-99",
    "0837": "20-65 69",
    "0838": "20-59",
    "08396": "2 4-5 7-9",
    "0847": "20-69 80-99",
    "08477": "2-9",
    "086": "200-299 362-365 367-369 420-489 520-529 552-553 600-609 691 697-698 722-724 726 728"
    " 737-738 800-809 890-909 940-959 994-999",
    "0863": "20-59 66 70-89",
    "0865": "40-51 54-79",
    "0866": "20-90 92-96 99",
    "0867": "20-21 25 27 29-36 39-99",
    "0868": "20-89",
    "0869": "20-29 34 60-89 92-93",
    "088": "600-616 618-699 800-816 818-899",
    "0880": "20-99",
    "092": "200-999",
    "0920": "40-59 80-89",
    "093": "200-999",
    "0930": "20-59",
    "098": "800-999",
    "0980": "30-70 72-80 82-99",
    "099": "200-216 218-299 331 343 345 347 400-409 470-489 800-839",
    "0993": "20-30 32-42 44 46 48-89",
    "0994": "20-69 90-99",
    "0996": "20-89",
    "09969": "2-9",
}


@pytest.mark.parametrize("number", PREFECTURAL_CAPITALS.values(), ids=PREFECTURAL_CAPITALS.keys())
def test_prefectural_capital(number: str) -> None:
    assert_splits_as(number)


@pytest.mark.parametrize("code", [code for line in LONGEST_AREA_CODES for code in line.split()])
def test_longest_area_code(code: str) -> None:
    assert_splits_as(f"{code}-2-0000")


@pytest.mark.parametrize("number", [number for line in NEIGHBOURS for number in line.split()])
def test_neighbouring_area_codes(number: str) -> None:
    assert_splits_as(number)


@pytest.mark.parametrize(("code", "exchanges"), DESIGNATED.items(), ids=DESIGNATED.keys())
def test_every_designated_exchange_has_its_area_code(code: str, exchanges: str) -> None:
    for exchange in exchanges.split():
        first, _, last = exchange.partition("-")
        for digits in range(int(first), int(last or first) + 1):
            assert_splits_as(f"{code}-{digits}-0000")


@pytest.mark.parametrize(
    "number",
    [
        "011-400-0000",  # in MIC's tables; phonenumbers calls it invalid
        "018-900-0000",  # no exchange there yet, and MIC may designate one any day
        "0126-80-0000",
        "0259-90-0000",
        "06-5000-0000",
        "06-2000-0000",
        "049-600-0000",
    ],
)
def test_block_not_yet_designated_is_possible(number: str) -> None:
    assert_splits_as(number)


@pytest.mark.parametrize("number", ["042-210-0000", "025-410-0000", "04-7010-0000", "025-917-0000"])
def test_block_that_only_the_shorter_area_code_can_use_is_possible(number: str) -> None:
    assert_splits_as(number)


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("03-1234-5678", "the local exchange after 03 begins with 1; exchanges begin with 2-9"),
        ("03-0200-0000", "the local exchange after 03 begins with 0; exchanges begin with 2-9"),
        ("06-1234-5678", "the local exchange after 06 begins with 1; exchanges begin with 2-9"),
        ("045-123-4567", "the local exchange after 045 begins with 1; exchanges begin with 2-9"),
        ("0246-12-3456", "the local exchange after 0246 begins with 1; exchanges begin with 2-9"),
        ("01267-1-0000", "the local exchange after 01267 begins with 1; exchanges begin with 2-9"),
        ("042-123-4567", "the local exchange after 042 begins with 1; exchanges begin with 2-9"),
        ("0100-00-0000", "no area code 010 in the numbering plan"),
        ("0200-00-0000", "no area code 020 in the numbering plan"),
        ("0000-00-0000", "no area code 00 in the numbering plan"),
        ("040-200-0000", "no area code 040 in the numbering plan"),
        ("041-200-0000", "no area code 041 in the numbering plan"),
        ("050-200-0000", "no area code 050 in the numbering plan"),
        ("071-200-0000", "no area code 071 in the numbering plan"),
        ("091-200-0000", "no area code 091 in the numbering plan"),
        ("0122-20-0000", "no area code 0122 in the numbering plan"),
        ("0510-20-0000", "no area code 051 in the numbering plan"),
        ("0571-20-0000", "no area code 0571 in the numbering plan"),
        ("0851-92-0000", "no area code 08519 in the numbering plan"),
        ("0945-20-0000", "no area code 0945 in the numbering plan"),
    ],
)
def test_impossible_number(number: str, fault: str) -> None:
    assert geographic_fault(nsn(number)) == fault


@pytest.mark.parametrize("text", ["", "3", "32000000", "3320000000", "33200000a", "３32000000"])
def test_anything_but_nine_ascii_digits_is_impossible(text: str) -> None:
    assert geographic_fault(text) == "a geographic number has nine digits after the trunk 0"


@given(st.from_regex(r"[1-9][0-9]{8}", fullmatch=True))
def test_every_number_has_an_area_code_that_begins_it_or_a_fault(number: str) -> None:
    code = area_code(number)
    if code is None:
        fault = geographic_fault(number)
        assert fault is not None
        assert re.fullmatch("no area code 0[1-9][0-9]{0,4} in the numbering plan", fault)
    else:
        assert 1 <= len(code) <= 4
        assert number.startswith(code)
        assert (geographic_fault(number) is None) == (number[len(code)] in "23456789")


# The rest compares with phonenumbers, whose metadata Google derives from the same MIC lists.

EVERY_FIVE_DIGITS = [str(digits) for digits in range(10000, 100000)]

# (area code in phonenumbers, ours): the beginnings concerned, and who is right.
KNOWN_DIFFERENCES: dict[tuple[str, str | None], set[str]] = {
    # phonenumbers takes any digit after 0851; MIC has 08512 and 08514 only.
    ("85", None): {"8510", "8511"},
    ("8513", None): {"8513"},
    ("8515", None): {"8515"},
    ("8516", None): {"8516"},
    ("8517", None): {"8517"},
    ("8518", None): {"8518"},
    ("8519", None): {"8519"},
    # MIC has 0940, 0942, 0943, 0944 and 0946 to 0949, but neither 094 nor 0941 nor 0945.
    ("94", None): {"941", "945"},
    # In MIC's list 0838 has everything but 08387 and 08388; there is no 08389.
    ("8389", "838"): {"8389"},
    # phonenumbers makes these 029-17x and 025-00x, exchanges that cannot be. MIC has 0291, whose
    # 7x is possible, and 0250, whose 0x and 1x are not.
    ("29", "291"): {"2917"},
    ("25", "250"): {"2500", "2501"},
}


@pytest.fixture(scope="module")
def area_codes_in_phonenumbers() -> dict[str, str]:
    """The area code by the first five digits, of every number that phonenumbers takes as fixed."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region("JP")
    assert metadata is not None
    assert metadata.fixed_line is not None
    fixed_line = re.compile(metadata.fixed_line.national_number_pattern or "")
    national = phonenumbers.PhoneNumberFormat.NATIONAL
    split = {}
    for five in EVERY_FIVE_DIGITS:
        number = five + "0000"
        if fixed_line.fullmatch(number):
            parsed = phonenumbers.PhoneNumber(country_code=81, national_number=int(number))
            split[five] = phonenumbers.format_number(parsed, national).split("-")[0][1:]
    return split


def test_what_phonenumbers_accepts_is_possible(area_codes_in_phonenumbers: dict[str, str]) -> None:
    # Where phonenumbers has an exchange in 2-9 but the plan no area code: see KNOWN_DIFFERENCES.
    unknown_to_mic = ("8513", "8515", "8516", "8517", "8518", "8519", "945")
    impossible = {
        five
        for five, code in area_codes_in_phonenumbers.items()
        if five[len(code)] in "23456789" and geographic_fault(five + "0000")
    }
    assert {five for five in impossible if not five.startswith(unknown_to_mic)} == set()


def test_area_codes_differ_from_phonenumbers_only_where_known(
    area_codes_in_phonenumbers: dict[str, str],
) -> None:
    differences: dict[tuple[str, str | None], set[str]] = {}
    for five, theirs in area_codes_in_phonenumbers.items():
        ours = area_code(five + "0000")
        if ours != theirs:
            differences.setdefault((theirs, ours), set()).add(five)
    assert differences.keys() == KNOWN_DIFFERENCES.keys()
    for key, found in differences.items():
        beginnings = tuple(KNOWN_DIFFERENCES[key])
        assert found == {five for five in EVERY_FIVE_DIGITS if five.startswith(beginnings)}


def test_every_area_code_of_the_list_has_numbers() -> None:
    reachable = {area_code(five + "0000") for five in EVERY_FIVE_DIGITS} - {None}
    assert len(reachable) == 387
