"""Following through a cluster, and through a Sentinel failover."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from callguard.blocklist.errors import FeedError
from callguard.feed import trust_stream
from callguard.feed.connect import connect, connect_async
from callguard.feed.streams import stream_key

from .node import Clock, Node, Police, eventually, impatient, trusting
from .operator import new_key
from .servers import Ports, running, start_cluster, start_server, until

pytestmark = pytest.mark.slow

SOURCES = ("tokyo", "osaka", "kyoto", "nagoya", "fukuoka", "sapporo")
"""Their streams lie on each of three masters."""


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, free_ports: Ports) -> Iterator[str]:
    servers = start_cluster(tmp_path_factory.mktemp("c"), free_ports)
    with running(*servers):
        yield "cluster://" + ",".join(f"127.0.0.1:{one.port}" for one in servers)


@pytest.fixture
async def node(tmp_path: Path, clock: Clock, cluster: str) -> AsyncIterator[Node]:
    async with connect_async(cluster) as reader:
        node = Node(tmp_path / "node", reader, clock, one_by_one=True)
        yield node
        await node.stop()


async def test_in_a_cluster_each_source_is_followed_wherever_its_stream_lies(
    tmp_path: Path, clock: Clock, cluster: str, node: Node
) -> None:
    operator = new_key()
    with connect(cluster) as client:
        cluster_client: Any = client
        streams = [f"callguard:feed:{name}" for name in SOURCES]
        assert len({cluster_client.get_node_from_key(stream) for stream in streams}) == 3
        everyone = [Police(tmp_path, clock, client, name) for name in SOURCES]
        first, *others = everyone
        node.trust.install(trusting(operator, *(one.trust() for one in others)), clock())
        node.start()
        for last, one in enumerate(everyone):
            one.lists(last)
        await node.enforces(1, 2, 3, 4, 5)
        # A snapshot, whose chunks lie elsewhere again, and a root.
        first.publisher.snapshot()
        client.xtrim("callguard:feed:tokyo", maxlen=0, approximate=False)
        rotated = (one.trust() for one in (first, *others[1:]))
        trust_stream.publish(client, {2: trusting(operator, *rotated, version=2)})
        await node.enforces(0, 2, 3, 4, 5)
        others[1].removes(2)
        others[2].lists(7)
        await node.enforces(0, 3, 4, 5, 7)
        assert not node.follower.state.faults
        assert not node.follower.state.alarms


async def test_a_failover_under_way_loses_no_batch(
    tmp_path: Path, clock: Clock, free_ports: Ports
) -> None:
    one, two, three = free_ports(3)
    master = start_server(tmp_path / "1", one, "repl-diskless-sync-delay 0")
    replica = start_server(
        tmp_path / "2", two, f"replicaof 127.0.0.1 {one}", "replica-read-only no"
    )
    with running(master, replica), redis.Redis(port=two) as second:
        until(lambda: second.info("replication")["master_link_status"] == "up")
        sentinel = start_server(
            tmp_path / "3",
            three,
            f"sentinel monitor police 127.0.0.1 {one} 1",
            "sentinel down-after-milliseconds police 300",
            "sentinel failover-timeout police 3000",
            sentinel=True,
        )
        url = f"sentinel://127.0.0.1:{three}/police"
        with running(sentinel), connect(url) as client:
            with redis.Redis(port=three) as watch:
                until(lambda: watch.sentinel_slaves("police"))
            tokyo = Police(tmp_path, clock, client)
            async with connect_async(url) as reader:
                node = Node(tmp_path / "node", reader, clock)
                node.trust.install(trusting(new_key(), tokyo.trust()), clock())
                node.start()
                tokyo.lists(1)
                tokyo.lists(2)
                await node.enforces(1, 2)
                assert client.wait(1, 5000) == 1
                master.kill()
                # As if the replica had been behind: the new master lacks what nodes have.
                second.delete(stream_key("tokyo"))
                with pytest.raises(FeedError, match="is signed and kept, and not yet published"):
                    tokyo.lists(3)
                assert node.enforced() == {1, 2}
                await eventually(lambda: reaches(tokyo))
                await node.enforces(1, 2, 3)
                tokyo.removes(1)
                await node.enforces(2, 3)
                assert not node.fault()
                assert not node.follower.state.alarms
                assert node.store.load("tokyo").list.digest() == tokyo.outbox.load().digest()
                await node.stop()


def reaches(tokyo: Police) -> bool:
    """Say that the source is there, if there is a master."""
    try:
        tokyo.beats()
    except FeedError:
        return False
    return True
