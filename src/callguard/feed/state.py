"""What is known of each source's feed, for people: fresh, stale since when, resyncing, or why not.

The follower writes it beside the lists; ``callguard feed status`` and the health pages read it.
"""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ..blocklist.moments import write_moment
from ..blocklist.node_list import NodeList


@dataclass(slots=True)
class SourceState:
    """One source."""

    sequence: int = 0
    head: str = ""
    numbers: int = 0
    held: int = 0
    held_since: int = 0
    heard_at: str | None = None
    """When its last statement was issued."""
    state: str = "waiting"
    """``waiting`` (nothing has come yet), ``fresh``, ``stale`` or ``resyncing``."""
    since: str | None = None
    """If it is stale: since when."""
    fault: str = ""
    """Why its list stands still, if it does."""
    protected: int = 0
    """Protected numbers on its list: warned about, never refused."""


@dataclass(slots=True)
class FeedState:
    """The feed as this node sees it."""

    connected: bool = False
    sources: dict[str, SourceState] = field(default_factory=dict)
    alarms: Counter[str] = field(default_factory=Counter)
    """How many alarms each source has raised since this process began."""
    root_until: datetime | None = None
    """When the root of trust expires (aware)."""
    keys_until: dict[str, datetime] = field(default_factory=dict)
    """When the last of each source's keys ends (aware)."""

    def describe(
        self, kept: NodeList, now: datetime, *, resyncing: bool, fault: str, protected: int = 0
    ) -> None:
        """Take down how one source's list stands."""
        stale = kept.stale(now)
        self.sources[kept.source] = SourceState(
            sequence=kept.list.sequence,
            head=kept.list.head,
            numbers=len(kept.list.listed),
            held=len(kept.held),
            held_since=kept.held_since,
            heard_at=write_moment(kept.heard_at) if kept.heard_at else None,
            state=_state(kept, resyncing=resyncing, stale=stale),
            since=write_moment(kept.fresh_until) if stale and kept.fresh_until else None,
            fault=fault,
            protected=protected,
        )

    @property
    def faults(self) -> list[str]:
        """Return what stands still, one line a source."""
        return [one.fault for one in self.sources.values() if one.fault]

    def to_json(self) -> dict[str, Any]:
        """Return the state as JSON values."""
        return {
            "connected": self.connected,
            "sources": {name: asdict(one) for name, one in self.sources.items()},
        }


def _state(kept: NodeList, *, resyncing: bool, stale: bool) -> str:
    if resyncing:
        return "resyncing"
    if kept.heard_at is None:
        return "waiting"
    return "stale" if stale else "fresh"


def write_state(path: Path, state: FeedState) -> None:
    """Write the state for other processes to read; it need not survive a power cut.

    Raises:
        OSError: the disk does not take it.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_text(json.dumps(state.to_json()), encoding="utf-8")
    temporary.replace(path)


def read_state(path: Path) -> dict[str, Any]:
    """Return what the follower wrote last; nothing if it has not, or not whole."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
