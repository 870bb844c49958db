"""Every fault that the numbering plans find has words of its own."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from callguard.numbers import classify_number
from callguard.words.faults import fault_in_words

IMPOSSIBLE = (
    *("", "Asterisk", "#9110", "0", "00", "0000000000", "0081312345678", "01081312345678"),
    *("+0312345678", "+12", "+1234567890123456", "+2952570110", "0091010422990001"),
    *("104", "1860312345678", "81312345678", "031234567", "0312345678", "0900123456"),
    *("05001234567", "02001234567", "03123456789", "0800123456"),
)


@pytest.mark.parametrize("number", IMPOSSIBLE)
def test_what_makes_a_number_impossible_is_told_in_its_own_words(number: str) -> None:
    fault = classify_number(number).fault
    assert fault is not None
    for language in ("ja", "en"):
        assert fault_in_words(fault, language) != fault_in_words("unheard of", language)


@given(st.from_regex(r"(\+|010|00|0|1|184|186|81|\+81|)[0-9]{0,16}", fullmatch=True) | st.text())
@example("0990000000")
@settings(max_examples=300, deadline=None)
def test_no_fault_lacks_words(number: str) -> None:
    fault = classify_number(number).fault
    if fault is not None:
        for language in ("ja", "en"):
            words = fault_in_words(fault, language)
            assert words != fault_in_words("unheard of", language)
            assert "{" not in words


def test_the_words_are_japanese_in_japanese() -> None:
    fault = classify_number("0312345678").fault
    assert fault is not None
    assert fault_in_words(fault, "ja") == "03のあとが1で始まる番号はありません"
    assert fault_in_words(fault, "en") == "no number has a 1 right after 03"
