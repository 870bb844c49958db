"""A feed as it is run: a Redis with TLS and rights, police sources, and their root of trust."""

import asyncio
import json
import os
import shutil
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from joserfc.jwk import OKPKey

from ..feed import keys
from ..feed.address import TLS
from ..feed.connect import Client, connect
from ..feed.outbox import Outbox
from ..feed.publisher import Publisher
from ..feed.root_draft import RootDraft
from ..feed.trusted_source import SourceKey
from .certificates import Authority

SOURCES = ("tokyo-police", "osaka-police")
RIGHTS = "fake-police,refund,precursor"
"""The categories of the demo's sources."""


class FeedDemoError(Exception):
    """A part of the demo did not start or did not hold; the message says which and why."""


def free_port() -> int:
    """Return a port on 127.0.0.1 that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


async def command(environment: Mapping[str, str], *arguments: str) -> str:
    """Run a callguard command; return what it printed.

    Raises:
        FeedDemoError: it failed; the message is what it said.

    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "callguard", *arguments),
        env={**clean_environment(), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, errors = await process.communicate()
    if process.returncode:
        raise FeedDemoError(f"callguard {' '.join(arguments[:2])}: {errors.decode().strip()}")
    return said.decode()


def clean_environment() -> dict[str, str]:
    """Return the environment without anybody's callguard settings."""
    return {key: value for key, value in os.environ.items() if not key.startswith("CALLGUARD_")}


@dataclass(frozen=True, slots=True)
class Police:
    """The feed in *folder*: the root of trust, the sources' keys, and Redis on *port*."""

    folder: Path
    port: int

    @property
    def root(self) -> Path:
        """Return the root file."""
        return self.folder / "root.json"

    def key(self, source: str) -> Path:
        """Return the file of a source's private key."""
        return self.folder / f"{source}.key.json"

    @property
    def expired(self) -> Path:
        """Return the file of a key that the first source has given up."""
        return self.folder / "expired.key.json"

    def url(self, user: str) -> str:
        """Return the feed's URL for *user*."""
        passwords = json.loads((self.folder / "passwords.json").read_text(encoding="utf-8"))
        return f"rediss://{user}:{passwords[user]}@127.0.0.1:{self.port}"

    def settings(self, user: str) -> dict[str, str]:
        """Return the settings by which *user* reaches the feed."""
        return {
            "CALLGUARD_DATA": str(self.folder / "data"),
            "CALLGUARD_REDIS_URL": self.url(user),
            "CALLGUARD_REDIS_CA": str(self.folder / "ca.crt"),
            "CALLGUARD_REDIS_CERT": str(self.folder / "client.crt"),
            "CALLGUARD_REDIS_KEY": str(self.folder / "client.key"),
        }

    def client(self, user: str) -> Client:
        """Return a connection as *user*."""
        files = (self.folder / name for name in ("ca.crt", "client.crt", "client.key"))
        return connect(self.url(user), TLS(*files))

    def publisher(self, source: str) -> Publisher:
        """Return the hand of *source* on the feed."""
        path = self.key(source)
        _, key = keys.load_private(path)
        return Publisher(self.client(source), self.outbox(source), key)

    def outbox(self, source: str) -> Outbox:
        """Return what *source* has published."""
        return Outbox(self.key(source).with_name(f"{self.key(source).name}.outbox"), source)

    async def start(self) -> asyncio.subprocess.Process:
        """Make certificates, rights and passwords, and start Redis; return its process.

        Raises:
            FeedDemoError: there is no Redis server here, or it does not start.

        """
        authority = Authority(self.folder, "ca")
        authority.issue("server")
        authority.issue("client")
        users = [word for source in SOURCES for word in ("--source", source)]
        users += ["--node", "node", "--operator", "operator", "--admin", "admin"]
        passwords = str(self.folder / "passwords.json")
        rights = await command({}, "feed", "acl", *users, "--passwords", passwords)
        (self.folder / "users.acl").write_text(rights, encoding="utf-8")
        # Debian's redis-check-rdb is the same program, which goes by the name it is called.
        program = shutil.which("redis-server") or shutil.which("redis-check-rdb")
        if program is None:
            raise FeedDemoError("there is no redis-server; apt-get install redis-tools brings one")
        lines = [
            "bind 127.0.0.1",
            "port 0",
            f"tls-port {self.port}",
            f"tls-ca-cert-file {self.folder}/ca.crt",
            f"tls-cert-file {self.folder}/server.crt",
            f"tls-key-file {self.folder}/server.key",
            "tls-auth-clients yes",
            f"aclfile {self.folder}/users.acl",
            f"dir {self.folder}",
            'save ""',
        ]
        config = self.folder / "redis.conf"
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        with (self.folder / "redis.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                "redis-server", str(config), executable=program, stdout=log, stderr=log
            )
        while not await self._answers():
            if process.returncode is not None:
                raise FeedDemoError(f"Redis ended at once; see {self.folder}/redis.log")
            await asyncio.sleep(0.02)
        return process

    async def vouch(self) -> None:
        """Make a root of two keys of three that names the sources."""
        roots = [str(self.folder / f"root-{number}.json") for number in (1, 2, 3)]
        await asyncio.gather(
            *(command({}, "trust", "keygen", "--key", path) for path in roots),
            *(
                command(
                    {}, "feed", "keygen", "--source", source, "--key", str(self.key(source)),
                    "--public", str(self.folder / f"{source}.public.json"),
                )
                for source in SOURCES
            ),
        )  # fmt: skip
        every = [word for path in roots for word in ("--root-key", path)]
        root = str(self.root)
        await command({}, "trust", "init", *every, "--threshold", "2", "--out", root)
        for source in SOURCES:
            public = str(self.folder / f"{source}.public.json")
            await command(
                {}, "trust", "add-source", root, public, "--categories", RIGHTS, *every[:4]
            )
        self._name_expired_key([Path(path) for path in roots[:2]])
        await command(self.settings("operator"), "trust", "publish", root)

    def _name_expired_key(self, signers: list[Path]) -> None:
        """Have the root tell of a key of the first source's that held until yesterday."""
        source = SOURCES[0]
        key = keys.generate(source, self.expired)
        now = datetime.now(UTC)
        public = OKPKey.import_key({**key.as_dict(private=False), "kid": str(key.kid)})
        gone = SourceKey(public, now - timedelta(days=9), now - timedelta(days=1))
        draft = RootDraft.load(self.root)
        trust = draft.file.sources[source]
        draft = draft.without_source(source).with_source(
            replace(trust, keys={**trust.keys, str(key.kid): gone})
        )
        for path in signers:
            draft = draft.signed_with(keys.load_root(path))
        draft.save()

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True
