"""Tokens of forms."""

from hypothesis import given
from hypothesis import strategies as st

from callguard.portal.csrf import is_token, token


def test_a_token_is_good_for_its_browser_only() -> None:
    assert is_token(token("a"), "a")
    assert not is_token(token("a"), "b")


def test_a_page_never_shows_the_same_token_twice() -> None:
    tokens = {token("a") for _ in range(20)}
    assert len(tokens) == 20
    assert all(is_token(one, "a") for one in tokens)


@given(st.text(max_size=60))
def test_whatever_text_comes_is_no_token(text: str) -> None:
    assert not is_token(text, "a")
