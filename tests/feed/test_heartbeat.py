"""Heartbeats: a source says where its list stands, and nothing else."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.blocklist.errors import BatchError
from callguard.feed.heartbeat import Heartbeat, read_heartbeat, sign_heartbeat
from callguard.feed.statement import Kind

from .police import EMPTY_SET, NOW, Source, add

TOKYO = Source()
TRUST = TOKYO.trust()
MEANT = Heartbeat("tokyo", 12, "ab" * 32, NOW, NOW + timedelta(minutes=5), EMPTY_SET)


def test_what_a_source_meant_arrives() -> None:
    assert read_heartbeat(sign_heartbeat(MEANT, TOKYO.key), TRUST, NOW) == MEANT


def test_it_stands_where_the_last_batch_left_the_list() -> None:
    source = Source()
    source.signs(add(1))
    found = read_heartbeat(source.heartbeat(), source.trust(), NOW)
    assert (found.sequence, found.head) == (1, source.list.head)
    assert found.set_digest == source.list.digest()


@pytest.mark.parametrize("head", [None, "", 5, [], "g" * 64, "A" * 64])
def test_a_head_that_is_none(head: Any) -> None:
    with pytest.raises(
        BatchError, match=r"source tokyo: signed, but not a heartbeat: (no head|.* not a digest)"
    ):
        read_heartbeat(TOKYO.signs_content(Kind.HEARTBEAT, head=head), TRUST, NOW)


def test_one_that_ends_at_once() -> None:
    ended = replace(MEANT, expires_at=MEANT.issued_at)
    with pytest.raises(BatchError, match="before it is issued"):
        read_heartbeat(sign_heartbeat(ended, TOKYO.key), TRUST, NOW)


JSON = st.none() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers())
NAMES = st.sampled_from(["format", "source", "sequence", "head", "issued", "expires", "set"])


@given(st.dictionaries(NAMES, JSON, min_size=1, max_size=3))
def test_any_signed_json_is_a_heartbeat_or_refused(changes: dict[str, Any]) -> None:
    try:
        found = read_heartbeat(TOKYO.signs_content(Kind.HEARTBEAT, **changes), TRUST, NOW)
    except BatchError:
        return
    assert found.source == "tokyo"
