"""Asking the police lists of this node about one number, before a family lets it through."""

from datetime import datetime

from ...blocklist.live import LiveIndex, protected_numbers
from ...blocklist.store import ListStore
from ...settings import Settings


def is_listed(settings: Settings, number: int, now: datetime) -> bool:
    """Tell whether a source lists *number* (E.164 digits), and not a protected one.

    The lists are mapped files; to open them takes a few milliseconds, and a family adds few
    numbers.
    """
    index = LiveIndex(ListStore(settings.lists), protected_numbers(settings.protected_numbers))
    return index.find(number, now) is not None and not index.protects(number)
