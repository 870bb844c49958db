"""The node's processes: which live, how often each was started, what they use."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .cells import Cells

_MAX_NAMES = 128
_FIELDS = 2
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class ProcessUse:
    """One process of the node, as it is now."""

    name: str
    pid: int
    """0: it does not run."""
    starts: int
    """How often it was started since the node was, at reloads too."""
    memory: int = 0
    """Resident bytes."""
    seconds: float = 0.0
    """Processor time."""
    files: int = 0
    """Open files."""


class ProcessFigures:
    """Written by the supervisor, read by any process that was forked after the last ``add``."""

    def __init__(self) -> None:
        self._cells = Cells(_MAX_NAMES * _FIELDS)
        self._places: dict[str, int] = {}

    def add(self, name: str) -> None:
        """Make room for a process, before anyone is forked who is to know of it."""
        self._places.setdefault(name, len(self._places) * _FIELDS)

    def started(self, name: str, pid: int) -> None:
        """Note that the process *name* runs."""
        place = self._places[name]
        self._cells.view[place] = pid
        self._cells.view[place + 1] += 1

    def ended(self, name: str, pid: int) -> None:
        """Note that a process has ended, unless its successor has taken over already."""
        place = self._places[name]
        if self._cells.view[place] == pid:
            self._cells.view[place] = 0

    def left(self, name: str) -> None:
        """Note that a process is not to run any more: it is not missed."""
        place = self._places[name]
        self._cells.view[place] = self._cells.view[place + 1] = 0

    def each(self) -> Iterator[ProcessUse]:
        """Yield what is known of each process that was started and is to run."""
        for name, place in self._places.items():
            pid, starts = self._cells.view[place], self._cells.view[place + 1]
            if starts:
                yield _use(name, pid, starts)


def _use(name: str, pid: int, starts: int) -> ProcessUse:
    folder = Path(f"/proc/{pid}")
    try:
        memory = int((folder / "statm").read_text().split()[1]) * _PAGE
        # Behind the name, which may hold anything: fields 14 and 15 of proc(5).
        times = (folder / "stat").read_text().rpartition(")")[2].split()[11:13]
        files = len(os.listdir(folder / "fd"))  # noqa: PTH208 - names only
    except (OSError, ValueError, IndexError):
        return ProcessUse(name, 0, starts)
    return ProcessUse(name, pid, starts, memory, sum(map(int, times)) / _TICKS, files)
