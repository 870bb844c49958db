"""Root files in Redis; against a real server."""

import pytest
import redis

from callguard.blocklist.errors import TrustError
from callguard.feed.trust_stream import publish

from .operator import new_key, root

A = new_key()
FIRST, SECOND = root(A), root(A, version=2)


def test_roots_are_published_by_version(client: redis.Redis) -> None:
    assert publish(client, {1: FIRST}) == 1
    assert publish(client, {1: FIRST, 2: SECOND}) == 1
    assert client.xrange("callguard:trust") == [
        (b"1-0", {b"root": FIRST}),
        (b"2-0", {b"root": SECOND}),
    ]


def test_a_stream_that_was_lost_is_filled_again(client: redis.Redis) -> None:
    assert publish(client, {1: FIRST, 2: SECOND}) == 2


def test_a_version_that_is_there_is_refused(client: redis.Redis) -> None:
    publish(client, {1: FIRST, 2: SECOND})
    with pytest.raises(TrustError, match="the feed has root version 2 already, or a newer one"):
        publish(client, {1: FIRST, 2: SECOND})
