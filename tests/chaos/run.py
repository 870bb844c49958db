"""Runs one fault: calls come in before, during and after it, and each is looked at."""

import asyncio
from dataclasses import dataclass

from .faults import Fault, Ground
from .traffic import Count

RATE = 2.0
"""Rated calls a second: what a machine of two cores carries beside everything that is run on it."""


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one fault."""

    fault: str
    count: Count
    note: str = ""
    """What did not hold once everything was mended."""

    @property
    def held(self) -> bool:
        """Tell whether nothing was lost or mis-screened but a killed node's own calls."""
        count = self.count
        return not self.note and count.lost == count.own and count.wrong == 0

    def __str__(self) -> str:
        count = self.count
        lost = count.lost - count.own
        figures = (count.offered, count.right, count.wrong, lost, count.own, count.plain)
        line = _line(self.fault, *figures, count.twice, f"{count.slowest:.1f}")
        return f"{line}  {self.note}".rstrip()


def _line(name: str, *cells: object) -> str:
    return f"{name:<46}" + "".join(f"{cell:>8}" for cell in cells)


HEAD = _line(
    *("fault", "offered", "right", "wrong", "lost", "own", "plain", "twice", "slowest"),
)


async def run_fault(
    ground: Ground, fault: Fault, *, seconds: float = 0.0, before: float = 2.0, after: float = 3.0
) -> Row:
    """Have calls come in while *fault* happens; mend it; return what came of it.

    ``seconds`` is how long the fault lasts, if not as long as it says itself; ``before`` and
    ``after`` so many seconds calls come in as well.
    """
    rate = fault.rate or RATE
    lasts = seconds or fault.seconds
    flow = asyncio.create_task(ground.traffic.flow(rate, before + lasts + after))
    note = ""
    try:
        await asyncio.sleep(before)
        await fault.begin(ground)
        await asyncio.sleep(lasts)
        killed, killed_at = ground.killed, ground.killed_at
    finally:
        await ground.mend()
        await flow
    count = await ground.traffic.count(killed, killed_at)
    if fault.after is not None:
        try:
            await fault.after(ground)
        except Exception as error:  # noqa: BLE001  whatever did not hold belongs into the table
            note = f"afterwards: {error!r}"
    return Row(fault.name, count, note)
