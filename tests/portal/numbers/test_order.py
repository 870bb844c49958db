"""Names stand where a person looks for them, and are found as a person writes them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from callguard.portal.numbers.order import by_name, matches


def sorted_names(*names: str) -> list[str]:
    return sorted(names, key=lambda name: by_name(name, 1))


def test_katakana_and_hiragana_stand_together() -> None:
    assert sorted_names("なかむら", "ナカタ", "なかの") == ["ナカタ", "なかの", "なかむら"]


def test_a_voiced_kana_follows_its_plain_one() -> None:
    assert sorted_names("がく", "かく", "かぐ", "き") == ["かく", "かぐ", "がく", "き"]


def test_half_width_katakana_and_full_width_latin_are_read() -> None:
    assert sorted_names("ﾀﾅｶ", "さとう", "ＡＢＣ", "abd") == ["ＡＢＣ", "abd", "さとう", "ﾀﾅｶ"]


def test_an_entry_without_a_name_comes_last() -> None:
    assert sorted_names("", "田中", "あ", "🏥") == ["あ", "田中", "🏥", ""]


def test_the_same_name_is_ordered_by_its_number() -> None:
    assert by_name("病院", 2) > by_name("病院", 1)


def test_a_name_is_found_in_either_kana_and_either_width() -> None:
    assert matches("ナカ", "なかむら", "", "0422990001")
    assert matches("ﾅｶ", "なかむら", "", "0422990001")
    assert matches("dr", "Ｄｒ．山田", "", "0422990001")
    assert not matches("たなか", "なかむら", "", "0422990001")


def test_a_note_is_searched_too() -> None:
    assert matches("火曜", "山田", "火曜の午後", "0422990001")


def test_a_number_is_found_as_people_write_it() -> None:
    assert matches("0422-99", "", "", "0422990001")
    assert matches("０４２２（９９）", "", "", "0422990001")
    assert matches("990001", "", "", "0422990001")
    assert not matches("0423", "", "", "0422990001")


def test_one_or_two_digits_are_no_number() -> None:
    assert not matches("04", "山田", "", "0422990001")


def test_words_with_digits_are_no_number() -> None:
    assert not matches("a0422", "山田", "", "0422990001")


@settings(max_examples=60)
@given(st.text(max_size=100), st.text(max_size=100))
def test_any_text_can_be_sorted_and_searched(name: str, query: str) -> None:
    assert by_name(name, 1) <= by_name(name, 2)
    assert matches(name, name, "", "0422990001")
    matches(query, name, "", "0422990001")
