"""The calls in progress, from one ``services`` to the next, in a file: a reload ends no call.

It holds no number. What is older than a minute is not believed: Asterisk may have begun anew since.
"""

import json
import os
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from .outcome import Outcomes

BELIEVED = timedelta(minutes=1)


def hand_over(path: Path, outcomes: Outcomes, now: datetime) -> None:
    """Write down the calls that are followed.

    Raises:
        OSError: the disk does not take it.

    """
    content = {"at": now.isoformat(), "calls": outcomes.to_json()}
    unfinished = path.with_name(f"{path.name}.new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file)
    unfinished.replace(path)


def take_over(path: Path, outcomes: Outcomes, now: datetime) -> int:
    """Follow the calls that were handed over, once; return how many there are."""
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        age = now - datetime.fromisoformat(content["at"])
        if timedelta(0) <= age <= BELIEVED:
            outcomes.follow_on(content["calls"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass  # there is none, or it is not whole: those calls' ends are unknown
    with suppress(OSError):
        path.unlink()
    return len(outcomes)
