"""All sources' lists together, as the screener asks them."""

from collections.abc import Iterable
from datetime import datetime

from .list_file import ListFile
from .listing import Category, Listing
from .roaring import Bucket
from .union import Union


class Index:
    """The lists of all trusted sources.

    A changed list makes a new index, which the screener swaps in between two calls.
    """

    __slots__ = ("_asked", "_by_high", "has_trials", "lists")

    def __init__(self, lists: Iterable[ListFile] = (), union: Union | None = None) -> None:
        self.lists = {one.source: one for one in lists}
        covered = union.covered if union is not None else {}
        asked = [one.whole for one in self.lists.values() if covered.get(one.source) != one.version]
        if union is not None:
            asked.insert(0, union.numbers)
        self._asked: dict[int, list[Bucket]] = {}
        """Where any listed number is found, by its high bits."""
        for numbers in asked:
            for high, bucket in numbers.buckets.items():
                self._asked.setdefault(high, []).append(bucket)
        self.has_trials = any(one.has_trials for one in self.lists.values())
        self._by_high: dict[int, list[tuple[Bucket, ListFile]]] = {}
        for one in self.lists.values():
            for high, bucket in one.whole.buckets.items():
                self._by_high.setdefault(high, []).append((bucket, one))

    def find(self, number: int, now: datetime) -> Listing | None:
        """Return the newest listing of *number* (E.164 digits) in force at *now*, or None."""
        low = number & 0xFFFFFFFF
        for bucket in self._asked.get(number >> 32, ()):
            if low in bucket:
                found = self._said(number, now)
                return _newest([one for one in found if one.trial is None])
        return None

    def on_trial(self, number: int, now: datetime) -> Listing | None:
        """Return the newest listing of *number* that is noted and not acted on, or None."""
        return _newest([one for one in self.listings(number, now) if one.trial is not None])

    def suspended(self, number: int, now: datetime) -> Listing | None:
        """Return the newest listing of *number* as a suspended line in force at *now*, or None."""
        found = self.listings(number, now)
        return _newest(
            [one for one in found if one.trial is None and one.terms.category is Category.SUSPENDED]
        )

    def listings(self, number: int, now: datetime) -> list[Listing]:
        """Return all that the sources say of *number* at *now*."""
        low = number & 0xFFFFFFFF
        for bucket in self._asked.get(number >> 32, ()):
            if low in bucket:
                return self._said(number, now)
        return []

    def _said(self, number: int, now: datetime) -> list[Listing]:
        low = number & 0xFFFFFFFF
        having = [one for bucket, one in self._by_high.get(number >> 32, ()) if low in bucket]
        return [listing for one in having for listing in one.find(number, now)]


def _newest(listings: list[Listing]) -> Listing | None:
    return max(listings, key=lambda one: one.listed_at) if listings else None
