"""``python -m callguard.demo.exchange_secrets FOLDER``: what the parts of an exchange share.

For the exchange in containers (``deploy/carrier/compose.yml``), which begins with it. FOLDER gets
three: ``callguard``, ``redis`` and ``postgresql``, with the secrets of each and what is made of
them. Nothing that is there is made anew.
"""

import asyncio
import datetime as dt
import json
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

from .certificates import Authority
from .police import FeedDemoError, command
from .redis_group import SERVICE, acl_options, following, watching

SOURCE = "tokyo-police"
NODES = ("10.77.0.21", "10.77.0.22")
MASTER, SENTINELS = "10.77.0.31", ("10.77.0.33", "10.77.0.34", "10.77.0.35")
DATABASE = "10.77.0.41"
"""Addresses, as the compose file has them."""
OWNERS = {"callguard": 990, "redis": 999}
"""Users in the images of what the folders hold; PostgreSQL's begins as root."""
_LIFETIME = dt.timedelta(days=365)


async def make(folder: Path) -> None:
    """Make what is not there yet in *folder*.

    Raises:
        FeedDemoError: Redis's users could not be made.

    """
    own, redis, postgresql = (folder / name for name in ("callguard", "redis", "postgresql"))
    for one in (own, redis, postgresql):
        one.mkdir(exist_ok=True)
    for name in ("ami.secret", "burst.key", "mark.secret"):
        _write(own / name, secrets.token_hex(16))
    _write(postgresql / "password", secrets.token_urlsafe(16))
    password = (postgresql / "password").read_text(encoding="ascii").strip()
    _write(own / "database.url", f"postgresql://callguard:{password}@{DATABASE}/callguard")
    kept = own / "redis-passwords.json"
    rights = await command({}, "feed", "acl", *acl_options(SOURCE), "--passwords", str(kept))
    passwords = json.loads(kept.read_text(encoding="utf-8"))
    _write(redis / "users.acl", rights)
    _write(redis / "server.conf", "\n".join(_server(passwords)))
    _write(redis / "sentinel.conf", "\n".join(_sentinel(passwords)))
    sentinels = ",".join(SENTINELS)
    _write(own / "redis.url", f"sentinel://node:{passwords['node']}@{sentinels}/{SERVICE}")
    if not (own / "portal.crt").exists():
        Authority(own, "ca", _LIFETIME).issue("portal", ("127.0.0.1", *NODES))


def hand_over(folder: Path) -> None:
    """Give what is in *folder* to the users of the images."""
    for name, owner in OWNERS.items():
        for path in (folder / name, *(folder / name).iterdir()):
            os.chown(path, owner, owner)


def _write(path: Path, text: str) -> None:
    if path.exists():
        return
    path.touch(mode=0o600)
    path.write_text(f"{text}\n", encoding="utf-8")


def _server(passwords: dict[str, str]) -> Iterator[str]:
    yield "bind * -::*"
    yield "aclfile /etc/redis/users.acl"
    yield from following(passwords)


def _sentinel(passwords: dict[str, str]) -> Iterator[str]:
    yield "bind * -::*"
    yield "port 26379"
    yield from watching((MASTER, 6379), passwords)


def main() -> int:
    """Make them; return the exit status."""
    folder = Path(sys.argv[1])
    try:
        asyncio.run(make(folder))
        if os.geteuid() == 0:
            hand_over(folder)
    except (FeedDemoError, OSError) as error:
        print(f"callguard demo: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
