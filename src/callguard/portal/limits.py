"""How much one address or one session may ask for, so that nobody is in the way of the others."""

import math
from collections import OrderedDict
from dataclasses import dataclass

MOST_KEPT = 20_000
"""Addresses and sessions that are remembered; those that were quiet for longest are forgotten."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many at once, and so many a second after that."""

    burst: float
    per_second: float


BY_ADDRESS = Rate(burst=600, per_second=20)
"""Many families may share a mobile carrier's address; a program that tries all is far above."""
BY_SESSION = Rate(burst=200, per_second=5)
"""A person who turns pages fast is far below."""


class Limit:
    """A bucket for each subject: it fills at a steady rate, and each request takes a drop."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, subject: str, at: float) -> int:
        """Take a drop from the bucket of *subject* at *at* (seconds of a steady clock).

        Returns:
            0, or the seconds to wait if the bucket is empty.

        """
        rate = self._rate
        drops, before = self._buckets.pop(subject, (rate.burst, at))
        drops = min(rate.burst, drops + (at - before) * rate.per_second)
        wait = 0 if drops >= 1 else math.ceil((1 - drops) / rate.per_second)
        self._buckets[subject] = (drops if wait else drops - 1, at)
        if len(self._buckets) > MOST_KEPT:
            self._buckets.popitem(last=False)
        return wait
