"""Asking the police lists of this node about numbers, before a family lets them through."""

from collections.abc import Iterable
from datetime import datetime

from ...blocklist.live import LiveIndex, protected_numbers
from ...blocklist.store import ListStore
from ...settings import Settings


def listed_among(settings: Settings, numbers: Iterable[int], now: datetime) -> frozenset[int]:
    """Return those of *numbers* (E.164 digits) that a source lists, protected ones left out.

    The lists are mapped files; to open them takes a few milliseconds, and families add seldom.
    """
    index = LiveIndex(ListStore(settings.lists), protected_numbers(settings.protected_numbers))
    return frozenset(
        number
        for number in numbers
        if index.find(number, now) is not None and not index.protects(number)
    )


def is_listed(settings: Settings, number: int, now: datetime) -> bool:
    """Tell whether a source lists *number*."""
    return bool(listed_among(settings, (number,), now))
