"""What the nodes of an exchange share of lists: Redis, watched by Sentinel."""

import asyncio
import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import redis

from .place import Part, Place
from .redis_group import SERVICE, following, watching


class StoreError(Exception):
    """A store did not start; the message says which and why."""


async def until(condition: Callable[[], bool], what: str, seconds: float = 180.0) -> None:
    """Ask until *condition* holds.

    Raises:
        StoreError: it does not within so many seconds.

    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not await asyncio.to_thread(condition):
        if loop.time() > end:
            raise StoreError(f"{what} within {seconds:.0f} s")
        await asyncio.sleep(0.05)


class RedisGroup:
    """A master, a replica and three sentinels, each at one of *places* (three of them)."""

    def __init__(self, folder: Path, places: list[Place], rights: str, passwords: dict[str, str]):
        """``rights`` is the text of the ACL file, ``passwords`` those of its users."""
        self.folder = folder
        self.passwords = passwords
        self._program = shutil.which("redis-server") or shutil.which("redis-check-rdb")
        if self._program is None:
            raise StoreError("there is no redis-server; apt-get install redis-tools brings one")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "users.acl").write_text(rights, encoding="utf-8")
        self._addresses = [(place.address, place.ports(1)[0]) for place in places[:2]]
        self._sentinels = [(place.address, place.ports(1)[0]) for place in places]
        self.servers = [self._server(number, places[number]) for number in (0, 1)]
        self.sentinels = [self._sentinel(number, places[number]) for number in range(3)]

    def url(self, user: str) -> str:
        """Return the URL by which *user* reaches whichever server is the master."""
        sentinels = ",".join(f"{host}:{port}" for host, port in self._sentinels)
        return f"sentinel://{user}:{self.passwords[user]}@{sentinels}/{SERVICE}"

    async def start(self) -> None:
        """Start all of it, and wait until the sentinels know each other and the replica.

        Raises:
            StoreError: that takes too long.

        """
        for part in (*self.servers, *self.sentinels):
            await part.start()
        await until(self._complete, "Redis and its sentinels do not find each other")

    async def stop(self) -> None:
        """Stop all of it."""
        await asyncio.gather(*(part.kill() for part in (*self.sentinels, *self.servers)))

    def master(self) -> int:
        """Return which server is the master, as the sentinels see it.

        Raises:
            StoreError: no sentinel answers.

        """
        for host, port in self._sentinels:
            with contextlib.suppress(redis.RedisError), _client(host, port) as client:
                found: Any = client.sentinel_get_master_addr_by_name(SERVICE)
                if found is not None:
                    return self._addresses.index((str(found[0]), int(found[1])))
        raise StoreError("no sentinel answers")

    def empty(self) -> None:
        """Throw away all that is in the master, and so in the replica."""
        host, port = self._addresses[self.master()]
        with _client(host, port, "admin", self.passwords["admin"]) as client:
            client.flushall()

    def _complete(self) -> bool:
        for host, port in self._sentinels:
            with _client(host, port) as client:
                try:
                    state: Any = client.sentinel_master(SERVICE)
                except redis.RedisError:
                    return False
                if state["num-other-sentinels"] < 2 or state["num-slaves"] < 1:
                    return False
        return True

    def _server(self, number: int, place: Place) -> Part:
        host, port = self._addresses[number]
        lines = [
            f"bind {host}",
            f"port {port}",
            f"aclfile {self.folder}/users.acl",
            *following(self.passwords),
            "repl-diskless-sync-delay 0",
            'save ""',
        ]
        if number:
            lines.append(f"replicaof {self._addresses[0][0]} {self._addresses[0][1]}")
        return self._part(f"redis-{number + 1}", place, lines, [])

    def _sentinel(self, number: int, place: Place) -> Part:
        host, port = self._sentinels[number]
        master = self._addresses[0]
        lines = [
            f"bind {host}",
            f"port {port}",
            *watching(master, self.passwords),
        ]
        return self._part(f"sentinel-{number + 1}", place, lines, ["--sentinel"])

    def _part(self, name: str, place: Place, lines: list[str], mode: list[str]) -> Part:
        own = self.folder / name
        own.mkdir(exist_ok=True)
        config = own / "redis.conf"
        config.write_text("\n".join([*lines, f"dir {own}"]) + "\n", encoding="utf-8")
        assert self._program is not None
        # Debian's redis-check-rdb is the same program, which goes by the name it is called.
        command = ["bash", "-c", 'exec -a redis-server "$0" "$@"', self._program]
        return Part(name, place, [*command, str(config), *mode], folder=self.folder)


def _client(host: str, port: int, user: str | None = None, password: str | None = None) -> Any:
    return redis.Redis(
        host=host,
        port=port,
        username=user,
        password=password,
        socket_timeout=2,
        socket_connect_timeout=2,
        decode_responses=True,
    )
