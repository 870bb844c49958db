"""Every attack on the feed is refused with one line, alarmed, and changes nothing."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis
import redis.asyncio

from callguard.blocklist.errors import FeedError
from callguard.demo.attacks import ATTACKS, LAST_PART, Attack, Mallory, mass_listing
from callguard.feed.streams import stream_key

from .node import Clock, Node, Police, eventually, impatient, trusting
from .operator import new_key

pytestmark = pytest.mark.slow

REFUSED = {
    "wrong key": "the signature of a batch does not hold (bad_signature)",
    "expired key": " held until 2026-11-23T03:00:00.000Z; it is ",
    "unknown source": "key 'mallory-1' is not its own",
    "another source's name": "a batch of 'kyoto' in its stream",
    "foreign removal": "key 'kyoto-1' is not its own",
    "replay": "batch 1 again; 3 is applied",
    "rollback": "batch 2 again; 3 is applied",
    "gap": "batch 5 does not follow on batch 3",
    "fork": "batch 3 is not the one that was applied: the source has two histories",
    "fork before the last batch": "batch 4 follows on another batch 3 than the one that was",
    "heartbeat of another history": "a heartbeat after batch 3 names another list",
    "heartbeat of a batch that never came": "a heartbeat after batch 6, and batch 3 is the last",
    "oversized batch": " bytes; at most 16777216 are accepted",
    "oversized range": "batch 4: signed, but not a batch: a range from 81422990000 to 81423000000",
    "category outside its rights": "batch 4: lists robocall, for which the source has no right",
    "clock ahead": "batch 4 is dated 2026-11-25T03:00:04.000Z, in the future",
    "clock behind": "batch 4 is dated before what the source said last",
    "list that does not result": "batch 4 does not make the list that the source says it makes",
    "truncated batch": "the signature of a batch does not hold",
    "corrupted batch": "the signature of a batch does not hold",
    "junk": "is neither batch nor heartbeat",
    "junk before the next batch": "the signature of a batch does not hold",
    "snapshot without a chunk": "snapshot 5 lacks chunk 0",
    "truncated snapshot": "snapshot 5: chunk 0 is damaged",
    "corrupted snapshot": "snapshot 5: chunk 0 is damaged",
    "well-formed truncated snapshot": "snapshot 5: chunk 0 is damaged",
    "mass listing": "batch 4 is held: 11000 new numbers at once; its quota is 10000",
}


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch)


@pytest.fixture
def tokyo(tmp_path: Path, clock: Clock, client: redis.Redis) -> Police:
    """A source that has published three batches and a heartbeat."""
    tokyo = Police(tmp_path, clock, client)
    tokyo.lists(1)
    tokyo.lists(2)
    tokyo.lists(3)
    tokyo.beats()
    return tokyo


@pytest.fixture
def mallory(client: redis.Redis, tokyo: Police) -> Mallory:
    return Mallory(client, tokyo.outbox, tokyo.key, tokyo.expired, tokyo.clock)


@pytest.fixture
async def node(
    tmp_path: Path, clock: Clock, tokyo: Police, reader: redis.asyncio.Redis
) -> AsyncIterator[Node]:
    """A node that has followed the source so far."""
    node = Node(tmp_path / "node", reader, clock)
    node.trust.install(trusting(new_key(), tokyo.trust()), clock())
    node.start()
    await node.enforces(1, 2, 3)
    yield node
    await node.stop()


def alarms(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.levelname == "ERROR"]


@pytest.mark.parametrize(("name", "attack"), ATTACKS, ids=[name for name, _ in ATTACKS])
async def test_an_attack_is_refused_alarmed_and_changes_nothing(
    node: Node,
    mallory: Mallory,
    tokyo: Police,
    name: str,
    attack: Attack,
    caplog: pytest.LogCaptureFixture,
) -> None:
    before, files = node.follower.lists["tokyo"].enforced(), node.on_disk()
    attack(mallory)
    await eventually(lambda: any(REFUSED[name] in line for line in alarms(caplog)))
    assert all(line.startswith("source tokyo: ") for line in alarms(caplog))
    assert all(len(line.splitlines()) == 1 for line in alarms(caplog))
    assert node.follower.state.alarms["tokyo"] == len(alarms(caplog))
    assert node.follower.lists["tokyo"].enforced() == before
    if attack is not mass_listing:
        assert node.on_disk() == files
        assert REFUSED[name] in node.fault() or "does not follow on batch 3" in node.fault()
    assert node.enforced() == {1, 2, 3}
    # The source is not silenced by it.
    tokyo.lists(4)
    await node.enforces(1, 2, 3, 4)
    assert not node.fault()


async def test_an_attack_is_alarmed_once_however_often_it_is_read(
    node: Node, mallory: Mallory, tokyo: Police, caplog: pytest.LogCaptureFixture
) -> None:
    for _, attack in ATTACKS[:6]:
        attack(mallory)
    await eventually(lambda: node.follower.state.alarms["tokyo"] == 6)
    await node.looks_again(3)
    assert len(alarms(caplog)) == 6
    assert len(set(alarms(caplog))) == 6


async def test_silence_is_alarmed_and_the_list_stays_in_force(
    node: Node, tokyo: Police, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    state = node.follower.state
    await eventually(lambda: state.sources["tokyo"].state == "fresh")
    clock.later(minutes=6)
    await eventually(lambda: state.alarms["tokyo"] == 1)
    assert "source tokyo is silent: nothing has come for longer than it said" in caplog.text
    assert "in force at batch 3" in caplog.text
    assert state.sources["tokyo"].state == "stale"
    assert state.sources["tokyo"].since == "2026-11-24T03:05:04.000Z"
    assert node.enforced() == {1, 2, 3}
    tokyo.beats()
    await eventually(lambda: state.sources["tokyo"].state == "fresh")
    assert state.alarms["tokyo"] == 1


async def test_a_heartbeat_of_before_makes_no_source_fresh(
    node: Node, mallory: Mallory, client: redis.Redis, clock: Clock
) -> None:
    entries: list[tuple[bytes, dict[bytes, bytes]]] = client.xrevrange(  # type: ignore[assignment]
        stream_key("tokyo"), count=1
    )
    clock.later(minutes=6)
    state = node.follower.state
    await eventually(lambda: state.sources["tokyo"].state == "stale")
    mallory.append(entries[0][1][b"heartbeat"], b"heartbeat")
    await eventually(lambda: "a heartbeat after batch 3 again" in node.fault())
    await eventually(lambda: state.alarms["tokyo"] == 2)  # the silence, too
    assert state.sources["tokyo"].state == "stale"


async def test_a_removal_by_another_source_removes_nothing(
    tmp_path: Path, node: Node, tokyo: Police, clock: Clock, client: redis.Redis
) -> None:
    osaka = Police(tmp_path, clock, client, "osaka")
    await node.stop()
    key = new_key()
    node = Node(tmp_path / "second", node.follower._client, clock)
    node.trust.install(trusting(key, tokyo.trust(), osaka.trust()), clock())
    node.start()
    await node.enforces(1, 2, 3)
    osaka.removes(1, 2)
    await eventually(lambda: node.sequence("osaka") == 1)
    assert node.enforced() == {1, 2, 3}
    await node.stop()


async def test_a_stream_that_nobody_can_append_to_is_told_and_heals_when_it_is_deleted(
    node: Node, mallory: Mallory, tokyo: Police, client: redis.Redis
) -> None:
    mallory.append(b"junk", entry=f"{LAST_PART}-{LAST_PART}")
    await eventually(node.fault)
    with pytest.raises(FeedError, match=f"goes on to entry {LAST_PART}-{LAST_PART}, .* delete"):
        tokyo.lists(4)
    client.delete(stream_key("tokyo"))
    tokyo.lists(5)
    await node.enforces(1, 2, 3, 4, 5)
    await eventually(lambda: not node.fault())


async def test_what_came_with_an_attack_is_applied(
    node: Node, mallory: Mallory, tokyo: Police, client: redis.Redis
) -> None:
    await node.stop()
    tokyo.lists(4)
    mallory.append(b"junk")
    tokyo.lists(5)
    mallory.append(b"junk")
    node.start()
    await node.enforces(1, 2, 3, 4, 5)
    await eventually(node.fault)


async def test_a_new_node_reads_past_an_attack_and_takes_the_sources_next_snapshot(
    tmp_path: Path, mallory: Mallory, tokyo: Police, clock: Clock, reader: redis.asyncio.Redis
) -> None:
    mallory.put_chunks([b"" for _ in mallory.snapshot()])
    node = Node(tmp_path / "new", reader, clock)
    node.trust.install(trusting(new_key(), tokyo.trust()), clock())
    node.start()
    await node.enforces(1, 2, 3)
    assert node.follower.state.alarms["tokyo"] == 1
    await node.stop()
