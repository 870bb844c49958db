"""For how long a number stays on a list."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from ...words.moments import JAPAN

DAYS: Mapping[str, int | None] = {"always": None, "today": 0, "week": 7, "month": 30}
"""What can be chosen, and the days that follow the one on which it is chosen."""


def end_of(choice: str, now: datetime) -> datetime | None:
    """Return when an entry for this *choice* ends: at midnight in Japan; None: never."""
    days = DAYS[choice]
    if days is None:
        return None
    midnight = now.astimezone(JAPAN).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=days + 1)
