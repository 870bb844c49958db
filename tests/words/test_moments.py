"""Times as people in Japan say them."""

from datetime import UTC, datetime, timedelta

import pytest

from callguard.words.moments import (
    JAPAN,
    clock,
    how_long,
    say_date,
    say_day,
    say_duration,
    say_moment,
)

NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
"""A Friday, noon in Japan."""
JA, EN = "ja", "en"


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


def test_a_date_is_the_date_in_japan() -> None:
    moment = datetime(2026, 12, 31, 15, 5, tzinfo=UTC)
    assert say_date(moment, JA) == "2027年1月1日"
    assert say_date(moment, EN) == "1 January 2027"
    assert clock(moment) == "00:05"


@pytest.mark.parametrize(
    ("seconds", "japanese", "english"),
    [
        (-5, "0秒", "0 seconds"),
        (1, "1秒", "1 second"),
        (59, "59秒", "59 seconds"),
        (60, "1分", "1 minute"),
        (185, "3分", "3 minutes"),
        (3900, "1時間5分", "1 hour 5 minutes"),
        (7200, "2時間", "2 hours"),
        (90_000, "1日1時間", "1 day 1 hour"),
    ],
)
def test_a_length_in_a_sentence_is_no_more_exact_than_needed(
    seconds: int, japanese: str, english: str
) -> None:
    assert how_long(seconds, JA) == japanese
    assert how_long(seconds, EN) == english
