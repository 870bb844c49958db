"""What a demo's Redis with Sentinel is told: its users, and who watches whom."""

from collections.abc import Iterator, Mapping

SERVICE = "callguard"
"""What the sentinels call the Redis that they watch."""


def acl_options(source: str) -> tuple[str, ...]:
    """Return the options of ``callguard feed acl`` for one police *source* and everybody else."""
    return (
        *("--source", source, "--node", "node", "--operator", "operator", "--admin", "admin"),
        *("--replica", "replica", "--sentinel", "sentinel"),
    )


def following(passwords: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of ``redis.conf`` by which a server may be the replica of another."""
    yield "masteruser replica"
    yield f"masterauth {passwords['replica']}"
    yield "appendonly yes"


def watching(master: tuple[str, int], passwords: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines by which a sentinel watches *master*, which two of them may give up."""
    yield "protected-mode no"
    yield f"sentinel monitor {SERVICE} {master[0]} {master[1]} 2"
    yield f"sentinel auth-user {SERVICE} sentinel"
    yield f"sentinel auth-pass {SERVICE} {passwords['sentinel']}"
    yield f"sentinel down-after-milliseconds {SERVICE} 2000"
    yield f"sentinel failover-timeout {SERVICE} 10000"
