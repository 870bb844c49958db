"""Who may do what in the feed's Redis: its ACL file (Redis 7 or newer, Valkey 8 or newer).

The signatures make a foreign entry harmless; these rights keep it out, and nobody can take away
what another has published. Rights that need different keys stand in selectors of their own, in
brackets: a command and a key that are each allowed, but in different selectors, do not add up.
"""

import hashlib
import re
from collections.abc import Mapping

from ..blocklist.errors import FeedError

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")

_CLIENT = (
    "+hello +auth +ping +select +client|setname "
    "+command +cluster|slots +cluster|shards +readonly +asking"
)
"""What client libraries say by themselves, to a cluster too."""

_READ_STREAM = "+xread +xrange +xrevrange +xinfo|stream"

NODE = (
    f"{_CLIENT} +time (%R~callguard:feed:* %R~callguard:trust {_READ_STREAM})"
    " (%R~callguard:snapshot:* +get +mget) (%W~callguard:reports +xadd)"
    " (~callguard:bursts ~callguard:bursts:* +pfadd +pfcount +expire +set +xadd +xrange)"
)
"""Reads lists, snapshots and trust; hands in reports and reads none; counts calls to many homes;
asks for the clock, which ``callguard doctor`` compares."""

OPERATOR = f"{_CLIENT} (~callguard:trust +xadd {_READ_STREAM})"
"""Publishes root files."""

REPLICA = "+psync +replconf +ping"
"""A replica, at its master: ``masteruser``."""

SENTINEL = (
    "&__sentinel__:hello +auth +hello +ping +info +role +publish +subscribe +multi +exec +slaveof "
    "+config|rewrite +client|setname +client|kill +script|kill"
)
"""A sentinel, at the servers that it watches: ``sentinel auth-user``."""

ADMIN = "~* &* +@all"
"""Whoever runs the server."""


def source(name: str, *, reviews: bool) -> str:
    """Return the rights of source *name*: its own stream and snapshot; the trust, and with
    *reviews* the reports, to read.
    """
    reports = " %R~callguard:reports" if reviews else ""
    snapshot = f"~callguard:snapshot:{name} ~callguard:snapshot:{name}:*"
    return (
        f"{_CLIENT} (~callguard:feed:{name} +xadd +xtrim {_READ_STREAM})"
        f" ({snapshot} +set +get +mget +del +expire)"
        f" (%R~callguard:trust{reports} {_READ_STREAM})"
    )


def check_user_name(name: str) -> str:
    """Return *name* if it can be a user's. In a source's it also keeps ``*`` out of a key pattern.

    Raises:
        FeedError: it is not 1-32 lower-case letters, digits and inner hyphens.

    """
    if not _NAME.fullmatch(name) or name == "default":
        raise FeedError(
            f"{name[:40]!r} cannot name a Redis user: use 1 to 32 lower-case letters, digits and "
            "hyphens, and not default"
        )
    return name


def acl_file(rights: Mapping[str, str], passwords: Mapping[str, str]) -> str:
    """Return the ACL file that gives each user its rights; ``default``, the nameless, has none.

    Passwords go in as their SHA-256, as Redis itself keeps them.
    """
    lines = ["user default off resetpass resetkeys resetchannels -@all"]
    for name, rules in rights.items():
        digest = hashlib.sha256(passwords[name].encode()).hexdigest()
        lines.append(f"user {check_user_name(name)} on #{digest} resetchannels -@all {rules}")
    return "\n".join(lines) + "\n"
