"""Every country that can call has a name."""

import phonenumbers

from callguard.words.countries import country_codes, country_name


def test_every_country_with_telephone_numbers_has_a_name_in_both_languages() -> None:
    assert set(country_codes()) == set(phonenumbers.SUPPORTED_REGIONS)
    for language in ("ja", "en"):
        names = [country_name(code, language) for code in country_codes()]
        assert all(names)
        assert len(set(names)) == len(names)


def test_an_unknown_country_keeps_its_code() -> None:
    assert country_name("QQ", "ja") == "QQ"
