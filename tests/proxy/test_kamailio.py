"""Kamailio's event stream: netstrings in any pieces, and what is said for each message."""

import asyncio
import itertools
import json
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.proxy.kamailio import MAX_MESSAGE, Netstrings, Stream, StreamError, netstring

from ..asterisk.dialplan import LINE
from .conftest import TOKEN, Proxy


@given(
    messages=st.lists(st.binary(max_size=50), max_size=5),
    cuts=st.lists(st.integers(0, 300), max_size=6),
)
def test_netstrings_are_read_in_any_pieces(messages: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(map(netstring, messages))
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    netstrings = Netstrings()
    found: list[bytes] = []
    for begin, end in itertools.pairwise(places):
        found += netstrings.receive(stream[begin:end])
    assert found == messages


@pytest.mark.parametrize(
    "data", [b"x:a,", b":a,", b"1;a,12", b"1:ab", b"999999:", b"12345678", b"-1:a,", b" 1:a,"]
)
def test_what_is_no_netstring_is_refused(data: bytes) -> None:
    with pytest.raises(StreamError):
        Netstrings().receive(data)


def test_a_netstring_has_a_limit() -> None:
    assert Netstrings().receive(netstring(b"x" * MAX_MESSAGE)) == [b"x" * MAX_MESSAGE]
    with pytest.raises(StreamError):
        Netstrings().receive(b"%d:" % (MAX_MESSAGE + 1))


class Said:
    """A transport that keeps what is said."""

    def __init__(self) -> None:
        self.netstrings = Netstrings()
        self.messages: list[dict[str, Any]] = []
        self.aborted = False

    def write(self, data: bytes) -> None:
        self.messages += map(json.loads, self.netstrings.receive(data))

    def is_closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        self.aborted = True


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def stream(proxy: Proxy, said: Said) -> Stream:
    stream = Stream(proxy.desk, TOKEN, lambda: None)
    stream.connection_made(cast(asyncio.Transport, said))
    return stream


def asked(index: int, question: object) -> bytes:
    return netstring(
        b'{"index":%d,"label":7,"question":%b}' % (index, json.dumps(question).encode())
    )


async def test_it_says_hello_and_answers_each_question(stream: Stream, said: Said) -> None:
    stream.data_received(
        asked(1, {"called": LINE, "from": "<sip:0422992222@x>", "passed_on": ["warn"]})
        + asked(2, {"called": "0422990777"})
    )
    hello, first, second = said.messages
    assert hello == {"token": TOKEN, "hello": True}
    assert (first["index"], first["label"], first["route"]) == (1, 7, "node")
    assert (second["index"], second["reason"]) == (2, "no-consent")
    assert {first["token"], second["token"]} == {TOKEN}


async def test_a_refusal_is_kept_before_it_is_told(
    stream: Stream, said: Said, proxy: Proxy
) -> None:
    proxy.journal.slow.clear()
    stream.data_received(asked(1, {"called": LINE, "pai": ["<sip:+12025550123@x>"]}))
    await asyncio.sleep(0)
    assert len(said.messages) == 1
    proxy.journal.slow.set()
    async with asyncio.timeout(30):
        while len(said.messages) < 2:
            await asyncio.sleep(0.01)
    assert said.messages[1]["sip"]["code"] == 603
    assert len(proxy.journal.records) == 1


async def test_a_question_that_cannot_be_read_lets_the_call_go_on(
    stream: Stream, said: Said
) -> None:
    stream.data_received(asked(1, {"from": "x"}) + asked(2, {"called": "?", "encoding": "base64"}))
    assert [one["open"] for one in said.messages[1:]] == ["question", "question"]


@pytest.mark.parametrize(
    "message",
    [b"", b"{}", b"[]", b'{"index":1,"question":{}}', b'{"index":{},"label":1,"question":'],
)
async def test_whoever_speaks_otherwise_is_left(stream: Stream, said: Said, message: bytes) -> None:
    stream.data_received(netstring(message))
    assert said.aborted


async def test_an_end_is_told(proxy: Proxy) -> None:
    over = asyncio.Event()
    Stream(proxy.desk, TOKEN, over.set).connection_lost(None)
    assert over.is_set()
