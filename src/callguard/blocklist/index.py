"""All sources' lists together, as the screener asks them."""

from collections.abc import Collection, Iterable
from datetime import datetime

from pyroaring import BitMap64

from .listing import Listing
from .source_list import SourceList


class Index:
    """The lists of all trusted sources, and the public numbers that no listing may silence.

    Immutable: a changed list makes a new index, which the screener swaps in between two calls.
    """

    __slots__ = ("_listed", "_protected", "lists")

    def __init__(self, lists: Iterable[SourceList] = (), protected: Collection[int] = ()) -> None:
        self.lists = {one.source: one for one in lists}
        self._protected = frozenset(protected)
        sets = [one.numbers for one in self.lists.values()]
        # A single source's own set serves as the union: a home adapter has one copy of it.
        self._listed = sets[0] if len(sets) == 1 else BitMap64().union(*sets)

    def __len__(self) -> int:
        """Return how many different numbers are listed."""
        return len(self._listed)

    def find(self, number: int, now: datetime) -> Listing | None:
        """Return the newest listing of *number* (E.164 digits) in force at *now*, or None."""
        if number not in self._listed:
            return None
        found = [
            listing for one in self.lists.values() if (listing := one.find(number, now)) is not None
        ]
        return max(found, key=lambda listing: listing.listed_at, default=None)

    def protects(self, number: int) -> bool:
        """Tell whether *number* is a public one that is warned about, never refused."""
        return number in self._protected

    def replace(self, changed: SourceList) -> "Index":
        """Return an index in which one source's list is *changed*."""
        return Index({**self.lists, changed.source: changed}.values(), self._protected)
