"""What is kept of a verdict, and what is not."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.calllog.record import Defence, RecordError, read, write
from callguard.numbers import Caller, Origin, classify_number
from callguard.numbers.caller import Disclosed, Kind
from callguard.screening import Action, Reason, Verdict

from .conftest import LINE, NOW, record_of, verdict


def test_a_verdict_is_read_back() -> None:
    about = verdict(action=Action.REJECT, reason=Reason.FRAUD_LIST, source="tokyo", until=None)
    record = read(record_of(about, call_id="00000000000000ab"))
    assert (record.call_id, record.line, record.at) == ("00000000000000ab", LINE, NOW)
    assert (record.action, record.reason) == (Action.REJECT, Reason.FRAUD_LIST)
    assert (record.defence, record.origin) == (Defence.DAEMON, Origin.DOMESTIC)
    assert record.number == 81422990199
    assert record.evidence == {"source": "tokyo", "until": None}
    assert record.caller == {"origin": "domestic", "number": "+81422990199", "kind": "fixed"}


@given(
    st.builds(
        Caller,
        st.sampled_from(Origin),
        st.none() | st.integers(1, 10**16),
        st.none() | st.sampled_from(Kind),
        st.none() | st.integers(1, 999),
        st.none() | st.text(),
        st.none(),
        st.none() | st.text(),
    ),
    st.dictionaries(st.text(), st.none() | st.text() | st.booleans()),
)
def test_a_record_is_the_verdict_in_json(caller: Caller, evidence: dict[str, Any]) -> None:
    about = Verdict(Action.WARN, Reason.UNLISTED, caller, evidence)
    data = write(
        about,
        call_id="00000000000000ab",
        line=LINE,
        at=NOW,
        defence=Defence.DAEMON,
        hidden=None,
    )
    content = json.loads(data)
    assert [content.pop(name) for name in ("call", "line", "defence")] == [
        "00000000000000ab",
        LINE,
        "daemon",
    ]
    assert content.pop("at") == NOW.timestamp() * 1e6
    assert content == about.to_json()


def test_a_withheld_number_is_kept_as_its_hash_only() -> None:
    caller = Caller(Origin.WITHHELD, disclosed=Disclosed(81422990987))
    data = write(
        Verdict(Action.REJECT, Reason.WITHHELD, caller),
        call_id="0" * 16,
        line=LINE,
        at=NOW,
        defence=Defence.DAEMON,
        hidden=b"\1" * 32,
    )
    assert b"990987" not in data
    record = read(data)
    assert record.number is None
    assert record.hidden == b"\1" * 32
    assert record.columns(7)["household_id"] == 7


@pytest.mark.parametrize("number", ["110", "119"])
def test_an_emergency_service_keeps_its_short_code(number: str) -> None:
    about = Verdict(Action.CONNECT, Reason.HOUSEHOLD_ALLOW, classify_number(number))
    assert read(record_of(about)).number == int(number)


def test_a_number_longer_than_any_is_in_no_column() -> None:
    about = Verdict(Action.REJECT, Reason.MALFORMED, Caller(Origin.MALFORMED, number=10**15))
    record = read(record_of(about))
    assert record.number is None
    assert record.caller["number"] == f"+{10**15}"


def test_no_number_is_in_what_a_record_prints() -> None:
    assert "990199" not in repr(read(record_of()))


def without(name: str) -> dict[str, Any]:
    content = json.loads(record_of())
    del content[name]
    return dict(content)


def with_(**values: Any) -> dict[str, Any]:
    return {**json.loads(record_of()), **values}


@pytest.mark.parametrize(
    "content",
    [
        *[without(name) for name in ("call", "line", "at", "action", "reason", "caller")],
        with_(call="short"),
        with_(line=2**63),
        with_(line=0),
        with_(call="G" * 16),
        with_(action="shout"),
        with_(at=10**30),
        with_(caller=[]),
        with_(caller={"origin": "mars"}),
        with_(caller={"origin": "domestic", "number": "x"}),
        with_(evidence="text"),
        with_(hidden="zz"),
        [],
        None,
    ],
)
def test_what_is_no_record_is_refused(content: Any) -> None:
    with pytest.raises(RecordError) as caught:
        read(json.dumps(content).encode())
    assert "990199" not in str(caught.value)


@given(st.binary(max_size=200))
def test_no_bytes_do_harm(data: bytes) -> None:
    with pytest.raises(RecordError):
        read(data)
