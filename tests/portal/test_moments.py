"""Times as people in Japan say them."""

from datetime import UTC, datetime, timedelta

import pytest

from callguard.portal.language import Language
from callguard.portal.moments import JAPAN, say_day, say_duration, say_moment

NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
"""A Friday, noon in Japan."""
JA, EN = Language.JA, Language.EN


@pytest.mark.parametrize(
    ("at", "japanese", "english"),
    [
        (datetime(2026, 11, 27, 14, 3, tzinfo=JAPAN), "今日 14:03", "today 14:03"),
        (datetime(2026, 11, 27, 0, 0, tzinfo=JAPAN), "今日 00:00", "today 00:00"),
        (datetime(2026, 11, 26, 23, 59, tzinfo=JAPAN), "昨日 23:59", "yesterday 23:59"),
        (datetime(2026, 11, 28, 8, 0, tzinfo=JAPAN), "明日 08:00", "tomorrow 08:00"),
        (datetime(2026, 11, 3, 9, 5, tzinfo=JAPAN), "11月3日（火） 09:05", "Tue 3 Nov 09:05"),
        (
            datetime(2025, 1, 1, 9, 5, tzinfo=JAPAN),
            "2025年1月1日（水） 09:05",
            "Wed 1 Jan 2025 09:05",
        ),
    ],
)
def test_a_moment_is_said_as_people_say_it(at: datetime, japanese: str, english: str) -> None:
    assert say_moment(at.astimezone(UTC), JA, now=NOW) == japanese
    assert say_moment(at.astimezone(UTC), EN, now=NOW) == english


def test_a_day_is_a_day_in_japan() -> None:
    evening = datetime(2026, 11, 26, 15, 30, tzinfo=UTC)
    assert say_day(evening, JA, now=NOW) == "今日"


@pytest.mark.parametrize(
    ("length", "japanese", "english"),
    [
        (0, "0秒", "0 s"),
        (45, "45秒", "45 s"),
        (200, "3分20秒", "3 min 20 s"),
        (180, "3分", "3 min"),
        (3_600, "1時間", "1 h"),
        (3_660, "1時間1分", "1 h 1 min"),
        (3_601, "1時間", "1 h"),
        (90_000, "1日1時間", "1 d 1 h"),
        (timedelta(hours=2), "2時間", "2 h"),
    ],
)
def test_a_length_is_said_in_its_two_largest_parts(
    length: int | timedelta, japanese: str, english: str
) -> None:
    assert say_duration(length, JA) == japanese
    assert say_duration(length, EN) == english
