"""How the news stands: written by who tells it, read by the health pages of another process."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from .queue import Backlog

SILENT_AFTER = timedelta(minutes=1)
"""A process that has not written for so long does not tell news."""
LATE_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class NewsState:
    """How the news stands, for the health pages of another process."""

    at: datetime
    """When the process last looked."""
    backlog: Backlog


def write_state(path: Path, state: NewsState) -> str:
    """Write *state* for :func:`read_state`; a full disk stops no news.

    Return why it could not be written; nothing if it was.
    """
    oldest = state.backlog.oldest
    content = {
        "at": state.at.isoformat(),
        "waiting": state.backlog.waiting,
        "oldest": oldest.isoformat() if oldest else None,
    }
    temporary = path.with_suffix(".new")
    try:
        temporary.write_text(json.dumps(content), encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        return f"{path} cannot be written: {error.strerror}"
    return ""


def read_state(path: Path) -> NewsState | None:
    """Return what was written last; None if nothing was, or not whole."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        oldest = content["oldest"]
        return NewsState(
            datetime.fromisoformat(content["at"]),
            Backlog(content["waiting"], datetime.fromisoformat(oldest) if oldest else None),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def health(path: Path, *, now: datetime) -> tuple[bool, str]:
    """Tell whether news is told in time, and how it stands in words."""
    state = read_state(path)
    if state is None or now - state.at > SILENT_AFTER:
        return False, "the process that tells news is silent"
    waiting, oldest = state.backlog.waiting, state.backlog.oldest
    if oldest is None:
        return True, "nothing waits"
    late = now - oldest
    detail = f"{waiting} waiting, the oldest for {max(late.total_seconds(), 0):.0f} s"
    return late <= LATE_AFTER, detail
