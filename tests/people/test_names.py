"""Names as strangers type them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.people.errors import Fault, PeopleError
from callguard.people.names import MAX_NAME, clean_name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("花子", "花子"),
        ("  Hanako   Nakamura ", "Hanako Nakamura"),
        ("👵🏻おばあちゃん", "👵🏻おばあちゃん"),
        ("👨‍👩‍👧 家族", "👨‍👩‍👧 家族"),
        ("か\u3099くこ", "がくこ"),
        ("<b>'; DROP TABLE people", "<b>'; DROP TABLE people"),
    ],
)
def test_what_people_write_is_a_name(typed: str, name: str) -> None:
    assert clean_name(typed) == name


@pytest.mark.parametrize(
    "typed",
    ["", "  　", "a\x00b", "a\nb", "\ud800", "evil\u202egnp", "x" * (MAX_NAME + 1), "x" * 10**6],
)
def test_what_nobody_writes_is_none(typed: str) -> None:
    with pytest.raises(PeopleError) as refused:
        clean_name(typed)
    assert refused.value.kind is Fault.NAME
    assert "\n" not in str(refused.value)


@given(st.text(max_size=120))
def test_whatever_is_typed_a_name_can_be_stored_and_shown(typed: str) -> None:
    try:
        name = clean_name(typed)
    except PeopleError:
        return
    assert 0 < len(name) <= MAX_NAME
    assert not any(unicodedata.category(one) in {"Cc", "Cs"} for one in name)
    assert clean_name(name) == name
