"""What a page leaves to be said by the next."""

from hypothesis import given
from hypothesis import strategies as st

from callguard.portal.flash import Flash, Undo, seal, unseal

SAID = Flash("people.removed", {"name": "由美"}, Undo("/h/1/numbers/1/restore", {"id": "3"}))


def test_it_arrives_with_the_way_back() -> None:
    assert unseal(seal(SAID, "secret"), "secret") == SAID


def test_words_of_what_was_not_done_arrive_as_such() -> None:
    said = Flash("numbers.gone", done=False)
    assert unseal(seal(said, "secret"), "secret") == said


def test_nobody_else_can_have_it_said() -> None:
    cookie = seal(SAID, "secret")
    assert unseal(cookie, "another browser's") is None
    signature, text = cookie.split(".")
    assert unseal(f"{signature}.{text[:-4]}AAA=", "secret") is None


@given(st.text(max_size=100))
def test_whatever_cookie_comes_says_nothing(cookie: str) -> None:
    assert unseal(cookie, "secret") is None


def test_what_is_too_long_is_not_said() -> None:
    assert seal(Flash("people.removed", {"name": "由" * 2_000}), "secret") == ""
