"""What is followed has its bound."""

from callguard.remembering import remember


def test_the_oldest_is_forgotten_for_one_more() -> None:
    followed: dict[str, int] = {}
    for number, name in enumerate("abcd"):
        remember(followed, name, number, 3)
    assert followed == {"b": 1, "c": 2, "d": 3}


def test_what_is_followed_already_makes_nobody_forgotten() -> None:
    followed = {"a": 1, "b": 2}
    remember(followed, "b", 3, 2)
    assert followed == {"a": 1, "b": 3}
