"""What a node keeps of one source: its list, and how much of it is enforced."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from pyroaring import BitMap64

from .source_list import SourceList


@dataclass(frozen=True, slots=True)
class NodeList:
    """One source's list as a node holds it. Immutable, like the list itself."""

    list: SourceList
    shadow: bool = False
    """The whole source is on trial here."""
    held: BitMap64 = field(default_factory=BitMap64)
    """Numbers on the list that are not enforced until someone approves them."""
    held_since: int = 0
    """The first batch whose numbers are held; 0: none is."""
    additions: tuple[tuple[datetime, int], ...] = ()
    """When batches of the last day came, and how many new numbers each listed."""
    heard_at: datetime | None = None
    """When the source's last statement was issued; what is dated before it is refused."""
    fresh_until: datetime | None = None
    """Until when the source's last statement may stand alone; later, the source is stale."""

    @property
    def source(self) -> str:
        """The source's name."""
        return self.list.source

    def enforced(self) -> BitMap64:
        """Return the numbers whose calls are refused."""
        return BitMap64() if self.shadow else self.list.listed - self.held

    def newly_enforced(self, before: Self) -> BitMap64:
        """Return the numbers whose calls are refused now, and were not *before*."""
        if self.shadow or before.shadow or self.held or before.held:
            return self.enforced() - before.enforced()
        return self.list.listed - before.list.listed  # as they lie: copies of large sets are slow

    def approve(self) -> Self:
        """Return the list with nothing held."""
        return replace(self, held=BitMap64(), held_since=0)

    def stale(self, now: datetime) -> bool:
        """Tell whether the source has been silent for longer than it said it would be."""
        return self.fresh_until is None or now >= self.fresh_until
