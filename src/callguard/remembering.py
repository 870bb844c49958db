"""What is followed by events whose ends may be missed: as much as there is room for."""

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


def remember(followed: dict[K, V], key: K, value: V, most: int) -> None:
    """Put *value* at *key*; where there are *most* others, the oldest are forgotten first."""
    while len(followed) >= most and key not in followed:
        del followed[next(iter(followed))]
    followed[key] = value
