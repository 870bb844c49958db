"""Times as people say them, in Japan time."""

from datetime import UTC, datetime, timedelta

import pytest

from callguard.words.moments import clock, day, how_long, when

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
"""Noon in Japan."""


@pytest.mark.parametrize(
    ("moment", "japanese", "english"),
    [
        (NOW, "今日 12:00", "today 12:00"),
        (NOW - timedelta(hours=12), "今日 0:00", "today 0:00"),
        (NOW - timedelta(hours=12, minutes=1), "昨日 23:59", "yesterday 23:59"),
        (NOW + timedelta(hours=12), "明日 0:00", "tomorrow 0:00"),
        (NOW - timedelta(days=21, hours=3), "11月3日 9:00", "3 November 9:00"),
        (NOW - timedelta(days=365), "2025年11月24日 12:00", "24 November 2025 12:00"),
    ],
)
def test_a_moment_is_told_as_seen_from_now(moment: datetime, japanese: str, english: str) -> None:
    assert when(moment, "ja", now=NOW) == japanese
    assert when(moment, "en", now=NOW) == english


def test_the_day_is_japans() -> None:
    moment = datetime(2026, 12, 31, 15, 5, tzinfo=UTC)
    assert day(moment, "ja") == "2027年1月1日"
    assert day(moment, "en") == "1 January 2027"
    assert clock(moment) == "0:05"


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
def test_a_length_of_time(seconds: int, japanese: str, english: str) -> None:
    assert how_long(seconds, "ja") == japanese
    assert how_long(seconds, "en") == english
