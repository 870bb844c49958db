"""How many verdicts of which kind the workers gave, and how long a question waited for one."""

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from math import inf

from ..screening import Action, Reason
from .cells import Cells

MAX_WORKERS = 64
"""As many as the setting ``workers`` allows: a reload may ask for more than there were before."""

BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Upper bounds of the histogram, seconds; the last is the daemon's own deadline for a call."""

_KINDS = tuple((action, reason) for action in Action for reason in Reason)
_PLACES = {kind: place for place, kind in enumerate(_KINDS)}
_FAILED = len(_KINDS)
_OPEN = _FAILED + 1
_NANOSECONDS = _OPEN + 1
_BUCKETS = _NANOSECONDS + 1
_SIZE = _BUCKETS + len(BOUNDS) + 1


class WorkerFigures:
    """One worker's figures; it goes on counting where its predecessor stopped.

    What is counted is told to the other processes by :meth:`tell`, a few times a second: at every
    call it would cost a tenth of the call.
    """

    def __init__(self, cells: Cells, place: int) -> None:
        self._view = cells.view[place * _SIZE : (place + 1) * _SIZE]
        self._view[_OPEN] = 0
        self._decided: dict[tuple[Action, Reason], int] = {}
        self._waited: list[float] = []
        self.took = self._waited.append
        """Counts how long a question waited for its answer, in seconds."""
        self._without = 0

    def decided(self, action: Action, reason: Reason) -> None:
        """Count a verdict."""
        kind = action, reason
        self._decided[kind] = self._decided.get(kind, 0) + 1

    def failed(self) -> None:
        """Count a question that got no verdict."""
        self._without += 1

    def tell(self, sessions: int) -> None:
        """Tell what was counted, and how many conversations with Asterisk are open now."""
        view = self._view
        for kind, count in self._decided.items():
            view[_PLACES[kind]] += count
        waited = sorted(self._waited)
        counted = 0
        for place, bound in enumerate((*BOUNDS, inf), _BUCKETS):
            within = bisect_right(waited, bound)
            view[place] += within - counted
            counted = within
        view[_NANOSECONDS] += max(0, int(sum(waited) * 1e9))
        view[_FAILED] += self._without
        view[_OPEN] = sessions
        self._decided.clear()
        self._waited.clear()
        self._without = 0


@dataclass(frozen=True, slots=True)
class VerdictTotals:
    """The figures of all workers since the node was started."""

    verdicts: Counter[tuple[Action, Reason]]
    failed: int
    sessions: int
    seconds: float
    """Time that all answered questions waited, together."""
    buckets: tuple[int, ...]
    """Answers by time: one for each of ``BOUNDS`` and one beyond, each without those before it."""


class VerdictFigures:
    """Room for the figures of every worker."""

    def __init__(self) -> None:
        self._cells = Cells(MAX_WORKERS * _SIZE)

    def worker(self, place: int) -> WorkerFigures:
        """Return the figures of one worker, counted from 0; it alone may write them."""
        return WorkerFigures(self._cells, place)

    def total(self) -> VerdictTotals:
        """Return the figures of all."""
        view = self._cells.view
        columns = [sum(view[place::_SIZE]) for place in range(_SIZE)]
        given = {kind: columns[place] for kind, place in _PLACES.items() if columns[place]}
        return VerdictTotals(
            verdicts=Counter(given),
            failed=columns[_FAILED],
            sessions=columns[_OPEN],
            seconds=columns[_NANOSECONDS] / 1e9,
            buckets=tuple(columns[_BUCKETS:]),
        )
