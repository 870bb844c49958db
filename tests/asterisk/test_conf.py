"""No value can be read as more than a value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.asterisk.conf import MAX_VALUE, SiteError, national, plain, section


def read_back(text: str) -> dict[str, dict[str, str]]:
    """Read sections as Asterisk does: comments cut, blanks taken away, ``=>`` the same as ``=``."""
    sections: dict[str, dict[str, str]] = {}
    for line in text.split("\n"):
        words = line.partition(";")[0].strip(" \t\r")
        if words.startswith("["):
            name = words[1 : words.index("]")]
            sections[name] = {}
        elif words:
            key, equals, value = words.partition("=")
            assert equals
            sections[name][key.strip()] = value.removeprefix(">").strip(" \t\r")
    return sections


@given(st.dictionaries(st.from_regex("[a-z_]{1,10}", fullmatch=True), st.text(), max_size=4))
def test_what_is_written_is_read_back_or_refused(values: dict[str, str]) -> None:
    try:
        text = section("name", **values)
    except SiteError as error:
        refusal = str(error)
    else:
        refusal = ""
    if refusal:
        assert len(refusal.splitlines()) == 1
        return
    assert read_back(text) == {"name": {key: value for key, value in values.items() if value}}
    assert not set(text.replace("[name]", "")) & set("[]{}$;")


@pytest.mark.parametrize(
    "value",
    [
        "a\nb", "a\rb", "a\0b", "a;b", "a[b", "a]b", "a{b", "a}b", "$a", " a", "a ", ">a",
        "a\u2028b", "\ud800", "a" * (MAX_VALUE + 1),
    ],
)  # fmt: skip
def test_a_value_that_could_be_read_as_more_is_refused(value: str) -> None:
    with pytest.raises(SiteError, match=r"^contact cannot be written"):
        plain("contact", value)


@pytest.mark.parametrize("key", ["secret", "password"])
def test_of_a_secret_nothing_is_told(key: str) -> None:
    with pytest.raises(SiteError) as caught:
        plain(key, "hush;hush")
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("typed", "digits"),
    [("0422-99-0000", "0422990000"), ("+81 422 99 0000", "0422990000")],
)
def test_a_number_is_written_as_it_is_dialled(typed: str, digits: str) -> None:
    assert national("line", typed) == digits


@pytest.mark.parametrize("number", ["", "x", "+1 202 555 0123", "0422-99", "110"])
def test_what_is_no_number_in_japan_is_refused(number: str) -> None:
    with pytest.raises(SiteError, match=r"^line"):
        national("line", number)
