"""A person's quiet hours: what is not urgent waits until they are over."""

from datetime import datetime, timedelta

from ..households.document import quiet_hours
from ..screening.policy import JST


def told_at(hours: str | None, *, now: datetime) -> datetime:
    """Return from when on a person may be told: *now*, or when their quiet hours end.

    ``hours`` are written like ``22:00-07:00``, Japan time; None or empty: there are none.
    """
    if not hours:
        return now
    quiet = quiet_hours(hours)
    if not quiet.cover(now):
        return now
    local = now.astimezone(JST)
    end = local.replace(hour=quiet.end.hour, minute=quiet.end.minute, second=0, microsecond=0)
    return end if end > local else end + timedelta(days=1)
