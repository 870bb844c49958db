"""How the node stands, asked from its services over their Unix socket: ``/readyz`` as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp

from ...blocklist.moments import read_moment

PATIENCE = aiohttp.ClientTimeout(total=5)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the node."""

    name: str
    ok: bool
    detail: str
    """In English, for an engineer."""


@dataclass(frozen=True, slots=True)
class Source:
    """One police source, as the node follows it."""

    name: str
    state: str
    """``waiting``, ``fresh``, ``stale`` or ``resyncing``."""
    sequence: int
    numbers: int
    held: int
    heard_at: datetime | None
    fault: str


@dataclass(frozen=True, slots=True)
class NodeState:
    """What the services say."""

    ready: bool
    parts: tuple[Part, ...]
    sources: tuple[Source, ...]


async def ask(services: Path) -> NodeState | None:
    """Return the state of the node; None: its services do not answer."""
    try:
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.UnixConnector(path=str(services)), timeout=PATIENCE
            ) as session,
            session.get("http://services/readyz") as answer,
        ):
            return read(await answer.json())
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return None


def read(content: Mapping[str, Any]) -> NodeState:
    """Read what ``/readyz`` said."""
    parts: Mapping[str, Any] = content["parts"]
    sources: Mapping[str, Any] = parts.get("feed", {}).get("sources", {})
    return NodeState(
        content["status"] == "ready",
        tuple(Part(name, one["ok"], one["detail"]) for name, one in parts.items()),
        tuple(
            Source(
                name,
                one["state"],
                one["sequence"],
                one["numbers"],
                one["held"],
                read_moment(one["heard_at"]) if one["heard_at"] else None,
                one["fault"],
            )
            for name, one in sorted(sources.items())
        ),
    )
