"""A node keeps what it takes in, before it acts on it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis
import redis.asyncio

from callguard.feed.statement import Kind

from .node import NUMBERS, Clock, Node, Police, eventually, impatient, trusting
from .operator import new_key


@pytest.fixture
def police(tmp_path: Path, client: redis.Redis) -> Police:
    return Police(tmp_path, Clock(), client)


@pytest.fixture
async def node(
    tmp_path: Path,
    reader: redis.asyncio.Redis,
    police: Police,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Node]:
    impatient(monkeypatch)
    node = Node(tmp_path / "node", reader, police.clock)
    node.trust.install(trusting(new_key(), police.trust()), police.clock())
    yield node
    await node.stop()


def trail(node: Node) -> list[tuple[Kind, int]]:
    return [(entry.kind, entry.sequence) for entry in node.audit.entries("tokyo")]


async def test_a_listing_and_its_retraction_are_in_the_trail(node: Node, police: Police) -> None:
    police.lists(1)
    node.start()
    await node.enforces(1)
    police.removes(1)
    await node.enforces()
    assert trail(node) == [(Kind.BATCH, 1), (Kind.BATCH, 2)]
    listed, retracted = node.audit.history(NUMBERS[1])
    assert listed.terms is not None
    assert retracted.terms is None


async def test_a_snapshot_stands_for_the_batches_that_are_gone(node: Node, police: Police) -> None:
    police.lists(1)
    police.lists(2)
    police.publisher.snapshot()
    node.start()
    await node.enforces(1, 2)
    police.lists(3)
    await node.enforces(1, 2, 3)
    assert trail(node) == [(Kind.SNAPSHOT, 2), (Kind.BATCH, 3)]


async def test_what_is_refused_is_not_in_the_trail(
    node: Node, police: Police, client: redis.Redis
) -> None:
    police.lists(1)
    node.start()
    await node.enforces(1)
    client.xadd("callguard:feed:tokyo", {"batch": b"forged"}, id="2-0")
    await eventually(node.fault)
    assert trail(node) == [(Kind.BATCH, 1)]


async def test_without_a_trail_nothing_changes_until_there_is_room(
    node: Node, police: Police
) -> None:
    node.audit.folder.write_text("in the way")
    police.lists(1)
    node.start()
    await eventually(lambda: "the audit trail of tokyo cannot be written" in node.fault())
    assert node.enforced() == set()
    node.audit.folder.unlink()
    await node.enforces(1)
    assert trail(node) == [(Kind.BATCH, 1)]
