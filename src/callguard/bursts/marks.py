"""What numbers and homes are called in the counts: keyed hashes that only the carrier's nodes make.

Redis then holds no telephone number. Who reads it without the key cannot try all numbers, and who
writes to it cannot have a number of their choice challenged.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MIN_KEY = 32
"""Characters of the key that the nodes share."""


class Kind(StrEnum):
    """What calls many homes."""

    NUMBER = "number"
    RANGE = "range"
    """The hundred numbers that differ in their last two digits only."""


@dataclass(frozen=True, slots=True)
class Burst:
    """A caller, or a range of them, that calls many homes: what nodes tell each other."""

    kind: Kind
    mark: str
    """The number's or range's keyed hash, in hexadecimal."""
    since: datetime
    """When it was found (aware)."""
    until: datetime
    """Until when its calls are treated so, unless it is found again."""
    homes: int
    """How many homes it had called within the minutes that are counted, about."""


class Marks:
    """Makes the hashes under one key."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def number(self, number: int) -> str:
        """Return the mark of a caller's number (E.164 digits)."""
        return self._hash(f"number {number}")

    def range(self, number: int) -> str:
        """Return the mark of the hundred numbers that *number* is one of."""
        return self._hash(f"range {number // 100}")

    def home(self, line: int) -> str:
        """Return the mark of a home's line."""
        return self._hash(f"home {line}")

    def seal(self, burst: Burst) -> str:
        """Return what proves that a node with the key has found *burst*, and when it ends."""
        return self._hash(
            f"burst {burst.kind} {burst.mark} {burst.since.isoformat()} "
            f"{burst.until.isoformat()} {burst.homes}"
        )

    def is_sealed(self, burst: Burst, seal: str) -> bool:
        """Tell whether *seal* is that of *burst*."""
        return hmac.compare_digest(self.seal(burst), seal)

    def _hash(self, of: str) -> str:
        return hmac.digest(self._key, of.encode(), "sha256").hex()[:32]
