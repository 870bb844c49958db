"""Where the feed is: the Redis URL, read. No error repeats any part of it: it holds a password."""

import re
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import NoReturn
from urllib.parse import parse_qsl, unquote, urlsplit

from ..blocklist.errors import FeedError


class Shape(Enum):
    """How Redis is run there."""

    SERVER = "server"
    SOCKET = "socket"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


_SHAPES = {
    "redis": Shape.SERVER,
    "rediss": Shape.SERVER,
    "unix": Shape.SOCKET,
    "sentinel": Shape.SENTINEL,
    "cluster": Shape.CLUSTER,
}
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::([0-9]{1,5}))?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TLS:
    """PEM files of a TLS connection.

    ``ca`` signs the servers' certificates (None: the machine's own CAs do); ``cert`` and ``key``
    are this client's (the key may be in the certificate's file).
    """

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """A Redis URL, read."""

    shape: Shape
    hosts: tuple[tuple[str, int], ...]
    """Host and port: of the server, of each sentinel, or of some servers of the cluster."""
    socket: str
    """Path of the Unix socket."""
    service: str
    """What the sentinels call the servers."""
    username: str | None
    password: str | None = field(repr=False)
    db: int
    tls: TLS | None
    """None: without TLS."""


def parse(url: str, files: TLS) -> Address:
    """Read a Redis URL; with TLS, *files* are used where the URL names none.

    ::

        redis://[USER:PASSWORD@]HOST[:PORT][/DB]          rediss:// for TLS
        unix://[USER:PASSWORD@]/PATH[?db=DB]
        sentinel://[USER:PASSWORD@]HOST[:PORT],…/SERVICE[?db=DB&tls=1]
        cluster://[USER:PASSWORD@]HOST[:PORT],…[?tls=1]

    With TLS, ``ca=``, ``cert=`` and ``key=`` may name files in the query.

    Raises:
        FeedError: the URL cannot be used.

    """
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, strict_parsing=True) if parts.query else []
    except ValueError:
        _refuse("it is not written as a URL")
    shape = _SHAPES.get(parts.scheme)
    if shape is None or not url.partition(":")[2].startswith("//"):
        _refuse("begin it with redis://, rediss://, unix://, sentinel:// or cluster://")
    query = dict(pairs)
    if parts.fragment or len(query) != len(pairs):
        _refuse("it has a # in it, or an option twice; in a password write # as %23")
    userinfo, _, hosts = parts.netloc.rpartition("@")
    username, _, password = (unquote(part) for part in userinfo.partition(":"))
    return Address(
        shape=shape,
        hosts=_hosts(shape, hosts),
        socket=_socket(parts.path, hosts) if shape is Shape.SOCKET else "",
        service=_service(parts.path) if shape is Shape.SENTINEL else "",
        username=username or None,
        password=password or None,
        db=_db(shape, parts.path, query),
        tls=_tls(parts.scheme, shape, query, files),
    )


def _refuse(why: str) -> NoReturn:
    raise FeedError(f"the Redis URL cannot be used: {why}")


def _hosts(shape: Shape, text: str) -> tuple[tuple[str, int], ...]:
    if shape is Shape.SOCKET:
        return ()
    usual = 26379 if shape is Shape.SENTINEL else 6379
    found = []
    for part in text.split(","):
        match = _HOST.fullmatch(part)
        port = int(match[3] or usual) if match else 0
        if match is None or not 0 < port <= 65_535:
            _refuse("it names no HOST:PORT; in a password write @ as %40, / as %2F, : as %3A")
        found.append((match[1] or match[2], port))
    if len(found) > 1 and shape is Shape.SERVER:
        _refuse("it names several hosts; begin it with sentinel:// or cluster://")
    return tuple(found)


def _socket(path: str, host: str) -> str:
    if host or not path.strip("/"):
        _refuse("write the socket's whole path: unix:///run/redis/redis.sock")
    return unquote(path)


def _service(path: str) -> str:
    name = unquote(path.removeprefix("/"))
    if not name or "/" in name:
        _refuse("name the service after the sentinels: sentinel://HOST:PORT/SERVICE")
    return name


def _db(shape: Shape, path: str, query: dict[str, str]) -> int:
    number = query.pop("db", "0")
    if shape is Shape.SERVER and path.strip("/"):
        number = path.removeprefix("/")
    if not (number.isascii() and number.isdecimal() and len(number) <= 5):
        _refuse("its database is not a number, such as redis://HOST:PORT/0")
    if shape is Shape.CLUSTER and (path.strip("/") or int(number)):
        _refuse("a cluster has only database 0, and no path")
    return int(number)


def _tls(scheme: str, shape: Shape, query: dict[str, str], files: TLS) -> TLS | None:
    wanted = scheme == "rediss"
    if shape in {Shape.SENTINEL, Shape.CLUSTER}:
        switch = query.pop("tls", "0")
        if switch not in {"0", "1"}:
            _refuse("write tls=1 for TLS, tls=0 for none")
        wanted = switch == "1"
    named = {name: Path(query.pop(name)) for name in ("ca", "cert", "key") if name in query}
    if query:
        _refuse("of options there are db, and with TLS ca, cert and key")
    if not wanted:
        if named:
            _refuse("ca, cert and key are for TLS: begin it with rediss://, or add tls=1")
        return None
    used = TLS(
        ca=named.get("ca", files.ca),
        cert=named.get("cert", files.cert),
        key=named.get("key", files.key),
    )
    if used.key is not None and used.cert is None:
        raise FeedError(f"redis_key is {used.key}, but redis_cert names no certificate")
    return used
