"""The language of a page: the person's, then the cookie's, then the browser's."""

import pytest

from callguard.portal.language import Language, choose


def test_the_persons_choice_wins() -> None:
    assert choose("en", "ja", "ja") is Language.EN


def test_without_a_person_the_cookie_counts() -> None:
    assert choose(None, "en", "ja") is Language.EN
    assert choose(None, "fr", "en") is Language.EN


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "ja"),
        ("ja", "ja"),
        ("en-US,en;q=0.9", "en"),
        ("fr-FR,fr;q=0.9,en;q=0.8,ja;q=0.7", "en"),
        ("fr, de", "ja"),
        ("en;q=0.3,ja;q=0.9", "ja"),
        ("en;q=0, ja;q=0.1", "ja"),
        ("en;q=2", "ja"),
        ("en;q=nan", "ja"),
        ("en;q=;;=,,", "ja"),
        ("x" * 100_000, "ja"),
    ],
)
def test_the_browsers_wish_is_read(header: str, language: str) -> None:
    assert choose(None, None, header) == language
