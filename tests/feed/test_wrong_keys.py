"""Keys in Redis that are something else than they should be: whoever may write can make them."""

import pytest
import redis

from callguard.feed.streams import TRUST_STREAM, snapshot_key, stream_key

from .node import Boot, Police, eventually, impatient


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch)


async def test_a_key_that_is_no_stream_stops_no_other_source(
    boot: Boot, tokyo: Police, osaka: Police, client: redis.Redis
) -> None:
    node = boot(tokyo.trust(), osaka.trust())
    tokyo.lists(1)
    await node.enforces(1)
    client.delete(stream_key("tokyo"))
    client.set(stream_key("tokyo"), b"no stream")
    await eventually(lambda: "is not a stream" in node.fault())
    osaka.lists(5)
    await node.enforces(1, 5)
    assert node.follower.state.connected
    assert node.follower.state.alarms["tokyo"] == 1


async def test_it_is_followed_again_once_the_key_is_gone(
    boot: Boot, tokyo: Police, client: redis.Redis
) -> None:
    client.set(stream_key("tokyo"), b"no stream")
    node = boot()
    await eventually(lambda: "is not a stream" in node.fault())
    client.delete(stream_key("tokyo"))
    tokyo.lists(1)
    await node.enforces(1)
    await eventually(lambda: not node.fault())


async def test_roots_that_are_no_stream_stop_no_source(
    boot: Boot, tokyo: Police, client: redis.Redis
) -> None:
    client.set(TRUST_STREAM, b"no stream")
    node = boot()
    tokyo.lists(1)
    await node.enforces(1)


async def test_a_snapshot_of_another_type_stops_no_batch(
    boot: Boot, tokyo: Police, client: redis.Redis
) -> None:
    tokyo.lists(1)
    client.delete(snapshot_key("tokyo"))
    client.lpush(snapshot_key("tokyo"), b"no snapshot")
    node = boot()
    await node.enforces(1)
