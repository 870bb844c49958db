"""Clients for real servers: plain, TLS, Sentinel with a failover, Cluster."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from callguard.blocklist.errors import FeedError
from callguard.demo.certificates import Authority
from callguard.feed.address import TLS
from callguard.feed.connect import (
    FAULTS,
    AsyncClient,
    Client,
    connect,
    connect_async,
    explain,
    is_cluster,
)

from .conftest import SecureServer
from .servers import Ports, Server, running, start_cluster, start_server, until

pytestmark = pytest.mark.slow

SOURCES = [f"police-{number}" for number in range(8)]


def why(client: Client) -> str:
    """What is said of a feed that does not answer."""
    with client, pytest.raises(FAULTS) as caught:
        client.ping()
    message = str(explain(caught.value))
    assert len(message.splitlines()) == 1
    return message


async def why_async(client: AsyncClient) -> str:
    with pytest.raises(FAULTS) as caught:
        await client.ping()
    await client.aclose()
    return str(explain(caught.value))


# One server.


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, free_ports: Ports) -> Iterator[Server]:
    started = start_server(tmp_path_factory.mktemp("r"), free_ports(1)[0])
    with running(started):
        yield started


async def test_a_server_is_reached_by_port_and_by_socket(server: Server) -> None:
    for url in (server.url, server.socket):
        with connect(f"{url}?db=1") as client:
            client.set("key", url)
        async with connect_async(f"{url}?db=1") as reader:
            assert await reader.get("key") == url.encode()
        with connect(url) as client:
            assert client.get("key") is None


async def test_a_server_that_is_not_there_is_told(free_ports: Ports) -> None:
    url = f"redis://127.0.0.1:{free_ports(1)[0]}"
    assert why(connect(url)).startswith("the feed cannot be reached: ")
    assert (await why_async(connect_async(url))).startswith("the feed cannot be reached: ")


def test_a_wrong_password_is_told_and_not_repeated(server: Server) -> None:
    url = server.url.replace("//", "//tokyo:S3CRET@")
    assert why(connect(url)) == "the feed refuses the user or the password of the Redis URL"


def test_only_a_cluster_is_one() -> None:
    assert is_cluster("cluster://a")
    assert not is_cluster("redis://a")


# TLS.


async def test_tls_with_a_client_certificate(secure: SecureServer) -> None:
    with connect(secure.url, secure.tls) as client:
        assert client.ping()
    async with connect_async(secure.url, secure.tls) as reader:
        assert await reader.ping()


def test_the_files_may_stand_in_the_url(secure: SecureServer) -> None:
    files = secure.tls
    url = f"{secure.url}?ca={files.ca}&cert={files.cert}&key={files.key}"
    with connect(url) as client:
        assert client.ping()


async def test_a_server_of_another_ca_is_not_trusted(secure: SecureServer, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "stranger")
    tls = TLS(stranger.file, secure.tls.cert, secure.tls.key)
    for message in (
        why(connect(secure.url, tls)),
        await why_async(connect_async(secure.url, tls)),
        why(connect(secure.url)),
    ):
        assert message.startswith("the feed's certificate is not trusted (")
        assert message.endswith("); redis_ca names the CA that signed it")


async def test_a_missing_client_certificate_is_told(secure: SecureServer) -> None:
    tls = TLS(secure.tls.ca)
    for message in (
        why(connect(secure.url, tls)),
        await why_async(connect_async(secure.url, tls)),
    ):
        assert "a client certificate" in message
        assert message.endswith("set redis_cert and redis_key")


def test_a_file_that_is_no_certificate_is_named(secure: SecureServer, tmp_path: Path) -> None:
    nothing = tmp_path / "none.pem"
    with pytest.raises(FeedError, match=r"redis_ca: .*none\.pem is not a readable PEM"):
        connect(secure.url, TLS(nothing))
    with pytest.raises(FeedError, match=r"redis_cert, redis_key: .*none\.pem are not"):
        connect_async(secure.url, TLS(secure.tls.ca, nothing))


# Sentinel.


async def test_after_a_failover_the_new_master_is_written_and_read(
    tmp_path: Path, free_ports: Ports
) -> None:
    one, two, three = free_ports(3)
    master = start_server(tmp_path / "1", one, "repl-diskless-sync-delay 0")
    replica = start_server(tmp_path / "2", two, f"replicaof 127.0.0.1 {one}")
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
            async with connect_async(url) as reader:
                client.xadd("callguard:feed:tokyo", {"batch": "one"}, id="1-0")
                assert client.wait(1, 5000) == 1
                assert await reader.xlen("callguard:feed:tokyo") == 1
                master.kill()
                until(lambda: second.info("replication")["role"] == "master")
                until(lambda: client.xadd("callguard:feed:tokyo", {"batch": "two"}, id="2-0"))
                with pytest.raises(FAULTS):
                    await reader.xlen("callguard:feed:tokyo")  # over the connection of before
                assert await reader.xlen("callguard:feed:tokyo") == 2


async def test_sentinels_that_know_no_such_service_are_told(
    tmp_path: Path, free_ports: Ports
) -> None:
    port, gone = free_ports(2)
    with running(start_server(tmp_path, port, sentinel=True)):
        url = f"sentinel://127.0.0.1:{gone},127.0.0.1:{port}/police"
        expected = "the feed cannot be reached: no sentinel names a master that is up"
        assert why(connect(url)) == expected
        assert await why_async(connect_async(url)) == expected


# Cluster.


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory, free_ports: Ports) -> Iterator[str]:
    servers = start_cluster(tmp_path_factory.mktemp("c"), free_ports)
    with running(*servers):
        yield "cluster://" + ",".join(f"127.0.0.1:{one.port}" for one in servers)


async def test_streams_of_several_sources_lie_anywhere_in_a_cluster(cluster: str) -> None:
    streams = [f"callguard:feed:{source}" for source in SOURCES]
    with connect(cluster) as client:
        for stream in streams:
            client.xadd(stream, {"batch": stream}, id="1-0")
    async with connect_async(cluster) as reader:
        for stream in streams:
            assert await reader.xrange(stream) == [(b"1-0", {b"batch": stream.encode()})]
        with pytest.raises(FAULTS):
            await reader.xread(dict.fromkeys(streams, "0"))


async def test_a_cluster_that_is_not_there_is_told(free_ports: Ports) -> None:
    url = f"cluster://127.0.0.1:{free_ports(1)[0]}"
    with pytest.raises(FeedError, match="the feed cannot be reached: "):
        connect(url)
    assert (await why_async(connect_async(url))).startswith("the feed cannot be reached: ")
