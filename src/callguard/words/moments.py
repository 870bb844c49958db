"""Times and lengths of time, as people in Japan say them; every time is shown in Japan time."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

JAPAN = ZoneInfo("Asia/Tokyo")

_DAYS = {
    "ja": ("月", "火", "水", "木", "金", "土", "日"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_NEAR = {
    "ja": {-1: "昨日", 0: "今日", 1: "明日"},
    "en": {-1: "yesterday", 0: "today", 1: "tomorrow"},
}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)


def clock(at: datetime) -> str:
    """Return the time of day of *at* (aware): ``09:05``, ``14:03``."""
    return f"{at.astimezone(JAPAN):%H:%M}"


def say_date(at: datetime, language: str) -> str:
    """Return the date of *at* (aware) in full: ``2026年11月3日``, ``3 November 2026``."""
    local = at.astimezone(JAPAN)
    if language == "en":
        return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"
    return f"{local.year}年{local.month}月{local.day}日"


def say_moment(at: datetime, language: str, *, now: datetime) -> str:
    """Return day and time of *at* as told at *now*, such as 「今日 14:03」 or ``today 14:03``."""
    return f"{say_day(at, language, now=now)} {clock(at)}"


def say_day(at: datetime, language: str, *, now: datetime) -> str:
    """Return the day of *at* as told at *now*, such as 「昨日」 or 「11月3日（火）」.

    The year is said where it is not this one.
    """
    day, today = at.astimezone(JAPAN).date(), now.astimezone(JAPAN).date()
    spoken = "en" if language == "en" else "ja"
    near = _NEAR[spoken].get((day - today).days)
    if near is not None:
        return near
    weekday = _DAYS[spoken][day.weekday()]
    same_year = day.year == today.year
    if spoken == "ja":
        year = "" if same_year else f"{day.year}年"
        return f"{year}{day.month}月{day.day}日（{weekday}）"
    year = "" if same_year else f" {day.year}"
    return f"{weekday} {day.day} {_MONTHS[day.month - 1][:3]}{year}"


def say_duration(length: int | timedelta, language: str) -> str:
    """Return a length of time (seconds) in its two largest parts, such as 「3分20秒」."""
    seconds = int(length.total_seconds()) if isinstance(length, timedelta) else length
    japanese, english = ("日", "時間", "分", "秒"), ("d", "h", "min", "s")
    parts = (seconds // 86_400, seconds // 3_600 % 24, seconds // 60 % 60, seconds % 60)
    first = next((n for n, part in enumerate(parts) if part), 3)
    shown = [n for n in (first, first + 1) if n == first or (n < 4 and parts[n])]
    if language != "en":
        return "".join(f"{parts[n]}{japanese[n]}" for n in shown)
    return " ".join(f"{parts[n]} {english[n]}" for n in shown)


def how_long(seconds: int, language: str) -> str:
    """Return a length of time (seconds) in words, no more exact than needed: ``45秒``, ``3分``.

    From a minute on seconds are left out.
    """
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
