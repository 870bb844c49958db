"""Times in signed JSON."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.blocklist.moments import read_moment, write_moment


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_is_read_as_it_was_written_to_the_millisecond(moment: datetime) -> None:
    cut = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert read_moment(write_moment(moment)) == cut


def test_a_time_is_written_in_utc() -> None:
    japan = datetime(2026, 11, 24, 12, 0, tzinfo=timezone(timedelta(hours=9)))
    assert write_moment(japan) == "2026-11-24T03:00:00.000Z"


@pytest.mark.parametrize(
    "text",
    [
        None, 5, "", "2026-11-24", "2026-11-24T03:00:00Z", "2026-11-24T03:00:00.000",
        "2026-11-24T03:00:00.000+00:00", "2026-11-24T03:00:00.000Z\n", "2026-11-31T03:00:00.000Z",
        "２026-11-24T03:00:00.000Z", "0000-11-24T03:00:00.000Z",
    ],
)  # fmt: skip
def test_another_form_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"is not a time|is out of range|must be in"):
        read_moment(text)
