"""The bursts of this moment as a node has them on its disk, and as a worker asks for them."""

import json
import logging
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from ..blocklist.live import protected_numbers, read_protected
from ..numbers import NumberError
from ..settings import Settings
from .marks import Burst, Kind, Marks

log = logging.getLogger(__name__)


class ActiveBursts:
    """What of the bursts is in memory; :meth:`refresh` reads the file again if it has changed."""

    def __init__(self, path: Path, key: str, spared: Collection[int] = ()) -> None:
        """``key`` is what the nodes share; empty: nothing is ever a burst."""
        self._path = path
        self._marks = Marks(key) if key else None
        self._spared = spared
        self._stamp: tuple[int, int] | None = None
        self._bursts: Mapping[str, Burst] = {}
        self.refresh()

    def refresh(self) -> None:
        """Read the file, if it is another one than before."""
        if self._marks is None:
            return
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_ino)
            if stamp == self._stamp:
                return
            self._bursts = {one.mark: one for one in read_file(self._path)}
            self._stamp = stamp
        except FileNotFoundError:
            self._bursts = {}
        except (OSError, ValueError) as error:
            log.error("bursts are not in force: %s cannot be read: %s", self._path, error)

    def of(self, number: int | None, now: datetime) -> Mapping[str, Any] | None:
        """Return what is known of a burst that *number* (E.164 digits) is part of, or None."""
        if not self._bursts or self._marks is None or number is None or number in self._spared:
            return None
        for mark in (self._marks.number(number), self._marks.range(number)):
            burst = self._bursts.get(mark)
            if burst is not None and now < burst.until:
                return {
                    "kind": burst.kind.value,
                    "homes": burst.homes,
                    "since": burst.since.isoformat(timespec="seconds"),
                }
        return None


def active_bursts(settings: Settings) -> ActiveBursts | None:
    """Return the bursts of the node of *settings*; None if it counts none."""
    if not settings.burst_key:
        return None
    return ActiveBursts(settings.bursts, settings.burst_key, spared(settings))


def spared(settings: Settings) -> frozenset[int]:
    """Return the numbers that are never a burst: protected ones, and known mass callers."""
    protected = protected_numbers(settings.protected_numbers)
    if settings.mass_callers is None:
        return protected
    try:
        return protected | read_protected(settings.mass_callers)
    except (NumberError, OSError) as error:
        log.error("known mass callers are not in force: %s", error)
        return protected


def read_file(path: Path) -> list[Burst]:
    """Read back what :func:`write_file` wrote.

    Raises:
        OSError: it cannot be read; ValueError: it is something else.

    """
    try:
        return [
            Burst(
                Kind(one["kind"]),
                str(one["mark"]),
                datetime.fromisoformat(one["since"]),
                datetime.fromisoformat(one["until"]),
                int(one["homes"]),
            )
            for one in json.loads(path.read_bytes())
        ]
    except (KeyError, TypeError) as error:
        raise ValueError(f"no list of bursts: {error}") from error


def write_file(path: Path, bursts: Iterable[Burst]) -> None:
    """Put *bursts* in the place of what the file holds, at one stroke.

    Raises:
        OSError: the disk does not take it.

    """
    from ..feed.trust_store import replace  # the screener only reads, and does without

    values = [
        {
            "kind": one.kind.value,
            "mark": one.mark,
            "since": one.since.isoformat(),
            "until": one.until.isoformat(),
            "homes": one.homes,
        }
        for one in bursts
    ]
    replace(path, json.dumps(values).encode())
