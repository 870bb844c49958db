"""A statement in one line, or why it does not hold."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callguard.blocklist.errors import BatchError, FeedError, TrustError
from callguard.blocklist.listing import Category
from callguard.feed.reading import read_statement

from .police import NOW, Source, add, remove, span

SOURCE = Source()
TRUSTED = {"tokyo": SOURCE.trust()}


def said(token: bytes, source: Source) -> str:
    return str(read_statement(token, {source.name: source.trust()}, NOW))


def test_a_batch_says_what_it_lists_and_what_it_takes_off() -> None:
    tokyo, until = Source(), NOW + timedelta(days=3)
    token = tokyo.signs(
        add(span(1, 3), evidence="A-17", until=until), add(9, simulated=True), remove(1)
    )
    assert said(token, tokyo) == (
        "source tokyo: batch 1, 2026-11-24T03:00:00.000Z: lists 3 numbers (fake-police, reference "
        "'A-17', until 2026-11-27T03:00:00.000Z); lists 1 number (fake-police, on trial); takes 1 "
        "number off"
    )


def test_a_batch_may_change_nothing() -> None:
    tokyo = Source()
    assert said(tokyo.signs(), tokyo).endswith(": changes nothing")


def test_a_heartbeat_says_until_when_it_stands() -> None:
    tokyo = Source()
    tokyo.signs(add(1))
    assert said(tokyo.heartbeat(), tokyo) == (
        "source tokyo: heartbeat after batch 1, 2026-11-24T03:00:00.000Z, the next by "
        "2026-11-24T03:05:00.000Z"
    )


def test_a_snapshot_says_how_much_there_is() -> None:
    tokyo = Source()
    tokyo.signs(add(1, 2), add(3, category=Category.REFUND))
    manifest, _ = tokyo.snapshot()
    assert said(manifest, tokyo) == (
        "source tokyo: snapshot after batch 1, 2026-11-24T03:00:00.000Z: 3 numbers"
    )


def test_what_a_reference_hides_is_shown() -> None:
    tokyo = Source()
    assert "\x1b" not in said(tokyo.signs(add(1, evidence="\x1b[2J")), tokyo)


def test_a_source_that_is_not_trusted_is_told() -> None:
    with pytest.raises(TrustError, match="source 'osaka' is not trusted; there are tokyo"):
        read_statement(Source("osaka").signs(add(1)), TRUSTED, NOW)
    with pytest.raises(TrustError, match="there is none"):
        read_statement(Source().signs(add(1)), {}, NOW)


def test_a_key_that_is_not_the_sources_is_told() -> None:
    with pytest.raises(TrustError, match="is not its own"):
        read_statement(Source(kid="stolen").signs(add(1)), TRUSTED, NOW)
    with pytest.raises(BatchError, match="the signature of a batch does not hold"):
        read_statement(Source().signs(add(1)), TRUSTED, NOW)


@pytest.mark.parametrize("token", [b"", b"a", b"a.b.c", b"e30.e30.e30", b"W10.W10.W10", b"...."])
def test_what_is_no_statement_is_told(token: bytes) -> None:
    with pytest.raises(BatchError, match="not a signed statement"):
        read_statement(token, TRUSTED, NOW)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_one_line(token: bytes) -> None:
    with pytest.raises(FeedError) as caught:
        read_statement(token, TRUSTED, NOW)
    assert len(str(caught.value).splitlines()) == 1
