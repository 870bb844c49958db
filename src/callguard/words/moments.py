"""Times and lengths of time, as people in Japan say them; every time is shown in Japan time."""

from datetime import datetime, timedelta

from ..screening.policy import JST

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)


def clock(moment: datetime) -> str:
    """Return the time of day of *moment* (aware): ``9:05``, ``14:03``."""
    local = moment.astimezone(JST)
    return f"{local.hour}:{local.minute:02}"


def day(moment: datetime, language: str) -> str:
    """Return the date of *moment* (aware): ``2026年11月3日``, ``3 November 2026``."""
    local = moment.astimezone(JST)
    if language == "en":
        return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"
    return f"{local.year}年{local.month}月{local.day}日"


def when(moment: datetime, language: str, *, now: datetime) -> str:
    """Return *moment* (aware) as told at *now*: ``今日 14:03``, ``昨日 9:05``, ``11月3日 9:05``.

    The year is said where it is not this one.
    """
    local, today = moment.astimezone(JST), now.astimezone(JST)
    english = language == "en"
    near = {
        today.date(): ("今日", "today"),
        today.date() - timedelta(days=1): ("昨日", "yesterday"),
        today.date() + timedelta(days=1): ("明日", "tomorrow"),
    }.get(local.date())
    if near is not None:
        date = near[english]
    elif local.year != today.year:
        date = day(moment, language)
    elif english:
        date = f"{local.day} {_MONTHS[local.month - 1]}"
    else:
        date = f"{local.month}月{local.day}日"
    return f"{date} {clock(moment)}"


def how_long(seconds: int, language: str) -> str:
    """Return a length of time: ``45秒``, ``3分``, ``1時間5分``; no seconds from a minute on."""
    if seconds < 60:
        parts = [(max(seconds, 0), "秒", "second")]
    else:
        days, rest = divmod(seconds, 86_400)
        hours, rest = divmod(rest, 3_600)
        parts = [(days, "日", "day"), (hours, "時間", "hour"), (rest // 60, "分", "minute")]
        parts = [part for part in parts if part[0]]
    if language == "en":
        return " ".join(f"{count} {unit}{'s' * (count != 1)}" for count, _, unit in parts)
    return "".join(f"{count}{unit}" for count, unit, _ in parts)
