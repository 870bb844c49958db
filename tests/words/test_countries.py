"""Every country that can call has a name, and is found by what people type."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.words.countries import country_codes, country_name, find_countries


def test_every_country_with_telephone_numbers_has_a_name_in_both_languages() -> None:
    assert set(country_codes()) == set(phonenumbers.SUPPORTED_REGIONS)
    for language in ("ja", "en"):
        names = [country_name(code, language) for code in country_codes()]
        assert all(names)
        assert len(set(names)) == len(names)


def test_an_unknown_country_keeps_its_code() -> None:
    assert country_name("QQ", "ja") == "QQ"


@pytest.mark.parametrize(
    "typed", ["フィリピン", "フィリ", "Philippines", "ph", "ＰＨ", "+63", "63", " +６３ "]
)
def test_a_country_is_found_by_name_code_and_calling_code(typed: str) -> None:
    assert find_countries(typed) == ("PH",)


def test_what_is_exactly_one_country_s_name_means_no_other() -> None:
    assert find_countries("Guinea") == ("GN",)
    assert {"GN", "GQ", "GW", "PG"} <= set(find_countries("guine"))


def test_a_calling_code_that_several_share_finds_them_all() -> None:
    assert {"US", "CA", "JM"} <= set(find_countries("+1"))


@pytest.mark.parametrize("typed", ["", " ", "+", "+999", "²", "JP", "日本", "+81"])
def test_what_means_no_country_abroad_finds_none(typed: str) -> None:
    assert find_countries(typed) == ()


@given(st.text(max_size=20))
def test_whatever_is_typed_finds_countries_abroad_or_none(typed: str) -> None:
    assert set(find_countries(typed)) <= set(country_codes()) - {"JP"}
