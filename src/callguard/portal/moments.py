"""Times as people in Japan say them: 「今日 14:03」, 「3分20秒」."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from .language import Language

JAPAN = ZoneInfo("Asia/Tokyo")

_DAYS = {
    Language.JA: ("月", "火", "水", "木", "金", "土", "日"),
    Language.EN: ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
_NEAR = {
    Language.JA: {-1: "昨日", 0: "今日", 1: "明日"},
    Language.EN: {-1: "yesterday", 0: "today", 1: "tomorrow"},
}
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def say_moment(at: datetime, language: Language, *, now: datetime) -> str:
    """Return day and time of *at* in Japan, such as 「今日 14:03」 or ``today 14:03``."""
    return f"{say_day(at, language, now=now)} {at.astimezone(JAPAN):%H:%M}"


def say_day(at: datetime, language: Language, *, now: datetime) -> str:
    """Return the day of *at* in Japan, such as 「昨日」 or 「11月3日（火）」."""
    day, today = at.astimezone(JAPAN).date(), now.astimezone(JAPAN).date()
    near = _NEAR[language].get((day - today).days)
    if near is not None:
        return near
    weekday = _DAYS[language][day.weekday()]
    same_year = day.year == today.year
    if language is Language.JA:
        year = "" if same_year else f"{day.year}年"
        return f"{year}{day.month}月{day.day}日（{weekday}）"
    year = "" if same_year else f" {day.year}"
    return f"{weekday} {day.day} {_MONTHS[day.month - 1]}{year}"


def say_duration(length: int | timedelta, language: Language) -> str:
    """Return a length of time (seconds) in its two largest parts, such as 「3分20秒」."""
    seconds = int(length.total_seconds()) if isinstance(length, timedelta) else length
    japanese, english = ("日", "時間", "分", "秒"), ("d", "h", "min", "s")
    parts = (seconds // 86_400, seconds // 3_600 % 24, seconds // 60 % 60, seconds % 60)
    first = next((n for n, part in enumerate(parts) if part), 3)
    shown = [n for n in (first, first + 1) if n == first or (n < 4 and parts[n])]
    if language is Language.JA:
        return "".join(f"{parts[n]}{japanese[n]}" for n in shown)
    return " ".join(f"{parts[n]} {english[n]}" for n in shown)
