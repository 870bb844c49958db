"""What happens on the line beside verdicts, in the journal and out of it."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.calllog.collector import Collector
from callguard.calllog.line_event import (
    DialledOut,
    LineEvent,
    Press,
    Pressed,
    Presser,
    is_call_id,
    read_event,
    write_event,
)
from callguard.calllog.pending import finished
from callguard.calllog.record import RecordError
from callguard.database import Database
from callguard.screening.dialling import Ground
from callguard.screening.policy import Dialling

from .conftest import CALLER, LINE, NOW, Home, Written, record_of

SCAM = Pressed(Press.SCAM, Presser.HOME, "0123456789abcdef", LINE, NOW)
DIALLED = DialledOut(Ground.LISTED, Dialling.REFUSE, CALLER, LINE, NOW)

MOMENTS = st.integers(0, 10**15).map(lambda micro: NOW + timedelta(microseconds=micro))
NUMBERS = st.integers(1, 10**15 - 1)
EVENTS: st.SearchStrategy[LineEvent] = st.one_of(
    st.builds(
        Pressed,
        st.sampled_from(Press),
        st.sampled_from(Presser),
        st.from_regex("[0-9a-f]{16}", fullmatch=True),
        NUMBERS,
        MOMENTS,
        st.none() | st.integers(1, 10**9),
    ),
    st.builds(
        DialledOut,
        st.sampled_from(Ground),
        st.sampled_from(Dialling),
        st.none() | NUMBERS,
        NUMBERS,
        MOMENTS,
    ),
)


@given(EVENTS)
def test_what_was_written_is_read_back(event: LineEvent) -> None:
    assert read_event(write_event(event)) == event


def test_a_verdict_is_no_event() -> None:
    assert read_event(record_of()) is None


def test_the_number_that_was_dialled_is_not_in_a_log_line() -> None:
    assert str(CALLER) not in repr(DIALLED)


@pytest.mark.parametrize("event", [SCAM, DIALLED], ids=["pressed", "dialled"])
@pytest.mark.parametrize("value", [None, -1, 0, 10**15, 10**40, 1.5, "x", "\0", [], {}, True])
@pytest.mark.parametrize(
    "field", ["press", "dialled", "by", "then", "call", "number", "line", "at"]
)
def test_a_hostile_value_is_told_or_harmless(event: LineEvent, field: str, value: object) -> None:
    content = json.loads(write_event(event))
    if field not in content:
        return
    content[field] = value
    try:
        found = read_event(json.dumps(content, separators=(",", ":")).encode())
    except RecordError:
        return
    assert found is not None
    assert 0 < found.line < 10**15
    if isinstance(found, Pressed):
        assert is_call_id(found.call_id)
    else:
        assert found.number is None or 0 < found.number < 10**15


@given(st.binary(max_size=60))
def test_what_only_begins_like_an_event_is_told(rest: bytes) -> None:
    with pytest.raises(RecordError):
        read_event(b'{"press":' + rest)


def test_events_lie_among_verdicts(written: Written, folder: Path) -> None:
    written(record_of(), write_event(SCAM), b'{"press":"hard"}', write_event(DIALLED))
    [one] = finished(folder)
    assert one.events == (SCAM, DIALLED)
    assert (len(one.records), one.unreadable) == (1, 1)


class Carrier:
    """Carries events out once it is told to."""

    def __init__(self) -> None:
        self.ready = False
        self.heeded: list[LineEvent] = []

    def heed(self, event: LineEvent, now: datetime) -> bool:
        assert now == NOW
        self.heeded.append(event)
        return self.ready


def test_a_file_stays_until_its_events_are_carried_out(
    database: Database, home: Home, written: Written, folder: Path
) -> None:
    carrier = Carrier()
    collector = Collector(folder, database, heed=carrier.heed)
    written(record_of(), write_event(SCAM), write_event(DIALLED))
    collector.collect(NOW)
    assert len(home.calls()) == 1
    assert list(folder.glob("*.seg"))
    carrier.ready = True
    collector.collect(NOW)
    assert carrier.heeded == [SCAM, DIALLED] * 2
    assert len(home.calls()) == 1
    assert not list(folder.glob("*.seg"))


def test_who_cannot_carry_events_out_leaves_them_to_who_can(
    database: Database, home: Home, written: Written, folder: Path, collector: Collector
) -> None:
    written(record_of(), write_event(SCAM))
    collector.collect(NOW)
    carrier = Carrier()
    carrier.ready = True
    Collector(folder, database, heed=carrier.heed).collect(NOW)
    assert carrier.heeded == [SCAM]


def test_a_moment_is_kept_to_the_microsecond() -> None:
    at = NOW + timedelta(microseconds=1)
    event = read_event(write_event(Pressed(Press.BLOCK, Presser.FAMILY, "0" * 16, LINE, at)))
    assert event is not None
    assert event.at == at
