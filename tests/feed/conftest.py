"""Redis with what stands in the way of strangers: access rules, TLS."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from callguard.feed.address import TLS

from .certificates import Authority
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
